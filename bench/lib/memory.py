"""Memory: idle, for each used nonce, and while somebody floods the service."""

from __future__ import annotations

import resource
import socket
import time
from contextlib import ExitStack

from . import machine
from .bench import Bench
from .programs import Service, say
from .table import Row

MB = 1e6
IDLE_BUDGET = 8 * MB
NONCE_BUDGET = 24.0
MAX_NONCES = 1_000_000  # claims::memory_options
FLOOD_CONNECTIONS = 12_000
# What a flood of connections and used nonces may add in all. A stand-in for "bounded": the limits times their entries' size.
FLOOD_BUDGET = 128 * MB


def _use_nonces(bench: Bench, service: Service, count: int) -> int:
    """Calls with a wrong digest: each uses up its nonce. Returns how many were."""
    done = bench.load(
        *("flow", "--url", service.url, "--terminals", bench.terminals(1_000), "--wrong-password", "--count", count)
    )
    say(f"memory: {done['count']} nonces in {done['elapsed_s']:.0f} s, {done['statuses']}")
    return int(done["statuses"].get("403", 0))


def idle(bench: Bench) -> list[Row]:
    rows = []
    for name, make in (("IvozProvider's parts", bench.in_front_of_fakes), ("SQLite", bench.embedded)):
        with make() as service:
            time.sleep(2)
            total, own = machine.rss_bytes(service.pid), machine.anonymous_bytes(service.pid)
        rows.append(
            Row(
                f"memory, idle, with {name}: at most 8 MB RSS",
                f"{total / MB:.1f} MB, {own / MB:.1f} MB of it not of files",
                f"{total / IDLE_BUDGET:.2f}",
                total <= IDLE_BUDGET,
            )
        )
    return rows


def nonces(bench: Bench) -> list[Row]:
    count = 100_000 if bench.quick else 500_000
    with bench.embedded(digest={"nonce_ttl": 3600}) as service:
        _use_nonces(bench, service, 5_000)  # what the connections and the allocator want once and for all
        before = machine.rss_bytes(service.pid)
        used = _use_nonces(bench, service, count)
        each = (machine.rss_bytes(service.pid) - before) / used if used else float("inf")
        rows = [
            Row(
                "memory for each used nonce: at most 24 bytes",
                f"{each:.1f} bytes over {used} nonces",
                f"{each / NONCE_BUDGET:.2f}",
                each <= NONCE_BUDGET,
            )
        ]
        if not bench.quick:
            before_flood = machine.rss_bytes(service.pid)
            taken = used + _use_nonces(bench, service, MAX_NONCES - used + 200_000)
            grown = machine.rss_bytes(service.pid) - before
            rows.append(
                Row(
                    "memory under a flood of nonces: bounded",
                    f"{taken} held, the rest refused; {grown / MB:.1f} MB in all, "
                    f"{(machine.rss_bytes(service.pid) - before_flood) / MB:.1f} MB after the first {used}",
                    "",
                    taken <= MAX_NONCES + 5_000 and grown <= FLOOD_BUDGET,
                )
            )
    return rows


def flood(bench: Bench) -> list[Row]:
    """Connections that each send half a request and stay, more than the service takes."""
    count = 2_000 if bench.quick else FLOOD_CONNECTIONS
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(count, hard - 200)
    with bench.embedded() as service, ExitStack() as held:
        host, port = service.url.removeprefix("http://").split(":")
        before = machine.rss_bytes(service.pid)
        half = b"POST /challenge HTTP/1.1\r\nHost: x\r\nX-Filler: " + b"x" * 6_000
        most = before
        for number in range(count):
            one = held.enter_context(socket.create_connection((host, int(port)), timeout=5))
            try:
                one.sendall(half)
            except OSError:
                pass  # refused, as it should be past the limit
            if number % 500 == 0:
                most = max(most, machine.rss_bytes(service.pid))
        most = max(most, machine.rss_bytes(service.pid))
        alive = bench.load("challenge", "--url", f"{service.url}/challenge", "--body", Service.BODY, "--count", 1, "--connections", 1)
    return [
        Row(
            f"memory under {count} connections that each send half a request: bounded",
            f"{most / MB:.1f} MB, {(most - before) / count:.0f} bytes a connection; meanwhile a request gets {alive['statuses']}",
            "",
            most - before <= FLOOD_BUDGET,
        )
    ]


def measure(bench: Bench) -> list[Row]:
    return [*idle(bench), *nonces(bench), *flood(bench)]
