"""For as long as one likes: calls, streams, hang-ups, mistakes and reloads, and the memory of the service stays where it is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from c2ctest import Api, Service
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.ports import PortPicker
from lab.redis import Redis
from lab.waiting import wait_until

from balanced import Walks
from load import DESTINATION, mixed_callers

HOST = "127.0.0.1"
RATE = 50.0
SECONDS = {"ci": 20.0, "full": 1800.0}
RINGING_EVERY = 20
RELOAD_EVERY = 60.0
PROGRESS_EVERY = 60.0
MEGABYTE = 1 << 20
# Ended calls are kept for a minute: before that a service only fills up, and its memory cannot be flat.
LONG_ENOUGH = 600.0
FLAT = 0.03
FULL_BOUND = 64 * MEGABYTE  # of a run that is shorter: a leak of a kilobyte a request would show


@dataclass(frozen=True)
class Sample:
    at: float
    rss: int
    files: int
    threads: int


def sample(service: Service, begun: float) -> Sample:
    here = Path(f"/proc/{service.pid}")
    rss = int((here / "statm").read_text().split()[1]) * resource.getpagesize()
    files, threads = (len(list((here / what).iterdir())) for what in ("fd", "task"))
    return Sample(time.monotonic() - begun, rss, files, threads)


@pytest.fixture
def soaked(start_service: MakeService, tmp_path: Path) -> Iterator[tuple[Service, Api]]:
    """A service with all that it can have, and its admin listener."""
    ports = PortPicker()
    redis = Redis(tmp_path / "redis", HOST, ports.pick(HOST))
    redis.configure()
    redis.start()
    admin = ports.pick(HOST)
    try:
        yield start_service(
            server={"workers": 2, "admin_listen": f"{HOST}:{admin}"}, claims={"redis_url": redis.url}, log={"level": 3}
        ), Api(HOST, admin)
    finally:
        redis.kill()


def mistakes(service: Service, admin: Api, stop: threading.Event) -> None:
    """What else happens all the time: wrong passwords, nobody's terminals, no JSON, connections that just come and go."""
    api = service.api
    while not stop.wait(0.1):
        with contextlib.suppress(OSError):
            for aor in ("alice@127.0.0.1", "nobody@127.0.0.1"):
                nonce = api.challenge(aor).json["nonce"]
                order = {"aor": aor, "nonce": nonce, "response": "0" * 32, "destination": DESTINATION}
                assert api.post("/call", order).verdict == (403, "forbidden")
            assert api.request("POST", "/call", body=b"{").status == 400
            assert api.request("GET", "/calls/none").status == 401
            assert admin.request("GET", "/metrics").status == 200
            service.connect().close()


def watch(service: Service, samples: list[Sample], walks: Walks, stop: threading.Event, capsys: pytest.CaptureFixture[str]) -> None:
    begun = time.monotonic()
    reloads, told = 1, 1
    while not stop.wait(0.5):
        now = sample(service, begun)
        samples.append(now)
        if now.at >= reloads * RELOAD_EVERY:
            reloads += 1
            service.reload()
        if now.at >= told * PROGRESS_EVERY:
            told += 1
            with capsys.disabled():
                print(f"\nsoak: {now.at:.0f} s, {walks.begun} walks, RSS {now.rss / MEGABYTE:.1f} MB, {now.files} files", flush=True)


@contextlib.contextmanager
def running(*works: threading.Thread) -> Iterator[None]:
    for each in works:
        each.start()
    yield
    for each in works:
        each.join()


def fifths(samples: list[Sample]) -> list[float]:
    """The median of each fifth of the time, in bytes."""
    length = samples[-1].at / 5
    return [statistics.median(s.rss for s in samples if n * length <= s.at <= (n + 1) * length) for n in range(5)]


def test_memory_and_files_stay_where_they_are(soaked: tuple[Service, Api], lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    service, admin = soaked
    seconds = float(os.environ.get("C2C_SECONDS", SECONDS[os.environ.get("C2C_LOAD", "ci")]))
    start = sample(service, time.monotonic())
    walks = Walks(service.host, service.port, mixed_callers(lab, RINGING_EVERY), again=True)
    samples: list[Sample] = []
    stop = threading.Event()
    failed: list[BaseException] = []

    def guarded(work: object, *args: object) -> None:
        try:
            work(*args)  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - raised again below, in the test's own thread
            failed.append(error)

    with running(
        threading.Thread(target=guarded, args=(mistakes, service, admin, stop)),
        threading.Thread(target=guarded, args=(watch, service, samples, walks, stop, capsys)),
    ):
        try:
            asyncio.run(walks.run(int(seconds * RATE), RATE))
        finally:
            stop.set()
    if failed:
        raise failed[0]
    wait_until("the end of the connections", lambda: sample(service, 0).files <= start.files + 24, timeout=60)
    end, parts = sample(service, 0), fifths(samples)
    peak = max(s.rss for s in samples)
    with capsys.disabled():
        requests = ", ".join(f"{count} × {what}" for what, count in sorted(walks.counts.items()))
        print(
            f"\nsoak: {seconds:g} s, {len(walks.done)} walks ({requests}), "
            f"{sum(walk.reply is not None and walk.reply.status == 200 for walk in walks.done)} placed; readers that came back "
            f"{sum(walk.reconnected for walk in walks.done)}\n"
            f"RSS {start.rss / MEGABYTE:.1f} MB at the start, by fifths {', '.join(f'{part / MEGABYTE:.2f}' for part in parts)}, "
            f"peak {peak / MEGABYTE:.1f}, {end.rss / MEGABYTE:.1f} at the end; files {start.files} and {end.files}, "
            f"threads {start.threads} and {end.threads}",
            flush=True,
        )
    wrong = [walk for walk in walks.done if walk.wrong or walk.failed or walk.reply is None or walk.reply.status != 200]
    assert not wrong, [(walk.iden, walk.reply, walk.wrong, walk.failed, walk.states) for walk in wrong[:5]]
    calls = lab.calls()
    odd = [walk.iden for walk in walks.done if calls[walk.iden].count != 1]
    assert not odd, f"not placed once: {odd[:5]}"
    assert end.threads == start.threads
    if seconds >= LONG_ENOUGH:
        assert parts[4] - parts[1] <= max(MEGABYTE, FLAT * parts[1]), "it grows"
    else:
        assert peak - start.rss < FULL_BOUND
