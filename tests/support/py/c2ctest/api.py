"""The service as a well-behaved client sees it: /challenge, /call, and both in one."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .digest import Signer

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str | None:
        return self.json.get("error")

    @property
    def verdict(self) -> tuple[int, str | None]:
        """Status and error text, to be compared in one go."""
        return self.status, self.error


class Api:
    """Each request on a connection of its own, so that no test leans on another's."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None = None, timeout: float = 30) -> None:
        self.host, self.port, self.tls, self.timeout = host, port, tls, timeout

    def request(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        connection: http.client.HTTPConnection
        if self.tls is not None:
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=self.timeout, context=self.tls)
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def post(self, path: str, body: object) -> Reply:
        """The body as JSON; bytes are sent as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path, data, JSON)

    def challenge(self, aor: str) -> Reply:
        return self.post("/challenge", {"aor": aor})

    def nonce(self, aor: str) -> str:
        reply = self.challenge(aor)
        assert reply.status == 200, (reply.status, reply.body)
        return str(reply.json["nonce"])

    def order(self, who: Signer, destination: str, **more: Any) -> dict[str, Any]:
        """A signed /call body with a fresh nonce; `more` adds to it or replaces its parts."""
        nonce = more.pop("nonce") if "nonce" in more else self.nonce(who.aor)
        return {
            "aor": who.aor,
            "nonce": nonce,
            "response": who.sign(nonce, destination),
            "destination": destination,
            **more,
        }

    def call(self, who: Signer, destination: str, **more: Any) -> Reply:
        return self.post("/call", self.order(who, destination, **more))
