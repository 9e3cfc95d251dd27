"""One run: its options, its folder, and the parts that several measurements share."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lab import Lab
from lab.asterisk import AMI_SECRET, AMI_USER
from lab.errors import LabError
from lab.ports import PortPicker
from lab.service_config import Config, merge
from lab.terminals import BRAND, Terminal, by_name, load_terminal

from .programs import Fakes, Json, Service, drive, say

IN_ASTERISK = 500
DATABASE_TERMINALS = 10_000
WORKERS = 2


class Bench:
    def __init__(self, build: Path, folder: Path, quick: bool) -> None:
        self.folder = folder
        self.quick = quick
        self.daemon = build / "click2calld"
        self.load_program = build / "bench" / "bench_load"
        self.ami_program = build / "bench" / "bench_ami"
        self.fakes_program = build / "bench" / "bench_fakes"
        self.live_program = build / "bench" / "bench_live"
        for program in (self.daemon, self.load_program, self.ami_program, self.fakes_program, self.live_program):
            if not program.exists():
                targets = "click2calld bench_load bench_ami bench_fakes bench_live"
                raise LabError(f"{program} is not there: cmake --build --preset dev --target {targets}")
        self._lab: Lab | None = None
        self._fakes: Fakes | None = None
        self._numbers = 0
        self._ends = ExitStack()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def new_folder(self) -> Path:
        self._numbers += 1
        made = self.folder / f"{self._numbers:02d}"
        made.mkdir(parents=True)
        return made

    @property
    def lab(self) -> Lab:
        """The full set of real parts, started when it is first asked for."""
        if self._lab is None:
            say(f"starting MariaDB, Kamailio, two Asterisks and phones, with {DATABASE_TERMINALS} terminals")
            self._lab = self._ends.enter_context(
                Lab.start(full=True, dir=self.folder / "lab", load_terminals=IN_ASTERISK)
            )
            self._lab.mariadb.add_load_terminals(DATABASE_TERMINALS)
        return self._lab

    @property
    def fakes(self) -> Fakes:
        if self._fakes is None:
            self._fakes = self._ends.enter_context(Fakes(self.fakes_program, self.new_folder(), AMI_SECRET))
        return self._fakes

    def terminals(self, count: int) -> Path:
        """u00001 to count, as the load generators read them."""
        return self._people(f"terminals-{count}.tsv", [load_terminal(number) for number in range(1, count + 1)])

    def _people(self, name: str, people: list[Terminal]) -> Path:
        path = self.folder / name
        if not path.exists():
            rows = [(t.aor, t.password, t.sorcery_id, t.extension, t.company, BRAND) for t in people]
            path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
        return path

    def terminal(self, name: str) -> Path:
        """One of the lab's, alone."""
        return self._people(f"terminal-{name}.tsv", [by_name(name)])

    def real(self, **overrides: Any) -> Service:
        """click2calld in front of the real parts."""
        config = self.lab.service_config(**merge({"server": {"workers": WORKERS}, "log": {"level": 3}}, overrides))
        return Service(self.daemon, config, self.new_folder())

    def in_front_of_fakes(self, **overrides: Any) -> Service:
        """click2calld with the real MariaDB and instant fakes."""
        fakes: Config = {"ami": {"port": self.fakes.ami_port}, "kamailio": {"rpc_url": self.fakes.rpc_url}}
        return self.real(**merge(fakes, overrides))

    def embedded(self, people: Sequence[tuple[str, str, str]] = ((load_terminal(1).aor, "101", "secret"),), **overrides: Any) -> Service:
        """click2calld with a SQLite file of some terminals (AoR, extension, password) and the instant AMI: nothing else is needed."""
        folder = self.new_folder()
        database = folder / "terminals.sqlite"
        for aor, extension, password in people:
            argv = [str(self.daemon), "terminal", "add", aor, "--extension", extension, "--db", str(database)]
            made = subprocess.run(argv, input=f"{password}\n", capture_output=True, text=True, check=False)
            if made.returncode != 0:
                raise LabError(f"{' '.join(argv)}: {made.stderr}")
        config: Config = {
            "server": {"listen": f"127.0.0.1:{PortPicker().pick('127.0.0.1')}", "workers": WORKERS},
            "digest": {"secret": "a secret that only this run has, 32+"},
            "throttle": {"calls_per_terminal": 0, "wrong_digests": 0, "live_calls_per_terminal": 0},
            "db": {"driver": "sqlite", "path": str(database)},
            "ami": {"user": AMI_USER, "secret": AMI_SECRET, "port": self.fakes.ami_port},
            "routing": {"application_servers": ["127.0.0.1"]},
            "log": {"level": 2},
        }
        return Service(self.daemon, merge(config, overrides), folder)

    def load(self, *arguments: object) -> Json:
        return drive(self.load_program, *arguments)

    def live(self, mode: str, service: Service, *arguments: object) -> Json:
        return drive(self.live_program, mode, "--url", service.url, "--secret", AMI_SECRET, *arguments)

    def raw_ami(self, *arguments: object) -> Json:
        server = self.lab.asterisk[0]
        return drive(
            self.ami_program,
            *("--host", server.host, "--port", server.ami_port, "--user", AMI_USER, "--secret", AMI_SECRET),
            *("--terminals", self.terminals(IN_ASTERISK), *arguments),
        )
