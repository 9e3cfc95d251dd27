"""The lab's terminals as callers."""

from __future__ import annotations

from lab.terminals import TERMINALS, by_name

from .digest import Signer

PASSWORDS = sorted({terminal.password for terminal in TERMINALS})


def signer(name: str, company: int = 1) -> Signer:
    terminal = by_name(name, company)
    return Signer(terminal.aor, terminal.password)
