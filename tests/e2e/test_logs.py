"""One line for each attempt, whatever became of it, and no secret in any."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from c2ctest import Api, Calls, LiveCall, Service, Signer, build_folder, signer
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.ports import PortPicker
from lab.waiting import wait_until
from test_tls import make_certificate

ALICE, HEIDI = signer("alice"), signer("heidi")
CALLEE = "+34900000200"
STAGES = ("nonce_ms", "directory_ms", "routing_ms", "ami_ms")


def closed_port() -> int:
    return PortPicker().pick("127.0.0.1")


@pytest.fixture(scope="module")
def json_log(new_service: MakeService) -> Iterator[Service]:
    with new_service(log={"format": "json", "level": 6}) as started:
        yield started


@pytest.fixture(scope="module")
def text_log(new_service: MakeService) -> Iterator[Service]:
    with new_service(log={"format": "text", "level": 6}) as started:
        yield started


ATTEMPTS: dict[str, tuple[Signer, dict[str, Any], int, str]] = {
    "placed": (HEIDI, {}, 200, "as wanted"),
    "a wrong nonce": (HEIDI, {"nonce": "1.2.3"}, 401, "nonce"),
    "a wrong digest": (HEIDI, {"response": "0" * 32}, 403, "digest"),
    "nobody": (Signer("nobody@127.0.0.1", "x"), {}, 403, "terminal"),
    "no endpoint in Asterisk": (signer("ivan"), {}, 502, ""),
}


def attempt(service: Service, calls: Calls, kind: str) -> str:
    who, more, status, _ = ATTEMPTS[kind]
    iden = calls.iden("log")
    assert service.api.call(who, CALLEE, iden=iden, **more).status == status
    return iden


@pytest.mark.parametrize("kind", ATTEMPTS)
def test_an_attempt_is_one_line_of_json(json_log: Service, calls: Calls, kind: str) -> None:
    iden = attempt(json_log, calls, kind)
    (line,) = json_log.call_log(iden)
    who, _, status, _ = ATTEMPTS[kind]
    assert (line["message"], line["aor"], line["destination"], line["iden"]) == ("call", who.aor, CALLEE, iden)
    assert (line["outcome"] == "placed") == (status == 200)
    assert line["level"] == ("info" if status == 200 else "warning")
    assert line["server"] == ("127.0.0.1" if status in (200, 502) else ""), "the server that was asked, if any was"
    assert ("detail" in line) == (status != 200)
    assert all(line[stage] >= 0 for stage in STAGES)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", line["time"])


@pytest.mark.parametrize("kind", ATTEMPTS)
def test_an_attempt_is_one_line_of_text(text_log: Service, calls: Calls, kind: str) -> None:
    iden = attempt(text_log, calls, kind)
    (line,) = text_log.log_lines(iden)
    for part in (f'aor="{ATTEMPTS[kind][0].aor}"', f'destination="{CALLEE}"', f'iden="{iden}"', *(f"{s}=" for s in STAGES)):
        assert part in line
    assert ('outcome="placed"' in line) == (ATTEMPTS[kind][2] == 200)


def test_the_log_tells_the_reasons_apart_that_the_answer_does_not(json_log: Service, calls: Calls) -> None:
    details = [json_log.call_log(attempt(json_log, calls, kind))[0]["detail"] for kind in ("a wrong digest", "nobody")]
    assert "digest" in details[0] and "terminal" in details[1]


def test_every_line_of_a_json_log_is_json(json_log: Service, calls: Calls) -> None:
    for aor in ('a"b\\@x', "käthe@x", "\U0001f600@x", "a\u2028b@x", "{}@x", "%s%n@x", "a\u0085@x"):
        assert json_log.api.call(Signer(aor, "x"), "1").status == 403
    entries = [json.loads(line) for line in json_log.log_lines()]
    assert {'a"b\\@x', "käthe@x", "\U0001f600@x", "{}@x", "%s%n@x"} <= {entry.get("aor") for entry in entries}


def test_nothing_that_a_client_sends_makes_a_second_line(text_log: Service, calls: Calls) -> None:
    before = len(text_log.log_lines())
    assert text_log.api.call(Signer('evil"outcome="placed"@x', "x"), "1").status == 403
    (line,) = text_log.log_lines()[before:]
    assert 'aor="evil\\"outcome=\\"placed\\"@x"' in line


def test_no_nonce_response_or_password_is_logged(json_log: Service, text_log: Service, calls: Calls) -> None:
    # The configuration's and the terminals' secrets are looked for when each service of the suite ends.
    for service in (json_log, text_log):
        good = service.api.order(HEIDI, CALLEE, iden=calls.iden())
        bad = service.api.order(HEIDI, CALLEE, response="f" * 32)
        assert [service.api.post("/call", body).status for body in (good, bad)] == [200, 403]
        for body in (good, bad):
            assert body["nonce"] not in service.stderr and body["response"] not in service.stderr
        service.assert_no_secret()


@pytest.mark.parametrize("kind", ["plain", "tls"])
@pytest.mark.parametrize("log_format", ["json", "text"])
def test_no_ticket_is_logged(
    start_service: MakeService, calls: Calls, tmp_path: Path, log_format: str, kind: str
) -> None:
    certificate, key = make_certificate(tmp_path, "click2calld", "ec")
    server = {"tls_cert": str(certificate), "tls_key": str(key)} if kind == "tls" else {}
    service = start_service(log={"format": log_format, "level": 6}, server=server)
    call = LiveCall.place(service.api, signer("dave"), "+34900000001", iden=calls.iden())
    seconds, owner, mac = call.ticket.split(".")
    path, forged = f"/calls/{call.iden}", f"{seconds}.{owner}.{mac[::-1]}"
    stream = call.stream()
    stream.wait("callingCaller")
    for ticket, status in ((call.ticket, 200), (forged, 401), (f"{call.ticket}0", 401)):
        assert LiveCall(service.api, call.iden, ticket).snapshot().status == status
        assert service.api.request("GET", f"{path}?ticket={ticket}").status == status
        assert service.api.request("PUT", f"{path}?ticket={ticket}").status == 405
        assert service.api.request("GET", f"{path}/?ticket={ticket}").status == 404
        assert service.api.request("GET", f"{path}?ticket={ticket}", headers={"Expect": ticket}).status == 417
    assert call.cancel().status == 204
    assert stream.finish()[-1] == "failed"
    service.stop()
    assert service.log_lines(call.iden), "the call itself is logged"
    for secret in (mac, mac[::-1], owner):
        assert secret not in service.stderr


def test_below_its_level_an_attempt_is_not_logged(start_service: MakeService, calls: Calls) -> None:
    quiet = start_service(log={"level": 3})
    placed, refused = (attempt(quiet, calls, kind) for kind in ("placed", "a wrong digest"))
    assert quiet.call_log(placed) == []
    assert len(quiet.call_log(refused)) == 1


def test_start_and_end_are_logged(start_service: MakeService) -> None:
    service = start_service()
    service.stop()
    messages = [json.loads(line)["message"] for line in service.log_lines()]
    assert f"listens on http://127.0.0.1:{service.port}" in " ".join(messages)
    assert messages[-1] == "stopped"


def answers(api: Api) -> bool:
    try:
        return api.request("GET", "/healthz").status == 200
    except OSError:
        return False


def test_a_log_that_nobody_reads_or_whose_reader_goes_holds_up_nobody(new_service: MakeService) -> None:
    admin = PortPicker().pick("127.0.0.1")
    no_limits = {"wrong_digests": 0, "requests_per_address": 0, "calls_per_terminal": 0}
    made = new_service(server={"admin_listen": f"127.0.0.1:{admin}"}, throttle=no_limits, log={"level": 6})
    with subprocess.Popen([build_folder() / "click2calld", "--config", made.config_path], stderr=subprocess.PIPE) as process:
        try:
            machines = Api("127.0.0.1", admin)
            wait_until("an answer", lambda: answers(machines))

            def refused(_: int) -> bool:
                return made.api.call(HEIDI, CALLEE, response="0" * 32).status == 403

            with ThreadPoolExecutor(8) as pool:
                # More than a pipe takes, 64 KiB.
                assert all(pool.map(refused, range(600)))
                assert machines.request("GET", "/healthz").status == 200
                assert process.stderr is not None
                assert process.stderr.readline().endswith(b"\n")
                process.stderr.close()
                assert all(pool.map(refused, range(50)))
            assert machines.request("GET", "/healthz").status == 200
            page = machines.request("GET", "/metrics").body.decode()
            assert float(page.split("\nclick2call_log_lines_lost_total ")[1].split()[0]) > 0
        finally:
            process.terminate()
        assert process.wait(timeout=30) == 0


def test_a_calls_end_is_one_line_with_its_reason_and_durations(json_log: Service, calls: Calls) -> None:
    call = LiveCall.place(json_log.api, ALICE, CALLEE, iden=calls.iden("log"))
    assert call.stream().finish()[-1] == "disconnected"
    wait_until("the end's line", lambda: json_log.end_log(call.iden))
    (line,) = json_log.end_log(call.iden)
    assert (line["aor"], line["destination"], line["state"], line["reason"]) == (ALICE.aor, CALLEE, "disconnected", "hangUp")
    assert line["server"].startswith("127.") and line["level"] == "info"
    assert line["rang_ms"] > 0 and line["talked_ms"] > 0


def run_into(output: Path, config: Path, **env: str) -> subprocess.Popen[bytes]:
    with output.open("ab") as stderr:
        return subprocess.Popen([build_folder() / "click2calld", "--config", config], stderr=stderr, env=os.environ | env)


def test_the_journal_is_given_priorities_and_keeps_the_time_itself(new_service: MakeService, tmp_path: Path) -> None:
    nobody = closed_port()
    made = new_service(kamailio=None, routing={"application_servers": ["127.0.0.1"]}, ami={"port": nobody}, log={"format": "text"})
    for journal in (True, False):
        output = tmp_path / f"stderr.{journal}"
        output.touch()
        at = output.stat()
        stream = f"{at.st_dev}:{at.st_ino}" if journal else "1:1"
        with run_into(output, made.config_path, JOURNAL_STREAM=stream) as process:
            try:
                wait_until("a warning", lambda: "trying again" in output.read_text())  # noqa: B023
            finally:
                process.terminate()
        lines = output.read_text().splitlines()
        shape = r"<[3467]>(error|warning|info|debug) +\S" if journal else r"\d{4}-\d\d-\d\dT\S+ (error|warning|info|debug) +\S"
        assert all(re.match(shape, line) for line in lines), lines
        if journal:
            assert {line[:4] for line in lines if "trying again" in line} == {"<4>w"}
            assert {line[:4] for line in lines if "listens on" in line} == {"<6>i"}


def test_an_application_server_that_is_away_is_told_of_once(start_service: MakeService) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        service = start_service(
            kamailio=None, routing={"application_servers": ["127.0.0.1"]}, ami={"port": mute.getsockname()[1]}
        )
        for _ in range(4):  # each of them is refused a session
            mute.accept()[0].close()
        assert len(service.log_lines("no AMI session")) == 1


def test_a_session_that_is_lost_and_made_again_is_told_of(lab: Lab, start_service: MakeService) -> None:
    second = lab.asterisk[1]
    service = start_service(kamailio=None, routing={"application_servers": [second.host]})
    wait_until("a session", lambda: len(service.log_lines("there is an AMI session")) == 1)
    second.stop()
    try:
        wait_until("its loss", lambda: len(service.log_lines("the AMI session is lost")) == 1)
    finally:
        second.cont()
        second.wait_ready()
    wait_until("its return", lambda: len(service.log_lines("there is an AMI session")) == 2)


def test_a_backend_that_fails_is_told_of_once(start_service: MakeService) -> None:
    service = start_service(db={"port": closed_port()})
    for _ in range(5):
        assert service.api.call(HEIDI, CALLEE).status == 502
    wait_until("the warning", lambda: service.log_lines("directory fails"))
    assert service.api.call(HEIDI, CALLEE).status == 502
    assert len(service.log_lines("directory fails")) == 1
