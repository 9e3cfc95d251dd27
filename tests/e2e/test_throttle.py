"""Limits on callers: who asks too often waits, who guesses waits longer, and nobody else is concerned."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from c2ctest import Calls, LiveCall, Reply, Service, Signer, signer
from c2ctest.fixtures import MakeService

ALICE, BOB, DAVE, HEIDI = signer("alice"), signer("bob"), signer("dave"), signer("heidi")
HERE, THERE = "198.51.100.7", "203.0.113.9"
LISTENING = "+34900000001"
TOO_MANY = (429, "too many requests")
FORBIDDEN = (403, "forbidden")


@pytest.fixture
def guarded(start_service: MakeService) -> Service:
    return start_service(
        server={"trusted_proxies": ["127.0.0.0/8"]},
        throttle={"requests_per_address": 40, "calls_per_terminal": 2, "wrong_digests": 3},
        call={"deny": ["_+34900000999"]},
    )


class Caller:
    """Somebody behind the proxy that the test is."""

    def __init__(self, service: Service, address: str) -> None:
        self.api = service.api
        self.headers = {"Content-Type": "application/json", "X-Forwarded-For": address}

    def post(self, path: str, body: object) -> Reply:
        return self.api.request("POST", path, json.dumps(body).encode(), self.headers)

    def call(self, who: Signer = ALICE, destination: str = LISTENING, wrong: bool = False, iden: str = "") -> Reply:
        nonce = self.post("/challenge", {"aor": who.aor}).json["nonce"]
        response = "0" * 32 if wrong else who.sign(nonce, destination)
        body = {"aor": who.aor, "nonce": nonce, "response": response, "destination": destination, "iden": iden}
        return self.post("/call", body)


@pytest.fixture
def here(guarded: Service) -> Iterator[Caller]:
    yield Caller(guarded, HERE)


def test_an_address_that_asks_too_often_waits_and_another_does_not(guarded: Service, here: Caller) -> None:
    replies = [here.post("/challenge", {"aor": ALICE.aor}) for _ in range(45)]
    assert [reply.status for reply in replies[:40]] == [200] * 40
    assert replies[-1].verdict == TOO_MANY
    assert 1 <= int(replies[-1].headers["Retry-After"]) <= 2
    assert Caller(guarded, THERE).post("/challenge", {"aor": ALICE.aor}).status == 200
    assert any(HERE in line and "requests_per_address" in line for line in guarded.log_lines())


def test_an_address_that_is_made_up_in_front_of_the_proxys_own_changes_nothing(guarded: Service, here: Caller) -> None:
    made_up = [Caller(guarded, f"192.0.2.{number}, {HERE}") for number in range(45)]
    assert made_up[0].post("/challenge", {"aor": ALICE.aor}).status == 200
    replies = [each.post("/challenge", {"aor": ALICE.aor}) for each in made_up]
    assert replies[-1].verdict == TOO_MANY


def test_who_is_no_proxy_is_not_believed(start_service: MakeService) -> None:
    service = start_service(throttle={"wrong_digests": 1})
    assert Caller(service, HERE).call(wrong=True).verdict == FORBIDDEN
    assert Caller(service, THERE).call(wrong=True).verdict == TOO_MANY


def test_a_guesser_waits_longer_each_time_whatever_the_password_and_the_owner_elsewhere_calls(
    guarded: Service, here: Caller, calls: Calls
) -> None:
    assert [here.call(wrong=True).verdict for _ in range(3)] == [FORBIDDEN] * 3
    refused = here.call()
    assert refused.verdict == TOO_MANY, "the right password is no better than another before the time is over"
    assert refused.headers["Retry-After"] == "1"
    assert here.call(BOB, wrong=True).verdict == FORBIDDEN
    assert Caller(guarded, THERE).call(iden=calls.iden()).status == 200


@pytest.mark.parametrize("who", [ALICE, Signer("nobody@" + ALICE.aor.split("@")[1], "any password")], ids=["known", "unknown"])
def test_of_many_guesses_at_the_same_moment_no_more_are_answered_than_one_after_the_other(
    start_service: MakeService, who: Signer
) -> None:
    service = start_service(throttle={"wrong_digests": 3})
    orders = [service.api.order(who, LISTENING, response="0" * 32) for _ in range(64)]
    statuses = sorted(reply.status for reply in service.race(orders))
    assert statuses == [403] * 3 + [429] * 61


def test_many_right_passwords_at_the_same_moment_are_no_guesses(start_service: MakeService, calls: Calls) -> None:
    service = start_service(throttle={"wrong_digests": 3})
    orders = [service.api.order(ALICE, LISTENING, iden=calls.iden(f"many{number}")) for number in range(16)]
    assert [reply.status for reply in service.race(orders)] == [200] * 16


def test_an_unknown_terminal_is_throttled_as_a_known_one_is(here: Caller) -> None:
    nobody = Signer("nobody@" + ALICE.aor.split("@")[1], "any password")
    assert [here.call(nobody).verdict for _ in range(4)] == [FORBIDDEN] * 3 + [TOO_MANY]


def test_a_terminal_places_so_many_calls_a_minute_and_another_goes_on(guarded: Service, calls: Calls) -> None:
    for address in (HERE, THERE):
        assert Caller(guarded, address).call(iden=calls.iden()).status == 200
    refused = Caller(guarded, "192.0.2.77").call()
    assert refused.verdict == TOO_MANY
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    assert Caller(guarded, HERE).call(BOB, iden=calls.iden()).status == 200


def test_a_denied_destination_is_refused_after_the_password_and_before_anything_rings(guarded: Service, here: Caller, calls: Calls) -> None:
    assert here.call(destination="+34900000999", wrong=True).verdict == FORBIDDEN
    iden = calls.iden()
    assert here.call(destination="+34900000999", iden=iden).verdict == (422, "destination not allowed")
    attempt = guarded.call_log(iden)
    assert [line["outcome"] for line in attempt] == ["destination_refused"]
    assert not attempt[0].get("server")


def test_the_whole_world_guesses_at_a_terminal_no_faster_than_its_own_bound_and_its_owner_calls_on(
    start_service: MakeService, calls: Calls
) -> None:
    service = start_service(server={"trusted_proxies": ["127.0.0.0/8"]}, throttle={"wrong_digests": 3})
    owner = Caller(service, HERE)
    assert owner.call(iden=calls.iden()).status == 200
    began = time.monotonic()
    statuses = [Caller(service, f"10.0.{number // 250}.{number % 250}").call(wrong=True).status for number in range(200)]
    assert set(statuses) == {403, 429}
    assert statuses.count(403) <= 6 * 3 + time.monotonic() - began + 1
    assert owner.call(iden=calls.iden()).status == 200


def test_a_terminal_holds_so_many_live_calls_and_another_goes_on(start_service: MakeService, calls: Calls) -> None:
    service = start_service(throttle={"live_calls_per_terminal": 2})
    held = [LiveCall.place(service.api, DAVE, LISTENING, iden=calls.iden()) for _ in range(2)]
    refused = service.api.call(DAVE, LISTENING, iden=calls.iden())
    assert refused.verdict == TOO_MANY
    assert int(refused.headers["Retry-After"]) > 0
    assert service.api.call(DAVE, LISTENING, iden=held[0].iden).status == 200, "a retry is no further call"
    assert service.api.call(HEIDI, LISTENING, iden=calls.iden()).status == 200
    assert held[0].cancel().status == 204
    assert service.api.call(DAVE, LISTENING, iden=calls.iden()).status == 200
