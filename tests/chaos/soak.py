"""What a soak does to the service all at once, what it counts of that, and what it measures of the process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import statistics
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from c2ctest import Api, Service
from lab import Lab
from lab.waiting import wait_until

from balanced import Walk, Walks
from load import DESTINATION, Answer, Load, load_callers, mixed_callers

WALKS = 0.8  # the part of the clicks whose callers look on, hang up and try again; the others just call
RINGING_EVERY = 20
MISTAKES_EVERY = 0.2  # seconds between two rounds of them
COMERS = 40  # connections that say nothing, at one time; each lives for so many rounds of ROUND seconds
ROUND = 0.1
KEPT = 5  # faults of each kind that are shown


@dataclass(frozen=True)
class Sample:
    at: float  # seconds
    rss: int  # KiB, as the next two
    anonymous: int  # without the pages of files, of which more come when code runs for the first time
    size: int
    files: int
    threads: int


def sample(service: Service, begun: float = 0.0) -> Sample:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{service.pid}/status").read_text().splitlines())
    rss, anonymous, size, threads = (int(status[name].split()[0]) for name in ("VmRSS", "RssAnon", "VmSize", "Threads"))
    files = len(os.listdir(f"/proc/{service.pid}/fd"))
    return Sample(time.monotonic() - begun, rss, anonymous, size, files, threads)


def settled(service: Service) -> Sample:
    """Once files and threads have been the same for two seconds."""
    last: deque[tuple[int, int]] = deque(maxlen=20)

    def still() -> bool:
        now = sample(service)
        last.append((now.files, now.threads))
        return len(last) == last.maxlen and len(set(last)) == 1

    wait_until("a process that opens and closes nothing", still, timeout=120, pause=0.1)
    return sample(service)


def fifths(samples: list[Sample]) -> list[float]:
    """The median of the anonymous memory in each fifth of the time, in KiB."""
    length = samples[-1].at / 5
    return [statistics.median(s.anonymous for s in samples if n * length <= s.at <= (n + 1) * length) for n in range(5)]


def slope(samples: list[Sample]) -> float:
    """The same in KiB a minute over the last two thirds of the time, by least squares."""
    late = [s for s in samples if s.at >= samples[-1].at / 3]
    return statistics.linear_regression([s.at / 60 for s in late], [s.anonymous for s in late]).slope


@dataclass
class Tally:
    """What is kept of many thousand clicks: counts, the idens, and the first of what was wrong."""

    answers: Counter[str] = field(default_factory=Counter)
    idens: list[str] = field(default_factory=list)
    reconnected: int = 0
    wrong: list[str] = field(default_factory=list)

    def walk(self, walk: Walk) -> None:
        self.idens.append(walk.iden)
        self.reconnected += walk.reconnected
        self.answers[f"walk {walk.reply.status if walk.reply else 'unanswered'}"] += 1
        if walk.reply is None or walk.reply.status != 200 or walk.failed or walk.wrong:
            self._fault(f"{walk.iden}: {walk.reply} {walk.failed} {walk.wrong} {walk.states}")

    def click(self, answer: Answer) -> None:
        self.idens.append(answer.iden)
        self.answers[f"click {answer.status}"] += 1
        if not answer.placed:
            self._fault(f"{answer.iden}: {answer.status} {answer.said} after {answer.seconds:.3f} s")

    def _fault(self, what: str) -> None:
        if len(self.wrong) < KEPT:
            self.wrong.append(what)


class Traffic:
    """All of it at the same time until `seconds` have gone by, or something of it has failed: a soak of half an hour says so
    at once, and not at its end."""

    def __init__(self, service: Service, admin: Api, lab: Lab, tally: Tally) -> None:
        self._service, self._admin, self._tally = service, admin, tally
        self.walks = Walks(service.host, service.port, mixed_callers(lab, RINGING_EVERY), again=True)
        self._clicks = Load(service, load_callers(lab))
        self._stop = threading.Event()
        self._failed: list[BaseException] = []

    @property
    def begun(self) -> int:
        return self.walks.begun + self._clicks.begun

    def wait(self, seconds: float) -> bool:
        """False once the traffic has ended. Counts what was answered since, and lets go of it."""
        ended = self._stop.wait(seconds)
        # Others add at the end of both lists all the while; what is there already is nobody else's.
        for walk in (walks := self.walks.done[:]):
            self._tally.walk(walk)
        del self.walks.done[: len(walks)]
        for answer in (answers := self._clicks.answers[:]):
            self._tally.click(answer)
        del self._clicks.answers[: len(answers)]
        if self._tally.wrong:
            self._stop.set()
        return not ended

    @contextlib.contextmanager
    def running(self, seconds: float, rate: float) -> Iterator[Traffic]:
        works = [lambda: self._walk(seconds, rate * WALKS), self._mistake, self._come_and_go]
        threads = [threading.Thread(target=self._guarded, args=(work,)) for work in works]
        try:
            with self._clicks.running(rate * (1 - WALKS)):
                for each in threads:
                    each.start()
                try:
                    yield self
                finally:
                    self._stop.set()
        finally:
            for each in threads:
                each.join()
            self.wait(0)
        if self._failed:
            raise self._failed[0]

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            self._failed.append(error)
        finally:
            self._stop.set()

    def _walk(self, seconds: float, rate: float) -> None:
        async def until_stopped() -> None:
            running = asyncio.create_task(self.walks.run(int(seconds * rate), rate))
            while not running.done():
                await asyncio.wait({running}, timeout=0.5)
                if self._stop.is_set() and (self._tally.wrong or self._failed):
                    running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

        asyncio.run(until_stopped())

    def _mistake(self) -> None:
        """Wrong passwords, nobody's terminals, no JSON, no ticket, no such path; and somebody reads the metrics."""
        api = self._service.api
        while not self._stop.wait(MISTAKES_EVERY):
            for aor in ("alice@127.0.0.1", "nobody@127.0.0.1"):
                order = {"aor": aor, "nonce": api.nonce(aor), "response": "0" * 32, "destination": DESTINATION}
                self._expect(f"wrong digest of {aor}", api.post("/call", order).status, 403)
            self._expect("no JSON", api.post("/call", b"{").status, 400)
            self._expect("no ticket", api.request("GET", "/calls/none").status, 401)
            self._expect("no such path", api.request("GET", "/none").status, 404)
            self._expect("metrics", self._admin.request("GET", "/metrics").status, 200)

    def _expect(self, what: str, got: int, right: int) -> None:
        assert got == right, f"{what}: answered {got}"
        self._tally.answers[f"{what} {got}"] += 1

    def _come_and_go(self) -> None:
        """Every other one has begun a request when it goes."""
        here: deque[socket.socket] = deque()
        try:
            number = 0
            while not self._stop.wait(ROUND):
                number += 1
                here.append(socket.create_connection((self._service.host, self._service.port), timeout=30))
                if number % 2:
                    here[-1].sendall(b"POST /challenge HTTP/1.1\r\nHost: x\r\nContent-Le")
                if len(here) > COMERS:
                    here.popleft().close()
            self._tally.answers["connection that came and went"] += number
        finally:
            for each in here:
                each.close()
