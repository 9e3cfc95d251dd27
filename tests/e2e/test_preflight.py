"""call.preflight: a phone that is off is told before anything rings; where nobody knows, the call goes on."""

from __future__ import annotations

import http.client
import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from c2ctest import Api, Calls, LiveCall, LiveStream, Reply, Service, Signer, build_folder, run, signer
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.terminals import by_name
from lab.waiting import wait_until

HEIDI = signer("heidi")
DOMAIN = by_name("heidi").domain
OFF = (422, "terminal not registered")


class Ear(http.server.BaseHTTPRequestHandler):
    """Passes what the service asks on to the lab's Kamailio, and remembers it."""

    rpc: tuple[str, int]
    asked: list[tuple[str, list[Any]]]

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server looks for
        body = self.rfile.read(int(self.headers["Content-Length"]))
        question = json.loads(body)
        self.asked.append((question["method"], question.get("params", [])))
        onward = http.client.HTTPConnection(*self.rpc, timeout=10)
        try:
            onward.request("POST", "/RPC", body, {"Content-Type": "application/json"})
            answer = onward.getresponse()
            status, reply = answer.status, answer.read()
        finally:
            onward.close()
        self.send_response(status)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class Overheard:
    """The service's questions to Kamailio."""

    def __init__(self, lab: Lab) -> None:
        self.asked: list[tuple[str, list[Any]]] = []
        rpc = (lab.kamailio.host, lab.kamailio.rpc_port)
        ear = type("Bound", (Ear,), {"rpc": rpc, "asked": self.asked})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ear)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/RPC"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def lookups(self) -> list[list[Any]]:
        return [params for method, params in self.asked if method == "ul.lookup"]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def overheard(lab: Lab) -> Iterator[Overheard]:
    listening = Overheard(lab)
    yield listening
    listening.close()


@pytest.fixture(autouse=True)
def nobody_registered(lab: Lab) -> Iterator[None]:
    """As the lab begins, so each of these tests does, and leaves it so."""

    def forget() -> None:
        for name, company in (("heidi", 1), ("alice", 1), ("alice", 2)):
            lab.kamailio.unregister(name, by_name(name, company).domain)

    forget()
    yield
    forget()


@pytest.fixture
def rejecting(start_service: MakeService) -> Service:
    return start_service(call={"preflight": "reject"})


@pytest.fixture
def reporting(start_service: MakeService) -> Service:
    return start_service(call={"preflight": "report"})


@pytest.fixture
def number(lab: Lab) -> Callable[[], str]:
    """Makes destinations that nobody has called before: whatever rings for one is this test's."""
    made: set[str] = set()

    def make() -> str:
        used = made | {call.destination for call in lab.calls().values()}
        chosen = next(n for i in range(100_000) if (n := f"+3491{i:05d}200") not in used)
        made.add(chosen)
        return chosen

    return make


def rung(lab: Lab, destination: str) -> int:
    """How many phones were rung for it on leg 1."""
    return sum(
        message.header("X-Info-Callee") == destination for phone in lab.phones.values() for message in phone.received("INVITE")
    )


def assert_dialled(calls: Calls, iden: str) -> None:
    assert calls.wait(iden, "is dialled", lambda call: call.leg1).count == 1


# off

def test_off_asks_nothing_and_places_the_call(
    start_service: MakeService, overheard: Overheard, calls: Calls, number: Callable[[], str]
) -> None:
    service = start_service(kamailio={"rpc_url": overheard.url})
    iden = calls.iden()
    assert service.api.call(HEIDI, number(), iden=iden, progress=True).status == 200
    assert_dialled(calls, iden)
    assert overheard.asked and not overheard.lookups


# reject

def test_a_phone_that_is_off_is_refused_before_anything_rings_and_called_once_it_is_on(
    lab: Lab, start_service: MakeService, overheard: Overheard, calls: Calls, number: Callable[[], str]
) -> None:
    service = start_service(call={"preflight": "reject"}, kamailio={"rpc_url": overheard.url})
    iden, other, off, on = calls.iden(), calls.iden(), number(), number()
    assert service.api.call(HEIDI, off, iden=iden).verdict == OFF
    assert service.api.call(HEIDI, off, iden=other, progress=True).verdict == OFF
    assert overheard.asked == [("ul.lookup", ["kam_users_location", f"heidi@{DOMAIN}"])] * 2, "the routing was not asked yet"

    lab.kamailio.register("heidi", DOMAIN)
    assert service.api.call(HEIDI, on, iden=iden).status == 200, "a refused call's iden is free"
    assert_dialled(calls, iden)
    wait_until("leg 1's INVITE", lambda: rung(lab, on) == 1)
    assert rung(lab, off) == 0
    assert calls.count(other) == 0


def test_a_refusal_is_one_line_in_the_log(rejecting: Service, calls: Calls) -> None:
    iden = calls.iden()
    assert rejecting.api.call(HEIDI, "+34910000200", iden=iden).verdict == OFF
    (line,) = rejecting.call_log(iden)
    assert (line["outcome"], line["server"]) == ("not_registered", "")


def test_a_phone_that_took_its_registration_back_is_off(lab: Lab, rejecting: Service, calls: Calls) -> None:
    lab.kamailio.register("heidi", DOMAIN)
    iden = calls.iden()
    assert rejecting.api.call(HEIDI, "+34910000200", iden=iden).status == 200
    lab.kamailio.unregister("heidi", DOMAIN)
    assert rejecting.api.call(HEIDI, "+34910000200", iden=calls.iden()).verdict == OFF


def test_a_phone_whose_registration_has_expired_is_off(lab: Lab, rejecting: Service, calls: Calls) -> None:
    lab.kamailio.register("heidi", DOMAIN, expires=1)
    wait_until("the registration's end", lambda: not lab.kamailio.registered("heidi", DOMAIN))
    iden = calls.iden()
    assert rejecting.api.call(HEIDI, "+34910000200", iden=iden).verdict == OFF
    assert calls.count(iden) == 0


def test_a_namesake_of_another_company_is_another_phone(lab: Lab, rejecting: Service, calls: Calls) -> None:
    lab.kamailio.register("alice", by_name("alice").domain)
    assert rejecting.api.call(signer("alice", 2), "+34910000200", iden=calls.iden()).verdict == OFF
    assert rejecting.api.call(signer("alice", 1), "+34910000200", iden=calls.iden()).status == 200


def test_the_spelling_of_a_name_is_neither_the_callers_nor_the_phones(lab: Lab, rejecting: Service, calls: Calls) -> None:
    lab.kamailio.register("Heidi", DOMAIN)
    shouting = Signer(f"HEIDI@{DOMAIN}", HEIDI.password)
    assert rejecting.api.call(shouting, "+34910000200", iden=calls.iden()).status == 200


def test_a_stranger_is_not_told_whether_a_phone_is_on(lab: Lab, rejecting: Service) -> None:
    stranger = Signer(HEIDI.aor, "not-her-password")
    off = rejecting.api.call(stranger, "+34910000200")
    lab.kamailio.register("heidi", DOMAIN)
    on = rejecting.api.call(stranger, "+34910000200")
    assert off.verdict == on.verdict == (403, "forbidden")


# Nobody knows: the call goes on.

@pytest.fixture(params=["reject", "report"])
def anyway(request: pytest.FixtureRequest, start_service: MakeService, calls: Calls) -> Callable[..., Service]:
    """Places a call through a service of this configuration, which has to go on as without pre-flight."""

    def place(**config: Any) -> Service:
        service = start_service(call={"preflight": request.param}, **config)
        iden = calls.iden()
        reply = service.api.call(HEIDI, "+34910000200", iden=iden, progress=True)
        assert (reply.status, set(reply.json)) == (200, {"iden", "ticket"})
        assert_dialled(calls, iden)
        return service

    return place


def test_a_kamailio_that_is_down_stops_no_call(anyway: Callable[..., Service]) -> None:
    with socket.socket() as closed:  # bound, so that nobody else listens there, and not listening
        closed.bind(("127.0.0.1", 0))
        anyway(kamailio={"rpc_url": f"http://127.0.0.1:{closed.getsockname()[1]}/RPC"})


def test_a_kamailio_that_is_silent_stops_no_call(anyway: Callable[..., Service]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        anyway(kamailio={"rpc_url": f"http://127.0.0.1:{silent.getsockname()[1]}/RPC"})


def test_a_table_that_does_not_exist_stops_no_call(anyway: Callable[..., Service]) -> None:
    anyway(kamailio={"location_table": "no_such_table"})


def test_a_kamailio_that_freezes_is_believed_again_once_it_is_back(lab: Lab, rejecting: Service, calls: Calls) -> None:
    def place() -> Reply:
        return rejecting.api.call(HEIDI, "+34910000200", iden=calls.iden())

    assert place().verdict == OFF
    lab.kamailio.stop()
    try:
        assert place().status == 200
    finally:
        lab.kamailio.cont()
    lab.kamailio.wait_probed()
    wait_until("a refusal", lambda: place().verdict == OFF)


# report

def followed(api: Api, call: LiveCall) -> tuple[list[str], str | None]:
    stream = LiveStream(api, call.iden, call.ticket)
    assert stream.status == 200
    return stream.finish(), stream.reason


def test_who_asks_for_progress_is_told_there_that_the_phone_is_off(
    lab: Lab, reporting: Service, calls: Calls, number: Callable[[], str]
) -> None:
    iden, off = calls.iden(), number()
    call = LiveCall.place(reporting.api, HEIDI, off, iden=iden)
    assert followed(reporting.api, call) == (["failed"], "callerFailure")
    snapshot = call.snapshot()
    assert snapshot.status == 200
    assert list(snapshot.json) == ["iden", "state", "reason", "startedAt", "endedAt"]
    assert (snapshot.json["iden"], snapshot.json["state"], snapshot.json["reason"]) == (iden, "failed", "callerFailure")
    assert call.cancel().status == 204, "it is over already"

    lab.kamailio.register("heidi", DOMAIN)
    second, on = calls.iden(), number()
    states, _ = followed(reporting.api, LiveCall.place(reporting.api, HEIDI, on, iden=second))
    assert "callingCaller" in states
    assert (rung(lab, on), rung(lab, off), calls.count(iden)) == (1, 0, 0)


def test_a_retry_of_a_reported_call_reads_the_same_end(reporting: Service, calls: Calls, number: Callable[[], str]) -> None:
    iden, off = calls.iden(), number()
    for _ in range(2):
        assert followed(reporting.api, LiveCall.place(reporting.api, HEIDI, off, iden=iden)) == (["failed"], "callerFailure")
    assert calls.count(iden) == 0


def test_without_progress_nothing_is_asked_and_nothing_changes(
    start_service: MakeService, overheard: Overheard, calls: Calls, number: Callable[[], str]
) -> None:
    service = start_service(call={"preflight": "report"}, kamailio={"rpc_url": overheard.url})
    iden = calls.iden()
    reply = service.api.call(HEIDI, number(), iden=iden)
    assert (reply.status, reply.json) == (200, {"iden": iden})
    assert_dialled(calls, iden)
    assert overheard.asked and not overheard.lookups


# --check

@pytest.mark.parametrize(
    ("config", "code", "says"),
    [
        ({"call": {"preflight": "reject"}}, 0, "ok    kamailio: registrations can be looked up in kam_users_location"),
        ({"call": {"preflight": "report"}, "kamailio": {"location_table": "no_such_table"}}, 1, "set kamailio.location_table"),
    ],
    ids=["well", "wrong table"],
)
def test_check_looks_for_the_table(new_service: MakeService, config: dict[str, Any], code: int, says: str) -> None:
    done = run([build_folder() / "click2calld", "--config", new_service(**config).config_path, "--check"])
    assert (done.code, done.err) == (code, "")
    assert says in done.out


def test_check_does_not_ask_for_what_is_off(new_service: MakeService) -> None:
    done = run([build_folder() / "click2calld", "--config", new_service().config_path, "--check"])
    assert "registrations" not in done.out
