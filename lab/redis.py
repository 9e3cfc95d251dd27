"""A Redis of the lab's own: in memory, nothing saved."""

from __future__ import annotations

import socket
from pathlib import Path

from .part import Part
from .process import Process
from .programs import need


class Redis(Part):
    def __init__(self, folder: Path, host: str, port: int) -> None:
        self.folder = folder
        self.host = host
        self.port = port
        self.url = f"redis://{host}:{port}/0"
        super().__init__(Process("redis", folder / "output.log"))

    def configure(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def launch(self) -> None:
        argv = [need("redis-server"), "--bind", self.host, "--port", str(self.port), "--dir", str(self.folder)]
        self.process.spawn([*argv, "--save", "", "--appendonly", "no", "--daemonize", "no"], cwd=self.folder)

    def wait_ready(self) -> None:
        self.process.wait_ready(f"Redis on {self.host}:{self.port}", self._answers)

    def command(self, *words: str) -> bytes:
        """One command's raw reply."""
        with socket.create_connection((self.host, self.port), timeout=2) as connection:
            parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
            connection.sendall(f"*{len(words)}\r\n{''.join(parts)}".encode())
            return connection.recv(65536)

    def _answers(self) -> bool:
        try:
            return self.command("PING") == b"+PONG\r\n"
        except OSError:
            return False
