"""The channels that live on the lab's Asterisks, by the call that they belong to."""

from __future__ import annotations

from c2ctest.channels import channels_of
from lab import Lab
from lab.asterisk import Asterisk


def live(lab: Lab) -> dict[str, list[str]]:
    """The same for all of the lab's servers that run, with the server's name before the channel's."""
    found: dict[str, list[str]] = {}
    for server in lab.asterisk:
        if server.process.alive():
            for iden, names in channels_of(server).items():
                found.setdefault(iden, []).extend(f"{server.name}:{name}" for name in names)
    return found


def hang_up_all(lab: Lab) -> None:
    for server in lab.asterisk:
        if server.process.alive():
            idens = list(channels_of(server))
            with server.ami() as session:
                for iden in idens:
                    session.action("Hangup", [("Channel", iden)])


def ami_sessions(server: Asterisk) -> int:
    """Sessions of the service's account, without the one that asks."""
    return server.cli("manager show connected").count("ivozamiuser") - 1
