"""SIGHUP: new configuration and certificates, and nobody notices."""

from __future__ import annotations

import os
import re
import resource
import ssl
import subprocess
import threading
from pathlib import Path

import pytest
from c2ctest import Calls, LiveCall, Service, signer, build_folder
from c2ctest.fixtures import MakeService
from c2ctest.processes import REPOSITORY
from c2ctest.raw import request
from lab.service_config import merge

ALICE = signer("alice")
LISTENING = "+34900000001"
CHALLENGE = request(body=b'{"aor":"alice@127.0.0.1"}')
NOT_ALLOWED = (422, "destination not allowed")


@pytest.fixture
def service(start_service: MakeService) -> Service:
    return start_service()


def call(service: Service, iden: str = "", nonce: str | None = None) -> tuple[int, str | None]:
    order = {} if nonce is None else {"nonce": nonce}
    return service.api.post("/call", service.api.order(ALICE, LISTENING, iden=iden, **order)).verdict


def test_what_is_new_in_the_file_holds_from_then_on(service: Service, calls: Calls) -> None:
    assert call(service, calls.iden()) == (200, None)
    service.reload(merge(service.config, {"call": {"deny": [LISTENING]}}))
    assert call(service) == NOT_ALLOWED
    service.reload(service.config)
    assert call(service, calls.iden()) == (200, None)


def test_a_wrong_file_changes_nothing_and_is_told_of(service: Service) -> None:
    said = service.reload("server:\n  lissten: nowhere\n")
    assert "lissten" in said and "goes on with the configuration that it has" in said
    assert "\\u000a" not in said, "one line each"
    assert service.api.challenge(ALICE.aor).status == 200
    said = service.reload(merge(service.config, {"server": {"tls_cert": "/nowhere.pem", "tls_key": "/nowhere.key"}}))
    assert "/nowhere" in said and "goes on with the configuration that it has" in said
    assert service.api.challenge(ALICE.aor).status == 200


def test_a_key_that_only_a_restart_can_change_is_named(service: Service) -> None:
    said = service.reload(merge(service.config, {"call": {"max_live": 7}, "ami": {"port": 5039}}))
    assert "restart the service to change ami.port, call.max_live" in said
    assert service.api.challenge(ALICE.aor).status == 200


def test_it_is_named_at_each_reload_as_it_is_never_in_force(service: Service) -> None:
    changed = merge(service.config, {"call": {"max_live": 7}})
    for _ in range(3):
        service.reload(changed)
    assert len(service.log_lines("restart the service to change call.max_live")) == 3


def test_the_readme_names_what_waits_for_a_restart() -> None:
    """The sentence that says so names just the keys that the service keeps until then."""
    sentence = re.search(r"Only a restart changes (.+?)\.\n", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    code = (REPOSITORY / "src" / "config" / "restart.cpp").read_text()
    assert sentence is not None
    assert sorted(re.findall(r"`([a-z_.]+)`", sentence[1])) == sorted(re.findall(r'keep\("([a-z_.]+)"', code))


def test_under_a_new_secret_the_throttle_begins_anew(start_service: MakeService) -> None:
    # Its keys are made under that secret, for all instances alike.
    service = start_service(throttle={"wrong_digests": 1})

    def guess() -> int:
        return service.api.post("/call", service.api.order(ALICE, LISTENING, response="0" * 32)).status

    assert [guess(), guess()] == [403, 429]
    service.reload(service.config)
    assert guess() == 429
    service.reload(merge(service.config, {"digest": {"secret": "another secret, of thirty-two bytes"}}))
    assert [guess(), guess()] == [403, 429]


@pytest.mark.skipif(build_folder().name in ("asan", "tsan"), reason="a sanitizer takes memory and descriptors of its own")
@pytest.mark.parametrize("missing", ["descriptors", "threads"])
def test_where_the_system_has_nothing_left_for_it_nothing_changes(start_service: MakeService, missing: str) -> None:
    service = start_service(server={"workers": 4})
    if missing == "descriptors":
        kind, enough = resource.RLIMIT_NOFILE, len(os.listdir(f"/proc/{service.pid}/fd")) + 8
    else:
        status = Path(f"/proc/{service.pid}/status").read_text()
        size = re.search(r"VmSize:\s+(\d+) kB", status)
        assert size is not None
        kind, enough = resource.RLIMIT_AS, (int(size[1]) + 1536) * 1024  # less than a thread's stack
    before = resource.prlimit(service.pid, kind)
    resource.prlimit(service.pid, kind, (enough, before[1]))
    for _ in range(3):
        assert "goes on with the configuration that it has" in service.reload()
        assert service.api.challenge(ALICE.aor).status == 200
    resource.prlimit(service.pid, kind, before)
    assert "reload: done" in service.reload()
    assert service.api.challenge(ALICE.aor).status == 200


def test_a_connection_that_was_open_gets_its_next_answer_and_is_told_to_come_again(service: Service) -> None:
    with service.connect() as idle, service.connect() as half:
        assert idle.ask(CHALLENGE).header("Connection") != "close"
        half.send(CHALLENGE[:-5])
        service.reload()
        for answer in (idle.ask(CHALLENGE), (half.send(CHALLENGE[-5:]), half.reply())[1]):
            assert (answer.status, answer.header("Connection")) == (200, "close")
        assert idle.closed() and half.closed()


def test_a_nonce_that_was_used_stays_used_and_one_that_was_not_is_good(service: Service, calls: Calls) -> None:
    used, unused = service.api.nonce(ALICE.aor), service.api.nonce(ALICE.aor)
    assert call(service, calls.iden(), used) == (200, None)
    service.reload()
    assert call(service, nonce=used) == (401, "invalid nonce")
    assert call(service, calls.iden(), unused) == (200, None)


def test_a_live_call_is_known_after_it(service: Service, calls: Calls) -> None:
    live = LiveCall.place(service.api, ALICE, LISTENING, iden=calls.iden())
    service.reload()
    assert live.snapshot().status == 200
    assert live.cancel().status in (202, 204)


def test_a_stream_ends_and_goes_on_where_its_reader_comes_back(service: Service, calls: Calls) -> None:
    live = LiveCall.place(service.api, ALICE, LISTENING, iden=calls.iden())
    first = live.stream()
    first.wait("connected")
    service.reload()
    seen = len(first.finish())
    again = live.stream(after=seen)
    live.cancel()
    assert again.finish() == ["disconnected"]


def test_a_new_certificate_is_shown(start_service: MakeService, tmp_path: Path) -> None:
    def certify() -> None:
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        files = ["-subj", "/CN=localhost", "-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
        subprocess.run([*command, *files], check=True, capture_output=True)

    def shown(service: Service) -> str:
        return ssl.get_server_certificate((service.host, service.port))

    certify()
    service = start_service(server={"tls_cert": str(tmp_path / "cert.pem"), "tls_key": str(tmp_path / "key.pem")})
    before = shown(service)
    assert before == (tmp_path / "cert.pem").read_text()
    certify()
    assert shown(service) == before
    service.reload()
    assert shown(service) == (tmp_path / "cert.pem").read_text() != before


def test_reloads_one_after_the_other_refuse_nobody(service: Service) -> None:
    """New connections all the while; each has to be accepted and answered."""
    stop = threading.Event()
    troubles: list[str] = []
    answered = 0

    def knock() -> None:
        nonlocal answered
        while not stop.is_set():
            try:
                status = service.api.challenge(ALICE.aor).status
            except OSError as error:
                troubles.append(f"{type(error).__name__}: {error}")
                return
            if status != 200:
                troubles.append(str(status))
            answered += 1

    knockers = [threading.Thread(target=knock) for _ in range(4)]
    for each in knockers:
        each.start()
    for _ in range(12):
        service.reload()
    stop.set()
    for each in knockers:
        each.join()
    assert not troubles
    assert answered > 12
