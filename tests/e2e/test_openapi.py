"""docs/api/openapi.yaml against the running service: every documented status and text is provoked, and nothing else comes."""

from __future__ import annotations

import http.client
import json
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openapi_service
import pytest
import yaml
from c2ctest import Signer
from c2ctest.fixtures import MakeService
from jsonschema import Draft202012Validator
from openapi_service import ALICE, HOST, Rooms

SPEC: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "docs" / "api" / "openapi.yaml").read_text())
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PATHS = ("/challenge", "/call")
OPERATIONS = [(method, path) for path in PATHS for method in ("post", "options")]
DESTINATION = "+34900000486"  # a phone that is busy at once
FORGED_NONCE = f"1767225600.{'0' * 16}.{'0' * 64}"

Json = dict[str, Any]
Key = tuple[str, str, int, str]  # method, path, status, error text


def inlined(node: Any) -> Any:
    """The node without references; what stands beside one must hold as well."""
    if isinstance(node, list):
        return [inlined(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: inlined(value) for key, value in node.items() if key != "$ref"}
    if "$ref" not in node:
        return plain
    target: Any = SPEC
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return inlined(target) if not plain else {"allOf": [inlined(target)], **plain}


def responses(method: str, path: str) -> Mapping[str, Any]:
    """The documented responses of a request, by status."""
    if path not in SPEC["paths"]:
        return {"404": inlined(SPEC["x-unknown-path"])}
    item = SPEC["paths"][path]
    if method not in item:
        return {"405": inlined(item["x-other-methods"])}
    documented: Mapping[str, Any] = inlined(item[method]["responses"])
    return documented


def body_schema(response: Mapping[str, Any]) -> Any:
    return response["content"]["application/json"]["schema"]


def error_texts(schema: Any) -> list[str]:
    """The texts that an error's schema allows; one empty text for a body that is no error."""
    known = schema.get("properties", {}).get("error", {})
    if "const" in known:
        return [known["const"]]
    return list(known.get("enum", [""]))


def documented() -> set[Key]:
    keys = set()
    for method, path in [*OPERATIONS, ("get", "/call"), ("get", "/challenge"), ("get", "/")]:
        for status, response in responses(method, path).items():
            texts = error_texts(body_schema(response)) if "content" in response else [""]
            keys |= {(method, path, int(status), text) for text in texts}
    return keys


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def read_answer(connection: socket.socket, method: str) -> Answer:
    response = http.client.HTTPResponse(connection, method=method.upper())
    response.begin()
    return Answer(response.status, dict(response.getheaders()), response.read())


def send(port: int, method: str, path: str, head: bytes, body: bytes = b"") -> Answer:
    """Sends the header lines of `head` and nothing of its own besides the request line."""
    with socket.create_connection((HOST, port), timeout=20) as connection:
        connection.sendall(f"{method.upper()} {path} HTTP/1.1\r\n".encode() + head + b"\r\n" + body)
        return read_answer(connection, method)


def send_json(port: int, path: str, body: Any) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return send(port, "post", path, b"Host: x\r\nContent-Length: %d\r\n" % len(data), data)


def signed(port: int, destination: str = DESTINATION, password: str = ALICE.password, **more: Any) -> Json:
    """A body for /call with a nonce of its own."""
    nonce = json.loads(send_json(port, "/challenge", {"aor": ALICE.aor}).body)["nonce"]
    response = Signer(ALICE.aor, password).sign(nonce, destination)
    return {"aor": ALICE.aor, "nonce": nonce, "response": response, "destination": destination, **more}


def unsigned(**more: Any) -> Json:
    return {"aor": ALICE.aor, "nonce": FORGED_NONCE, "response": "0" * 32, "destination": DESTINATION, **more}


@dataclass(frozen=True)
class Case:
    """One way to a documented answer. `provoke` gives the answer and, where it was JSON that counts, what was sent."""

    key: Key
    provoke: Callable[[Rooms], tuple[Answer, Json | None]]
    note: str = ""

    def __str__(self) -> str:
        method, path, status, text = self.key
        return " ".join(filter(None, (method, path, str(status), text, self.note)))


def posted(path: str, status: int, text: str, body: Any, note: str = "") -> Case:
    counts = body if isinstance(body, dict) else None
    return Case(("post", path, status, text), lambda rooms: (send_json(rooms.port("lab"), path, body), counts), note)


def called(status: int, text: str, room: str, note: str = "", **more: Any) -> Case:
    def provoke(rooms: Rooms) -> tuple[Answer, Json]:
        body = signed(rooms.port(room), **more)
        return send_json(rooms.port(room), "/call", body), body

    return Case(("post", "/call", status, text), provoke, note)


def after_another_call(room: str, status: int, text: str, same_iden: bool) -> Case:
    def provoke(rooms: Rooms) -> tuple[Answer, Json]:
        port, iden = rooms.port(room), secrets.token_hex(8)
        first = send_json(port, "/call", signed(port, iden=iden))
        assert first.status in (200, status), first
        body = signed(port, destination="+34900000603", iden=iden if same_iden else secrets.token_hex(8))
        return send_json(port, "/call", body), body

    return Case(("post", "/call", status, text), provoke)


def malformed(method: str, path: str, status: int, text: str, head: bytes, note: str = "") -> Case:
    return Case((method, path, status, text), lambda rooms: (send(rooms.port("lab"), method, path, head), None), note)


def only_connection(port: int) -> socket.socket:
    """A connection that the service counts: answered once. The one before it may still be on its way out."""
    deadline = time.monotonic() + 20
    while True:
        mine = socket.create_connection((HOST, port), timeout=20)
        try:
            mine.sendall(b"OPTIONS /call HTTP/1.1\r\nHost: x\r\n\r\n")
            if read_answer(mine, "options").status == 204:
                return mine
        except ConnectionError:
            pass
        mine.close()
        assert time.monotonic() < deadline, "the service never has room for one connection"


def full_house(method: str, path: str) -> Case:
    def provoke(rooms: Rooms) -> tuple[Answer, None]:
        port = rooms.port("one connection")
        # The service speaks first; bytes of ours that it leaves unread could make the kernel drop its answer.
        with only_connection(port), socket.create_connection((HOST, port), timeout=20) as second:
            return read_answer(second, method), None

    return Case((method, path, 503, "too many connections"), provoke)


def preflight(path: str) -> Case:
    head = b"Host: x\r\nOrigin: https://crm.example.com\r\nAccess-Control-Request-Private-Network: true\r\n"
    return Case(("options", path, 204, ""), lambda rooms: (send(rooms.port("lab"), "options", path, head), None))


def cases() -> Iterator[Case]:
    for method, path in OPERATIONS:
        yield malformed(method, path, 400, "bad request", b"", "no Host")
        yield malformed(method, path, 400, "bad request", b"Host: x\r\nHost: x\r\n", "two Hosts")
        both = b"Host: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"
        yield malformed(method, path, 400, "bad request", both, "two lengths")
        yield malformed(method, path, 413, "request too large", b"Host: x\r\nContent-Length: 4097\r\n", "body")
        yield malformed(method, path, 413, "request too large", b"Host: x\r\nX: %s\r\n" % (b"x" * 9000), "header")
        yield malformed(method, path, 417, "expectation failed", b"Host: x\r\nExpect: miracles\r\n")
        yield full_house(method, path)
    for path in PATHS:
        yield preflight(path)
        yield malformed("get", path, 405, "method not allowed", b"Host: x\r\n")
        yield posted(path, 400, "invalid json body", b"{")
        yield posted(path, 400, "invalid json body", b"[]", "no object")
        yield posted(path, 400, "invalid json body", {"aor": 1}, "wrong type")
        for note, aor in (("no at", "alice"), ("space", "a b@c"), ("empty realm", "a@"), ("256", f"a@{'b' * 254}")):
            yield posted(path, 400, "invalid aor", unsigned(aor=aor), note)
    yield malformed("get", "/", 404, "not found", b"Host: x\r\n")
    yield posted("/challenge", 200, "", {"aor": ALICE.aor})
    yield posted("/challenge", 200, "", {"aor": f"a@b@{'c' * 251}"}, "255 bytes")
    for note, wrong in (
        ("destination", {"destination": "+34 900"}),
        ("destination", {"destination": "1" * 41}),
        ("destination", {"destination": ""}),
        ("iden", {"iden": "a.b"}),
        ("iden", {"iden": "a" * 33}),
        ("dialTimeout", {"dialTimeout": 86_401}),
        ("maxDuration", {"maxDuration": 86_400_001}),
    ):
        yield posted("/call", 400, f"invalid {note}", unsigned(**wrong), f"{wrong}")
    for right in (
        {},
        {"destination": "1" * 40, "iden": "a" * 32, "dialTimeout": 86_400, "maxDuration": 86_400_000},
        {"iden": "", "dialTimeout": -1, "maxDuration": 0, "optimize": True, "unknown": []},
        {"iden": None, "dialTimeout": None, "maxDuration": None, "optimize": None},
    ):
        yield posted("/call", 401, "invalid nonce", unsigned(**right), f"{right}")
    yield called(200, "", "lab")
    yield called(200, "", "lab", "own iden", iden=secrets.token_hex(16), dialTimeout=10, maxDuration=60_000, optimize=True)
    yield called(403, "forbidden", "lab", password="wrong")
    yield after_another_call("lab", 409, "iden in use", same_iden=True)
    yield after_another_call("one call", 503, "service unavailable", same_iden=False)
    yield called(502, "backend error", "no database")
    yield called(502, "could not resolve application server", "no kamailio")
    yield called(502, "could not originate call", "no asterisk")


CASES = list(cases())


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory, new_service: MakeService) -> Iterator[Rooms]:
    with openapi_service.rooms(tmp_path_factory.mktemp("openapi"), new_service) as opened:
        yield opened


def check_headers(answer: Answer, documented_headers: Mapping[str, Any], ask_all: bool) -> None:
    found = {name.lower(): value for name, value in answer.headers.items()}
    for name, header in documented_headers.items():
        value = found.get(name.lower())
        if value is None:
            assert not ask_all and not header.get("required"), f"{name} is missing from {answer}"
            continue
        whole = header["schema"]["type"] == "integer" and re.fullmatch(r"[0-9]+", value)
        Draft202012Validator(header["schema"]).validate(int(value) if whole else value)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_answer_is_as_documented(case: Case, rooms: Rooms) -> None:
    method, path, status, text = case.key
    answer, sent = case.provoke(rooms)
    known = responses(method, path)
    assert str(answer.status) in known, f"{answer} is documented nowhere"
    assert answer.status == status, answer
    response = known[str(status)]
    if "content" in response:
        assert answer.headers["Content-Type"] == "application/json"
        body = json.loads(answer.body)
        Draft202012Validator(body_schema(response)).validate(body)
        assert body.get("error", "") == text
    else:
        assert answer.body == b""
    check_headers(answer, response.get("headers", {}), ask_all=status in (200, 204))
    if sent is not None:
        schema = inlined(SPEC["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"])
        assert Draft202012Validator(schema).is_valid(sent) == (status != 400), "the schema and the service disagree"


def test_every_documented_answer_is_provoked_but_for_a_fault_of_the_service_itself() -> None:
    never = {key for key in documented() if key[2] == 500}
    assert documented() - never == {case.key for case in CASES}


def test_the_document_is_whole() -> None:
    assert SPEC["openapi"].startswith("3.1.")
    operations = [item[method] for item in SPEC["paths"].values() for method in METHODS if method in item]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert set(SPEC["paths"]) == set(PATHS)
    whole = inlined(SPEC)
    for schema in whole["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for operation in operations:
        if "requestBody" in operation:
            body = inlined(operation["requestBody"])["content"]["application/json"]
            Draft202012Validator(body["schema"]).validate(body["example"])
