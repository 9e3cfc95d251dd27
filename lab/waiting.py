"""Waiting for a thing to be so, by asking the thing itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from .errors import LabError


def wait_until(what: str, probe: Callable[[], bool], timeout: float = 15.0, pause: float = 0.02) -> None:
    """Returns once probe() is true; LabError names what did not come about within timeout seconds."""
    deadline = time.monotonic() + timeout
    while not probe():
        if time.monotonic() > deadline:
            raise LabError(f"{what} did not come about within {timeout:g} s")
        time.sleep(pause)
