"""The lab as one object: starts the real parts, says where they are, ends them."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import ledger, mariadb, programs, state
from .asterisk import AMI_SECRET, AMI_USER, Asterisk
from .errors import LabError
from .kamailio import Kamailio
from .mariadb import MariaDb
from .part import Part
from .phones import PHONES, Phone
from .ports import PortPicker
from .redis import Redis
from .root import asterisk_home
from .service_config import Config, merge, to_yaml
from .state import Ports, State
from .terminals import by_name

AS_HOSTS = ("127.0.0.1", "127.0.0.2")
HOST = "127.0.0.1"
LOAD_TERMINALS = 500


def default_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"click2call-lab-{getpass.getuser()}"


class Lab:
    """Made by Lab.start or Lab.attach. mariadb and kamailio are there in a full lab only; redis, if it is installed too."""

    def __init__(self, folder: Path, known: State) -> None:
        self.dir = folder
        self.state = known
        self.full = known.full
        ports = self.ports = known.ports
        self.asterisk = [
            Asterisk(f"as{number}", folder / f"as{number}", host, ports.ami, ports.sip)
            for number, host in enumerate(known.as_hosts, 1)
        ]
        self.phones = {name: Phone(name, folder / "phones", HOST, port) for name, port in ports.phones.items()}
        self._mariadb = MariaDb(folder / "db", HOST, ports.db) if known.full else None
        self._kamailio = (
            Kamailio(folder / "kamailio", HOST, ports.kamailio_sip, ports.kamailio_rpc) if known.full else None
        )
        self.redis = Redis(folder / "redis", HOST, ports.redis) if known.redis else None
        for part in self.parts:
            part.process.identity = known.identity(part.process.name)
            part.process.on_spawn = self._save

    @property
    def parts(self) -> list[Part]:
        optional: list[Part | None] = [self._mariadb, self._kamailio, self.redis]
        return [*self.asterisk, *self.phones.values(), *(part for part in optional if part is not None)]

    @property
    def mariadb(self) -> MariaDb:
        if self._mariadb is None:
            raise LabError("this lab is the embedded one: only a full lab has MariaDB (--full)")
        return self._mariadb

    @property
    def kamailio(self) -> Kamailio:
        if self._kamailio is None:
            raise LabError("this lab is the embedded one: only a full lab has Kamailio (--full)")
        return self._kamailio

    @classmethod
    def start(
        cls,
        full: bool = False,
        dir: str | os.PathLike[str] | None = None,  # noqa: A002 - the word that the command line has
        load_terminals: int = LOAD_TERMINALS,
    ) -> Lab:
        """Starts a lab and returns once all of it answers. On any failure what had started is ended again."""
        folder = Path(dir).absolute() if dir else default_folder()
        if (folder / state.FILE).exists():
            if any(part.process.alive() for part in cls.attach(folder).parts):
                raise LabError(f"a lab runs in {folder}: end it with scripts/lab down --dir {folder}, or choose another --dir")
            shutil.rmtree(folder)
        elif folder.exists() and any(folder.iterdir()):
            raise LabError(f"{folder} is not empty and not a lab: choose another --dir")
        _need_programs(full)
        folder.mkdir(parents=True, exist_ok=True)
        lab = cls(folder, _plan(full, load_terminals))
        try:
            lab._bring_up()
        except BaseException:
            lab.down()
            raise
        return lab

    @classmethod
    def attach(cls, dir: str | os.PathLike[str] | None = None) -> Lab:  # noqa: A002
        """The lab that `scripts/lab up` or another process started."""
        folder = Path(dir).absolute() if dir else default_folder()
        return cls(folder, state.load(folder))

    def _save(self) -> None:
        self.state.remember(self.parts)
        self.state.save(self.dir, self.environment())

    def _bring_up(self) -> None:
        home = asterisk_home()
        self._save()
        for phone in self.phones.values():
            phone.launch()
        for server in self.asterisk:
            server.configure(home, HOST, self.ports.phones, self.state.load_terminals)
            server.launch()
        tasks: list[Callable[[], None]] = [part.wait_ready for part in (*self.phones.values(), *self.asterisk)]
        if self.redis is not None:
            self.redis.configure()
            self.redis.launch()
            tasks.append(self.redis.wait_ready)
        if self.full:
            tasks.insert(0, self._bring_up_database)
        with ThreadPoolExecutor(max_workers=len(tasks)) as pool:
            for done in [pool.submit(task) for task in tasks]:
                done.result()
        if self.full:
            self.kamailio.configure(self.mariadb.proxy_url)
            self.kamailio.start()
            self.kamailio.wait_probed()
            self.kamailio.set_server(1, f"sip:{AS_HOSTS[0]}:{self.ports.sip}")

    def _bring_up_database(self) -> None:
        self.mariadb.configure()
        self.mariadb.start()
        self.mariadb.fill(self.state.as_hosts, self.ports.sip, self.state.load_terminals)

    def down(self) -> None:
        """Ends every part, by its own pid. Again and again does no harm. The folder stays, for its logs."""
        with ThreadPoolExecutor(max_workers=len(self.parts)) as pool:
            for done in [pool.submit(part.end) for part in self.parts]:
                done.result()

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def sql(self, text: str) -> list[list[str]]:
        return self.mariadb.sql(text)

    def calls(self) -> dict[str, ledger.Call]:
        return ledger.calls(self.dir)

    def service_config(self, **overrides: Any) -> Config:
        """What click2calld needs to use this lab, on a port that is free now; overrides are merged section by section."""
        alice = by_name("alice")
        config: Config = {
            "server": {
                "listen": f"{HOST}:{PortPicker().pick(HOST)}",
                "tls_cert": "",
                "tls_key": "",
                "allowed_origins": ["*"],
            },
            "digest": {"secret": self.state.digest_secret, "nonce_ttl": 30},
            "ami": {"user": AMI_USER, "secret": AMI_SECRET, "port": self.ports.ami},
            "call": {"dial_timeout": 30, "max_duration": 10800000, "optimize": False},
            # One terminal stands for many here, and makes mistakes for all of them.
            "throttle": {"calls_per_terminal": 0, "wrong_digests": 0, "live_calls_per_terminal": 0},
            "log": {"level": 5, "format": "text"},
        }
        if self.full:
            config["db"] = {
                "host": HOST,
                "port": self.ports.db,
                "name": mariadb.DATABASE,
                "user": mariadb.USER,
                "password": mariadb.PASSWORD,
            }
            config["kamailio"] = {"rpc_url": self.kamailio.rpc_url}
        else:
            config["db"] = {"driver": "sqlite", "path": str(self.dir / "terminals.sqlite")}
            config["routing"] = {"application_servers": [alice.domain]}
        return merge(config, overrides)

    def write_service_config(self, path: str | os.PathLike[str], **overrides: Any) -> Config:
        """Writes service_config(...) as YAML, for its owner only, and returns it."""
        config = self.service_config(**overrides)
        target = Path(path)
        target.touch(mode=0o600)
        target.write_text(to_yaml(config))
        return config

    def environment(self) -> dict[str, str]:
        """lab.env: the same for shells."""
        alice = by_name("alice")
        known = {
            "LAB_DIR": str(self.dir),
            "LAB_FULL": "1" if self.full else "0",
            "LAB_AMI_PORT": str(self.ports.ami),
            "LAB_SIP_PORT": str(self.ports.sip),
            "LAB_AMI_USER": AMI_USER,
            "LAB_AMI_SECRET": AMI_SECRET,
            "LAB_AOR": alice.aor,
            "LAB_PASSWORD": alice.password,
            "LAB_EXTENSION": alice.extension or "",
            "LAB_ENDPOINT": alice.sorcery_id,
            "LAB_DIGEST_SECRET": self.state.digest_secret,
        }
        known |= {f"LAB_AS{number}": host for number, host in enumerate(self.state.as_hosts, 1)}
        if self.full:
            known |= {
                "LAB_DB_HOST": HOST,
                "LAB_DB_PORT": str(self.ports.db),
                "LAB_DB_SOCKET": str(self.mariadb.socket),
                "LAB_DB_USER": mariadb.USER,
                "LAB_DB_PASSWORD": mariadb.PASSWORD,
                "LAB_DB_NAME": mariadb.DATABASE,
                "LAB_KAMAILIO_RPC": self.kamailio.rpc_url,
                "LAB_KAMAILIO_SIP": f"{HOST}:{self.ports.kamailio_sip}",
            }
        if self.redis is not None:
            known["LAB_REDIS"] = self.redis.url
        return known


def _need_programs(full: bool) -> None:
    names = ["sipp", *(["mariadbd", "mariadb", "mariadb-install-db", "kamailio"] if full else [])]
    for name in names:
        programs.need(name)


def _plan(full: bool, load_terminals: int) -> State:
    picker = PortPicker()
    hosts = list(AS_HOSTS if full else AS_HOSTS[:1])
    ports = Ports(
        ami=picker.pick(*hosts),
        sip=picker.pick(*hosts),
        phones={name: picker.pick(HOST) for name in PHONES},
    )
    with_redis = full and programs.find("redis-server") is not None
    if full:
        ports.db, ports.kamailio_sip, ports.kamailio_rpc = picker.pick(HOST), picker.pick(HOST), picker.pick(HOST)
    if with_redis:
        ports.redis = picker.pick(HOST)
    return State(full, hosts, ports, secrets.token_hex(32), load_terminals, with_redis)
