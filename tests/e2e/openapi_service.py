"""Services for test_openapi.py, each short of something else, so that every documented answer can be provoked."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from c2ctest import build_folder
from c2ctest.fixtures import MakeService
from lab.terminals import by_name

HOST = "127.0.0.1"
ALICE = by_name("alice")


class Rooms:
    """The services by name, each started when it is asked for first."""

    def __init__(self, folder: Path, new_service: MakeService, stack: ExitStack) -> None:
        self._folder = folder
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
                return {}
            case "one call":
                return {"call": {"max_live": 1}}
            case "one connection":
                return {"server": {"workers": 1, "max_connections": 1}}
            case "no database":
                return {"db": {"port": self._closed()}}
            case "no kamailio":
                # With terminals from a file, as a database would name application servers, too.
                rpc_url = f"http://{HOST}:{self._closed()}/RPC"
                return {"db": {"driver": "sqlite", "path": str(self._terminals())}, "kamailio": {"rpc_url": rpc_url}}
            case "no asterisk":
                return {"ami": {"port": self._closed()}}
        raise KeyError(room)

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
def rooms(folder: Path, new_service: MakeService) -> Iterator[Rooms]:
    with ExitStack() as stack:
        yield Rooms(folder, new_service, stack)
