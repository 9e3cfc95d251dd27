"""click2call with a call as it goes: its lines, its exit code, Ctrl-C, and a call that was left alone."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from c2ctest import AS_A_SHELL, Calls, Done, Service, Signer, build_folder, run, signer
from lab import Lab
from lab.waiting import wait_until

ALICE, DAVE = signer("alice"), signer("dave")
ANSWERS = "+34900000001"
ENDED, BUSY, NO_ANSWER, FAILED, CANCELLED = 0, 7, 8, 9, 10
PROGRAM = "click2call"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def environment(service: Service, who: Signer, state: Path) -> dict[str, str]:
    state.mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "XDG_STATE_HOME": str(state), "CLICK2CALL_URL": service.url,
        "CLICK2CALL_AOR": who.aor, "CLICK2CALL_PASSWORD": who.password,
    }  # fmt: skip


def click2call(service: Service, who: Signer, state: Path, *words: str, stdin: str = "") -> Done:
    return run([build_folder() / PROGRAM, *words], env=environment(service, who, state), stdin=stdin)


class Running:
    """The program while it runs; `out` is what it has written so far."""

    def __init__(self, service: Service, who: Signer, state: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [*AS_A_SHELL, build_folder() / PROGRAM, *words], env=environment(service, who, state), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.out = ""

    def read_until(self, text: str, timeout: float = 20) -> None:
        assert self.process.stdout is not None
        deadline = time.monotonic() + timeout
        while text not in self.out:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            assert piece, f"no {text!r} in {self.out!r}"
            self.out += piece.decode()

    def end(self) -> Done:
        out, err = self.process.communicate(timeout=30)
        return Done(self.process.returncode, self.out + out.decode(), err.decode())


@pytest.mark.parametrize(
    ("who", "destination", "code", "lines"),
    [
        ("carol", ANSWERS, BUSY, ["Your phone rings.", "Your phone was busy, or declined."]),
        ("alice", "+34900000486", BUSY, ["Your phone rings.", "\nCalling +34900000486.\n", "+34900000486 was busy, or declined."]),
        ("alice", "+34900000404", FAILED, ["\nCalling +34900000404.\n", "+34900000404 could not be reached."]),
        ("alice", "+34900000200", ENDED, ["\nCalling +34900000200.\n", "Connected 00:00.", "Ended after 00:0"]),
    ],
)
def test_each_change_is_a_line_and_the_exit_code_says_how_it_ended(
    service: Service, calls: Calls, state: Path, who: str, destination: str, code: int, lines: list[str]
) -> None:
    done = click2call(service, signer(who), state, "call", destination, "--iden", calls.iden())
    assert done.code == code
    text = done.out + done.err
    assert [line for line in lines if line not in text] == []
    assert [text.index(line) for line in lines] == sorted(text.index(line) for line in lines)
    assert "\r" not in done.out and "\x1b" not in done.out, "this is no terminal"


def test_silence_has_its_own_exit_code(service: Service, calls: Calls, state: Path) -> None:
    done = click2call(service, DAVE, state, "call", ANSWERS, "--dial-timeout", "1", "--iden", calls.iden())
    assert (done.code, done.err) == (NO_ANSWER, "click2call: Nobody answered your phone.\n")


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_hangs_up_while_the_phone_rings(
    service: Service, lab: Lab, calls: Calls, state: Path, signal_number: int
) -> None:
    iden = calls.iden()
    before = len(lab.phones["ring"].received("CANCEL"))
    running = Running(service, DAVE, state, "call", ANSWERS, "--iden", iden)
    running.read_until("Your phone rings.")
    calls.wait(iden, "rings", lambda seen: seen.leg1)
    running.process.send_signal(signal_number)
    done = running.end()
    assert (done.code, done.err) == (CANCELLED, f"click2call: The call was given up before {ANSWERS} answered.\n")
    assert not calls.lives(iden)
    wait_until("the phone's CANCEL", lambda: len(lab.phones["ring"].received("CANCEL")) > before)


def test_a_signal_ends_a_connected_call_as_a_hang_up_does(service: Service, calls: Calls, state: Path) -> None:
    running = Running(service, ALICE, state, "call", ANSWERS, "--iden", calls.iden())
    running.read_until("Connected 00:00.")
    running.process.send_signal(signal.SIGINT)
    done = running.end()
    assert (done.code, done.err) == (ENDED, "")
    assert "Ended after 00:0" in done.out


def test_json_is_an_event_a_line_and_the_result_at_last(service: Service, calls: Calls, state: Path) -> None:
    done = click2call(service, ALICE, state, "call", "+34900000486", "--json", "--iden", calls.iden())
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert lines[0]["placed"] is True
    assert [line["state"] for line in lines[1:]] == ["initiating", "callingCaller", "callingCallee", "failed", "failed"]
    assert (lines[-1]["ended"], lines[-1]["reason"], lines[-1]["exit"]) == (True, "calleeBusy", BUSY)
    assert done.code == BUSY


def test_a_call_that_was_left_alone_can_be_looked_at_and_ended(service: Service, calls: Calls, state: Path) -> None:
    iden = calls.iden()
    placed = click2call(service, ALICE, state, "call", ANSWERS, "--detach", "--iden", iden)
    assert (placed.code, placed.err) == (0, "")
    for folder in (state / "click2call", *(state / "click2call").iterdir()):
        assert folder.stat().st_mode & 0o077 == 0, f"{folder} is for its owner only"
    wait_until("connected", lambda: "Connected" in click2call(service, ALICE, state, "status", iden).out)
    assert json.loads(click2call(service, ALICE, state, "status", iden, "--json").out)["state"] == "connected"
    ended = click2call(service, ALICE, state, "hangup", iden)
    assert (ended.code, ended.out) == (0, "The call is over.\n")
    assert not calls.lives(iden)
    after = click2call(service, ALICE, state, "status", iden, "--follow")
    assert (after.code, "Ended after" in after.out) == (0, True)


def test_a_ticket_comes_from_standard_input_or_the_environment_too(service: Service, calls: Calls, state: Path) -> None:
    reply = service.api.call(DAVE, ANSWERS, iden=calls.iden(), progress=True)
    iden, ticket = reply.json["iden"], reply.json["ticket"]
    assert "Your phone rings." in click2call(service, DAVE, state, "status", iden, "--ticket-stdin", stdin=ticket + "\n").out
    wrong = click2call(service, DAVE, state, "hangup", iden, "--ticket-stdin", stdin=ticket[:-1] + "x\n")
    assert (wrong.code, ticket[:-1] in wrong.text) == (3, False)
    missing = click2call(service, DAVE, state, "hangup", iden)
    assert (missing.code, "There is no ticket" in missing.err) == (2, True)
    found = run([build_folder() / PROGRAM, "hangup", iden], env=environment(service, DAVE, state) | {"CLICK2CALL_TICKET": ticket})
    assert (found.code, found.out) == (0, "The call is over.\n")


def test_a_call_that_nobody_knows_is_said_to_be_so(service: Service, calls: Calls, state: Path) -> None:
    reply = service.api.call(signer("carol"), ANSWERS, iden=calls.iden(), progress=True)
    other = click2call(service, ALICE, state, "status", "nevermind", "--ticket-stdin", stdin=reply.json["ticket"] + "\n")
    assert other.code == 3 and "does not open the call nevermind" in other.err


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)


def test_on_a_terminal_one_line_rewrites_itself(service: Service, calls: Calls, state: Path, terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    process = subprocess.Popen(
        [*AS_A_SHELL, build_folder() / PROGRAM, "call", ANSWERS, "--iden", calls.iden()],
        env=environment(service, ALICE, state) | {"TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = ""
    interrupted = False
    while process.poll() is None or select.select([ours], [], [], 0)[0]:
        try:
            shown += os.read(ours, 4096).decode()
        except OSError:
            break
        if "Connected 00:01." in shown and not interrupted:
            interrupted = True
            process.send_signal(signal.SIGINT)
    assert process.wait(20) == ENDED
    lines = [re.sub(r"^.*\r\x1b\[K", "", line) for line in shown.replace("\r\n", "\n").strip().split("\n")]
    assert [line.split(" (")[0] for line in lines] == [f"Calling {ANSWERS}. Ctrl-C hangs up.", "Ended after 00:01."]
    assert shown.index("Connected 00:00.") < shown.index("Connected 00:01."), "the time goes on"
