"""Every way that a call can go on real Asterisk, as whoever watches it is told: each state in its order, and the reason."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import pytest
from c2ctest import Calls, LiveCall, Service, signer
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.phones import SipMessage
from lab.waiting import wait_until

ANSWERS = "+34900000001"
CALLER = ["initiating", "callingCaller"]
CALLEE = [*CALLER, "callingCallee"]
CONNECTED = [*CALLEE, "connected"]


@dataclass(frozen=True)
class Way:
    name: str
    who: str
    destination: str
    states: list[str]
    reason: str
    asked: dict[str, Any] = field(default_factory=dict)


# The terminals' and destinations' phones are in lab/README.md.
WAYS = [
    Way("caller busy", "carol", ANSWERS, [*CALLER, "failed"], "callerBusy"),
    Way("caller silent", "dave", ANSWERS, [*CALLER, "failed"], "callerNoAnswer", {"dialTimeout": 1}),
    Way("caller declines", "erin", ANSWERS, [*CALLER, "failed"], "callerBusy"),
    Way("caller not registered at the proxy", "kate", ANSWERS, [*CALLER, "failed"], "callerFailure"),
    Way("caller gives up while the destination rings", "heidi", "+34900000480", [*CALLEE, "failed"], "callerAbandon"),
    Way("caller gives up before the destination is dialled", "heidi", "+34900000182", [*CALLEE, "failed"], "callerAbandon"),
    Way("callee busy", "alice", "+34900000486", [*CALLEE, "failed"], "calleeBusy"),
    Way("callee silent", "alice", "+34900000480", [*CALLEE, "failed"], "calleeNoAnswer"),
    Way("callee declines", "alice", "+34900000603", [*CALLEE, "failed"], "calleeBusy"),
    Way("wrong number", "alice", "+34900000404", [*CALLEE, "failed"], "calleeFailure"),
    Way("barred number", "alice", "+34900000403", [*CALLEE, "failed"], "calleeFailure"),
    Way("trunk down", "alice", "+34900000503", [*CALLEE, "failed"], "calleeFailure"),
    Way("nobody to dial", "alice", "+34900000020", [*CALLEE, "failed"], "calleeFailure"),
    Way("ended by the dialplan", "alice", "+34900000021", [*CALLEE, "failed"], "calleeFailure"),
    Way("an announcement", "alice", "+34900000030", [*CONNECTED, "disconnected"], "hangUp"),
    Way("callee hangs up", "alice", "+34900000200", [*CONNECTED, "disconnected"], "hangUp"),
    Way("caller hangs up", "heidi", ANSWERS, [*CONNECTED, "disconnected"], "hangUp"),
    Way("time is over", "alice", ANSWERS, [*CONNECTED, "disconnected"], "hangUp", {"maxDuration": 500}),
    Way("callee hangs up, optimised", "judy", "+34900000200", [*CONNECTED, "disconnected"], "hangUp", {"optimize": True}),
    Way("callee busy, optimised", "judy", "+34900000486", [*CALLEE, "failed"], "calleeBusy", {"optimize": True}),
]

# The state in which such a call stays until somebody ends it, and how a hang-up then ends it.
PHASES = [
    Way("callingCaller", "dave", ANSWERS, [*CALLER, "failed"], "callerAbandon"),
    Way("callingCallee", "alice", "+34900000480", [*CALLEE, "failed"], "callerAbandon"),
    Way("connected", "alice", ANSWERS, [*CONNECTED, "disconnected"], "hangUp"),
]


def place(service: Service, calls: Calls, way: Way) -> LiveCall:
    return LiveCall.place(service.api, signer(way.who), way.destination, iden=calls.iden("way"), **way.asked)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name.replace(" ", "-"))
def test_a_call_is_told_as_it_goes(service: Service, calls: Calls, way: Way) -> None:
    call = place(service, calls, way)
    stream = call.stream()
    assert stream.finish() == way.states
    assert stream.reason == way.reason
    assert [change.number for change in stream.changes] == list(range(1, len(way.states) + 1))
    assert all("reason" not in change.data for change in stream.changes[:-1])
    assert call.snapshot().json == dict(stream.changes[-1].data), "a snapshot is the last of what was told"
    assert not calls.lives(call.iden)


def test_a_dialplan_that_serves_the_caller_itself_has_connected_them(service: Service, calls: Calls) -> None:
    call = place(service, calls, Way("a voice mail", "alice", "+34900000031", CONNECTED, ""))
    stream = call.stream()
    stream.wait("connected")
    assert call.cancel().status == 204
    assert stream.finish() == [*CONNECTED, "disconnected"]
    assert stream.reason == "hangUp"


@pytest.mark.parametrize("optimize", [False, True])
@pytest.mark.parametrize("way", PHASES, ids=lambda way: way.name)
def test_a_hang_up_ends_the_call_in_each_phase(service: Service, calls: Calls, way: Way, optimize: bool) -> None:
    call = LiveCall.place(service.api, signer(way.who), way.destination, iden=calls.iden("way"), optimize=optimize)
    stream = call.stream()
    stream.wait(way.name)
    assert call.cancel().status == 204
    assert stream.finish() == way.states
    assert stream.reason == way.reason
    assert not calls.lives(call.iden)
    assert call.cancel().status == 204, "what is over may be ended again"


def test_a_hang_up_ends_a_call_whose_local_channel_was_optimised_away(service: Service, calls: Calls) -> None:
    call = LiveCall.place(service.api, signer("judy"), "+34900000711", iden=calls.iden("way"), optimize=True)
    stream = call.stream()
    stream.wait("connected")

    def optimised() -> bool:
        return not any(name.startswith("Local/") for name in calls.channels(call.iden))

    wait_until("the end of the Local channel", optimised)
    assert len(calls.channels(call.iden)) == 2
    assert stream.states == CONNECTED, "its end is not the call's"
    assert call.cancel().status == 204
    assert stream.finish() == [*CONNECTED, "disconnected"]
    assert stream.reason == "hangUp"
    assert not calls.lives(call.iden)


@pytest.mark.parametrize("way", PHASES[:2], ids=lambda way: way.name)
def test_the_phone_that_rings_is_told_that_it_need_not_any_more(
    service: Service, lab: Lab, calls: Calls, way: Way
) -> None:
    destination = f"+34{secrets.randbelow(10**9):09}480"

    def received(method: str) -> list[SipMessage]:
        phone = lab.phones["ring"]
        mine = {m.header("Call-ID") for m in phone.received() if destination in (m.user, m.header("X-Info-Callee"))}
        return [message for message in phone.received(method) if message.header("Call-ID") in mine]

    call = LiveCall.place(service.api, signer(way.who), destination, iden=calls.iden("way"))
    wait_until("an INVITE", lambda: received("INVITE"))
    assert not received("CANCEL")
    assert call.cancel().status == 204
    wait_until("a CANCEL", lambda: received("CANCEL"))


def test_a_call_that_is_cancelled_before_anything_is_dialled_ends(start_service: MakeService, calls: Calls) -> None:
    service = start_service(call={"confirm": False})  # answers as soon as the call is queued
    call = place(service, calls, PHASES[0])
    assert call.cancel().status in (202, 204)
    stream = call.stream()
    assert stream.finish() in (["initiating", "failed"], [*CALLER, "failed"])
    assert stream.reason == "callerAbandon"
    assert not calls.lives(call.iden)


def test_two_calls_of_one_user_do_not_mix(service: Service, calls: Calls) -> None:
    first, second = (
        LiveCall.place(service.api, signer("alice"), destination, iden=calls.iden("way"))
        for destination in (ANSWERS, "+34900000480")
    )
    streams = first.stream(), second.stream()
    streams[0].wait("connected")
    streams[1].wait("callingCallee")
    assert first.cancel().status == 204
    assert streams[0].finish() == [*CONNECTED, "disconnected"]
    assert streams[1].states == CALLEE, "the other goes on"
    assert second.cancel().status == 204
    assert streams[1].finish() == [*CALLEE, "failed"]
    assert [stream.reason for stream in streams] == ["hangUp", "callerAbandon"]
    for call, stream in zip((first, second), streams, strict=True):
        assert {change.data["iden"] for change in stream.changes} == {call.iden}


@pytest.mark.parametrize("who", ["frank", "ivan"], ids=["not registered", "unknown to Asterisk"])
def test_a_call_that_cannot_begin_is_refused_and_has_no_ticket(service: Service, calls: Calls, who: str) -> None:
    reply = service.api.call(signer(who), ANSWERS, iden=calls.iden("way"), progress=True)
    assert reply.verdict == (502, "could not originate call")
    assert "ticket" not in reply.json


@pytest.mark.parametrize("way", PHASES, ids=lambda way: way.name)
def test_a_call_that_somebody_else_ends_is_told_too(service: Service, calls: Calls, way: Way) -> None:
    call = place(service, calls, way)
    stream = call.stream()
    stream.wait(way.name)
    calls.hang_up(call.iden)
    assert stream.finish() == way.states
    assert stream.reason == way.reason
