"""docs/api/openapi.yaml against the running service: every documented status and text is provoked, and nothing else comes."""

from __future__ import annotations

import json
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openapi_service
import pytest
import yaml
from c2ctest import Signer
from c2ctest.digest import forge_ticket
from c2ctest.fixtures import MakeService
from jsonschema import Draft202012Validator
from lab import Lab
from openapi_service import ALICE, HOST, Answer, Rooms, only_connection, read_answer, send, send_json

SPEC: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "docs" / "api" / "openapi.yaml").read_text())
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PATHS = ("/challenge", "/call")
LIVE = "/calls/{iden}"
OPERATIONS = [(method, path) for path in PATHS for method in ("post", "options")]
OPERATIONS += [(method, LIVE) for method in ("get", "delete", "options")]
OTHERS = [*(("get", path) for path in PATHS), ("post", LIVE), ("get", "/")]
DESTINATION = "+34900000486"  # a phone that is busy at once
ANSWERS = "+34900000001"
READERS = 16  # of one call
AS_JSON, AS_EVENTS = "application/json", "text/event-stream"
FORGED_NONCE = f"1767225600.{'0' * 16}.{'0' * 64}"

Json = dict[str, Any]
Key = tuple[str, str, int, str]  # method, path as documented, status, error text (or a media type other than JSON)


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


def texts(response: Mapping[str, Any]) -> Iterator[str]:
    """The error texts that a response may have; one empty text for JSON that is no error, and for no body at all."""
    for media, body in response.get("content", {AS_JSON: {"schema": {}}}).items():
        known = body["schema"].get("properties", {}).get("error", {})
        if media != AS_JSON:
            yield media
        elif "const" in known:
            yield known["const"]
        else:
            yield from known.get("enum", [""])


def documented() -> set[Key]:
    keys = set()
    for method, path in OPERATIONS + OTHERS:
        for status, response in responses(method, path).items():
            keys |= {(method, path, int(status), text) for text in texts(response)}
    return keys


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


def bare(method: str, path: str, status: int, text: str, head: bytes, note: str = "") -> Case:
    # Whatever stands for a path's parameter: these answers come before it is looked at.
    there = path.replace("{iden}", "any")
    return Case((method, path, status, text), lambda rooms: (send(rooms.port("lab"), method, there, head), None), note)


def throttled(method: str, path: str) -> Case:
    def provoke(rooms: Rooms) -> tuple[Answer, None]:
        port, there = rooms.port("one request"), path.replace("{iden}", "any")
        head = b"Host: x\r\nX-Forwarded-For: 192.0.2.%d\r\n" % len(method + path)
        send(port, method, there, head)
        return send(port, method, there, head), None

    return Case((method, path, 429, "too many requests"), provoke)


def full_house(method: str, path: str) -> Case:
    def provoke(rooms: Rooms) -> tuple[Answer, None]:
        port = rooms.port("one connection")
        # The service speaks first; bytes of ours that it leaves unread could make the kernel drop its answer.
        with only_connection(port), socket.create_connection((HOST, port), timeout=20) as second:
            return read_answer(second, method), None

    return Case((method, path, 503, "too many connections"), provoke)


def preflight(path: str) -> Case:
    head = b"Host: x\r\nOrigin: https://crm.example.com\r\nAccess-Control-Request-Private-Network: true\r\n"
    return bare("options", path, 204, "", head)


def bearing(ticket: str, *more: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in (b"Host: x", f"Authorization: Bearer {ticket}".encode(), *more))


TAKES_EVENTS = f"Accept: {AS_EVENTS}".encode()


class Live:
    """A placed call, ended once it has served."""

    def __init__(self, port: int, destination: str = ANSWERS) -> None:
        placed = send_json(port, "/call", signed(port, destination, progress=True))
        assert placed.status == 200, placed
        answer = json.loads(placed.body)
        self.port, self.path, self.ticket = port, f"/calls/{answer['iden']}", answer["ticket"]

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *_: object) -> None:
        self.ask("delete")

    def ask(self, method: str, *more: bytes) -> Answer:
        return send(self.port, method, self.path, bearing(self.ticket, *more))

    def over(self) -> Live:
        self.ask("delete")
        return self


def live(method: str, status: int, text: str, ask: Callable[[Live], Answer], note: str = "") -> Case:
    def provoke(rooms: Rooms) -> tuple[Answer, None]:
        with Live(rooms.port("lab")) as call:
            return ask(call), None

    return Case((method, LIVE, status, text), provoke, note)


def strangers(method: str, room: str, status: int, text: str, note: str = "") -> Case:
    def provoke(rooms: Rooms) -> tuple[Answer, None]:
        ticket = forge_ticket(rooms.secret, "unheard-of", ALICE.aor, int(time.time()) + 60)
        return send(rooms.port(room), method, "/calls/unheard-of", bearing(ticket)), None

    return Case((method, LIVE, status, text), provoke, note)


def hung_up_in_vain() -> Case:
    def provoke(rooms: Rooms) -> tuple[Answer, None]:
        with Live(rooms.port("second asterisk")) as call, rooms.frozen():
            return call.ask("delete"), None

    return Case(("delete", LIVE, 202, ""), provoke)


def not_hung_up() -> Case:
    def provoke(rooms: Rooms) -> tuple[Answer, None]:
        port = rooms.port("no right to hang up")
        answer = json.loads(send_json(port, "/call", signed(port, ANSWERS, progress=True, dialTimeout=1, maxDuration=1000)).body)
        return send(port, "delete", f"/calls/{answer['iden']}", bearing(answer["ticket"])), None

    return Case(("delete", LIVE, 502, "could not hang up"), provoke)


def too_many_readers(call: Live) -> Answer:
    with ExitStack() as readers:
        for _ in range(READERS):
            reader = readers.enter_context(socket.create_connection((HOST, call.port), timeout=20))
            reader.sendall(f"GET {call.path} HTTP/1.1\r\n".encode() + bearing(call.ticket, TAKES_EVENTS) + b"\r\n")
            assert reader.recv(12) == b"HTTP/1.1 200"
        return call.ask("get", TAKES_EVENTS)


def in_the_address(method: str) -> Callable[[Live], Answer]:
    return lambda call: send(call.port, method, f"{call.path}?ticket={call.ticket}", b"Host: x\r\n")


def live_cases() -> Iterator[Case]:
    yield live("get", 200, "", lambda call: call.ask("get"), "going on")
    yield live("get", 200, "", lambda call: call.over().ask("get"), "over")
    yield live("get", 200, "", in_the_address("get"), "ticket in the address")
    yield live("get", 200, AS_EVENTS, lambda call: call.over().ask("get", TAKES_EVENTS))
    yield live("get", 200, AS_EVENTS, lambda call: call.over().ask("get", TAKES_EVENTS, b"Last-Event-ID: 1"), "resumed")
    yield live("get", 204, "", lambda call: call.over().ask("get", TAKES_EVENTS, b"Last-Event-ID: 5"))
    yield live("get", 503, "service unavailable", too_many_readers)
    yield live("delete", 204, "", lambda call: call.ask("delete"))
    yield live("delete", 204, "", lambda call: call.over().ask("delete"), "again")
    yield live("delete", 204, "", in_the_address("delete"), "ticket in the address")
    yield hung_up_in_vain()
    yield not_hung_up()
    for method in ("get", "delete"):
        yield strangers(method, "lab", 404, "unknown call")
        yield strangers(method, "no redis", 503, "service unavailable", "nobody to ask")
        yield bare(method, LIVE, 401, "invalid ticket", b"Host: x\r\n", "no ticket")
        yield bare(method, LIVE, 401, "invalid ticket", bearing("x.y.z"), "forged")


def cases() -> Iterator[Case]:
    for method, path in OPERATIONS:
        yield bare(method, path, 400, "bad request", b"", "no Host")
        yield bare(method, path, 400, "bad request", b"Host: x\r\nHost: x\r\n", "two Hosts")
        both = b"Host: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"
        yield bare(method, path, 400, "bad request", both, "two lengths")
        yield bare(method, path, 413, "request too large", b"Host: x\r\nContent-Length: 4097\r\n", "body")
        yield bare(method, path, 413, "request too large", b"Host: x\r\nX: %s\r\n" % (b"x" * 9000), "header")
        yield bare(method, path, 417, "expectation failed", b"Host: x\r\nExpect: miracles\r\n")
        yield full_house(method, path)
        if method != "options":
            yield throttled(method, path)
    for path in (*PATHS, LIVE):
        yield preflight(path)
    for method, path in OTHERS:
        status, text = (404, "not found") if path == "/" else (405, "method not allowed")
        yield bare(method, path, status, text, b"Host: x\r\n")
    for path in PATHS:
        yield posted(path, 400, "invalid json body", b"{")
        yield posted(path, 400, "invalid json body", b"[]", "no object")
        yield posted(path, 400, "invalid json body", {"aor": 1}, "wrong type")
        for note, aor in (("no at", "alice"), ("space", "a b@c"), ("empty realm", "a@"), ("256", f"a@{'b' * 254}")):
            yield posted(path, 400, "invalid aor", unsigned(aor=aor), note)
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
        {"iden": "", "dialTimeout": -1, "maxDuration": 0, "optimize": True, "progress": False, "unknown": []},
        {"iden": None, "dialTimeout": None, "maxDuration": None, "optimize": None, "progress": None},
    ):
        yield posted("/call", 401, "invalid nonce", unsigned(**right), f"{right}")
    yield called(200, "", "lab")
    yield called(200, "", "lab", "own iden", iden=secrets.token_hex(16), dialTimeout=10, maxDuration=60_000, optimize=True)
    yield called(200, "", "lab", "with a ticket", progress=True)
    yield posted("/call", 400, "invalid json body", unsigned(progress=1), "progress")
    yield called(503, "service unavailable", "no redis")
    yield called(422, "terminal not registered", "no phone")
    yield called(422, "destination not allowed", "no destination")
    yield called(403, "forbidden", "lab", password="wrong")
    yield after_another_call("lab", 409, "iden in use", same_iden=True)
    yield after_another_call("one call", 503, "service unavailable", same_iden=False)
    yield called(502, "backend error", "no database")
    yield called(502, "could not resolve application server", "no kamailio")
    yield called(502, "could not originate call", "no asterisk")
    yield from live_cases()


CASES = list(cases())


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory, lab: Lab, new_service: MakeService) -> Iterator[Rooms]:
    with openapi_service.rooms(tmp_path_factory.mktemp("openapi"), lab, new_service) as opened:
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


def check_body(answer: Answer, content: Mapping[str, Any], text: str) -> None:
    media = answer.headers["Content-Type"]
    schema = content[media]["schema"]
    if media == AS_JSON:
        body = json.loads(answer.body)
        Draft202012Validator(schema).validate(body)
        assert body.get("error", "") == text
        return
    assert media == text
    told = re.findall(rb"^data: (.*)$", answer.body, re.MULTILINE)
    assert told
    for data in told:
        Draft202012Validator(schema["x-event-data"]).validate(json.loads(data))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_answer_is_as_documented(case: Case, rooms: Rooms) -> None:
    method, path, status, text = case.key
    answer, sent = case.provoke(rooms)
    known = responses(method, path)
    assert str(answer.status) in known, f"{answer} is documented nowhere"
    assert answer.status == status, answer
    response = known[str(status)]
    if "content" in response:
        check_body(answer, response["content"], text)
    else:
        assert answer.body == b""
    check_headers(answer, response.get("headers", {}), ask_all=status < 300)
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
    assert set(SPEC["paths"]) == {*PATHS, LIVE}
    for path, item in SPEC["paths"].items():
        named = {each["name"] for each in item.get("parameters", []) if each["in"] == "path" and each["required"]}
        assert named == set(re.findall(r"{(\w+)}", path))
    whole = inlined(SPEC)
    for schema in whole["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for operation in operations:
        assert {name for way in operation.get("security", []) for name in way} <= set(SPEC["components"]["securitySchemes"])
        for response in inlined(operation["responses"]).values():
            for media, content in response.get("content", {}).items():
                if "example" in content:
                    example = content["example"] if media == AS_EVENTS else json.dumps(content["example"])
                    answer = Answer(200, {"Content-Type": media}, example.encode())
                    check_body(answer, response["content"], "" if media == AS_JSON else media)
        if "requestBody" in operation:
            body = inlined(operation["requestBody"])["content"]["application/json"]
            Draft202012Validator(body["schema"]).validate(body["example"])
