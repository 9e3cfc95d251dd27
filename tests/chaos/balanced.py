"""Whole walks through a balancer: challenge, call, its stream, its page, its end; each request to whatever instance comes next."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from load import DESTINATION, Caller

LAST = ("disconnected", "failed")
RINGS = 1.5  # seconds for which a phone rings that is then hung up on
PATIENCE = 30.0  # seconds for one request; for a stream from one change to the next
TRIES = 6
BROKEN = (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError)


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any  # None: not of the service, but of the balancer

    @property
    def verdict(self) -> tuple[int, str]:
        return self.status, str(self.body.get("error", "")) if isinstance(self.body, dict) else "no JSON"


@dataclass
class Walk:
    """What one caller met. `failed`: requests that had to be sent again, when each had begun and when it broke (time.monotonic())."""

    iden: str
    caller: Caller
    reply: Reply | None = None
    failed: list[tuple[float, float, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    reconnected: int = 0


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    return int(lines[0].split(" ")[1]), fields


class Balancer:
    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection that the balancer is not about to close: it does so after ten idle seconds."""
        while self._idle:
            since, reader, writer = self._idle.pop()
            if time.monotonic() - since < 5:
                return reader, writer
            writer.close()
        return None

    async def _send(
        self, writer: asyncio.StreamWriter, method: str, path: str, body: Mapping[str, Any] | None, fields: Mapping[str, str]
    ) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        more = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        kind = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n" if body is not None else ""
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: c2c\r\n{kind}{more}\r\n".encode() + data)

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, **fields: str) -> Reply:
        reader, writer = self._kept() or await asyncio.open_connection(self._host, self._port)
        try:
            async with asyncio.timeout(PATIENCE):
                await self._send(writer, method, path, body, fields)
                status, head = await _head(reader)
                text = await reader.readexactly(int(head.get("content-length", "0")))
        except BaseException:
            writer.close()
            raise
        if head.get("connection") == "close":
            writer.close()
        else:
            self._idle.append((time.monotonic(), reader, writer))
        ours = "json" in head.get("content-type", "") or not text
        return Reply(status, json.loads(text) if ours and text else None)

    @contextlib.asynccontextmanager
    async def stream(self, path: str, **fields: str) -> AsyncIterator[tuple[int, AsyncIterator[tuple[int, dict[str, Any]]]]]:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            async with asyncio.timeout(PATIENCE):
                await self._send(writer, "GET", path, None, {"Accept": "text/event-stream", **fields})
                status, head = await _head(reader)
            yield status, _events(reader, head.get("transfer-encoding") == "chunked")
        finally:
            writer.close()

    def close(self) -> None:
        for _, _, writer in self._idle:
            writer.close()
        self._idle.clear()


async def _pieces(reader: asyncio.StreamReader, chunked: bool) -> AsyncIterator[bytes]:
    """Until the answer's proper end; one that breaks off raises."""
    while True:
        async with asyncio.timeout(PATIENCE):
            if not chunked:
                piece = await reader.read(65536)
            else:
                size = int(await reader.readuntil(b"\r\n"), 16)
                piece = (await reader.readexactly(size + 2))[:-2]
        if not piece:
            return
        yield piece


async def _events(reader: asyncio.StreamReader, chunked: bool) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    text = b""
    async for piece in _pieces(reader, chunked):
        text += piece
        while b"\n\n" in text:
            event, _, text = text.partition(b"\n\n")
            fields = dict(line.split(": ", 1) for line in event.decode().split("\n") if ": " in line)
            if "data" in fields:
                yield int(fields["id"]), json.loads(fields["data"])


class Walks:
    """`again`: a request that broke is sent again, with the same iden; otherwise that is wrong."""

    def __init__(self, host: str, port: int, callers: list[Caller], again: bool = False) -> None:
        self._balancer = Balancer(host, port)
        self._callers = callers
        self._again = again
        self._prefix = f"walk{secrets.token_hex(5)}-"
        self._numbers = itertools.count(1)
        self.begun = 0
        self.done: list[Walk] = []
        self.counts: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, many: int, rate: float) -> None:
        """So many, evenly; returns when the last one has ended."""
        self._loop = asyncio.get_running_loop()
        start = time.monotonic()
        for number in range(many):
            wait = start + number / rate - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            self._begin()
        while self._tasks:
            await asyncio.gather(*self._tasks)
        self._balancer.close()

    def burst(self, many: int) -> None:
        """So many more at once; from another thread, while `run` runs."""
        self._loop.call_soon_threadsafe(lambda: [self._begin() for _ in range(many)])

    def _begin(self) -> None:
        self._tasks.add(task := asyncio.create_task(self._walk()))
        task.add_done_callback(self._tasks.discard)

    async def _walk(self) -> None:
        number = next(self._numbers)
        self.begun += 1
        walk = Walk(f"{self._prefix}{number:06d}", self._callers[number % len(self._callers)])
        try:
            await self._steps(walk, number)
        except BROKEN as error:
            walk.wrong.append(f"{type(error).__name__}: {error}")
        self.done.append(walk)

    async def _try(self, walk: Walk, method: str, path: str, body: Mapping[str, Any] | None = None, **fields: str) -> Reply | None:
        """None: it broke, or no instance has answered it."""
        begun = time.monotonic()
        self.counts[f"{method} {path.split('/')[1]}"] += 1
        try:
            reply = await self._balancer.ask(method, path, body, **fields)
            if reply.body is not None or reply.status == 204:
                return reply
            said = f"{reply.status} of the balancer"
        except BROKEN as error:
            said = f"{type(error).__name__}: {error}"
        walk.failed.append((begun, time.monotonic(), f"{method} {path}: {said}"))
        return None

    async def _ask(self, walk: Walk, method: str, path: str, body: Mapping[str, Any] | None = None, **fields: str) -> Reply:
        for _ in range(TRIES if self._again else 1):
            if (reply := await self._try(walk, method, path, body, **fields)) is not None:
                return reply
            await asyncio.sleep(0.1)
        raise ValueError(f"no answer to {method} {path}")

    async def _order(self, walk: Walk) -> dict[str, Any]:
        who = walk.caller.signer
        challenge = await self._ask(walk, "POST", "/challenge", {"aor": who.aor})
        nonce = challenge.body["nonce"]
        order = {"aor": who.aor, "nonce": nonce, "response": who.sign(nonce, DESTINATION), "destination": DESTINATION}
        return {**order, "iden": walk.iden, "progress": True, **walk.caller.more}

    async def _place(self, walk: Walk) -> tuple[dict[str, Any], Reply]:
        """What was sent last, and its answer: whoever sends again needs another nonce, since the first may have been used."""
        for _ in range(TRIES if self._again else 1):
            order = await self._order(walk)
            if (reply := await self._try(walk, "POST", "/call", order)) is not None:
                return order, reply
        raise ValueError("no answer to POST /call")

    async def _steps(self, walk: Walk, number: int) -> None:
        order, walk.reply = await self._place(walk)
        if walk.reply.status != 200:
            return
        ticket = {"Authorization": f"Bearer {walk.reply.body['ticket']}"}
        path = f"/calls/{walk.iden}"
        if number % 3 == 0:
            again = await self._ask(walk, "POST", "/call", {**order, "iden": f"x{walk.iden}"})
            self._expect(walk, again.verdict == (401, "invalid nonce"), f"a nonce used again: {again}")
        if number % 3 == 1:
            _, retry = await self._place(walk)
            self._expect(walk, retry.status == 200, f"the same call again: {retry}")
        page = await self._ask(walk, "GET", path, **ticket)
        self._expect(walk, page.status == 200 and page.body.get("iden", "").lower() == walk.iden.lower(), f"its page: {page}")
        if walk.caller.lasting:
            reading = asyncio.create_task(self._read(walk, path, ticket))
            await asyncio.sleep(RINGS)
            ended = await self._ask(walk, "DELETE", path, **ticket)
            self._expect(walk, ended.status in (202, 204), f"its end: {ended}")
            await reading
        elif number % 2 == 0:
            await self._read(walk, path, ticket)

    async def _read(self, walk: Walk, path: str, ticket: Mapping[str, str]) -> None:
        """Its stream to the last state; a reader whose stream breaks comes back, and is told what it has not seen."""
        for _ in range(20 if self._again else 1):
            self.counts["GET events"] += 1
            seen = {"Last-Event-ID": str(len(walk.states))} if walk.states else {}
            try:
                async with self._balancer.stream(path, **ticket, **seen) as (status, events):
                    if status == 200:
                        async for number, data in events:
                            self._expect(walk, number == len(walk.states) + 1, f"event {number} after {walk.states}")
                            walk.states.append(data["state"])
                    elif status == 204 and walk.states and walk.states[-1] in LAST:
                        return
                    elif status < 500 or not self._again:
                        walk.wrong.append(f"its stream: {status}")
                        return
            except BROKEN as error:
                self._expect(walk, self._again, f"its stream broke: {error!r}")
            if walk.states and walk.states[-1] in LAST:
                return
            walk.reconnected += 1
            await asyncio.sleep(0.2)
        walk.wrong.append(f"its stream ended after {walk.states}")

    @staticmethod
    def _expect(walk: Walk, right: bool, otherwise: str) -> None:
        if not right:
            walk.wrong.append(otherwise)
