"""Three instances and a Redis behind HAProxy: any request to any of them, and one of them killed in the middle."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from c2ctest import Service
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.haproxy import Haproxy
from lab.ports import PortPicker
from lab.redis import Redis
from lab.waiting import wait_until

from balanced import Walk, Walks
from channels import live
from load import mixed_callers

HOST = "127.0.0.1"
MANY = {"ci": 300, "full": 10_000}
RATE = {"ci": 40.0, "full": 60.0}
BURST = 48  # walks begun just before an instance is killed, so that it owes answers
RINGING_EVERY = 8  # of those one rings until it is hung up
KILL_SLACK = 1.0  # seconds in which HAProxy may still send to an instance that is gone


@dataclass
class Cluster:
    instances: list[Service]
    balancer: Haproxy


@pytest.fixture
def cluster(lab: Lab, start_service: MakeService, tmp_path: Path) -> Iterator[Cluster]:
    ports = PortPicker()
    redis = Redis(tmp_path / "redis", HOST, ports.pick(HOST))
    redis.configure()
    with contextlib.ExitStack() as ending:
        ending.callback(redis.kill)
        redis.start()
        instances: list[Service] = []
        admins = [ports.pick(HOST) for _ in range(3)]
        for port in admins:
            server = {"workers": 1, "admin_listen": f"{HOST}:{port}"}
            instances.append(start_service(server=server, claims={"redis_url": redis.url}))
            ending.callback(instances[-1].stop)
        balancer = Haproxy(tmp_path / "haproxy", HOST, ports.pick(HOST), [(s.host, s.port, a) for s, a in zip(instances, admins)])
        balancer.configure()
        ending.callback(balancer.kill)
        balancer.start()
        yield Cluster(instances, balancer)


def size() -> str:
    return os.environ.get("C2C_LOAD", "ci")


def walks_through(cluster: Cluster, lab: Lab, again: bool = False) -> Walks:
    return Walks(cluster.balancer.host, cluster.balancer.port, mixed_callers(lab, RINGING_EVERY), again)


def evidence(cluster: Cluster, lab: Lab, walks: list[Walk]) -> str:
    calls = lab.calls()
    lines = [f"{len(walks)} walks:"]
    for walk in walks[:5]:
        lines.append(f"  {walk.iden}: {walk.reply} {walk.wrong} {walk.failed} {walk.states}; ledger: {calls.get(walk.iden)}")
        for n, instance in enumerate(cluster.instances, 1):
            lines += [f"    log of {n}: {line}" for line in instance.log_lines(walk.iden)]
    return "\n".join(lines)


def assert_right(cluster: Cluster, lab: Lab, walks: list[Walk]) -> None:
    """What each caller met was right, and no call was placed twice, or answered 200 and never placed."""
    calls = lab.calls()
    count = lambda iden: calls[iden].count if iden in calls else 0  # noqa: E731
    wrong = [walk for walk in walks if walk.wrong]
    assert not wrong, evidence(cluster, lab, wrong)
    twice = [walk for walk in walks if count(walk.iden) > 1 or count(f"x{walk.iden}") > 0]
    assert not twice, f"placed twice, or by a used nonce: {evidence(cluster, lab, twice)}"
    unseen = [walk for walk in walks if walk.reply is not None and walk.reply.status == 200 and count(walk.iden) != 1]
    assert not unseen, f"answered 200 and never seen: {evidence(cluster, lab, unseen)}"
    ended = {walk.iden for walk in walks if walk.caller.lasting}
    wait_until("the end of the calls that were hung up", lambda: ended.isdisjoint(live(lab)), timeout=30)


def shares(cluster: Cluster) -> list[int]:
    """The calls that each instance has placed."""
    return [len(each.log_lines('"outcome":"placed"')) for each in cluster.instances]


def call_unanswered(walk: Walk) -> bool:
    return any(what.startswith("POST /call:") for _, _, what in walk.failed)


def said(walks: Walks, cluster: Cluster, seconds: float) -> str:
    requests = ", ".join(f"{count} × {what}" for what, count in sorted(walks.counts.items()))
    placed = sum(walk.reply is not None and walk.reply.status == 200 for walk in walks.done)
    back = sum(walk.reconnected for walk in walks.done)
    return (
        f"\n{len(walks.done)} walks in {seconds:.0f} s, {placed} placed, by instance {shares(cluster)}; {requests}; "
        f"sent again {sum(len(walk.failed) for walk in walks.done)}, readers that came back {back}"
    )


def test_any_request_may_go_to_any_instance(cluster: Cluster, lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    walks = walks_through(cluster, lab)
    begun = time.monotonic()
    asyncio.run(walks.run(MANY[size()], RATE[size()]))
    with capsys.disabled():
        print(said(walks, cluster, time.monotonic() - begun), flush=True)
    not_placed = [walk for walk in walks.done if walk.reply is None or walk.reply.status != 200]
    assert not not_placed, evidence(cluster, lab, not_placed)
    assert_right(cluster, lab, walks.done)
    assert all(share > len(walks.done) / 6 for share in shares(cluster)), "each instance had its part of the calls"


def test_an_instance_that_is_killed_loses_nothing_but_the_answers_it_owed(
    cluster: Cluster, lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    walks = walks_through(cluster, lab, again=True)
    begun = time.monotonic()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(walks.run(MANY[size()], RATE[size()]))
        except BaseException as error:  # noqa: BLE001 - raised again below, in the test's own thread
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    killed: list[float] = []
    third = MANY[size()] // 3
    try:
        for number, victim in zip(itertools.count(1), cluster.instances[:2]):
            wait_until(f"walk {number * third}", lambda: walks.begun >= number * third, timeout=300)  # noqa: B023
            sent = walks.counts["POST call"]
            walks.burst(BURST)
            wait_until("a burst on its way", lambda: walks.counts["POST call"] >= sent + BURST // 3, pause=0.001)  # noqa: B023
            killed.append(time.monotonic())
            victim.kill()
            wait_until("some walks without it", lambda: walks.begun >= number * third + third // 2, timeout=300)  # noqa: B023
            victim.start()
    finally:
        thread.join()
    if failed:
        raise failed[0]
    with capsys.disabled():
        print(said(walks, cluster, time.monotonic() - begun), flush=True)
        retried = [walk for walk in walks.done if call_unanswered(walk)]
        print(f"calls whose answer was lost: {len(retried)}, then {[walk.reply and walk.reply.status for walk in retried]}")
    strange = [walk for walk in walks.done if walk.reply is None or walk.reply.verdict not in {(200, ""), (502, "could not originate call")}]
    assert not strange, evidence(cluster, lab, strange)
    in_flight = lambda begun, broke: any(begun < when + KILL_SLACK and broke > when for when in killed)  # noqa: E731
    lost = [walk for walk in walks.done if not all(in_flight(begun, broke) for begun, broke, _ in walk.failed)]
    assert not lost, f"not in flight at an instance that was killed: {evidence(cluster, lab, lost)}"
    not_placed = [walk for walk in walks.done if walk.reply is not None and walk.reply.status != 200]
    blamed = [walk for walk in not_placed if not call_unanswered(walk)]
    assert not blamed, f"refused, and no answer had been lost: {evidence(cluster, lab, blamed)}"
    # The phone of the others may have hung up before anybody asked again: then no channel was left, and nobody can tell.
    there = lab.calls().keys() | live(lab)
    denied = [walk for walk in not_placed if walk.caller.lasting and walk.iden in there]
    assert not denied, f"refused, and it rang: {evidence(cluster, lab, denied)}"
    assert_right(cluster, lab, walks.done)
