"""How request bodies are read: the leniencies of the reference, and where they end."""

from __future__ import annotations

import json

import pytest
from c2ctest import Api

AOR = "alice@127.0.0.1"
PASSES = (401, "invalid nonce")  # the form is right; the nonce that these bodies carry is not
INVALID = (400, "invalid json body")

NOT_JSON = {
    "empty": b"",
    "blank": b" \r\n\t",
    "cut off": b'{"aor":"alice@127.0.0.1"',
    "cut off in a string": b'{"aor":"alice@127',
    "no quotes": b"{aor:1}",
    "single quotes": b"{'aor':'alice@127.0.0.1'}",
    "a trailing comma": b'{"aor":"alice@127.0.0.1",}',
    "a comment": b'{/* hello */"aor":"alice@127.0.0.1"}',
    "a byte order mark": b'\xef\xbb\xbf{"aor":"alice@127.0.0.1"}',
    "an array": b'["alice@127.0.0.1"]',
    "a string": b'"alice@127.0.0.1"',
    "a number": b"1",
    "true": b"true",
    "a form": b"aor=alice%40127.0.0.1",
    "a raw control character in a string": b'{"aor":"alice\x01@127.0.0.1"}',
    "half a surrogate pair as bytes": b'{"aor":"alice\xed\xa0\x80@127.0.0.1"}',
    "an unknown escape": rb'{"aor":"alice\x41@127.0.0.1"}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
@pytest.mark.parametrize("path", ["/challenge", "/call"])
def test_what_is_no_json_object_is_refused(api: Api, path: str, body: bytes) -> None:
    assert api.post(path, body).verdict == INVALID


def call_body(**more: object) -> dict[str, object]:
    return {"aor": AOR, "nonce": "x", "response": "x", "destination": "1", **more}


WRONG_TYPES = [
    *((name, value) for name in ("aor", "nonce", "response", "destination", "iden") for value in (1, True, [], {}, 1.5)),
    *((name, value) for name in ("dialTimeout", "maxDuration") for value in ("30", True, [30], {}, 1.5)),
    *(("optimize", value) for value in ("true", 1, 0, [], {})),
]


@pytest.mark.parametrize(("name", "value"), WRONG_TYPES, ids=lambda each: json.dumps(each))
def test_a_known_key_with_a_value_of_another_type_is_refused(api: Api, name: str, value: object) -> None:
    assert api.post("/call", call_body(**{name: value})).verdict == INVALID


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "1e400", "1e1", "30.0"])
@pytest.mark.parametrize("name", ["dialTimeout", "maxDuration"])
def test_a_number_that_is_no_64_bit_integer_is_refused(api: Api, name: str, number: str) -> None:
    body = json.dumps(call_body())[:-1] + f', "{name}": {number}}}'
    assert api.post("/call", body.encode()).verdict == INVALID


def test_a_wrong_type_is_told_before_a_wrong_form(api: Api) -> None:
    assert api.post("/call", {"aor": "", "destination": "!", "optimize": "yes"}).verdict == INVALID


@pytest.mark.parametrize("name", ["aor", "nonce", "response", "destination", "iden", "dialTimeout", "maxDuration", "optimize"])
def test_null_counts_as_not_given(api: Api, name: str) -> None:
    expected = {"aor": (400, "invalid aor"), "destination": (400, "invalid destination")}
    assert api.post("/call", call_body(**{name: None})).verdict == expected.get(name, PASSES)


def test_null_alone_is_an_empty_request(api: Api) -> None:
    assert api.post("/challenge", b"null").verdict == (400, "invalid aor")


@pytest.mark.parametrize(
    "extra",
    ['"x": 1', '"x": {"aor": 5, "optimize": "no"}', '"x": [[{"destination": []}]]', '"": null', '"aor ": 7', '"x": "\\u0000"'],
)
def test_unknown_keys_are_ignored_whatever_they_hold(api: Api, extra: str) -> None:
    body = json.dumps(call_body())[:-1] + f", {extra}}}"
    assert api.post("/call", body.encode()).verdict == PASSES


@pytest.mark.parametrize("spelling", ["AOR", "Aor", "aOr"])
def test_keys_are_matched_in_any_case(api: Api, spelling: str) -> None:
    assert api.post("/challenge", {spelling: AOR}).json["realm"] == "127.0.0.1"


def test_keys_of_a_call_are_matched_in_any_case(api: Api) -> None:
    body = {"AOR": AOR, "NONCE": "x", "RESPONSE": "x", "Destination": "1", "IDEN": "a", "MAXDURATION": 1, "dialtimeout": 1}
    assert api.post("/call", body).verdict == PASSES
    assert api.post("/call", {**body, "DIALTIMEOUT": 10**6}).verdict == (400, "invalid dialTimeout")


@pytest.mark.parametrize("tail", [" {", "garbage", '{"aor":1}', "\0", "]", '"'])
def test_what_follows_the_first_value_is_ignored(api: Api, tail: str) -> None:
    assert api.post("/challenge", f'{{"aor":"{AOR}"}}{tail}'.encode()).status == 200


def test_of_a_key_given_twice_the_last_counts(api: Api) -> None:
    assert api.post("/challenge", b'{"aor":"a@first","aor":"b@second"}').json["realm"] == "second"


def test_escapes_are_read(api: Api) -> None:
    assert api.post("/challenge", rb'{"\u0061or":"alice\u0040caf\u00e9.example"}').json["realm"] == "café.example"
    assert api.post("/challenge", rb'{"aor":"a@\ud83d\ude00"}').json["realm"] == "\U0001f600"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8"])
def test_the_content_type_is_not_looked_at(api: Api, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    assert api.request("POST", "/challenge", json.dumps({"aor": AOR}).encode(), headers).status == 200


def nested(depth: int) -> bytes:
    return f'{{"x":{"[" * depth}{"]" * depth},"aor":"{AOR}"}}'.encode()


def test_nesting_is_bounded(api: Api) -> None:
    assert api.post("/challenge", nested(16)).status == 200
    assert api.post("/challenge", nested(100)).verdict == INVALID
    assert api.post("/challenge", b'{"x":' + b"[" * 4000).verdict == INVALID
