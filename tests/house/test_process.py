"""The lab tells a program that crashed from one that it ended itself."""

from __future__ import annotations

from pathlib import Path

from lab.process import Process
from lab.waiting import wait_until


def test_a_program_that_crashes_is_told_of_with_its_last_words(tmp_path: Path) -> None:
    program = Process("server", tmp_path / "log")
    program.spawn(["sh", "-c", "echo out of luck; kill -SEGV $$"], cwd=tmp_path)
    wait_until("its end", lambda: not program.alive())
    how = program.crash()
    assert how is not None
    assert "signal 11" in how
    assert "out of luck" in how


def test_a_program_that_runs_or_was_ended_has_not_crashed(tmp_path: Path) -> None:
    program = Process("server", tmp_path / "log")
    assert program.crash() is None
    program.spawn(["sleep", "60"], cwd=tmp_path)
    assert program.crash() is None
    program.kill()
    assert program.crash() is None
    program.spawn(["sleep", "60"], cwd=tmp_path)
    program.terminate()
    assert program.crash() is None
