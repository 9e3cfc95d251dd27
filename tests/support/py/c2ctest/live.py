"""A call as its caller sees it: the stream of its changes, a snapshot, its end."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.waiting import wait_until

from .api import Api, Reply
from .digest import Signer

FINAL = ("disconnected", "failed")


@dataclass(frozen=True)
class Change:
    number: int
    at: float  # time.monotonic() of its arrival
    data: Mapping[str, Any]

    @property
    def state(self) -> str:
        return str(self.data["state"])


class LiveStream:
    """Reads one call's Server-Sent Events on a thread of its own until the service ends them or close() does."""

    def __init__(self, api: Api, iden: str, ticket: str, *, after: int | None = None) -> None:
        headers = {"Authorization": f"Bearer {ticket}", "Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        kind = http.client.HTTPConnection if api.tls is None else http.client.HTTPSConnection
        options: dict[str, Any] = {} if api.tls is None else {"context": api.tls}
        self._connection = kind(api.host, api.port, timeout=300, **options)
        self._connection.request("GET", f"/calls/{iden}", headers=headers)
        self._socket = self._connection.sock
        self._reply = self._connection.getresponse()
        self.status = self._reply.status
        self.headers: Mapping[str, str] = self._reply.headers
        self.changes: list[Change] = []
        self.comments = 0
        self._ended = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        number, data = 0, ""
        try:
            for raw in self._reply:
                line = raw.decode().rstrip("\r\n")
                field, _, value = line.partition(":")
                if line.startswith(":"):
                    self.comments += 1
                elif field == "id":
                    number = int(value)
                elif field == "data":
                    data += value
                elif not line and data:
                    self.changes.append(Change(number, time.monotonic(), json.loads(data)))
                    data = ""
        except (OSError, ValueError, http.client.HTTPException):
            pass
        finally:
            self._ended.set()

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    @property
    def states(self) -> list[str]:
        return [change.state for change in self.changes]

    @property
    def reason(self) -> str | None:
        return self.changes[-1].data.get("reason")

    def wait(self, state: str, timeout: float = 20) -> Change:
        wait_until(f"{state} after {self.states}", lambda: state in self.states or self.ended, timeout)
        found = [change for change in self.changes if change.state == state]
        assert found, f"the stream ended without {state}: {self.states}"
        return found[0]

    def finish(self, timeout: float = 60) -> list[str]:
        """Waits until the service has ended the stream; every state that it told."""
        assert self._ended.wait(timeout), f"the stream goes on after {self.states}"
        return self.states

    def close(self) -> None:
        """Goes away without a word."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._connection.close()


@dataclass(frozen=True)
class LiveCall:
    """A placed call and its ticket."""

    api: Api
    iden: str
    ticket: str

    @staticmethod
    def place(api: Api, who: Signer, destination: str, **more: Any) -> LiveCall:
        reply = api.call(who, destination, progress=True, **more)
        assert reply.status == 200, (reply.status, reply.body)
        return LiveCall(api, reply.json["iden"], reply.json["ticket"])

    def _request(self, method: str) -> Reply:
        return self.api.request(method, f"/calls/{self.iden}", headers={"Authorization": f"Bearer {self.ticket}"})

    def snapshot(self) -> Reply:
        return self._request("GET")

    def cancel(self) -> Reply:
        return self._request("DELETE")

    def stream(self, after: int | None = None) -> LiveStream:
        return LiveStream(self.api, self.iden, self.ticket, after=after)
