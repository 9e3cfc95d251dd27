"""Running the built programs, and reading what they said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[4]


# Before a command: it is started as a shell would, whatever signals are ignored where the tests were started (nohup, a
# job of a script).
AS_A_SHELL = ["env", "--default-signal"]


def build_folder() -> Path:
    """C2C_BUILD, else build/dev."""
    folder = REPOSITORY / os.environ.get("C2C_BUILD", "build/dev")
    if not (folder / "click2calld").exists():
        raise FileNotFoundError(f"{folder} holds no click2calld: build it, or name another folder with C2C_BUILD")
    return folder


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


def run(
    argv: Sequence[str | Path],
    *,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 60,
) -> Done:
    """Runs a program to its end. The environment is PATH and what is given, so that the caller's own settings are not in it."""
    done = subprocess.run(
        [str(word) for word in argv],
        input=stdin,
        env={"PATH": os.environ["PATH"], **(env or {})},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
