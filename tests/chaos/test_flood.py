"""Floods: of addresses, of connections that say nothing, of clients that say a byte a second. The service's memory stays within
its bounds, and whoever just wants to call does."""

from __future__ import annotations

import contextlib
import itertools
import json
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from c2ctest import Service
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.waiting import wait_until

from load import Answer, Load, load_callers
from truth import assert_all_placed

RATE = 50
CLICKS = 150
ADDRESSES = 100_000
IDLE = 10_000
SLOW = 200
MEGABYTE = 1 << 20
# The tables of the throttle, and what is in flight.
ADDRESS_BOUND = 16 * MEGABYTE
# A connection that has begun a request costs some 10 KB; an idle one less.
CONNECTION_BOUND = (IDLE + SLOW) * 12 * 1024 + 16 * MEGABYTE
BODY = json.dumps({"aor": "alice@127.0.0.1"}).encode()


def rss(service: Service) -> int:
    pages = int(Path(f"/proc/{service.pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.fixture
def service(start_service: MakeService) -> Iterator[Service]:
    """With files enough for all of it, here and there."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] < 2 * IDLE:
        pytest.skip(f"needs a limit of {2 * IDLE} open files: ulimit -Hn says {before[1]}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    try:
        # Each worker has its share of max_connections, and the kernel does not spread them quite evenly.
        server = {"trusted_proxies": ["127.0.0.0/8"], "max_connections": IDLE * 5 // 4}
        yield start_service(server=server, throttle={"requests_per_address": 1200}, log={"level": 3})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def p99(answers: list[Answer]) -> float:
    return sorted(answer.seconds for answer in answers)[len(answers) * 99 // 100] * 1000


@contextlib.contextmanager
def background(work: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def clicks(service: Service, lab: Lab) -> Load:
    load = Load(service, load_callers(lab))
    load.paced(CLICKS, RATE)
    assert_all_placed(service, lab, load.answers)
    return load


def tell(what: str, before: Load, during: Load, grown: int, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(
            f"\nflood: {what}: {CLICKS} clicks, p99 {p99(before.answers):.1f} ms before, {p99(during.answers):.1f} ms during; "
            f"RSS grew by {grown / MEGABYTE:.1f} MB"
        )


def test_a_flood_of_addresses_takes_no_memory_and_nobodys_turn(service: Service, lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    before = clicks(service, lab)
    size, numbers, sent = rss(service), itertools.count(), 0

    def flood(stop: threading.Event) -> None:
        nonlocal sent
        with socket.create_connection((service.host, service.port)) as connection:
            while not stop.is_set() or sent < ADDRESSES:
                batch = b"".join(
                    b"POST /challenge HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.%d.%d.%d\r\nContent-Length: %d\r\n\r\n%s"
                    % (n >> 16 & 255, n >> 8 & 255, n & 255, len(BODY), BODY)
                    for n in itertools.islice(numbers, 100)
                )
                connection.sendall(batch)
                got = b""
                while got.count(b"HTTP/1.1 200 ") < 100:
                    got += connection.recv(65536)
                sent += 100

    with background(flood):
        during = clicks(service, lab)
    assert sent >= ADDRESSES
    grown = rss(service) - size
    tell(f"{sent} addresses", before, during, grown, capsys)
    assert grown < ADDRESS_BOUND


def test_connections_that_say_nothing_or_little_take_their_share_and_no_more(
    service: Service, lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    before = clicks(service, lab)
    size = rss(service)
    with contextlib.ExitStack() as held:
        idle = [held.enter_context(socket.create_connection((service.host, service.port))) for _ in range(IDLE)]
        slow = [held.enter_context(socket.create_connection((service.host, service.port))) for _ in range(SLOW)]

        def drip(stop: threading.Event) -> None:
            for byte in itertools.cycle(b"POST /challenge HTTP/1.1\r\nHost: x\r\n"):
                for each in slow:
                    with contextlib.suppress(OSError):
                        each.send(bytes([byte]))
                if stop.wait(1):
                    return

        with background(drip):
            during = clicks(service, lab)
        grown = rss(service) - size
        tell(f"{len(idle)} idle and {len(slow)} slow connections", before, during, grown, capsys)
        assert grown < CONNECTION_BOUND
    wait_until("their end", lambda: files(service) < 200, timeout=60)


def files(service: Service) -> int:
    return len(list(Path(f"/proc/{service.pid}/fd").iterdir()))
