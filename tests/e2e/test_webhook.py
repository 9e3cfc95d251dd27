"""progress.webhook: each change of each call is posted, signed, in order, again until it is taken."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import re
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from c2ctest import Calls, Service, run, signer
from c2ctest.fixtures import MakeService, temporary_file
from lab.ports import PortPicker
from lab.waiting import wait_until

SECRET = "the-webhooks-own-secret-" + secrets.token_hex(8)
TOKEN = "token-" + secrets.token_hex(8)
ALICE, CAROL, HEIDI = signer("alice"), signer("carol"), signer("heidi")
ANSWERS_AND_HANGS_UP = "+34900000200"
CONNECTED = ["initiating", "callingCaller", "callingCallee", "connected", "disconnected"]


@dataclass(frozen=True)
class Post:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def data(self) -> dict[str, Any]:
        return dict(self.event["data"])

    @property
    def state(self) -> str:
        return str(self.data["status"]["state"])


class Receiver:
    """Answers with the next of `statuses`, then with 204; holds every answer back while `gate` is not set."""

    def __init__(self, port: int = 0, certificate: tuple[Path, Path] | None = None) -> None:
        self.posts: list[Post] = []
        self.statuses: list[int] = []
        self.otherwise = 204
        self.gate = threading.Event()
        self.gate.set()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler(), bind_and_activate=False)
        self._server.daemon_threads = True
        self._server.server_bind()
        self.scheme = "https" if certificate else "http"
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(*certificate)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.server_activate()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posts.append(Post(self.path, dict(self.headers), body))
                status = receiver.statuses.pop(0) if receiver.statuses else receiver.otherwise
                receiver.gate.wait()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/calls?token={TOKEN}"

    def of(self, iden: str) -> list[Post]:
        return [post for post in list(self.posts) if post.data["callId"] == iden]

    def wait(self, iden: str, *, last: bool = True) -> list[Post]:
        """The posts about a call, once one of its last state is there, or any."""

        def enough() -> bool:
            told = self.of(iden)
            return any(post.state in ("disconnected", "failed") for post in told) if last else bool(told)

        wait_until(f"the webhook's posts about {iden}", enough, timeout=30)
        return self.of(iden)

    def close(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def make_receiver() -> Iterator[Callable[..., Receiver]]:
    made: list[Receiver] = []

    def make(**options: Any) -> Receiver:
        made.append(Receiver(**options))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def receiver(make_receiver: Callable[..., Receiver]) -> Receiver:
    return make_receiver()


@pytest.fixture
def start(start_service: MakeService) -> Callable[..., Service]:
    def with_webhook(url: str, **more: str) -> Service:
        service = start_service(progress={"webhook": {"url": url, "secret": SECRET, **more}})
        service.secrets += [SECRET, TOKEN]
        return service

    return with_webhook


def signature_is_right(post: Post) -> bool:
    found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", post.headers["X-Click2call-Signature"])
    if found is None or abs(int(found[1]) - time.time()) > 60:
        return False
    wanted = hmac.new(SECRET.encode(), f"{found[1]}.".encode() + post.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(found[2], wanted)


def without_repeats(posts: list[Post]) -> list[Post]:
    return list({post.event["id"]: post for post in reversed(posts)}.values())[::-1]


def test_each_change_of_a_call_is_posted_once_in_order_and_signed(
    start: Callable[..., Service], receiver: Receiver, calls: Calls
) -> None:
    service, iden = start(receiver.url), calls.iden()
    reply = service.api.call(ALICE, ANSWERS_AND_HANGS_UP, iden=iden)
    assert (reply.status, reply.json) == (200, {"iden": iden})
    posts = receiver.wait(iden)
    assert [post.state for post in posts] == CONNECTED
    assert [post.event["sequence"] for post in posts] == ["1", "2", "3", "4", "5"]
    assert len({post.event["id"] for post in posts}) == 5
    assert sorted(times := [post.event["time"] for post in posts]) == times
    for post in posts:
        assert signature_is_right(post)
        assert post.path == f"/calls?token={TOKEN}"
        assert post.headers["Content-Type"] == "application/cloudevents+json"
        event = post.event
        assert (event["specversion"], event["source"]) == ("1.0", f"/calls/{iden}")
        assert event["type"] == "org.camaraproject.click-to-dial.v0.status-changed"
        assert (post.data["caller"], post.data["callee"]) == (ALICE.aor, ANSWERS_AND_HANGS_UP)
        assert post.data["timestamp"] == event["time"]
        assert post.data["startedAt"] == times[0]
        assert ("reason" in post.data["status"]) == (post is posts[-1])
    last = posts[-1].data
    assert last["status"]["reason"] == "hangUp"
    assert (last["connectedAt"], last["endedAt"]) == (times[3], times[4])
    assert re.fullmatch(r"\d+", last["callDuration"])
    assert service.log_lines("webhook") == []


def test_a_call_that_fails_says_why(start: Callable[..., Service], receiver: Receiver, calls: Calls) -> None:
    service, iden = start(receiver.url), calls.iden()
    assert service.api.call(CAROL, ANSWERS_AND_HANGS_UP, iden=iden).status == 200
    posts = receiver.wait(iden)
    assert posts[-1].data["status"] == {"state": "failed", "reason": "callerBusy"}
    assert "connectedAt" not in posts[-1].data and "callDuration" not in posts[-1].data


def test_what_is_no_call_is_not_told(start: Callable[..., Service], receiver: Receiver, calls: Calls) -> None:
    service, iden = start(receiver.url), calls.iden()
    assert service.api.call(ALICE, "1", iden=calls.iden(), response="0" * 32).status == 403
    assert service.api.call(signer("ivan"), "1", iden=calls.iden()).status == 502
    assert service.api.call(CAROL, "1", iden=iden).status == 200
    receiver.wait(iden)
    assert {post.data["callId"] for post in receiver.posts} == {iden}


def test_after_503_the_same_event_comes_again(start: Callable[..., Service], receiver: Receiver, calls: Calls) -> None:
    receiver.statuses = [503, 503]
    service, iden = start(receiver.url), calls.iden()
    assert service.api.call(ALICE, ANSWERS_AND_HANGS_UP, iden=iden).status == 200
    posts = receiver.wait(iden)
    assert [post.body for post in posts[:3]] == [posts[0].body] * 3, "one event, and its id, three times"
    assert all(signature_is_right(post) for post in posts)
    assert [post.state for post in without_repeats(posts)] == CONNECTED
    assert len(posts) == len(CONNECTED) + 2


def test_after_400_an_event_is_dropped_and_the_next_one_comes(
    start: Callable[..., Service], receiver: Receiver, calls: Calls
) -> None:
    receiver.statuses = [400]
    service, iden = start(receiver.url), calls.iden()
    assert service.api.call(ALICE, ANSWERS_AND_HANGS_UP, iden=iden).status == 200
    assert [post.state for post in receiver.wait(iden)] == CONNECTED
    (line,) = service.log_lines("webhook")
    assert "400" in line


def test_a_receiver_that_does_not_answer_holds_no_call_up(
    start: Callable[..., Service], receiver: Receiver, calls: Calls
) -> None:
    receiver.gate.clear()
    service = start(receiver.url)
    idens = [calls.iden() for _ in range(3)]
    for iden in idens:
        reply = service.api.call(ALICE, ANSWERS_AND_HANGS_UP, iden=iden)
        assert (reply.status, reply.json) == (200, {"iden": iden})
        calls.wait(iden, "is over", lambda call: call.over)
    assert not receiver.gate.is_set(), "all this was while the receiver held its answers back"
    assert len({post.event["id"] for post in receiver.posts}) <= len(idens), "no event overtakes another of its call"
    receiver.gate.set()
    for iden in idens:
        assert [post.state for post in without_repeats(receiver.wait(iden))] == CONNECTED


def test_a_receiver_that_is_down_holds_no_call_up_and_is_told_when_it_is_back(
    start: Callable[..., Service], make_receiver: Callable[..., Receiver], calls: Calls
) -> None:
    port, iden = PortPicker().pick(), calls.iden()
    service = start(f"http://127.0.0.1:{port}/calls?token={TOKEN}")
    reply = service.api.call(ALICE, ANSWERS_AND_HANGS_UP, iden=iden)
    assert (reply.status, reply.json) == (200, {"iden": iden})
    calls.wait(iden, "is over", lambda call: call.over)
    wait_until("a line about it", lambda: bool(service.log_lines("webhook")))
    posts = make_receiver(port=port).wait(iden)
    assert [post.state for post in posts] == CONNECTED
    assert all(signature_is_right(post) for post in posts)
    down, *more = service.log_lines("webhook")
    assert f"http://127.0.0.1:{port}: " in down
    assert all("again" in line for line in more), "trouble is told once a minute"


def test_what_waits_is_delivered_before_the_service_ends(
    start: Callable[..., Service], receiver: Receiver, calls: Calls
) -> None:
    receiver.otherwise = 503
    service, iden = start(receiver.url), calls.iden()
    assert service.api.call(CAROL, "1", iden=iden).status == 200
    receiver.wait(iden, last=False)
    calls.wait(iden, "is over", lambda call: call.over)
    receiver.otherwise = 204
    service.stop()
    assert [post.state for post in without_repeats(receiver.of(iden))] == ["initiating", "callingCaller", "failed"]


def test_a_receiver_that_never_answers_does_not_keep_the_service_from_ending(
    start: Callable[..., Service], receiver: Receiver, calls: Calls
) -> None:
    receiver.gate.clear()
    service, iden = start(receiver.url), calls.iden()
    assert service.api.call(CAROL, "1", iden=iden).status == 200
    receiver.wait(iden, last=False)
    service.stop()
    assert any("not delivered" in line for line in service.log_lines("webhook"))


def certificate(folder: Path, alternative_name: str) -> tuple[Path, Path]:
    made, key = folder / f"{alternative_name[:3]}.pem", folder / f"{alternative_name[:3]}.key"
    done = run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-keyout", key, "-out", made, "-subj", "/CN=receiver", "-addext", f"subjectAltName={alternative_name}"]
    )
    assert done.code == 0, done.err
    return made, key


def test_over_https_the_receiver_must_prove_its_name(
    tmp_path: Path, start: Callable[..., Service], make_receiver: Callable[..., Receiver], calls: Calls
) -> None:
    for name, trusted in (("IP:127.0.0.1", True), ("DNS:other.example", False)):
        pair = certificate(tmp_path, name)
        receiver, iden = make_receiver(certificate=pair), calls.iden()
        service = start(receiver.url, ca=str(pair[0]))
        assert service.api.call(CAROL, "1", iden=iden).status == 200
        if trusted:
            assert receiver.wait(iden)[-1].state == "failed"
        else:
            wait_until("a line about it", lambda: bool(service.log_lines("certificate is not accepted")))
            service.stop()
            assert receiver.posts == []


def test_the_secret_may_come_from_a_file(
    tmp_path: Path, start_service: MakeService, receiver: Receiver, calls: Calls
) -> None:
    file = temporary_file(tmp_path, "webhook", SECRET + "\n", 0o640)
    service = start_service(progress={"webhook": {"url": receiver.url, "secret_file": str(file)}})
    service.secrets += [SECRET, TOKEN]
    iden = calls.iden()
    assert service.api.call(CAROL, "1", iden=iden).status == 200
    assert all(signature_is_right(post) for post in receiver.wait(iden))


def test_without_a_webhook_nothing_is_posted(start_service: MakeService, receiver: Receiver, calls: Calls) -> None:
    service = start_service(progress={"webhook": {"url": "", "secret": SECRET}})
    iden = calls.iden()
    assert service.api.call(HEIDI, ANSWERS_AND_HANGS_UP, iden=iden).status == 200
    calls.wait(iden, "is over", lambda call: call.over)
    service.stop()
    assert receiver.posts == []
