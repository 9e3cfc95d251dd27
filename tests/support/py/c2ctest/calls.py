"""The calls that a test placed: what Asterisk did with each, and their end when the test is over."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from lab import Lab
from lab.asterisk import Asterisk
from lab.ledger import Call
from lab.waiting import wait_until

from .channels import channels_of


class Calls:
    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._idens: list[str] = []

    def iden(self, prefix: str = "e2e") -> str:
        """A new iden, whose call is hung up when the test is over."""
        made = f"{prefix}-{secrets.token_hex(6)}"
        self._idens.append(made)
        return made

    def mine(self, iden: str) -> str:
        """The same for an iden that the service made up."""
        self._idens.append(iden)
        return iden

    def seen(self, iden: str) -> Call | None:
        """What the ledger has of the call now."""
        return self._lab.calls().get(iden)

    def count(self, iden: str) -> int:
        """How many times Asterisk was told to place it."""
        call = self.seen(iden)
        return call.count if call else 0

    def wait(self, iden: str, what: str, until: Callable[[Call], bool], timeout: float = 20) -> Call:
        def reached() -> bool:
            call = self.seen(iden)
            return call is not None and until(call)

        wait_until(f"call {iden}: {what}", reached, timeout)
        call = self.seen(iden)
        assert call is not None
        return call

    def channels(self, iden: str) -> list[str]:
        """The names of its channels on every Asterisk that runs."""
        return [name for server in self._servers() for name in channels_of(server).get(iden, [])]

    def lives(self, iden: str) -> bool:
        """Whether any Asterisk has a channel of it."""
        return bool(self.channels(iden))

    def hang_up(self, iden: str) -> None:
        for server in self._servers():
            with server.ami() as session:
                session.action("Hangup", [("Channel", iden)])

    def end(self) -> None:
        for server in self._servers():
            # By name: where the Local channel was optimised away, no channel has the iden for its own id any more.
            alive = channels_of(server)
            with server.ami() as session:
                for iden in self._idens:
                    for name in alive.get(iden, []):
                        session.action("Hangup", [("Channel", name)])
        self._idens.clear()

    def _servers(self) -> list[Asterisk]:
        return [server for server in self._lab.asterisk if server.process.alive()]
