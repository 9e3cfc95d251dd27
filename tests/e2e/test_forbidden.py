"""403: who may not call, and that nobody learns why."""

from __future__ import annotations

import json

import pytest
from c2ctest import Api, Calls, RawReply, Service, Signer, signer
from c2ctest.raw import request
from lab import Lab

ALICE = signer("alice")
DESTINATION = "+34900000000"

REFUSED: dict[str, Signer] = {
    "a wrong password": Signer(ALICE.aor, "wrong"),
    "an empty password": Signer(ALICE.aor, ""),
    "another's password": Signer(ALICE.aor, signer("bob").password),
    "an unknown user": Signer("nobody@127.0.0.1", ALICE.password),
    "an unknown domain": Signer("alice@nowhere.example", ALICE.password),
    "a domain of another company": Signer("bob@second.example", signer("bob").password),
    "the other company's password": Signer("alice@second.example", ALICE.password),
    "no user": signer("nouser"),
    "a user without an extension": signer("noextension"),
    "no endpoint": signer("noendpoint"),
    "an accent that the collation folds": Signer("alicé@127.0.0.1", ALICE.password),
    "an accent at the start": Signer("álice@127.0.0.1", ALICE.password),
    "a combining accent": Signer("alice\u0301@127.0.0.1", ALICE.password),
    "an accent in the domain": Signer("alice@sécond.example", signer("alice", 2).password),
    "an emoji": Signer("\U0001f600@127.0.0.1", ALICE.password),
    "an emoji after the name": Signer("alice\U0001f600@127.0.0.1", ALICE.password),
    "an emoji as domain": Signer("alice@\U0001f600", ALICE.password),
    "a no-break space after the name": Signer("alice\u00a0@127.0.0.1", ALICE.password),
    "an ideographic space after the name": Signer("alice\u3000@127.0.0.1", ALICE.password),
    "a zero-width space": Signer("alice\u200b@127.0.0.1", ALICE.password),
    "fullwidth letters": Signer("ａｌｉｃｅ@127.0.0.1", ALICE.password),
    "a Kelvin sign": Signer("fran\u212a@127.0.0.1", signer("frank").password),
    "a name of SQL": Signer("alice'--@127.0.0.1", ALICE.password),
    "a pattern": Signer("alic%@127.0.0.1", ALICE.password),
    "a backslash": Signer("alice\\@127.0.0.1", ALICE.password),
    "a name longer than the column": Signer("a" * 200 + "@127.0.0.1", ALICE.password),
    "a domain longer than the column": Signer("alice@" + "a" * 240, ALICE.password),
}


def refusal(service: Service, who: Signer) -> RawReply:
    body = json.dumps(service.api.order(who, DESTINATION)).encode()
    with service.connect() as connection:
        return connection.ask(request(target="/call", body=body))


@pytest.mark.parametrize("who", REFUSED.values(), ids=REFUSED.keys())
def test_each_refusal_is_the_same_to_the_byte_but_for_its_date(service: Service, who: Signer) -> None:
    reply = refusal(service, who)
    assert (reply.status, reply.body.strip()) == (403, b'{"error":"forbidden"}')
    assert reply.without_date() == refusal(service, Signer("surely.nobody@127.0.0.1", "x")).without_date()


def test_a_plain_space_makes_an_invalid_aor_as_in_the_reference(api: Api) -> None:
    assert api.post("/call", {"aor": "alice @127.0.0.1", "destination": "1"}).verdict == (400, "invalid aor")


@pytest.mark.parametrize("response", ["", "x", "0" * 31, "0" * 33, "g" * 32, "0" * 1000, "\0" * 32, "é" * 16])
def test_a_response_that_is_no_digest_is_a_wrong_one(api: Api, response: str) -> None:
    assert api.call(ALICE, DESTINATION, response=response).verdict == (403, "forbidden")


@pytest.mark.parametrize("name", ["ALICE", "Alice", "aLiCe"])
def test_ascii_case_alone_is_the_same_terminal_and_digests_as_the_client_spells_it(
    api: Api, calls: Calls, name: str
) -> None:
    placed = api.call(Signer(f"{name}@127.0.0.1", ALICE.password), "0486", iden=calls.iden())
    assert placed.status == 200, placed.body


def test_a_domain_in_another_case_is_the_same_domain(api: Api, calls: Calls) -> None:
    other = signer("alice", 2)
    placed = api.call(Signer("alice@SECOND.example", other.password), "0486", iden=calls.iden())
    assert placed.status == 200, placed.body


def test_the_digest_is_over_the_clients_own_spelling_and_no_other(api: Api) -> None:
    nonce = api.nonce("ALICE@127.0.0.1")
    body = {"aor": "ALICE@127.0.0.1", "nonce": nonce, "response": ALICE.sign(nonce, DESTINATION)}
    assert api.post("/call", {**body, "destination": DESTINATION}).verdict == (403, "forbidden")


def test_a_response_in_capitals_is_right(api: Api, calls: Calls) -> None:
    body = api.order(ALICE, "0486", iden=calls.iden())
    assert api.post("/call", {**body, "response": body["response"].upper()}).status == 200


def test_the_response_is_for_this_destination_only(api: Api) -> None:
    body = api.order(ALICE, DESTINATION)
    assert api.post("/call", {**body, "destination": "+34900000001"}).verdict == (403, "forbidden")


def test_terminals_of_the_same_name_in_two_companies_are_two(api: Api, calls: Calls) -> None:
    first, second = calls.iden(), calls.iden()
    assert api.call(ALICE, "0486", iden=first).status == 200
    assert api.call(signer("alice", 2), "0486", iden=second).status == 200
    assert calls.wait(first, "is dialled", lambda call: call.leg1).endpoint == "b1c1t1_alice"
    assert calls.wait(second, "is dialled", lambda call: call.leg1).endpoint == "b1c2t20_alice"


def test_a_terminal_without_a_password_cannot_call(api: Api, lab: Lab) -> None:
    lab.sql("INSERT INTO ast_ps_endpoints (id, sorcery_id, terminalId, aors) VALUES (933, 'b1c1t33_noendpoint', 33, 'x')")
    try:
        # With its endpoint it may call, though Asterisk knows no such endpoint; without a password it may not.
        assert api.call(signer("noendpoint"), DESTINATION).verdict == (502, "could not originate call")
        lab.sql("UPDATE Terminals SET password = '' WHERE id = 33")
        assert api.call(Signer("noendpoint@127.0.0.1", ""), DESTINATION).verdict == (403, "forbidden")
    finally:
        lab.sql("DELETE FROM ast_ps_endpoints WHERE id = 933")
        lab.sql("UPDATE Terminals SET password = 'noendpoint**PA55W0RD' WHERE id = 33")
