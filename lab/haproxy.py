"""HAProxy before several instances: each request goes to the next one, whatever connection it came on."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

from .part import Part
from .process import Process
from .programs import need

# A request that was sent is never sent again (a POST places a call); one that could not be, goes to the next instance.
CONFIG = """\
global
    nbthread 1
    maxconn 4000

defaults
    mode http
    option forwardfor
    option http-keep-alive
    timeout connect 1s
    timeout client 2m
    timeout server 2m
    timeout http-request 10s
    retries 2
    retry-on conn-failure
    option redispatch 1

frontend clicks
    bind {listen}
    default_backend instances

backend instances
    balance roundrobin
    option httpchk GET /readyz
    default-server check inter 200ms fastinter 100ms fall 1 rise 1
"""


class Haproxy(Part):
    """`instances`: of each its address, and that of its admin listener, whose /readyz says whether it takes calls."""

    def __init__(self, folder: Path, host: str, port: int, instances: Sequence[tuple[str, int, int]]) -> None:
        self.folder = folder
        self.host = host
        self.port = port
        self._instances = instances
        super().__init__(Process("haproxy", folder / "output.log"))

    def configure(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        servers = [f"    server i{n} {host}:{port} port {admin}\n" for n, (host, port, admin) in enumerate(self._instances, 1)]
        text = CONFIG.format(listen=f"{self.host}:{self.port}") + "".join(servers)
        (self.folder / "haproxy.cfg").write_text(text)

    def launch(self) -> None:
        self.process.spawn([need("haproxy"), "-db", "-f", str(self.folder / "haproxy.cfg")], cwd=self.folder)

    def wait_ready(self) -> None:
        self.process.wait_ready(f"HAProxy on {self.host}:{self.port}", self._answers)

    def _answers(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=2) as connection:
                connection.sendall(b"OPTIONS /challenge HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
                return connection.recv(64).startswith(b"HTTP/1.1 204")
        except OSError:
            return False
