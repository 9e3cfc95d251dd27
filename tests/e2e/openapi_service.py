"""Services for test_openapi.py, each short of something else, so that every documented answer can be provoked; and how they
are asked."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from c2ctest import build_folder
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.asterisk import AMI_POWERLESS_USER
from lab.terminals import by_name

HOST = "127.0.0.1"
ALICE = by_name("alice")
NAMED_ORIGIN = "https://crm.example.com"


class Rooms:
    """The services by name, each started when it is asked for first."""

    def __init__(self, folder: Path, lab: Lab, new_service: MakeService, stack: ExitStack) -> None:
        self.secret = lab.state.digest_secret
        self._folder = folder
        self._second = lab.asterisk[1]
        self._new_service = new_service
        self._stack = stack
        self._ports: dict[str, int] = {}

    def port(self, room: str) -> int:
        if room not in self._ports:
            self._ports[room] = self._stack.enter_context(self._new_service(**self._changes(room))).port
        return self._ports[room]

    def _changes(self, room: str) -> dict[str, Any]:
        match room:
            case "lab":
                return {"server": {"allowed_origins": ["*", NAMED_ORIGIN]}}
            case "one call":
                return {"call": {"max_live": 1}}
            case "no phone":
                return {"call": {"preflight": "reject"}}
            case "second asterisk":
                return {"kamailio": None, "routing": {"application_servers": [self._second.host]}}
            case "one connection":
                return {"server": {"workers": 1, "max_connections": 1}}
            case "no database":
                return {"db": {"port": self._closed()}}
            case "no kamailio":
                # With terminals from a file, as a database would name application servers, too.
                rpc_url = f"http://{HOST}:{self._closed()}/RPC"
                return {"db": {"driver": "sqlite", "path": str(self._terminals())}, "kamailio": {"rpc_url": rpc_url}}
            case "no redis":
                return {"claims": {"redis_url": f"redis://{HOST}:{self._closed()}"}}
            case "no destination":
                return {"call": {"deny": ["_+."]}}
            case "one request":
                return {"server": {"trusted_proxies": ["127.0.0.0/8"]}, "throttle": {"requests_per_address": 1}}
            case "no right to hang up":
                return {"ami": {"user": AMI_POWERLESS_USER}}
            case "no asterisk":
                return {"ami": {"port": self._closed()}}
        raise KeyError(room)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The second Asterisk takes its time."""
        self._second.stop()
        try:
            yield
        finally:
            self._second.cont()
            self._second.wait_ready()

    def _terminals(self) -> Path:
        file = self._folder / "terminals.db"
        add = [build_folder() / "click2calld", "terminal", "add", ALICE.aor, "--extension", "101", "--db", file]
        subprocess.run(add, input=f"{ALICE.password}\n", text=True, check=True, stdout=subprocess.DEVNULL)
        return file

    def _closed(self) -> int:
        """A port that refuses connections until the end: taken on every address, but not listened on."""
        held = self._stack.enter_context(socket.socket())
        held.bind(("0.0.0.0", 0))
        port: int = held.getsockname()[1]
        return port


@contextmanager
def rooms(folder: Path, lab: Lab, new_service: MakeService) -> Iterator[Rooms]:
    with ExitStack() as stack:
        yield Rooms(folder, lab, new_service, stack)


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
