"""For as long as one likes: calls, streams, hang-ups, mistakes and reloads, and the memory of the service stays where it is."""

from __future__ import annotations

import os
import re
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

from channels import live
from soak import Sample, Tally, Traffic, fifths, sample, settled, slope
from test_everything import wait_for_clients_to_be_gone

HOST = "127.0.0.1"
RATE = 50.0  # calls a second
SECONDS = {"ci": 20.0, "full": 1800.0}
WARM_UP = 5.0
RELOAD_EVERY = 60.0  # seconds; a shorter run has one in its middle
TELL_EVERY = 60.0
MANY = 1_000_000  # a limit that is counted and never reached
MEGABYTE = 1024  # KiB
# An ended call is held for a minute, and what holds the calls of a minute grows in steps: only when that has long been
# done can memory be called flat, and a slope mean anything.
LONG_ENOUGH = 600.0
FLAT = 0.03
# So a shorter run can only see a runaway: three minutes of it make 40,000 requests, and a kilobyte lost with each would show.
FILLED_UP = 24 * MEGABYTE


@pytest.fixture
def soaked(start_service: MakeService, tmp_path: Path) -> Iterator[tuple[Service, Api]]:
    """A service with Redis and throttle, and its admin listener. Reloads are told of at level 4, as calls are."""
    ports = PortPicker()
    redis = Redis(tmp_path / "redis", HOST, ports.pick(HOST))
    redis.configure()
    redis.start()
    admin = ports.pick(HOST)
    try:
        yield start_service(
            server={"workers": 2, "admin_listen": f"{HOST}:{admin}"},
            claims={"redis_url": redis.url},
            throttle={"requests_per_address": MANY, "calls_per_terminal": MANY, "wrong_digests": MANY},
            log={"level": 4},
        ), Api(HOST, admin)
    finally:
        redis.kill()


def reload(service: Service) -> None:
    """The log before it is looked over and dropped: half an hour of it would be read again and again."""
    service.assert_no_secret()
    errors = service.log_lines('"level":"error"')
    assert not errors, errors[:5]
    os.truncate(service.stderr_path, 0)
    service.reload()


def quiet(service: Service, lab: Lab, threads: int) -> None:
    """No call and no client is left, and the workers are new, so that their pools are as small as ever; the old ones are gone."""
    wait_until("the end of every call", lambda: not live(lab), timeout=60)
    reload(service)
    wait_for_clients_to_be_gone(service)
    wait_until(f"{threads} threads, as at the start", lambda: sample(service).threads <= threads, timeout=120, pause=0.2)


@dataclass
class Soak:
    start: Sample
    warm: Sample
    end: Sample
    samples: list[Sample]

    @property
    def peak(self) -> int:
        return max(each.rss for each in self.samples)

    def __str__(self) -> str:
        mb = lambda kib: f"{kib / MEGABYTE:.2f}"  # noqa: E731
        return (
            f"RSS in MB: {mb(self.start.rss)} at the start, {mb(self.warm.rss)} after the warm-up, at most {mb(self.peak)}, "
            f"{mb(self.end.rss)} at the end; of it anonymous {mb(self.start.anonymous)}, {mb(self.warm.anonymous)} and "
            f"{mb(self.end.anonymous)}, by fifths {', '.join(mb(part) for part in fifths(self.samples))}; "
            f"slope {slope(self.samples):+.1f} KB a minute over the last two thirds\n"
            f"VmSize in MB: {mb(self.warm.size)} and {mb(self.end.size)}; files {self.warm.files} and {self.end.files}, "
            f"{max(each.files for each in self.samples)} at most; threads {self.start.threads} and {self.end.threads}"
        )


def watch(service: Service, traffic: Traffic, seconds: float, capsys: pytest.CaptureFixture[str]) -> list[Sample]:
    """Measures and reloads until the traffic ends."""
    begun = time.monotonic()
    every = 5.0 if seconds >= LONG_ENOUGH else 1.0
    reload_at, tell_at = min(RELOAD_EVERY, seconds / 2), TELL_EVERY
    samples = []
    while traffic.wait(every):
        now = sample(service, begun)
        samples.append(now)
        if now.at >= reload_at:
            reload_at += RELOAD_EVERY
            reload(service)
        if now.at >= tell_at:
            tell_at += TELL_EVERY
            with capsys.disabled():
                print(
                    f"\nsoak: {now.at:.0f} s, {traffic.begun} calls, RSS {now.rss / MEGABYTE:.2f} MB, {now.anonymous / MEGABYTE:.2f} anonymous, "
                    f"{now.files} files",
                    flush=True,
                )
    return samples


def answers_of(admin: Api) -> str:
    """What the service itself has counted, by endpoint and status."""
    page = admin.request("GET", "/metrics").body.decode()
    found = re.findall(r'^click2call_http_requests_total\{endpoint="(\w+)",code="(\w+)"\} ([1-9]\d*)$', page, re.MULTILINE)
    return ", ".join(f"{count} × {endpoint} {code}" for endpoint, code, count in found)


def assert_placed_once(lab: Lab, tally: Tally) -> None:
    """A walk that sends its used nonce again does so with an x before its iden."""
    calls = lab.calls()
    odd = [iden for iden in tally.idens if iden not in calls or calls[iden].count != 1 or f"x{iden}" in calls]
    assert not odd, f"not placed once: {[(iden, calls.get(iden), calls.get(f'x{iden}')) for iden in odd[:5]]}"


def test_memory_files_and_threads_stay_where_they_are(
    soaked: tuple[Service, Api], lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    service, admin = soaked
    seconds = float(os.environ.get("C2C_SECONDS", SECONDS[os.environ.get("C2C_LOAD", "ci")]))
    tally = Tally()
    start = settled(service)
    with Traffic(service, admin, lab, tally).running(WARM_UP, RATE) as traffic:
        watch(service, traffic, WARM_UP, capsys)
    assert not tally.wrong, tally.wrong
    quiet(service, lab, start.threads)
    warm = settled(service)

    with Traffic(service, admin, lab, tally).running(seconds, RATE) as traffic:
        samples = watch(service, traffic, seconds, capsys)
    fallen = [server.name for server in lab.asterisk if not server.process.alive()]
    assert not fallen, f"{fallen} ended by itself, which tells nothing of the service: run this again ({tally.wrong})"
    assert not tally.wrong, tally.wrong
    try:
        quiet(service, lab, start.threads)
        wait_until(f"{warm.files} files, as after the warm-up", lambda: sample(service).files <= warm.files, timeout=60)
    finally:
        done = Soak(start, warm, sample(service), samples)
        with capsys.disabled():
            print(f"\nsoak: {seconds:g} s, {len(tally.idens)} calls, readers that came back {tally.reconnected}\n{done}")
            print(f"the service has answered: {answers_of(admin)}")
            print(f"seen here: {', '.join(f'{count} × {what}' for what, count in sorted(tally.answers.items()))}", flush=True)
    assert_placed_once(lab, tally)
    if seconds >= LONG_ENOUGH:
        parts = fifths(samples)
        assert parts[4] - parts[1] <= max(MEGABYTE, FLAT * parts[1]), "it grows"
    else:
        assert done.peak - warm.rss <= FILLED_UP
