"""The channels that live on one of the lab's Asterisks, by the call that they belong to."""

from __future__ import annotations

from lab.asterisk import Asterisk


def channels_of(server: Asterisk) -> dict[str, list[str]]:
    """Channel names by Linkedid, which is the iden for every channel of one of our calls."""
    found: dict[str, list[str]] = {}
    with server.ami() as session:
        session.action("CoreShowChannels")
        while True:
            message = session.events.popleft() if session.events else session.read()
            if message.get("Event") == "CoreShowChannelsComplete":
                return found
            if message.get("Event") == "CoreShowChannel":
                found.setdefault(message["Linkedid"], []).append(message["Channel"])
