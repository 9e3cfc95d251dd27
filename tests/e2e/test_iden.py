"""An iden is idempotent: a retry never places a second call, and nobody else gets it."""

from __future__ import annotations

import pytest
from c2ctest import Api, Calls, Service, signer
from lab.waiting import wait_until

ALICE = signer("alice")
IN_USE = (409, "iden in use")


def test_a_retry_is_answered_200_and_places_nothing(api: Api, calls: Calls) -> None:
    iden = calls.iden()
    for _ in range(4):
        reply = api.call(ALICE, "+34900000001", iden=iden)
        assert (reply.status, reply.json) == (200, {"iden": iden})
    calls.wait(iden, "is connected", lambda call: call.leg2_answered)
    assert api.call(ALICE, "+34900000001", iden=iden).status == 200
    assert calls.count(iden) == 1


def test_a_retry_needs_its_own_nonce_and_digest(api: Api, calls: Calls) -> None:
    body = api.order(ALICE, "+34900000001", iden=calls.iden())
    assert api.post("/call", body).status == 200
    assert api.post("/call", body).verdict == (401, "invalid nonce")
    retry = api.order(ALICE, "+34900000001", iden=body["iden"], response="0" * 32)
    assert api.post("/call", retry).verdict == (403, "forbidden")


@pytest.mark.parametrize(
    ("name", "destination"),
    [("bob", "+34900000001"), ("alice", "+34900000002"), ("bob", "+34900000002"), ("alice", "+349000000010")],
    ids=["another AoR", "another destination", "both", "a longer destination"],
)
def test_another_call_on_a_used_iden_is_refused(api: Api, calls: Calls, name: str, destination: str) -> None:
    iden = calls.iden()
    assert api.call(ALICE, "+34900000001", iden=iden).status == 200
    reply = api.call(signer(name), destination, iden=iden)
    assert reply.verdict == IN_USE
    assert reply.body.strip() == b'{"error":"iden in use"}'
    assert calls.count(iden) == 1
    assert calls.lives(iden)


def test_the_same_name_in_another_company_is_another_aor(api: Api, calls: Calls) -> None:
    iden = calls.iden()
    assert api.call(ALICE, "+34900000001", iden=iden).status == 200
    assert api.call(signer("alice", 2), "+34900000001", iden=iden).verdict == IN_USE


def test_idens_are_compared_without_regard_to_case(api: Api, calls: Calls) -> None:
    iden = calls.iden("MixedCase")
    calls.mine(iden.upper())
    assert api.call(ALICE, "+34900000001", iden=iden).status == 200
    assert api.call(ALICE, "+34900000002", iden=iden.lower()).verdict == IN_USE
    assert api.call(ALICE, "+34900000001", iden=iden.upper()).status == 200
    assert calls.count(iden) == 1
    assert calls.count(iden.upper()) == calls.count(iden.lower()) == 0


def test_the_aor_is_compared_as_the_database_spells_it(api: Api, calls: Calls) -> None:
    iden = calls.iden()
    shouting = type(ALICE)("ALICE@127.0.0.1", ALICE.password)
    assert api.call(ALICE, "+34900000001", iden=iden).status == 200
    assert api.call(shouting, "+34900000001", iden=iden).status == 200
    assert calls.count(iden) == 1


def test_eight_retries_at_the_same_moment_are_one_call(service: Service, calls: Calls) -> None:
    iden = calls.iden()
    bodies = [service.api.order(ALICE, "+34900000001", iden=iden) for _ in range(8)]
    replies = service.race(bodies)
    assert [(reply.status, reply.json) for reply in replies] == [(200, {"iden": iden})] * 8
    calls.wait(iden, "is connected", lambda call: call.leg2_answered)
    assert calls.count(iden) == 1


def test_of_eight_destinations_on_one_iden_at_the_same_moment_one_is_called(service: Service, calls: Calls) -> None:
    iden = calls.iden()
    bodies = [service.api.order(ALICE, f"+3490000010{number}", iden=iden) for number in range(8)]
    replies = service.race(bodies)
    assert sorted(reply.status for reply in replies) == [200] + [409] * 7
    winner = next(number for number, reply in enumerate(replies) if reply.status == 200)
    seen = calls.wait(iden, "is dialled", lambda call: call.leg1)
    assert (seen.count, seen.destination) == (1, f"+3490000010{winner}")


def test_a_failed_attempt_on_an_iden_can_be_tried_again(api: Api, calls: Calls) -> None:
    frank, iden = signer("frank"), calls.iden()
    assert api.call(frank, "+34900000001", iden=iden).verdict == (502, "could not originate call")
    wait_until("the end of its channels", lambda: not calls.lives(iden))
    assert api.call(frank, "+34900000001", iden=iden).verdict == (502, "could not originate call")
    wait_until("the end of its channels", lambda: not calls.lives(iden))
    assert api.call(ALICE, "+34900000001", iden=iden).status == 200
    assert calls.wait(iden, "is dialled", lambda call: call.leg1).endpoint.endswith("alice")


def test_an_iden_that_is_refused_elsewhere_is_not_taken(api: Api, calls: Calls) -> None:
    iden = calls.iden()
    assert api.call(type(ALICE)(ALICE.aor, "wrong"), "+34900000001", iden=iden).status == 403
    assert api.call(signer("bob"), "+34900000002", iden=iden).status == 200
