"""POST /challenge: the answer's shape, and that it tells nothing about who exists."""

from __future__ import annotations

import re
import time

import pytest
from c2ctest import Api, Service
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.ports import PortPicker

NONCE = re.compile(r"^([1-9][0-9]{9,11})\.[0-9a-f]{16}\.[0-9a-f]{64}$")

INVALID_AORS = {
    "empty": "",
    "no at sign": "alice",
    "no user": "@127.0.0.1",
    "no domain": "alice@",
    "only an at sign": "@",
    "a space in the user": "al ice@127.0.0.1",
    "a space after the user": "alice @127.0.0.1",
    "a space at the end": "alice@127.0.0.1 ",
    "CR": "alice\r@127.0.0.1",
    "LF": "alice@127.0.0.1\n",
    "tab": "alice\t@127.0.0.1",
    "NUL": "alice\0@127.0.0.1",
    "DEL": "alice\x7f@127.0.0.1",
    "256 bytes": "a" * 246 + "@127.0.0.1",
    "256 bytes in fewer characters": "é" * 123 + "@127.0.0.1",
}


def test_answers_a_nonce_and_the_domain_as_realm(api: Api) -> None:
    before = int(time.time())
    reply = api.challenge("alice@127.0.0.1")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert set(reply.json) == {"nonce", "realm"}
    assert reply.json["realm"] == "127.0.0.1"
    stamped = NONCE.match(reply.json["nonce"])
    assert stamped and before <= int(stamped[1]) <= int(time.time())


def test_every_nonce_is_another(api: Api) -> None:
    nonces = {api.nonce("alice@127.0.0.1") for _ in range(50)}
    assert len(nonces) == 50


@pytest.mark.parametrize(
    ("aor", "realm"),
    [
        ("alice@PBX.Example", "PBX.Example"),
        ("a@b@second.example", "second.example"),
        ("x@y", "y"),
        ("alicé@[2001:db8::1]:5060", "[2001:db8::1]:5060"),
        ('q"u\\o@te"d\\', 'te"d\\'),
        ("☎@☎.example", "☎.example"),
    ],
)
def test_the_realm_is_what_follows_the_last_at_sign_as_the_client_spelled_it(api: Api, aor: str, realm: str) -> None:
    reply = api.challenge(aor)
    assert reply.status == 200
    assert reply.json["realm"] == realm


def test_an_aor_of_255_bytes_is_the_longest(api: Api) -> None:
    longest = "a" * 245 + "@127.0.0.1"
    assert len(longest) == 255
    assert api.challenge(longest).status == 200
    assert api.challenge("a" + longest).verdict == (400, "invalid aor")


@pytest.mark.parametrize("aor", INVALID_AORS.values(), ids=INVALID_AORS.keys())
@pytest.mark.parametrize("path", ["/challenge", "/call"])
def test_an_aor_without_its_form_is_refused_by_both_endpoints(api: Api, path: str, aor: str) -> None:
    reply = api.post(path, {"aor": aor, "destination": "!", "iden": "!", "dialTimeout": 10**6, "nonce": "!"})
    assert reply.verdict == (400, "invalid aor")
    assert reply.body.strip() == b'{"error":"invalid aor"}'


def test_a_missing_aor_is_an_invalid_one(api: Api) -> None:
    assert api.post("/challenge", {}).verdict == (400, "invalid aor")
    assert api.post("/call", {}).verdict == (400, "invalid aor")


def test_an_unknown_terminal_gets_a_challenge_like_a_known_one(service: Service) -> None:
    def shape(aor: str) -> tuple[int, list[str], int]:
        reply = service.api.challenge(aor)
        return reply.status, sorted(reply.headers), len(reply.body)

    assert shape("alice@127.0.0.1") == shape("nobdy@127.0.0.1")


def test_needs_no_backend_at_all(start_service: MakeService, lab: Lab) -> None:
    ports = PortPicker()
    alone = start_service(
        db={"port": ports.pick()}, kamailio={"rpc_url": f"http://127.0.0.1:{ports.pick()}/RPC"}, ami={"port": ports.pick()}
    )
    assert alone.api.challenge("alice@127.0.0.1").status == 200
