"""The live call over HTTP: who may see it, what they are told, and how they end it."""

from __future__ import annotations

import re
import time
from datetime import datetime, timezone

import pytest
from c2ctest import Api, Calls, LiveCall, LiveStream, Reply, Service
from c2ctest.digest import forge_ticket
from c2ctest.raw import request
from lab import Lab
from live_calls import ALICE, ANSWERS, DAVE, HEIDI, INVALID, RINGS, UNKNOWN, about, bearer, on_second, over, ringing

__all__ = ["on_second", "over", "ringing"]


def with_ticket(call: LiveCall, ticket: str | None, method: str = "GET", iden: str | None = None) -> Reply:
    return call.api.request(method, f"/calls/{iden or call.iden}", headers=bearer(ticket) if ticket is not None else {})


# The ticket

def test_a_ticket_comes_only_where_it_is_asked_for(api: Api, calls: Calls) -> None:
    for asked in ({}, {"progress": False}, {"progress": None}):
        iden = calls.iden()
        reply = api.call(HEIDI, ANSWERS, iden=iden, **asked)
        assert (reply.status, reply.body) == (200, b'{"iden":"%s"}\n' % iden.encode())
    iden = calls.iden()
    reply = api.call(HEIDI, ANSWERS, iden=iden, progress=True)
    assert reply.status == 200
    assert list(reply.json) == ["iden", "ticket"]
    assert reply.json["iden"] == iden
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", reply.json["ticket"]), "safe in a URL as it is"


@pytest.mark.parametrize("wrong", [1, 0, "true", "", [], {}])
def test_progress_is_true_or_false(api: Api, wrong: object) -> None:
    assert api.call(HEIDI, ANSWERS, progress=wrong).verdict == (400, "invalid json body")


def test_a_call_without_a_ticket_shows_itself_to_whoever_retries_it_with_one(api: Api, calls: Calls) -> None:
    iden = calls.iden()
    assert api.call(DAVE, ANSWERS, iden=iden).json == {"iden": iden}
    call = LiveCall.place(api, DAVE, ANSWERS, iden=iden)
    assert call.snapshot().json["state"] == "callingCaller"
    assert calls.count(iden) == 1


def test_a_retry_is_given_a_ticket_again_and_places_no_second_call(api: Api, calls: Calls) -> None:
    iden = calls.iden("Live")
    first, second, shouted = (LiveCall.place(api, DAVE, ANSWERS, iden=each) for each in (iden, iden, iden.upper()))
    assert (first.iden, second.iden, shouted.iden) == (iden, iden, iden.upper())
    for call in (first, second, shouted):
        assert call.snapshot().json["state"] == "callingCaller"
    stream = first.stream()
    assert second.cancel().status == 204
    assert stream.finish()[-1] == "failed"
    again = LiveCall.place(api, DAVE, ANSWERS, iden=iden)
    assert again.snapshot().json["state"] == "failed", "a minute long a retry is told how it went"
    assert calls.count(iden) == 1


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_ticket_may_stand_in_the_header(over: LiveCall, method: str, scheme: str) -> None:
    reply = over.api.request(method, f"/calls/{over.iden}", headers={"Authorization": f"{scheme} {over.ticket}"})
    assert reply.status == (200 if method == "GET" else 204)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("query", ["ticket={}", "a=b&ticket={}", "ticket={}&a=b", "&&ticket={}"])
def test_the_ticket_may_stand_in_the_query(over: LiveCall, method: str, query: str) -> None:
    reply = over.api.request(method, f"/calls/{over.iden}?{query.format(over.ticket)}")
    assert reply.status == (200 if method == "GET" else 204)


def test_the_header_wins(over: LiveCall) -> None:
    def with_both(header: str, query: str) -> int:
        return over.api.request("GET", f"/calls/{over.iden}?ticket={query}", headers={"Authorization": header}).status

    assert with_both(f"Bearer {over.ticket}", "forged") == 200
    assert with_both("Bearer forged", over.ticket) == 401
    assert with_both("Basic forged", over.ticket) == 200, "another scheme is somebody else's, a proxy's perhaps"


def assert_refused(call: LiveCall, ticket: str | None, iden: str | None = None) -> None:
    """To each way of asking, and without a change to the call."""
    for method in ("GET", "DELETE"):
        reply = with_ticket(call, ticket, method, iden)
        assert reply.verdict == INVALID
        assert (reply.headers["WWW-Authenticate"], reply.headers["Cache-Control"]) == ("Bearer", "no-store")
    if ticket:
        assert call.api.request("GET", f"/calls/{iden or call.iden}?ticket={ticket}").verdict == INVALID
    assert LiveStream(call.api, iden or call.iden, ticket or "").status == 401
    assert call.snapshot().json["state"] == "callingCaller"


def test_no_ticket_opens_nothing(ringing: LiveCall) -> None:
    assert_refused(ringing, None)
    for header in ("", "Bearer", "Bearer ", f"Basic {ringing.ticket}", ringing.ticket, f"Bearer,{ringing.ticket}"):
        asked = ringing.api.request("GET", f"/calls/{ringing.iden}", headers={"Authorization": header})
        assert asked.verdict == INVALID
    for nothing in ("/calls/{}?", "/calls/{}?ticket", "/calls/{}?ticket=", "/calls/{}?Ticket=" + ringing.ticket):
        assert ringing.api.request("GET", nothing.format(ringing.iden)).verdict == INVALID


def changed(text: str) -> str:
    """The same length and alphabet, one digit different."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def test_a_forged_ticket_opens_nothing(lab: Lab, ringing: LiveCall) -> None:
    expires, owner, mac = ringing.ticket.split(".")
    text = bytes.fromhex(owner).decode()
    later = int(expires) + 1
    genuine = forge_ticket(lab.state.digest_secret, ringing.iden, text, int(expires))
    assert genuine == ringing.ticket, "the forger knows how"
    for forged in (
        f"{changed(expires)}.{owner}.{mac}",
        f"{expires}.{changed(owner)}.{mac}",
        f"{expires}.{owner}.{changed(mac)}",
        f"{expires}.{owner}.{changed(mac[0])}{mac[1:]}",
        f"{expires}.{owner}.{mac[:-1]}",
        f"{expires}.{owner}.{mac}0",
        f"{expires}.{owner}.",
        f"{expires}..{mac}",
        f".{owner}.{mac}",
        f"{expires}.{mac}",
        f"+{expires}.{owner}.{mac}",
        f"0{expires}.{owner}.{mac}",
        f"{expires}.{owner}.{mac.upper()}",
        f"{expires}.{owner.upper()}.{mac}",
        f"{expires}.{owner}0.{mac}",
        f"{expires}.{owner}.{mac}.",
        "..",
        "0" * 2000,
        forge_ticket("another secret of thirty-two bytes", ringing.iden, text, later),
        forge_ticket(lab.state.digest_secret, ringing.iden, text, later, signed=f"{later}|{ringing.iden}|{text}"),
        forge_ticket(lab.state.digest_secret, ringing.iden, text, later, signed=f"ticket|{later}|{ringing.iden}|"),
    ):
        assert forged != ringing.ticket
        assert_refused(ringing, forged)


def test_a_nonce_is_no_ticket(api: Api, ringing: LiveCall) -> None:
    assert_refused(ringing, api.nonce(DAVE.aor))


def test_a_ticket_has_its_time(lab: Lab, ringing: LiveCall) -> None:
    owner = bytes.fromhex(ringing.ticket.split(".")[1]).decode()
    now = int(time.time())
    for gone in (now, now - 1, now - 86_400, 0, -1):
        assert_refused(ringing, forge_ticket(lab.state.digest_secret, ringing.iden, owner, gone))
    assert with_ticket(ringing, forge_ticket(lab.state.digest_secret, ringing.iden, owner, now + 60)).status == 200


def test_a_ticket_outlives_the_longest_that_its_call_can_be_seen(api: Api, calls: Calls) -> None:
    before = int(time.time())
    call = LiveCall.place(api, DAVE, ANSWERS, iden=calls.iden(), dialTimeout=100, maxDuration=200_000)
    assert int(call.ticket.split(".")[0]) >= before + 100 + 200 + 60


def test_a_ticket_opens_no_other_call(api: Api, calls: Calls, ringing: LiveCall) -> None:
    own = LiveCall.place(api, DAVE, ANSWERS, iden=calls.iden())
    others = LiveCall.place(api, ALICE, RINGS, iden=calls.iden())
    assert_refused(ringing, own.ticket)
    assert_refused(ringing, others.ticket)
    assert_refused(ringing, ringing.ticket, iden=f"{ringing.iden}0")
    assert_refused(ringing, ringing.ticket, iden=ringing.iden[:-1])
    assert own.snapshot().status == others.snapshot().status == 200


def test_a_signed_ticket_of_somebody_else_opens_no_call(lab: Lab, ringing: LiveCall) -> None:
    ticket = forge_ticket(lab.state.digest_secret, ringing.iden, ALICE.aor, int(time.time()) + 60)
    assert with_ticket(ringing, ticket).verdict == with_ticket(ringing, ticket, "DELETE").verdict == UNKNOWN
    assert ringing.snapshot().status == 200


def test_a_call_that_nobody_placed_is_unknown(lab: Lab, api: Api) -> None:
    ticket = forge_ticket(lab.state.digest_secret, "never-placed", DAVE.aor, int(time.time()) + 60)
    never = LiveCall(api, "never-placed", ticket)
    assert never.snapshot().verdict == never.cancel().verdict == UNKNOWN
    assert never.stream().status == 404
    assert never.snapshot().headers["Cache-Control"] == "no-store"


def test_the_iden_may_be_spelt_in_another_case(over: LiveCall) -> None:
    for spelt in (over.iden.upper(), over.iden.title()):
        other = LiveCall(over.api, spelt, over.ticket)
        assert other.snapshot().status == 200
        assert other.stream().finish() == over.stream().finish()
        assert other.cancel().status == 204


# The snapshot

def moment(text: str) -> datetime:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text), "RFC 3339, in UTC"
    return datetime.fromisoformat(text)


def test_a_snapshot_has_what_is_known_by_then(api: Api, calls: Calls) -> None:
    before = datetime.now(timezone.utc)
    call = LiveCall.place(api, ALICE, ANSWERS, iden=calls.iden())
    stream = call.stream()
    stream.wait("connected")
    talking = call.snapshot()
    assert call.cancel().status == 204
    gone = call.snapshot()
    after = datetime.now(timezone.utc)
    for reply in (talking, gone):
        assert reply.status == 200
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.json["iden"] == call.iden
    assert list(talking.json) == ["iden", "state", "startedAt", "connectedAt"]
    assert list(gone.json) == ["iden", "state", "reason", "startedAt", "connectedAt", "endedAt"]
    assert gone.json.items() >= {k: talking.json[k] for k in ("startedAt", "connectedAt")}.items(), "what was said stays"
    told = [moment(gone.json[k]) for k in ("startedAt", "connectedAt", "endedAt")]
    whole = before.replace(microsecond=before.microsecond // 1000 * 1000)
    assert [whole, *told, after] == sorted([whole, *told, after])


def test_a_call_that_was_never_connected_says_no_such_time(ringing: LiveCall, over: LiveCall) -> None:
    assert list(ringing.snapshot().json) == ["iden", "state", "startedAt"]
    assert list(over.snapshot().json) == ["iden", "state", "reason", "startedAt", "endedAt"]


def test_each_event_is_the_snapshot_as_of_then(api: Api, calls: Calls) -> None:
    call = LiveCall.place(api, ALICE, ANSWERS, iden=calls.iden())
    stream = call.stream()
    last = stream.wait("connected")
    assert call.snapshot().json == last.data
    assert call.cancel().status == 204
    stream.finish()
    keys = [list(change.data) for change in stream.changes]
    start = ["iden", "state", "startedAt"]
    end = ["iden", "state", "reason", "startedAt", "connectedAt", "endedAt"]
    assert keys == [start, start, start, [*start, "connectedAt"], end]
    assert call.snapshot().json == stream.changes[-1].data


# The path and the methods

@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "TRACE", "PROPFIND"])
def test_another_method_is_refused_with_the_allowed_ones(service: Service, over: LiveCall, method: str) -> None:
    with service.connect() as connection:
        for data in (about(over, method), request(method, "/calls/x", length=False)):
            connection.send(data)
            reply = connection.reply(to_head=method == "HEAD")
            assert (reply.status, reply.header("Allow")) == (405, "GET, DELETE, OPTIONS")
            assert method == "HEAD" or reply.error == "method not allowed"
        assert connection.ask(about(over)).status == 200, "the connection goes on"


@pytest.mark.parametrize("path", ["/calls", "/calls/", "/calls/{}/", "/calls/a/{}", "/calls//{}", "/Calls/{}", "//calls/{}"])
@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "POST"])
def test_another_path_is_not_found_whatever_the_ticket(over: LiveCall, method: str, path: str) -> None:
    reply = over.api.request(method, path.format(over.iden), headers=bearer(over.ticket))
    assert reply.verdict == (404, "not found")


@pytest.mark.parametrize("iden", ["x", ".", "%41", "a" * 33, "a" * 4000, "%00", "a.b"])
def test_what_can_be_no_iden_has_no_ticket(ringing: LiveCall, iden: str) -> None:
    assert with_ticket(ringing, ringing.ticket, iden=iden).verdict == INVALID


@pytest.mark.parametrize("iden", ["x", "a" * 40])
def test_options_is_answered_for_any_call_without_a_ticket(api: Api, iden: str) -> None:
    reply = api.request("OPTIONS", f"/calls/{iden}")
    assert (reply.status, reply.body, reply.headers["Allow"]) == (204, b"", "GET, DELETE, OPTIONS")


# The connection

def test_snapshots_share_a_connection(service: Service, ringing: LiveCall, over: LiveCall) -> None:
    with service.connect() as connection:
        for call, state in ((ringing, "callingCaller"), (over, "failed")) * 3:
            assert connection.ask(about(call)).json["state"] == state


def test_pipelined_requests_are_answered_in_their_order(service: Service, ringing: LiveCall, over: LiveCall) -> None:
    forged = LiveCall(over.api, over.iden, ringing.ticket)
    asked = [about(ringing), about(forged), about(over), about(over, "DELETE"), about(ringing, "OPTIONS")] * 20
    with service.connect() as connection:
        connection.send(b"".join(asked + [about(ringing, "DELETE"), about(ringing)]))
        for _ in range(20):
            assert connection.reply().json["state"] == "callingCaller"
            assert [connection.reply().status for _ in range(4)] == [401, 200, 204, 204]
        assert connection.reply().status == 204
        assert connection.reply().json["state"] == "failed", "it is over once its DELETE is answered"


def test_what_is_pipelined_before_a_stream_is_answered_and_what_follows_it_is_not(service: Service, over: LiveCall) -> None:
    with service.connect() as connection:
        connection.send(about(over) + about(over, headers=[("Accept", "text/event-stream")]) + about(over))
        first, second = connection.reply(), connection.reply()
        assert first.json["state"] == "failed"
        assert first.header("Connection") is None
        assert (second.status, second.header("Connection")) == (200, "close")


def test_http_1_0_is_answered_and_closed_unless_it_asks_to_go_on(service: Service, over: LiveCall) -> None:
    with service.connect() as connection:
        reply = connection.ask(about(over, headers=[("Connection", "keep-alive")], version="HTTP/1.0"))
        assert (reply.status, reply.header("Connection")) == (200, "keep-alive")
        reply = connection.ask(about(over, version="HTTP/1.0"))
        assert (reply.json["state"], reply.header("Connection")) == ("failed", "close")
        assert connection.closed()


# The end

def test_a_hang_up_is_204_and_again_204(ringing: LiveCall, calls: Calls) -> None:
    for _ in range(2):
        reply = ringing.cancel()
        assert (reply.status, reply.body, reply.headers["Cache-Control"]) == (204, b"", "no-store")
        assert "Content-Length" not in reply.headers
    assert not calls.lives(ringing.iden)
    assert (ringing.snapshot().json["state"], ringing.snapshot().json["reason"]) == ("failed", "callerAbandon")


def test_hang_ups_at_the_same_moment_are_all_204(service: Service, ringing: LiveCall) -> None:
    connections = [service.connect() for _ in range(8)]
    for connection in connections:
        connection.send(about(ringing, "DELETE"))
    assert [connection.reply().status for connection in connections] == [204] * 8
    for connection in connections:
        connection.close()


def test_a_hang_up_that_is_not_heard_of_in_time_is_202_and_done_when_it_can_be(
    lab: Lab, on_second: Service, calls: Calls
) -> None:
    call = LiveCall.place(on_second.api, DAVE, ANSWERS, iden=calls.iden())
    stream = call.stream()
    lab.asterisk[1].stop()
    reply = call.cancel()
    assert reply.status == 202
    assert (reply.headers["Content-Type"], reply.headers["Cache-Control"]) == ("application/json", "no-store")
    assert (reply.json["iden"], reply.json["state"]) == (call.iden, "callingCaller")
    lab.asterisk[1].cont()
    assert stream.finish() == ["initiating", "callingCaller", "failed"]
    assert stream.reason == "callerAbandon"
    assert call.cancel().status == 204
