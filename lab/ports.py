"""Free ports on loopback, out of the way of the kernel's own choices (32768 up) and of Asterisk's RTP (33000 up)."""

from __future__ import annotations

import contextlib
import random
import socket

from .errors import LabError

_FIRST, _LAST = 12000, 31999


def _is_free(port: int, hosts: tuple[str, ...]) -> bool:
    with contextlib.ExitStack() as held:
        for host in hosts:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                probe = held.enter_context(socket.socket(socket.AF_INET, kind))
                try:
                    probe.bind((host, port))
                except OSError:
                    return False
    return True


class PortPicker:
    """Never gives the same port twice, and only ports that are free for TCP and UDP on every host asked for."""

    def __init__(self) -> None:
        self._given: set[int] = set()

    def pick(self, *hosts: str) -> int:
        # Drawn at random, so that labs which start at the same moment do not meet on one port.
        for _ in range(1000):
            port = random.randint(_FIRST, _LAST)
            if port not in self._given and _is_free(port, hosts or ("127.0.0.1",)):
                self._given.add(port)
                return port
        raise LabError(f"no free port between {_FIRST} and {_LAST}: stop other labs (scripts/lab down --dir DIR)")
