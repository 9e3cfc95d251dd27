"""HTTP by hand, for requests that no client library would send."""

from __future__ import annotations

import json
import socket
import ssl
from dataclasses import dataclass
from typing import Any

Headers = list[tuple[str, str]]


def request(
    method: str = "POST",
    target: str = "/challenge",
    headers: Headers | None = None,
    body: bytes = b"",
    version: str = "HTTP/1.1",
    host: str | None = "localhost",
    length: bool = True,
) -> bytes:
    """One request as bytes. Host and Content-Length are added unless they are turned off."""
    lines = [f"{method} {target} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers or []]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class RawReply:
    version: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    whole: bytes  # as it came, from the status line to the end of the body

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def error(self) -> str | None:
        return self.json.get("error")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def without_date(self) -> bytes:
        return b"\r\n".join(line for line in self.whole.split(b"\r\n") if not line.startswith(b"Date:"))


class RawConnection:
    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None = None, timeout: float = 30) -> None:
        self._socket: socket.socket = socket.create_connection((host, port), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket, server_hostname=host)
        self._buffer = b""

    def __enter__(self) -> RawConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def finish_sending(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def _take_line_end(self, end: bytes) -> bytes:
        while end not in self._buffer:
            more = self._socket.recv(65536)
            if not more:
                raise EOFError(f"closed after {self._buffer!r}")
            self._buffer += more
        piece, self._buffer = self._buffer.split(end, 1)
        return piece + end

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            more = self._socket.recv(65536)
            if not more:
                raise EOFError(f"closed {count - len(self._buffer)} bytes before the body's end")
            self._buffer += more
        piece, self._buffer = self._buffer[:count], self._buffer[count:]
        return piece

    def reply(self, to_head: bool = False) -> RawReply:
        """The next reply, interim ones included; EOFError if the peer closes first."""
        head = self._take_line_end(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        version, status, reason = first.split(" ", 2)
        headers = tuple((line.partition(": ")[0], line.partition(": ")[2]) for line in lines)
        length = next((int(v) for k, v in headers if k.lower() == "content-length"), 0)
        body = b"" if to_head or status.startswith("1") or status == "204" else self._take(length)
        return RawReply(version, int(status), reason, headers, body, head + body)

    def ask(self, data: bytes) -> RawReply:
        self.send(data)
        return self.reply()

    def closed(self) -> bool:
        """Waits for the peer's end of the stream: true if it comes, with nothing said before; a reset is no clean end."""
        return self._buffer == b"" and self._socket.recv(1) == b""
