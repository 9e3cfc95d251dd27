"""A click rings two real phones through a real Asterisk."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from c2ctest import Api, Calls, signer
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.phones import SipMessage
from lab.terminals import by_name
from lab.waiting import wait_until

ALICE = by_name("alice")


def invites(lab: Lab, phone: str, user: str) -> list[SipMessage]:
    return lab.phones[phone].received("INVITE", user)


def unused_number(lab: Lab, suffix: str = "") -> str:
    """A destination that no test has rung yet, so that its INVITEs are this call's alone."""
    unused_number.last += 1  # type: ignore[attr-defined]
    # Its end must be none that a phone of the lab claims.
    number = f"+3490{len(lab.calls()):05d}{unused_number.last:02d}{suffix or '000'}"  # type: ignore[attr-defined]
    assert all(call.destination != number for call in lab.calls().values())
    return number


unused_number.last = 0  # type: ignore[attr-defined]


@pytest.fixture
def answered(lab: Lab, api: Api, calls: Calls) -> Iterator[tuple[str, str, list[SipMessage], list[SipMessage]]]:
    """One call, answered on both legs: its iden, its destination, and the INVITEs of each leg."""
    before = len(invites(lab, "caller", "alice"))
    destination, iden = unused_number(lab), calls.iden()
    reply = api.call(signer("alice"), destination, iden=iden)
    assert (reply.status, reply.json) == (200, {"iden": iden})
    calls.wait(iden, "is answered by the callee", lambda call: call.leg2_answered)
    yield iden, destination, invites(lab, "caller", "alice")[before:], invites(lab, "callee", destination)


def test_both_phones_ring_once_and_asterisk_saw_one_call(
    calls: Calls, answered: tuple[str, str, list[SipMessage], list[SipMessage]]
) -> None:
    iden, destination, leg1, leg2 = answered
    assert (len(leg1), len(leg2)) == (1, 1)
    seen = calls.seen(iden)
    assert seen is not None
    assert (seen.count, seen.destination, seen.endpoint) == (1, destination, ALICE.sorcery_id)
    assert (seen.leg1, seen.leg1_answered, seen.leg2, seen.leg2_answered) == (True, True, True, True)


def test_leg_1_carries_what_the_proxy_needs(answered: tuple[str, str, list[SipMessage], list[SipMessage]]) -> None:
    _, destination, (leg1,), _ = answered
    headers = {name: leg1.header(f"X-Info-{name}") for name in ("BrandId", "CompanyId", "Type", "Click2Dial", "Callee")}
    assert headers == {"BrandId": "1", "CompanyId": "1", "Type": "vpbx", "Click2Dial": "yes", "Callee": destination}
    assert (leg1.header("Call-Info") or "").endswith("answer-after=0")
    assert f"sip:{ALICE.extension}@" in (leg1.header("From") or "")
    assert leg1.header("X-Info-Click2Dial-iden") is None


def test_leg_2_carries_the_iden(answered: tuple[str, str, list[SipMessage], list[SipMessage]]) -> None:
    iden, destination, _, (leg2,) = answered
    assert leg2.header("X-Info-Click2Dial-iden") == iden
    assert leg2.user == destination
    assert f"sip:{ALICE.extension}@" in (leg2.header("From") or "")


def test_a_call_lives_until_it_is_hung_up(
    lab: Lab, calls: Calls, answered: tuple[str, str, list[SipMessage], list[SipMessage]]
) -> None:
    iden, destination, _, _ = answered
    assert calls.lives(iden)
    calls.hang_up(iden)
    calls.wait(iden, "is over", lambda call: call.over)
    wait_until("the callee's BYE", lambda: bool(lab.phones["callee"].received("BYE")))
    wait_until("the end of its channels", lambda: not calls.lives(iden))


def test_without_an_iden_the_service_makes_one_of_16_base62_characters(api: Api, calls: Calls) -> None:
    idens = []
    for given in ({}, {"iden": ""}, {"iden": None}):
        reply = api.call(signer("carol"), "0486", **given)
        assert reply.status == 200
        assert set(reply.json) == {"iden"}
        idens.append(calls.mine(reply.json["iden"]))
    assert len(set(idens)) == 3
    for iden in idens:
        assert re.fullmatch("[0-9A-Za-z]{16}", iden)
        calls.wait(iden, "is there", lambda call: call.count == 1)


def test_two_calls_of_one_terminal_are_two(api: Api, calls: Calls) -> None:
    first, second = calls.iden(), calls.iden()
    assert api.call(signer("carol"), "0486", iden=first).status == 200
    assert api.call(signer("carol"), "0486", iden=second).status == 200
    assert (calls.count(first), calls.count(second)) == (1, 1)


@pytest.mark.parametrize("name", ["carol", "dave", "erin", "grace"])
def test_a_phone_that_will_not_answer_is_dialled_all_the_same(api: Api, calls: Calls, name: str) -> None:
    iden = calls.iden()
    assert api.call(signer(name), "+34900000000", iden=iden).status == 200
    assert calls.wait(iden, "is dialled", lambda call: call.leg1).count == 1


def test_extensions_stars_and_pluses_reach_the_dialplan_as_they_are(api: Api, calls: Calls) -> None:
    for destination in ("102", "*21*600", "+34900000404", "9" * 40):
        iden = calls.iden()
        assert api.call(signer("heidi"), destination, iden=iden).status == 200
        assert calls.wait(iden, "is there", lambda call: bool(call.destination)).destination == destination


def test_dial_timeout_and_its_default_end_leg_1(start_service: MakeService, api: Api, calls: Calls) -> None:
    shy = start_service(call={"dial_timeout": 1}).api
    idens = {"given": calls.iden(), "absent": calls.iden(), "zero": calls.iden(), "negative": calls.iden()}
    dave = signer("dave")
    assert api.call(dave, "1", iden=idens["given"], dialTimeout=1).status == 200
    assert shy.call(dave, "1", iden=idens["absent"]).status == 200
    assert shy.call(dave, "1", iden=idens["zero"], dialTimeout=0).status == 200
    assert shy.call(dave, "1", iden=idens["negative"], dialTimeout=-5).status == 200
    for iden in idens.values():
        assert calls.wait(iden, "is given up", lambda call: call.over, timeout=10).leg1_status in ("NOANSWER", "CANCEL")


def test_max_duration_and_its_default_end_the_call(start_service: MakeService, api: Api, calls: Calls) -> None:
    terse = start_service(call={"max_duration": 1000}).api
    idens = {"given": calls.iden(), "absent": calls.iden(), "zero": calls.iden(), "negative": calls.iden()}
    alice = signer("alice")
    assert api.call(alice, "1", iden=idens["given"], maxDuration=1000).status == 200
    assert terse.call(alice, "1", iden=idens["absent"]).status == 200
    assert terse.call(alice, "1", iden=idens["zero"], maxDuration=0).status == 200
    assert terse.call(alice, "1", iden=idens["negative"], maxDuration=-1).status == 200
    for iden in idens.values():
        assert calls.wait(iden, "is ended", lambda call: call.over, timeout=10).leg2_answered


def test_what_is_asked_for_beyond_the_operators_limits_is_held_to_them(start_service: MakeService, calls: Calls) -> None:
    service = start_service(
        call={"dial_timeout": 1, "dial_timeout_limit": 1, "max_duration": 1000, "max_duration_limit": 1000}
    )
    long, rings = calls.iden(), calls.iden()
    assert service.api.call(signer("alice"), "1", iden=long, maxDuration=3_600_000).status == 200
    assert service.api.call(signer("dave"), "1", iden=rings, dialTimeout=600).status == 200
    assert calls.wait(long, "is ended", lambda call: call.over, timeout=10).leg2_answered
    assert calls.wait(rings, "is given up", lambda call: call.over, timeout=10).leg1_status in ("NOANSWER", "CANCEL")
    assert service.log_lines("maxDuration 3600000 is held to 1000 ms") and service.log_lines("dialTimeout 600 is held to 1 s")


@pytest.mark.parametrize(("given", "optimized"), [({}, "No"), ({"optimize": False}, "No"), ({"optimize": True}, "Yes")])
def test_optimize_lets_asterisk_take_the_local_channel_out(
    lab: Lab, api: Api, calls: Calls, given: dict[str, bool], optimized: str
) -> None:
    # The phones send no voice, and Asterisk optimises with the first frame: so this asks what it was allowed to.
    iden = calls.iden()
    with lab.asterisk[0].ami(events="call") as session:
        assert api.call(signer("heidi"), "+34900000200", iden=iden, **given).status == 200
        event = session.read()
        while (event.get("Event"), event.get("LocalOneUniqueid")) != ("LocalBridge", iden):
            event = session.read()
    assert (event["LocalOptimization"], event["LocalTwoUniqueid"]) == (optimized, f"{iden}-2")
