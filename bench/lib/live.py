"""The live call: from an event on Asterisk's socket to its reader, what other traffic costs, and what a reader weighs.

One process is both sides, so that one clock tells when an event was written and when it arrived; what it needs itself for
waking up and reading counts as the service's."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from lab.asterisk import AMI_SECRET
from lab.terminals import load_terminal

from . import machine
from .bench import Bench
from .programs import Service, say
from .table import Row

LATENCY_BUDGET_MS = 2.0
EVENT_BUDGET_US = 5.0
STREAM_BUDGET_BYTES = 8 * 1024
STREAMS_OF_A_CALL = 16
CALLER = load_terminal(1)
PASSWORD = "secret"  # as bench.embedded gives it
BUSY_CALL = Path(__file__).resolve().parent.parent / "data" / "busy_call.txt"


def _event(name: str, iden: str, **fields: object) -> bytes:
    lines = [f"Event: {name}", "Privilege: call,all", f"Linkedid: {iden}", *(f"{key}: {value}" for key, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Ami:
    """An Asterisk that dials whatever it is told and then does what it is told here."""

    def __init__(self) -> None:
        self.port = 0
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Ami:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        writer.write(b"Asterisk Call Manager/9.0.0\r\n")
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.split(": ", 1) for line in text.split("\r\n") if ": " in line)
                self._answer(writer, fields)

    def _answer(self, writer: asyncio.StreamWriter, fields: dict[str, str]) -> None:
        more = {"Challenge": "Challenge: 1\r\n", "Ping": "Ping: Pong\r\n"}.get(fields["Action"], "")
        if fields["Action"] == "Login":
            assert fields["Key"] == hashlib.md5(f"1{AMI_SECRET}".encode()).hexdigest()
        writer.write(f"Response: Success\r\nActionID: {fields['ActionID']}\r\n{more}Message: ok\r\n\r\n".encode())
        if fields["Action"] == "Originate":
            iden = fields["ChannelId"]
            self.tell(*(_event("Newchannel", iden, Uniqueid=each) for each in (iden, f"{iden}-2", f"{iden}n1")))
            self.tell(_event("DialBegin", iden, Uniqueid=f"{iden}-2", DestUniqueid=f"{iden}n1"))

    def tell(self, *events: bytes) -> float:
        """Writes them; the moment before."""
        assert self._writer is not None
        at = time.perf_counter()
        self._writer.write(b"".join(events))
        return at

    async def drain(self) -> None:
        assert self._writer is not None
        await self._writer.drain()

    def go_on(self, iden: str, state: str) -> float:
        """The events that bring a call to its next state."""
        first, second = iden, f"{iden}-2"
        match state:
            case "callingCallee":
                return self.tell(_event("DialEnd", iden, Uniqueid=second, DestUniqueid=f"{iden}n1", DialStatus="ANSWER"))
            case "connected":
                return self.tell(_event("BridgeEnter", iden, Uniqueid=first, BridgeUniqueid="b", BridgeNumChannels=2))
        return self.tell(*(_event("Hangup", iden, Uniqueid=each, Cause=16) for each in (first, second, f"{iden}n1")))


class Client:
    """Places calls and reads their streams."""

    def __init__(self, service: Service) -> None:
        self._host, port = service.url.removeprefix("http://").split(":")
        self._port = int(port)

    async def _exchange(self, method: str, path: str, body: bytes = b"") -> Any:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        return json.loads(answer.split(b"\r\n\r\n", 1)[1])

    async def place(self, iden: str) -> str:
        """Returns the ticket."""
        nonce = (await self._exchange("POST", "/challenge", json.dumps({"aor": CALLER.aor}).encode()))["nonce"]
        md5 = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731
        user, realm = CALLER.aor.split("@")
        signed = md5(f"{md5(f'{user}:{realm}:{PASSWORD}')}:{nonce}:{md5('100')}")
        order = {"aor": CALLER.aor, "nonce": nonce, "response": signed, "destination": "100", "iden": iden, "progress": True}
        return str((await self._exchange("POST", "/call", json.dumps(order).encode()))["ticket"])

    async def states(self, iden: str, ticket: str) -> AsyncIterator[tuple[str, float]]:
        """Each state and when it arrived."""
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=4096)
        head = f"GET /calls/{iden} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer {ticket}\r\n\r\n"
        writer.write(head.encode())
        try:
            while line := await reader.readline():
                at = time.perf_counter()
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])["state"], at
        finally:
            writer.close()


Work = Callable[[Ami, Client, Service], Coroutine[Any, Any, list[Row]]]


def _run(bench: Bench, work: Work) -> list[Row]:
    async def main() -> list[Row]:
        async with Ami() as ami:
            # Starting blocks until the first answer, which needs no AMI.
            with bench.embedded(ami={"port": ami.port}, call={"max_live": 65_536}) as service:
                return await work(ami, Client(service), service)

    return asyncio.run(main())


async def _follow(ami: Ami, client: Client, iden: str, took: list[float]) -> None:
    """One call from its first state to its last; adds how long each event was on its way."""
    nexts = {"callingCaller": "callingCallee", "callingCallee": "connected", "connected": "disconnected"}
    written = 0.0
    ticket = await client.place(iden)
    async for state, at in client.states(iden, ticket):
        if written:
            took.append((at - written) * 1e3)
        if state in nexts:
            await asyncio.sleep(0.05)
            written = ami.go_on(iden, nexts[state])
        elif state == "disconnected":
            return


def _latency(seconds: int, rate: int) -> Work:
    async def work(ami: Ami, client: Client, _: Service) -> list[Row]:
        took: list[float] = []
        running = []
        started = time.perf_counter()
        for number in range(seconds * rate):
            await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
            running.append(asyncio.create_task(_follow(ami, client, f"live{number:07d}", took)))
        await asyncio.gather(*running)
        took.sort()
        p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
        return [
            Row(
                f"live: from an event on Asterisk's socket to its reader, {rate} calls/s: p99 at most 2 ms",
                f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, slowest of {len(took)} {took[-1]:.1f} ms",
                f"{p99 / LATENCY_BUDGET_MS:.2f}",
                p99 <= LATENCY_BUDGET_MS,
            )
        ]

    return work


def _others(rounds: int) -> Work:
    """A thousand calls of other people's on the same Asterisk, over and over: what hearing of them costs."""

    async def work(ami: Ami, client: Client, service: Service) -> list[Row]:
        template = BUSY_CALL.read_text().split("\n\n", 1)[1].replace("\n", "\r\n")
        calls = [
            template.replace("{iden}", f"as1-1795000000.{n}").replace("{action}", f"other-{n}").replace("{n}", f"{n:08x}").encode()
            for n in range(1_000)
        ]
        events = sum(call.count(b"Event: ") for call in calls)
        ticket = await client.place("sentinel00000001")
        stream = client.states("sentinel00000001", ticket)
        await anext(stream), await anext(stream)
        before = machine.cpu_seconds([service.pid])
        for _ in range(rounds):
            for call in calls:
                ami.tell(call)
                await ami.drain()
        # All that was written before has been read once this arrives.
        ami.go_on("sentinel00000001", "callingCallee")
        await anext(stream)
        cost = (machine.cpu_seconds([service.pid]) - before) / (events * rounds) * 1e6
        return [
            Row(
                "live: an event of 1,000 other calls on the same Asterisk: at most 5 µs of CPU",
                f"{cost:.2f} µs, {events * rounds} events of {sum(map(len, calls)) // events} bytes",
                f"{cost / EVENT_BUDGET_US:.2f}",
                cost <= EVENT_BUDGET_US,
            )
        ]

    return work


async def _memory(ami: Ami, client: Client, service: Service) -> list[Row]:
    calls = 63
    idens = [f"watched{number:05d}" for number in range(calls)]
    tickets = [await client.place(iden) for iden in idens]

    async def watch(iden: str, ticket: str) -> Any:
        stream = client.states(iden, ticket)
        await anext(stream), await anext(stream)
        return stream

    async def open_all() -> list[Any]:
        pairs = [(iden, ticket) for iden, ticket in zip(idens, tickets) for _ in range(STREAMS_OF_A_CALL)]
        return [await watch(*pair) for pair in pairs]

    async def close_all(streams: list[Any]) -> None:
        for stream in streams:
            await stream.aclose()
        await asyncio.sleep(1)

    # What the first ones leave behind in pools and arenas is not what the next ones weigh.
    empty = machine.anonymous_bytes(service.pid)
    streams = await open_all()
    each = (machine.anonymous_bytes(service.pid) - empty) / len(streams)
    await close_all(streams)
    left = machine.anonymous_bytes(service.pid) - empty
    say(f"live: {len(streams)} streams, {each:.0f} bytes each; {left} bytes are kept after they went")
    return [
        Row(
            "live: a stream that waits, of 1,000: at most 8 KB",
            f"{each:.0f} bytes, the session and its request included",
            f"{each / STREAM_BUDGET_BYTES:.2f}",
            each <= STREAM_BUDGET_BYTES,
        )
    ]


def measure(bench: Bench) -> list[Row]:
    quick = bench.quick
    rows = []
    for work in (_latency(3 if quick else 20, 100), _others(2 if quick else 20), _memory):
        rows += _run(bench, work)
    return rows
