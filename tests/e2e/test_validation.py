"""What each field of a call may hold, and in which order it is looked at."""

from __future__ import annotations

from typing import Any

import pytest
from c2ctest import Api, Calls, Signer, signer
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.ports import PortPicker

ALICE = signer("alice")
DAY_MS = 86_400_000


def form(api: Api, **fields: Any) -> tuple[int, str | None]:
    """The verdict on a call whose nonce is no nonce: 'invalid nonce' says that the form is right."""
    return api.post("/call", {"aor": ALICE.aor, "nonce": "x", "response": "x", "destination": "1", **fields}).verdict


RIGHT = (401, "invalid nonce")


@pytest.mark.parametrize("destination", ["0", "+", "*", "+34900000000", "*21*600#"[:-1], "1" * 40, "+" + "*" * 39])
def test_a_destination_is_1_to_40_digits_pluses_and_stars(api: Api, destination: str) -> None:
    assert form(api, destination=destination) == RIGHT


@pytest.mark.parametrize(
    "destination",
    ["", "1" * 41, "1" * 300, "12 34", " 1", "1\n", "1\r\nAction: Logoff", "1\0", "#31#", "+34-900", "abc"]
    + ["1@evil", "1/n", "１", "٣", "1,2", "${X}"],
)  # fmt: skip
def test_any_other_destination_is_refused(api: Api, destination: str) -> None:
    assert form(api, destination=destination) == (400, "invalid destination")


@pytest.mark.parametrize("iden", ["", "a", "Z", "0", "_", "-", "a-B_9", "x" * 32])
def test_an_iden_is_up_to_32_letters_digits_underscores_and_hyphens(api: Api, iden: str) -> None:
    assert form(api, iden=iden) == RIGHT


@pytest.mark.parametrize("iden", ["x" * 33, " ", "a b", "a.b", "a\n", "a\r\nx", "é", "a/b", "a,b", "\0", "a;b"])
def test_any_other_iden_is_refused(api: Api, iden: str) -> None:
    assert form(api, iden=iden) == (400, "invalid iden")


@pytest.mark.parametrize("seconds", [-(2**63), -1, 0, 1, 86_400])
def test_a_dial_timeout_up_to_a_day_is_taken(api: Api, seconds: int) -> None:
    assert form(api, dialTimeout=seconds) == RIGHT


@pytest.mark.parametrize("seconds", [86_401, 2**31, 2**32 + 30, 2**63 - 1])
def test_a_dial_timeout_beyond_a_day_is_refused(api: Api, seconds: int) -> None:
    assert form(api, dialTimeout=seconds) == (400, "invalid dialTimeout")


@pytest.mark.parametrize("milliseconds", [-(2**63), -1, 0, 1, DAY_MS])
def test_a_duration_up_to_a_day_is_taken(api: Api, milliseconds: int) -> None:
    assert form(api, maxDuration=milliseconds) == RIGHT


@pytest.mark.parametrize("milliseconds", [DAY_MS + 1, 2**31, 2**32 + 1000, 2**63 - 1])
def test_a_duration_beyond_a_day_is_refused(api: Api, milliseconds: int) -> None:
    assert form(api, maxDuration=milliseconds) == (400, "invalid maxDuration")


# From the first check to the last. Each is a part of the request that fails it, and the answer.
LADDER: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"optimize": "yes"}, (400, "invalid json body")),
    ({"aor": "alice"}, (400, "invalid aor")),
    ({"destination": "abc"}, (400, "invalid destination")),
    ({"iden": "a b"}, (400, "invalid iden")),
    ({"dialTimeout": 86_401}, (400, "invalid dialTimeout")),
    ({"maxDuration": DAY_MS + 1}, (400, "invalid maxDuration")),
    ({"nonce": "x"}, (401, "invalid nonce")),
    ({"response": "0" * 32}, (403, "forbidden")),
]


@pytest.mark.parametrize("first", range(len(LADDER)), ids=[verdict[1] for _, verdict in LADDER])
def test_the_first_failing_check_gives_the_answer(api: Api, first: int) -> None:
    body = api.order(ALICE, "+34900000000")
    for fault, _ in LADDER[first:]:
        body |= fault
    assert api.post("/call", body).verdict == LADDER[first][1]


def test_a_method_is_refused_before_its_body_is_looked_at(api: Api) -> None:
    assert api.request("PUT", "/call", b"{").verdict == (405, "method not allowed")


def test_no_failing_form_check_consumes_the_nonce(api: Api, calls: Calls) -> None:
    heidi = signer("heidi")
    nonce = api.nonce(heidi.aor)
    for fault, verdict in LADDER[:6]:
        body = api.order(heidi, "+34900000000", nonce=nonce) | fault
        assert api.post("/call", body).verdict == verdict
    assert api.call(heidi, "+34900000000", nonce=nonce, iden=calls.iden()).status == 200


def test_a_wrong_digest_consumes_the_nonce(api: Api) -> None:
    body = api.order(ALICE, "+34900000000")
    assert api.post("/call", {**body, "response": "0" * 32}).verdict == (403, "forbidden")
    assert api.post("/call", body).verdict == (401, "invalid nonce")


def test_an_unknown_terminal_consumes_the_nonce(api: Api) -> None:
    body = api.order(Signer("nobody@127.0.0.1", "x"), "1")
    assert api.post("/call", body).verdict == (403, "forbidden")
    assert api.post("/call", body).verdict == (401, "invalid nonce")


def test_the_nonce_is_looked_at_before_the_terminal(api: Api) -> None:
    nobody = Signer("nobody@127.0.0.1", "x")
    assert api.post("/call", api.order(nobody, "1", nonce="x")).verdict == (401, "invalid nonce")


def test_the_nonce_is_claimed_before_the_database_is_asked(start_service: MakeService) -> None:
    api = start_service(db={"port": PortPicker().pick()}).api
    body = api.order(ALICE, "1")
    assert api.post("/call", {**body, "nonce": "x"}).verdict == (401, "invalid nonce")
    assert api.post("/call", body).verdict == (502, "backend error")
    assert api.post("/call", body).verdict == (401, "invalid nonce")


def test_the_digest_is_checked_before_an_application_server_is_looked_for(start_service: MakeService, lab: Lab) -> None:
    # This user may read who may call, but neither kam_dispatcher nor ApplicationServers; Kamailio is not there.
    tables = ("Terminals", "Domains", "Companies", "ast_ps_endpoints", "Users", "Extensions")
    lab.sql(
        "CREATE OR REPLACE USER 'e2e_lookup'@'%' IDENTIFIED BY 'e2e-lookup-only';"
        + "".join(f"GRANT SELECT ON {table} TO 'e2e_lookup'@'%';" for table in tables)
    )
    api = start_service(
        db={"user": "e2e_lookup", "password": "e2e-lookup-only"},
        kamailio={"rpc_url": f"http://127.0.0.1:{PortPicker().pick()}/RPC"},
    ).api
    assert api.call(Signer(ALICE.aor, "wrong"), "1").verdict == (403, "forbidden")
    assert api.call(ALICE, "1").verdict == (502, "could not resolve application server")


def test_an_application_server_is_looked_for_before_ami_is_tried(start_service: MakeService, lab: Lab) -> None:
    port = PortPicker().pick(*lab.state.as_hosts)
    api = start_service(ami={"port": port}).api
    assert api.call(Signer(ALICE.aor, "wrong"), "1").verdict == (403, "forbidden")
    assert api.call(ALICE, "1").verdict == (502, "could not originate call")
