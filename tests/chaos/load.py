"""Many clicks on keep-alive connections: evenly paced, in bursts at the same moment, or in the background until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from c2ctest import Service, Signer
from lab import Lab
from lab.terminals import by_name, load_terminal
from lab.waiting import wait_until

CLIENT_LIMIT = 30.0  # seconds; every answer that is documented comes long before
DESTINATION = "+34900000001"
RINGING_DIAL_TIMEOUT = 600  # longer than any test: such a call lives until it is hung up


@dataclass(frozen=True)
class Caller:
    signer: Signer
    more: dict[str, Any] = field(default_factory=dict)
    lasting: bool = False  # its phone rings for as long as the call lives


@dataclass(frozen=True)
class Answer:
    iden: str
    caller: Caller
    status: int | None  # None: no answer, and `said` tells why
    said: str
    seconds: float

    @property
    def placed(self) -> bool:
        return self.status == 200


def load_callers(lab: Lab) -> list[Caller]:
    """The load terminals: their phone is busy at once, so each call is short."""
    terminals = [load_terminal(number + 1) for number in range(lab.state.load_terminals)]
    return [Caller(Signer(each.aor, each.password)) for each in terminals]


def ringing_caller() -> Caller:
    """A caller whose phone rings on and on: a call of theirs that nobody hangs up is there to be found."""
    dave = by_name("dave")
    return Caller(Signer(dave.aor, dave.password), {"dialTimeout": RINGING_DIAL_TIMEOUT}, lasting=True)


def mixed_callers(lab: Lab, every: int) -> list[Caller]:
    """Load terminals, and in every n-th place the caller whose calls last."""
    return [ringing_caller() if n % every == 0 else each for n, each in enumerate(load_callers(lab), 1)]


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._last = False

    @property
    def reusable(self) -> bool:
        """The service has not said that the last answer was the last one, and has not closed."""
        return not self._last and not self._reader.at_eof()

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: c2c\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        self._writer.write(head.encode() + data)
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        self._last = "connection: close" in lines
        length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
        return int(lines[0].split(" ")[1]), json.loads(await self._reader.readexactly(length))

    def close(self) -> None:
        self._writer.close()


class Load:
    """Each click is a challenge and a call with an iden of its own. The idens are of one length: Asterisk takes two of which
    one begins with the other for the same."""

    def __init__(self, service: Service, callers: Sequence[Caller]) -> None:
        self._host, self._port = service.host, service.port
        self._callers = callers
        self._prefix = f"load{secrets.token_hex(5)}-"
        self._numbers = itertools.count(1)
        self._idle: list[_Connection] = []
        self.begun = 0
        self.answers: list[Answer] = []

    def paced(self, calls: int, rate: float) -> list[Answer]:
        """So many calls, evenly; returns when the last is answered."""
        asyncio.run(self._paced(rate, lambda: self.begun < calls))
        return self.answers

    def bursts(self, count: int, size: int = 64) -> list[Answer]:
        """Again and again so many calls at the same moment, each burst once the one before is answered."""
        asyncio.run(self._bursts(count, size))
        return self.answers

    @contextlib.contextmanager
    def running(self, rate: float) -> Iterator[Load]:
        """Calls come evenly for as long as the block runs; after it all are answered."""
        stop = threading.Event()
        failed: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self._paced(rate, lambda: not stop.is_set()))
            except BaseException as error:  # noqa: BLE001 - raised again below, in the test's own thread
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()
        if failed:
            raise failed[0]

    def wait_begun(self, more: int) -> None:
        """Until so many more calls have begun."""
        goal = self.begun + more
        wait_until(f"{more} more calls", lambda: self.begun >= goal, timeout=120)

    def wait_placed(self, more: int) -> None:
        """Until so many calls in a row have been answered 200."""
        goal = len(self.answers) + more

        def reached() -> bool:
            return len(self.answers) >= goal and all(answer.placed for answer in self.answers[-more:])

        wait_until(f"{more} calls in a row that are placed", reached, timeout=60)

    async def _paced(self, rate: float, more: Callable[[], bool]) -> None:
        start = time.monotonic()
        tasks: set[asyncio.Task[None]] = set()
        for number in itertools.count():
            wait = start + number / rate - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            if not more():
                break
            tasks.add(task := asyncio.create_task(self._click()))
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
        self._close()

    async def _bursts(self, count: int, size: int) -> None:
        self._idle = list(await asyncio.gather(*(self._open() for _ in range(size))))
        for _ in range(count):
            await asyncio.gather(*(self._click() for _ in range(size)))
        self._close()

    async def _open(self) -> _Connection:
        return _Connection(*await asyncio.open_connection(self._host, self._port))

    def _close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def _click(self) -> None:
        number = next(self._numbers)
        self.begun += 1
        iden = f"{self._prefix}{number:06d}"
        caller = self._callers[number % len(self._callers)]
        start = time.monotonic()
        status: int | None = None
        try:
            async with asyncio.timeout(CLIENT_LIMIT):
                status, body = await self._flow(caller, iden)
            said = str(body.get("error", ""))
            if status == 200 and body != {"iden": iden}:
                status, said = None, f"200 with {body}"
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError, ValueError, StopIteration) as error:
            said = f"{type(error).__name__}: {error}"
        self.answers.append(Answer(iden, caller, status, said, time.monotonic() - start))

    async def _post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        connection = None
        while self._idle and connection is None:
            connection = self._idle.pop()
            if not connection.reusable:
                connection.close()
                connection = None
        reused = connection is not None
        connection = connection or await self._open()
        try:
            answer = await connection.post(path, body)
        except asyncio.IncompleteReadError as error:
            connection.close()
            if reused and not error.partial:
                # It was closed as idle while the request was on its way: no client can know, and each asks again on a new one.
                return await self._post(path, body)
            raise
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer

    async def _flow(self, caller: Caller, iden: str) -> tuple[int, Any]:
        who = caller.signer
        status, body = await self._post("/challenge", {"aor": who.aor})
        if status != 200:
            return status, body
        nonce = body["nonce"]
        order = {"aor": who.aor, "nonce": nonce, "response": who.sign(nonce, DESTINATION), "destination": DESTINATION}
        return await self._post("/call", {**order, "iden": iden, **caller.more})
