"""click2call when it is ended in the midst of a call: the call is hung up, or whoever ended it is told that it goes on."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from c2ctest import AS_A_SHELL, Calls, Done, Service, build_folder, run, signer
from c2ctest.gate import Gate, Lane
from lab.waiting import wait_until

DAVE = signer("dave")
ANSWERS = "+34900000001"
CANCELLED, UNWRITTEN = 10, 11
PROGRAM = "click2call"


@pytest.fixture
def env(service: Service, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "XDG_STATE_HOME": str(tmp_path), "CLICK2CALL_URL": service.url,
        "CLICK2CALL_AOR": DAVE.aor, "CLICK2CALL_PASSWORD": DAVE.password,
    }  # fmt: skip


@pytest.fixture
def gate(service: Service) -> Iterator[Gate]:
    with Gate("client", (service.host, service.port), seed=1) as gate:
        yield gate


def start(env: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*AS_A_SHELL, build_folder() / PROGRAM, *words], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def hear(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdout is not None
    while words not in (line := process.stdout.readline()):
        assert line, f"it ended without a word of {words!r}: {end(process)}"


def end(process: subprocess.Popen[str]) -> Done:
    out, err = process.communicate(timeout=30)
    return Done(process.returncode, out, err)


@pytest.mark.parametrize("detach", [[], ["--detach"]], ids=["followed", "detached"])
def test_a_call_that_was_given_up_before_its_challenge_came_is_never_placed(
    env: dict[str, str], gate: Gate, calls: Calls, detach: list[str]
) -> None:
    iden = calls.iden()
    gate.set(to_service=Lane(delay=3))
    began = time.monotonic()
    process = start(env | {"CLICK2CALL_URL": f"http://127.0.0.1:{gate.port}"}, "call", ANSWERS, "--iden", iden, *detach)
    wait_until("the challenge is asked for", lambda: gate.connections == 1)
    process.send_signal(signal.SIGINT)
    done = end(process)
    assert (done.code, done.err) == (CANCELLED, "click2call: Given up: no call was placed.\n")
    assert time.monotonic() - began < 3, "nothing was waited for"
    assert calls.count(iden) == 0


@pytest.mark.parametrize("detach", [[], ["--detach"]], ids=["followed", "detached"])
def test_a_call_that_was_given_up_before_its_answer_came_is_hung_up(
    env: dict[str, str], gate: Gate, calls: Calls, detach: list[str]
) -> None:
    iden = calls.iden()
    gate.set(to_service=Lane(delay=2))
    process = start(env | {"CLICK2CALL_URL": f"http://127.0.0.1:{gate.port}"}, "call", ANSWERS, "--iden", iden, *detach)
    calls.wait(iden, "rings", lambda seen: seen.leg1)
    process.send_signal(signal.SIGINT)
    gate.set(to_service=Lane(delay=0.2))
    done = end(process)
    assert done.code == CANCELLED
    assert "it is hung up as soon as the service answers" in done.err
    assert not calls.lives(iden)


def test_a_terminal_that_is_closed_hangs_up_though_shells_say_so_twice(env: dict[str, str], calls: Calls) -> None:
    iden = calls.iden()
    process = start(env, "call", ANSWERS, "--iden", iden)
    hear(process, "Your phone rings.")
    process.send_signal(signal.SIGHUP)
    hear(process, "Hanging up.")
    process.send_signal(signal.SIGHUP)
    assert end(process).code == CANCELLED
    assert not calls.lives(iden)


def test_a_reader_that_goes_hangs_up(env: dict[str, str], calls: Calls) -> None:
    iden = calls.iden()
    done = run(["sh", "-c", f"'{build_folder() / PROGRAM}' call {ANSWERS} --json --iden {iden} | head -1"], env=env)
    assert json.loads(done.out)["placed"] is True
    assert "Nobody reads the output any more." in done.err
    assert not calls.lives(iden)


@pytest.mark.parametrize("to", ["/dev/full", "&-"])
def test_a_call_goes_on_where_nothing_can_be_written_and_its_iden_is_told_elsewhere(
    env: dict[str, str], calls: Calls, to: str
) -> None:
    iden = calls.iden()
    done = run(["sh", "-c", f"'{build_folder() / PROGRAM}' call {ANSWERS} --detach --json --iden {iden} >{to}"], env=env)
    assert done.code == UNWRITTEN
    assert done.err.startswith("click2call: Standard output cannot be written: ")
    assert f"click2call hangup {iden}" in done.err
    assert calls.lives(iden)
    hung_up = run(["sh", "-c", f"'{build_folder() / PROGRAM}' hangup {iden} >{to}"], env=env)
    assert (hung_up.code, "The call is over." in hung_up.err) == (UNWRITTEN, True)
    assert not calls.lives(iden)


@pytest.mark.parametrize("words", ["--version", "--help", "call 1 --dry-run"])
def test_what_cannot_be_written_is_no_success(env: dict[str, str], words: str) -> None:
    done = run(["sh", "-c", f"'{build_folder() / PROGRAM}' {words} >/dev/full"], env=env)
    assert (done.code, "No space left" in done.err) == (UNWRITTEN, True)


def test_an_empty_ticket_is_called_one(env: dict[str, str]) -> None:
    done = run([build_folder() / PROGRAM, "hangup", "abc", "--ticket-stdin"], env=env)
    assert (done.code, done.err) == (2, "click2call: The ticket that was given is empty.\n")


class Stubborn(ThreadingHTTPServer):
    """A service whose call rings until `takes_hang_ups` is set; before, each DELETE is 503."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.takes_hang_ups = False
        self.hang_ups = 0


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stubborn

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, status: int, body: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, json.dumps({"nonce": "n", "realm": "r", "iden": "stubborn", "ticket": "t.t"}))

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b'id: 1\ndata: {"state":"callingCaller"}\n\n')
        self.wfile.flush()
        self.connection.recv(1)

    def do_DELETE(self) -> None:
        self.server.hang_ups += 1
        self.answer(204 if self.server.takes_hang_ups else 503)


@pytest.fixture
def stubborn() -> Iterator[Stubborn]:
    with Stubborn() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_hang_up_that_is_not_taken_is_sent_again_and_the_ticket_is_kept(env: dict[str, str], stubborn: Stubborn) -> None:
    env = env | {"CLICK2CALL_URL": f"http://127.0.0.1:{stubborn.server_address[1]}"}
    process = start(env, "call", "1")
    hear(process, "Your phone rings.")
    process.send_signal(signal.SIGINT)
    # The first pauses last 0.1, 0.16, 0.26, 0.41 and 0.66 s: a second signal is no double of the first one by then.
    wait_until("six hang-ups", lambda: stubborn.hang_ups >= 6)
    process.send_signal(signal.SIGINT)
    done = end(process)
    assert done.code == -signal.SIGINT
    assert done.err.endswith("click2call: The call may go on. To end it, run: click2call hangup stubborn\n")
    stubborn.takes_hang_ups = True
    hung_up = run([build_folder() / PROGRAM, "hangup", "stubborn"], env=env)
    assert (hung_up.code, hung_up.out) == (0, "The call is over.\n")


def test_hangup_asks_again_until_it_is_taken(env: dict[str, str], stubborn: Stubborn) -> None:
    env = env | {"CLICK2CALL_URL": f"http://127.0.0.1:{stubborn.server_address[1]}"}
    assert run([build_folder() / PROGRAM, "call", "1", "--detach"], env=env).code == 0
    process = start(env, "hangup", "stubborn")
    wait_until("two hang-ups", lambda: stubborn.hang_ups >= 2)
    stubborn.takes_hang_ups = True
    done = end(process)
    assert (done.code, done.out) == (0, "The call is over.\n")
    assert done.err.startswith("click2call: Not hung up yet")


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_a_password_prompt_that_is_left_places_nothing_and_gives_the_terminal_back(env: dict[str, str], how: str) -> None:
    ours, theirs = pty.openpty()
    del env["CLICK2CALL_PASSWORD"]
    process = subprocess.Popen([*AS_A_SHELL, build_folder() / PROGRAM, "call", "1"], env=env, stdin=theirs, stdout=theirs, stderr=theirs)

    def echoes() -> bool:
        return bool(termios.tcgetattr(theirs)[3] & termios.ECHO)

    def read(until: str) -> str:
        shown = ""
        while until not in shown:
            assert select.select([ours], [], [], 20)[0], shown
            shown += os.read(ours, 4096).decode()
        return shown

    read("SIP password of")
    assert not echoes()
    if how == "Ctrl-C":
        os.write(ours, b"\x03")
    else:
        process.send_signal(signal.SIGTERM)
    read("Given up: no call was placed.")
    assert process.wait(20) == CANCELLED
    assert echoes()
    os.close(ours)
    os.close(theirs)
