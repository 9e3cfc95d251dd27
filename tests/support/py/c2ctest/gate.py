"""A TCP gate: it stands before a backend, and can at any moment delay, cut, refuse, swallow, drip, garble or truncate what passes.

It knows no protocol. Whatever it does at random comes from its seed: the same bytes of a gate's n-th connection are garbled
in the same way again. All of it runs on a thread of its own; every method may be called from any other thread."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import Any

PIECE = 16 * 1024  # bytes read at once
PIECES = 32  # held back at most in each direction of a connection; then the sender has to wait
CONNECTIONS = 512  # open at once; further ones are reset
CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 2.0  # for the peers to answer a FIN
# Garbling leaves these as they are, so that an address stays one of this machine and a number stays that number.
SPARED = frozenset(b"0123456789.")


class Ending(Enum):
    FIN = "FIN"
    RESET = "RST"


@dataclass(frozen=True)
class Lane:
    """What happens to the bytes of one direction."""

    delay: float = 0.0  # seconds
    jitter: float = 0.0  # up to so many seconds more, drawn for each piece; the order stays
    swallow: bool = False  # taken and never passed on, and neither is the end of the stream
    drip: float | None = None  # one byte at a time, with so many seconds between them
    garble: float = 0.0  # the probability that one bit of a byte is flipped
    most: int | None = None  # so many bytes of a connection pass, then it is ended


PASS = Lane()


class _Truncated(Exception):
    pass


def flip(piece: bytes, probability: float, rng: random.Random) -> bytes:
    """One bit of some of the bytes, of those that are not spared."""
    changed = bytearray(piece)
    for at, byte in enumerate(piece):
        if rng.random() < probability and byte not in SPARED:
            changed[at] = byte ^ (1 << rng.randrange(8))
    return bytes(changed)


class _Pump:
    """One direction of one connection. A reader and a writer, so that a delay holds nothing up but what it delays."""

    def __init__(self, gate: Gate, to_backend: bool, source: socket.socket, target: socket.socket, rng: random.Random) -> None:
        self._gate, self._to_backend = gate, to_backend
        self._source, self._target, self._rng = source, target, rng
        self._queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(PIECES)
        self._counted_for = PASS
        self._counted = 0
        self.lost = False  # bytes that were swallowed: the stream has a hole

    @property
    def _lane(self) -> Lane:
        return self._gate.lanes[self._to_backend]

    async def read(self) -> None:
        loop = asyncio.get_running_loop()
        due = 0.0
        while True:
            piece = await loop.sock_recv(self._source, PIECE)
            lane = self._lane
            if lane.swallow or self.lost:
                self.lost = True
                if not piece:
                    await asyncio.Event().wait()  # the end stays unknown until the gate resets the connection
                continue
            wait = lane.delay + (lane.jitter * self._rng.random() if lane.jitter else 0.0)
            due = max(due, loop.time() + wait)
            await self._queue.put((due, piece))
            if not piece:
                return

    async def write(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, piece = await self._queue.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            if not piece:
                self._target.shutdown(socket.SHUT_WR)
                return
            if self._lane.garble:
                piece = flip(piece, self._lane.garble, self._rng)
            await self._send(self._allowed(piece))
            if self._counted == self._lane.most:
                raise _Truncated

    def _allowed(self, piece: bytes) -> bytes:
        lane = self._lane
        if lane is not self._counted_for:
            self._counted_for, self._counted = lane, 0
        if lane.most is not None:
            piece = piece[: lane.most - self._counted]
        self._counted += len(piece)
        return piece

    async def _send(self, piece: bytes) -> None:
        loop = asyncio.get_running_loop()
        at = 0
        # The mode may change in the middle: what is left then goes out at once.
        while at < len(piece) and self._lane.drip is not None:
            await loop.sock_sendall(self._target, piece[at : at + 1])
            at += 1
            await asyncio.sleep(self._lane.drip or 0)
        await loop.sock_sendall(self._target, piece[at:])


class _Connection:
    def __init__(self, gate: Gate, service: socket.socket, number: int) -> None:
        self._target = gate.target
        self._service, self._backend = service, socket.socket()
        self._ended = asyncio.Event()
        self._how = Ending.RESET
        for each in (service, self._backend):
            each.setblocking(False)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rng = lambda way: random.Random(f"{gate.seed}/{gate.name}/{number}/{way}")  # noqa: E731
        self._up = _Pump(gate, True, service, self._backend, rng("to the backend"))
        self._down = _Pump(gate, False, self._backend, service, rng("to the service"))

    @property
    def lost(self) -> bool:
        return self._up.lost or self._down.lost

    def end(self, how: Ending) -> None:
        self._how = how
        self._ended.set()

    async def run(self) -> None:
        passing = asyncio.ensure_future(self._pass())
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({passing, ended}, return_when=asyncio.FIRST_COMPLETED)
            if passing.done() and isinstance(passing.exception(), _Truncated):
                self._how = Ending.FIN
        finally:
            for task in (passing, ended):
                task.cancel()
            await asyncio.gather(passing, ended, return_exceptions=True)
            with contextlib.suppress(OSError):
                await self._close()

    async def _pass(self) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            await asyncio.get_running_loop().sock_connect(self._backend, self._target)
        tasks = [asyncio.ensure_future(each) for pump in (self._up, self._down) for each in (pump.read(), pump.write())]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self) -> None:
        both = (self._service, self._backend)
        try:
            if self._how is Ending.FIN:
                for each in both:
                    with contextlib.suppress(OSError):
                        each.shutdown(socket.SHUT_WR)
                # A socket that is closed with bytes unread sends an RST, so they are read first.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CLOSE_SECONDS):
                        await asyncio.gather(*(self._drain(each) for each in both))
        finally:
            for each in both:
                if self._how is Ending.RESET:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.close()

    @staticmethod
    async def _drain(source: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while await asyncio.get_running_loop().sock_recv(source, PIECE):
                pass


class Gate:
    """Listens on `host` from the start and passes everything on to `target`."""

    def __init__(self, name: str, target: tuple[str, int], *, seed: int, host: str = "127.0.0.1", port: int = 0) -> None:
        self.name, self.target, self.seed, self.host = name, target, seed, host
        self.lanes = {True: PASS, False: PASS}  # to the backend, to the service
        self.accepted = 0
        # Bound for as long as the gate lives: nobody else gets the port while connections to it are refused.
        self._holder = self._bound(port)
        self.port: int = self._holder.getsockname()[1]
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._connections: dict[_Connection, asyncio.Task[None]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._listen())

    def _bound(self, port: int) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setblocking(False)
        try:
            made.bind((self.host, port))
        except OSError:
            made.close()
            raise
        return made

    @property
    def connections(self) -> int:
        return len(self._connections)

    def set(self, *, to_backend: Lane = PASS, to_service: Lane = PASS) -> None:
        """From now on, for open and for new connections. Those that have lost bytes are reset once nothing is swallowed any
        more, for no network gives a stream back with a hole in it."""
        self._do(self._set(to_backend, to_service))

    def half_open(self) -> None:
        """Connections are taken, and stay, but nothing passes."""
        self.set(to_backend=Lane(swallow=True), to_service=Lane(swallow=True))

    def cut(self, how: Ending = Ending.RESET) -> None:
        """Ends every open connection, on both sides; new ones are taken as before."""
        self._do(self._cut(how))

    def refuse(self) -> None:
        """New connections are refused. Those that are open go on."""
        self._do(self._deafen())

    def open(self) -> None:
        """Everything passes again."""
        self.set()
        self._do(self._listen())

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self._do(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._holder.close()

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    async def _set(self, to_backend: Lane, to_service: Lane) -> None:
        self.lanes = {True: to_backend, False: to_service}
        if not to_backend.swallow and not to_service.swallow:
            for each in self._connections:
                if each.lost:
                    each.end(Ending.RESET)

    async def _cut(self, how: Ending) -> None:
        ending = list(self._connections.items())
        for connection, _ in ending:
            connection.end(how)
        await asyncio.gather(*(task for _, task in ending), return_exceptions=True)

    async def _listen(self) -> None:
        if self._listener is None:
            self._listener = self._bound(self.port)
            self._listener.listen(128)
            self._accepting = asyncio.ensure_future(self._accept(self._listener))

    async def _deafen(self) -> None:
        if self._accepting is not None and self._listener is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
            self._listener.close()
            self._listener = self._accepting = None

    async def _shut(self) -> None:
        await self._deafen()
        await self._cut(Ending.RESET)

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            service, _ = await asyncio.get_running_loop().sock_accept(listener)
            self.accepted += 1
            if len(self._connections) >= CONNECTIONS:
                service.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                service.close()
                continue
            connection = _Connection(self, service, self.accepted)
            task = asyncio.ensure_future(connection.run())
            self._connections[connection] = task
            task.add_done_callback(lambda _, ended=connection: self._connections.pop(ended, None))
