"""The lab's database leaves other databases of the machine alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.mariadb import MariaDb
from lab.ports import PortPicker


def test_a_database_that_starts_keeps_the_temporary_tables_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    others = shared / "#sql-temptable-1-1-1.MAI"
    others.touch()
    monkeypatch.setenv("TMPDIR", str(shared))
    database = MariaDb(tmp_path / "db", "127.0.0.1", PortPicker().pick())
    database.configure()
    assert others.exists()
    database.start()
    try:
        assert others.exists()
    finally:
        database.end()
