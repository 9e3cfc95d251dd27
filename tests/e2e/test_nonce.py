"""The nonce: fresh, signed, for one AoR, spelled one way, used once."""

from __future__ import annotations

import time
from typing import Any

import pytest
from c2ctest import Api, Calls, Service, Signer, forge_nonce, signer
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.waiting import wait_until

HEIDI = signer("heidi")
INVALID = (401, "invalid nonce")
DESTINATION = "+34900000200"


def used(api: Api, nonce: str, who: Signer = HEIDI, **more: Any) -> tuple[int, str | None]:
    return api.post("/call", api.order(who, DESTINATION, nonce=nonce, **more)).verdict


def test_a_nonce_that_this_file_signs_is_the_services_own(api: Api, lab: Lab, calls: Calls) -> None:
    # Without this the refusals below could have another cause than the one in their names.
    nonce = forge_nonce(lab.state.digest_secret, HEIDI.aor, int(time.time()))
    assert used(api, nonce, iden=calls.iden()) == (200, None)


def test_a_nonce_is_refused_the_second_time(api: Api, calls: Calls) -> None:
    nonce = api.nonce(HEIDI.aor)
    assert used(api, nonce, iden=calls.iden()) == (200, None)
    assert used(api, nonce, iden=calls.iden()) == INVALID


def test_a_nonce_is_refused_after_its_time(start_service: MakeService) -> None:
    api = start_service(digest={"nonce_ttl": 1}).api
    nonce = api.nonce(HEIDI.aor)
    issued = int(nonce.split(".")[0])
    wait_until("the nonce's end", lambda: time.time() >= issued + 2)
    assert used(api, nonce) == INVALID


@pytest.mark.parametrize("age", [32, 3600, 10**9])
def test_an_old_nonce_is_refused(api: Api, lab: Lab, age: int) -> None:
    assert used(api, forge_nonce(lab.state.digest_secret, HEIDI.aor, int(time.time()) - age)) == INVALID


@pytest.mark.parametrize("ahead", [1, 2])
def test_a_nonce_of_an_instance_whose_clock_is_a_little_ahead_is_good_once(api: Api, lab: Lab, calls: Calls, ahead: int) -> None:
    nonce = forge_nonce(lab.state.digest_secret, HEIDI.aor, int(time.time()) + ahead)
    assert used(api, nonce, iden=calls.iden()) == (200, None)
    assert used(api, nonce, iden=calls.iden()) == INVALID


@pytest.mark.parametrize("ahead", [5, 3600, 10**11])
def test_a_nonce_of_the_future_is_refused(api: Api, lab: Lab, ahead: int) -> None:
    assert used(api, forge_nonce(lab.state.digest_secret, HEIDI.aor, int(time.time()) + ahead)) == INVALID


@pytest.mark.parametrize("before", ["+", "0", "00", " ", "-", "+0"])
def test_a_time_spelled_otherwise_is_refused_though_its_mac_is_right(api: Api, lab: Lab, before: str) -> None:
    now = int(time.time())
    assert used(api, forge_nonce(lab.state.digest_secret, HEIDI.aor, now, spelled=f"{before}{now}")) == INVALID


def test_another_spelling_of_a_used_nonce_is_no_second_use(api: Api, calls: Calls) -> None:
    nonce = api.nonce(HEIDI.aor)
    stamp, rand, mac = nonce.split(".")
    assert used(api, nonce, iden=calls.iden()) == (200, None)
    in_capitals = (f"{stamp}.{rand.upper()}.{mac}", f"{stamp}.{rand}.{mac.upper()}")
    for spelling in (f"+{nonce}", f"0{nonce}", f"{nonce} ", f" {nonce}", *in_capitals):
        assert used(api, spelling) == INVALID, spelling


@pytest.mark.parametrize("aor", ["alice@127.0.0.1", "HEIDI@127.0.0.1", "heidi@second.example"])
def test_a_nonce_for_another_aor_is_refused(api: Api, aor: str) -> None:
    assert used(api, api.nonce(aor)) == INVALID


@pytest.mark.parametrize(
    "secret", ["change-me-please", "", "0" * 64], ids=["the reference's placeholder", "none", "another"]
)
def test_a_nonce_under_another_secret_is_refused(api: Api, secret: str) -> None:
    assert used(api, forge_nonce(secret, HEIDI.aor, int(time.time()))) == INVALID


def damaged(nonce: str) -> dict[str, str]:
    stamp, rand, mac = nonce.split(".")
    other = "0" if mac[-1] != "0" else "1"
    return {
        "empty": "",
        "a mac that differs in its last digit": f"{stamp}.{rand}.{mac[:-1]}{other}",
        "a mac without its last digit": nonce[:-1],
        "one digit more": nonce + "0",
        "another time": f"{int(stamp) - 1}.{rand}.{mac}",
        "another random part": f"{stamp}.{'0' * 16}.{mac}",
        "no mac": f"{stamp}.{rand}",
        "no random part": f"{stamp}.{mac}",
        "dots only": "..",
        "more dots": f"{nonce}.",
        "a time of 300 digits": f"{'9' * 300}.{rand}.{mac}",
        "no time": f".{rand}.{mac}",
        "3000 bytes": "a" * 3000,
        "not ASCII": f"{stamp}.{rand}.{'é' * 32}",
    }


@pytest.mark.parametrize("how", damaged("1.0.0"))
def test_a_damaged_nonce_is_refused_and_the_right_one_stays_good(api: Api, calls: Calls, how: str) -> None:
    nonce = api.nonce(HEIDI.aor)
    assert used(api, damaged(nonce)[how], iden=calls.iden()) == INVALID
    assert used(api, nonce, response="0" * 32) == (403, "forbidden")


def test_a_missing_nonce_is_refused(api: Api) -> None:
    assert api.post("/call", {"aor": HEIDI.aor, "destination": "1", "response": "0" * 32}).verdict == INVALID


def test_any_instance_with_the_secret_takes_the_nonce_of_another(api: Api, start_service: MakeService, calls: Calls) -> None:
    second = start_service()
    assert used(second.api, api.nonce(HEIDI.aor), iden=calls.iden()) == (200, None)


@pytest.mark.parametrize("attempt", range(3))
def test_of_16_racing_uses_of_one_nonce_exactly_one_wins(service: Service, calls: Calls, attempt: int) -> None:
    nonce = service.api.nonce(HEIDI.aor)
    idens = [calls.iden(f"race{attempt}") for _ in range(16)]
    replies = service.race([service.api.order(HEIDI, DESTINATION, nonce=nonce, iden=iden) for iden in idens])
    assert sorted(reply.status for reply in replies) == [200] + [401] * 15
    winner = next(reply.json["iden"] for reply in replies if reply.status == 200)
    calls.wait(winner, "has ended", lambda call: call.over)
    assert [iden for iden in idens if calls.count(iden)] == [winner]
    assert calls.count(winner) == 1
