"""The fixtures that every suite on real parts starts from: `from c2ctest.fixtures import *` in its conftest.py."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from lab import Lab
from lab.ports import PortPicker
from lab.service_config import merge

from .api import Api
from .calls import Calls
from .people import PASSWORDS
from .processes import build_folder, run
from .service import Service

__all__ = ["api", "calls", "lab", "make_alone", "new_service", "service", "start_service"]

MakeService = Callable[..., Service]
_folders = itertools.count(1)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The full lab: the one that LAB_DIR names if that is set, else one of this run's own."""
    if os.environ.get("LAB_DIR"):
        yield Lab.attach(os.environ["LAB_DIR"])
        return
    with Lab.start(full=True, dir=tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture(scope="session")
def new_service(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> MakeService:
    """Makes a service that uses the lab, not started; the arguments are sections of config.yml to change."""

    def make(within: Sequence[str] = (), **overrides: Any) -> Service:
        folder = tmp_path_factory.mktemp("service")
        log = {"format": "json", **(overrides.pop("log", None) or {})}
        config = lab.service_config(log=log, **overrides)
        return Service(folder / str(next(_folders)), config, PASSWORDS, within)

    return make


@pytest.fixture(scope="session")
def service(new_service: MakeService) -> Iterator[Service]:
    """One service for all tests that leave it as they found it."""
    with new_service() as started:
        yield started


@pytest.fixture(scope="session")
def api(service: Service) -> Api:
    return service.api


@pytest.fixture
def start_service(new_service: MakeService) -> Iterator[MakeService]:
    """As new_service, started; each is stopped, and looked over, when the test is over."""
    started: list[Service] = []

    def start(**overrides: Any) -> Service:
        made = new_service(**overrides)
        started.append(made)
        return made.start()

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def make_alone(tmp_path: Path) -> MakeService:
    """As new_service, with nothing around it: terminals in a file, and an Asterisk that is not there."""
    terminals = tmp_path / "terminals.db"
    added = run([build_folder() / "click2calld", "terminal", "add", "a@b", "--extension", "1", "--db", terminals], stdin="password\n")
    assert added.code == 0, added.err

    def make(within: Sequence[str] = (), **overrides: Any) -> Service:
        config = {
            "server": {"listen": f"127.0.0.1:{PortPicker().pick()}"},
            "digest": {"secret": "a secret of a service that is alone"},
            "db": {"driver": "sqlite", "path": str(terminals)},
            "ami": {"user": "nobody", "secret": "nobody listens there", "port": 1},
            "routing": {"application_servers": ["127.0.0.1"]},
        }
        return Service(tmp_path / f"service{next(_folders)}", merge(config, overrides), within=within)

    return make


@pytest.fixture
def calls(lab: Lab) -> Iterator[Calls]:
    placed = Calls(lab)
    yield placed
    placed.end()


def temporary_file(folder: Path, name: str, text: str, mode: int = 0o600) -> Path:
    """A file of the test's own with these rights from the start."""
    path = folder / name
    path.touch(mode=mode)
    path.chmod(mode)
    path.write_text(text)
    return path
