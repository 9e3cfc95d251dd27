"""The house rules that a machine can see: which room may name which, whose library is whose, how long a file may be."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
MOST_LINES = 400

# Each room names only these; what is not listed is an arrow in the wrong direction.
MAY_NAME = {
    "base": set(),
    "log": {"base"},
    "net": {"base", "log"},
    "metrics": {"base", "log", "net"},
    "redis": {"base", "log", "net"},
    "nonces": {"base", "net", "redis"},
    "auth": {"base", "net", "nonces"},
    "routing": {"base", "log", "net"},
    "directory": {"base", "net", "routing"},
    "webhook": {"base", "log", "net", "metrics"},
    "pbx": {"base", "net"},
    "asterisk": {"base", "log", "net", "pbx"},
    "call": {"base", "log", "net", "metrics", "auth", "nonces", "directory", "routing", "pbx"},
    "cluster": {"base", "log", "net", "auth", "redis", "call"},
    "http": {"base", "log", "net", "metrics"},
    "api": {"base", "log", "net", "metrics", "auth", "call", "http"},
    "config": {"base", "net", "call", "directory", "redis", "routing"},
    "app": None,  # sees all
    "cli": None,
}

# A library's header stays in the .cpp files of the room that wraps it.
WRAPPED = {
    "boost/mysql": {"directory"},
    "sqlite3": {"directory"},
    "yaml-cpp": {"config"},
    "hiredis": {"redis"},
    "prometheus": {"metrics"},
    "spdlog": {"log"},
    "systemd": {"app"},
}


def sources(folder: Path = SRC) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in {".cpp", ".hpp"})


def room_of(path: Path) -> str | None:
    parts = path.relative_to(SRC).parts
    return parts[0] if len(parts) > 1 else None


def includes(path: Path, style: str) -> list[str]:
    pattern = r'^#include "([^"]+)"' if style == "ours" else r"^#include <([^>]+)>"
    return re.findall(pattern, path.read_text(), re.MULTILINE)


def test_the_rooms_are_the_ones_known_here() -> None:
    assert {room_of(path) for path in sources()} - {None, "boost"} == set(MAY_NAME)


@pytest.mark.parametrize("room", [room for room, below in MAY_NAME.items() if below is not None])
def test_a_room_names_only_rooms_below_it(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} names {name}"
        for path in sources(SRC / room)
        for name in includes(path, "ours")
        if name.split("/")[0] not in MAY_NAME[room] | {room}
    ]
    assert not wrong


def test_nothing_but_main_and_the_precompiled_header_is_in_no_room() -> None:
    assert {path.name for path in sources() if room_of(path) is None} == {"main.cpp", "pch.hpp"}


def test_no_room_below_the_service_reads_the_configuration() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources()
        if room_of(path) not in {None, "config", "app", "cli"} and any(name.startswith("config/") for name in includes(path, "ours"))
    ]
    assert not wrong


def test_a_wrapped_library_stays_behind_its_cpp() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} includes {name}"
        for path in sources()
        if room_of(path) != "boost"
        for name in includes(path, "theirs")
        for library, rooms in WRAPPED.items()
        if name.startswith(library) and (path.suffix == ".hpp" or room_of(path) not in rooms)
    ]
    assert not wrong


def quoted_names(path: str, table: str) -> list[str]:
    """The texts of one table of names: from where it begins to the bracket that ends it."""
    text = (ROOT / path).read_text()
    return [name for name in re.findall(r'"([^"]*)"', re.split(r"[\]}]", text.split(table, 1)[1])[0]) if name]


def test_states_and_reasons_of_a_call_are_the_same_everywhere() -> None:
    schemas = yaml.safe_load((ROOT / "docs/api/openapi.yaml").read_text())["components"]["schemas"]
    for schema, table, typescript in [("State", "state_names{", "CALL_STATES = ["), ("Reason", "reason_names{", "CALL_REASONS = [")]:
        names = quoted_names("src/call/states.hpp", table)
        assert len(names) > 5
        assert schemas[schema]["enum"] == names
        assert quoted_names("extension/src/client/types.ts", typescript) == names


@pytest.mark.parametrize("folder", ["src", "client", "lab", "bench", "tests"])
def test_no_file_is_longer_than_it_should_be(folder: str) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--", folder], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    code = [ROOT / name for name in listed if Path(name).suffix in {".cpp", ".hpp", ".py"} and (ROOT / name).exists()]
    most = MOST_LINES if folder in {"src", "client", "lab"} else 2 * MOST_LINES
    assert [f"{path.relative_to(ROOT)}" for path in code if len(path.read_text().splitlines()) > most] == []


def test_no_file_holds_a_host_or_a_path_of_one_machine() -> None:
    found = subprocess.run(
        ["git", "grep", "-nIE", r"://(deb|ftp|registry|packages)\.|/root/|/home/[a-z]"], cwd=ROOT, capture_output=True, text=True
    ).stdout.splitlines()
    assert [line for line in found if not line.startswith("tests/house/")] == []
