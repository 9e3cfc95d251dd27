"""Services for test_openapi.py, each short of something else, so that every documented answer can be provoked."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from lab.lab import Lab  # noqa: E402
from lab.service_config import Config, merge, to_yaml  # noqa: E402
from lab.terminals import by_name  # noqa: E402

HOST = "127.0.0.1"
AOR, PASSWORD = by_name("alice").aor, by_name("alice").password
START_S = 20
STOP_S = 20


def program() -> Path:
    """CLICK2CALLD, else the build that is there."""
    named = os.environ.get("CLICK2CALLD")
    known = [Path(named)] if named else [ROOT / "build" / preset / "click2calld" for preset in ("dev", "release")]
    for path in known:
        if path.exists():
            return path
    raise FileNotFoundError(f"none of {[str(path) for path in known]}: build click2calld first")


class Rooms:
    """The services, each started when it is asked for first."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._lab = stack.enter_context(Lab.start(dir=folder / "lab", load_terminals=0))
        self._ports: dict[str, int] = {}
        self._terminals = folder / "terminals.db"
        add = [program(), "terminal", "add", AOR, "--extension", "101", "--endpoint", by_name("alice").sorcery_id]
        subprocess.run([*add, "--db", self._terminals], input=f"{PASSWORD}\n", text=True, check=True)

    def port(self, room: str) -> int:
        if room not in self._ports:
            self._ports[room] = self._start(room)
        return self._ports[room]

    def _changes(self, room: str) -> Config:
        match room:
            case "lab":
                return {}
            case "one call":
                return {"call": {"max_live": 1}}
            case "one connection":
                return {"server": {"workers": 1, "max_connections": 1}}
            case "no database":
                mysql = {"driver": "mysql", "path": None, "host": HOST, "port": self._closed(), "name": "x", "user": "x"}
                return {"db": mysql}
            case "no kamailio":
                return {"kamailio": {"rpc_url": f"http://{HOST}:{self._closed()}/RPC"}, "routing": None}
            case "no asterisk":
                return {"ami": {"port": self._closed()}}
        raise KeyError(room)

    def _closed(self) -> int:
        """A port that refuses connections until the end: taken, but not listened on."""
        held = self._stack.enter_context(socket.socket())
        held.bind((HOST, 0))
        port: int = held.getsockname()[1]
        return port

    def _start(self, room: str) -> int:
        own: dict[str, Any] = {"server": {"listen": f"{HOST}:0"}, "db": {"path": str(self._terminals)}}
        config = merge(self._lab.service_config(**own), self._changes(room))
        file, log = self._folder / f"{room}.yml", self._folder / f"{room}.log"
        file.touch(mode=0o600)
        file.write_text(to_yaml(config))
        with log.open("w") as out:
            process = subprocess.Popen([program(), "--config", file], stderr=out)
        self._stack.callback(_end, process)
        deadline = time.monotonic() + START_S
        while not (said := re.search(r" listens on http://127\.0\.0\.1:(\d+) ", log.read_text())):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"click2calld ({room}) does not listen: {log.read_text()}")
            time.sleep(0.01)
        return int(said[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def rooms(folder: Path) -> Iterator[Rooms]:
    with ExitStack() as stack:
        yield Rooms(folder, stack)
