"""Somebody at a browser with a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from c2ctest import Calls
from driver import Browser
from lab import Lab
from lab.waiting import wait_until


@dataclass
class Desk:
    browser: Browser
    lab: Lab
    calls: Calls
    pages: str
    known: set[str]

    def new_calls(self) -> dict[str, Any]:
        return {iden: call for iden, call in self.lab.calls().items() if iden not in self.known}

    def new_call(self) -> str:
        """The iden of the one call that was made since; it is hung up when the test is over."""
        wait_until("one call in Asterisk", lambda: len(self.new_calls()) == 1)
        (iden,) = self.new_calls()
        return self.calls.mine(iden)
