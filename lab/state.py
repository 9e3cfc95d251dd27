"""lab.json and lab.env: where everything is, and which processes are the lab's own."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .errors import LabError
from .part import Part
from .process import Identity

FILE = "lab.json"


@dataclass
class Ports:
    ami: int  # on every Asterisk's own address
    sip: int  # likewise
    phones: dict[str, int]
    db: int = 0
    kamailio_sip: int = 0
    kamailio_rpc: int = 0
    redis: int = 0


@dataclass
class State:
    full: bool
    as_hosts: list[str]
    ports: Ports
    digest_secret: str
    load_terminals: int
    redis: bool
    processes: dict[str, dict[str, int]] = field(default_factory=dict)

    def remember(self, parts: Iterable[Part]) -> None:
        self.processes = {p.process.name: asdict(p.process.identity) for p in parts if p.process.identity}

    def identity(self, name: str) -> Identity | None:
        known = self.processes.get(name)
        return Identity(**known) if known else None

    def save(self, folder: Path, environment: Mapping[str, str]) -> None:
        _replace(folder / FILE, json.dumps({**asdict(self), "environment": dict(environment)}, indent=2) + "\n")
        _replace(folder / "lab.env", "".join(f"{k}={shlex.quote(v)}\n" for k, v in environment.items()))


def _replace(path: Path, text: str) -> None:
    # Whole or not at all: a lab that is killed while it writes must still be found by `down`.
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    os.replace(fresh, path)


def load(folder: Path) -> State:
    try:
        known: dict[str, Any] = json.loads((folder / FILE).read_text())
    except FileNotFoundError:
        raise LabError(f"there is no lab in {folder}: start one with scripts/lab up --dir {folder}") from None
    known.pop("environment", None)
    known["ports"] = Ports(**known["ports"])
    return State(**known)
