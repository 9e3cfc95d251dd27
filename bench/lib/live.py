"""Calls that somebody watches: how soon readers are told, what the events of others cost, what an open stream holds."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from lab.asterisk import AMI_USER
from lab.ports import PortPicker
from lab.terminals import load_terminal

from .bench import Bench
from .programs import HERE, Json, Service, say
from .table import Row

CHANGE_BUDGET_MS = 2.0
EVENT_BUDGET_US = 5.0
STREAM_BUDGET = 8192.0
TERMINALS = 100
OTHERS = 1_000
LIFE_SECONDS = 120  # of a call of others: a usual one
ROUNDS = 3
STREAMS = 1_000
STREAM_CALLS = 64  # a call has sixteen readers at most
HEARTBEAT_SECONDS = 15

OWN_CALL = ("--call", HERE / "data" / "answered_call.txt")
OTHER_CALL = ("--other", HERE / "data" / "other_call.txt", "--others", OTHERS)


@contextmanager
def _watched(bench: Bench) -> Iterator[tuple[Service, tuple[object, ...]]]:
    """click2calld and where bench_live is to be its Asterisk. One service for each run: none has known another's calls."""
    port = PortPicker().pick("127.0.0.1")
    people = [load_terminal(number) for number in range(1, TERMINALS + 1)]
    with bench.embedded([(one.aor, str(one.extension), one.password) for one in people], ami={"port": port}) as service:
        yield service, ("--ami-port", port, *OWN_CALL, "--terminals", bench.terminals(TERMINALS))


def _clean(done: Json) -> bool:
    return set(done["statuses"]) == {"200"} and done["missed"] == 0 and done["all_ended"]


def _change_row(budget: str, rounds: list[Json], judged: bool) -> Row:
    p50, p99 = (median(r["latency_ms"][rank] for r in rounds) for rank in ("p50", "p99"))
    worst = max(r["latency_ms"]["max"] for r in rounds)
    told = sum(r["changes"] for r in rounds)
    clean = all(map(_clean, rounds))
    figure = f"p50 {p50:.2f} ms, p99 {p99:.2f}, max {worst:.1f}; {told} changes{'' if clean else ', NOT ALL TOLD'}"
    if not judged:
        return Row(budget, figure, "", None)
    return Row(budget, figure, f"{p99 / CHANGE_BUDGET_MS:.2f}", clean and p99 <= CHANGE_BUDGET_MS)


def changes(bench: Bench) -> list[Row]:
    """A hundred new calls a second, each with a reader: alone, and among the calls of others."""
    rows = []
    pace = ("--rate", 100, "--seconds", 5 if bench.quick else 20)
    for others in (False, True):
        rounds = []
        for _ in range(1 if bench.quick else ROUNDS):
            with _watched(bench) as (service, arguments):
                among = (*OTHER_CALL, "--life", LIFE_SECONDS) if others else ()
                rounds.append(bench.live("changes", service, *arguments, *pace, *among))
            say(f"live: {rounds[-1]}")
        rows.append(
            _change_row(
                f"from the event to the reader, 100 calls/s among {OTHERS} calls of others: p99 at most 2 ms"
                if others
                else "from the event on Asterisk's socket to the bytes on the reader's, 100 calls/s: p99 at most 2 ms",
                rounds,
                judged=True,
            )
        )
    return rows


def beside(bench: Bench) -> list[Row]:
    """Real calls: grace's phone rings and answers, so does the callee's, which hangs up after half a second."""
    rate, seconds = 20, 5 if bench.quick else 30
    server = bench.lab.asterisk[0]
    with bench.real() as service:
        done = bench.live(
            *("beside", service, "--host", server.host, "--port", server.ami_port, "--user", AMI_USER),
            *("--terminals", bench.terminal("grace"), "--destination", "+34900000200"),
            *("--rate", rate, "--seconds", seconds),
        )
    say(f"live, real Asterisk: {done}")
    return [_change_row(f"from the event to the reader, real Asterisk, {rate} calls/s: later than on a plain AMI session", [done], judged=False)]


def _events(bench: Bench, life: float, seconds: float) -> list[Json]:
    rounds = []
    for _ in range(1 if bench.quick else ROUNDS):
        with _watched(bench) as (service, arguments):
            given = (*arguments, *OTHER_CALL, "--life", life, "--seconds", seconds, "--pid", service.pid)
            rounds.append(bench.live("others", service, *given))
        say(f"live: {rounds[-1]}")
    return rounds


def others(bench: Bench) -> list[Row]:
    """Nothing goes on but the calls of others, and one of ours that waits."""
    rows = []
    for life, seconds, what in (
        (LIFE_SECONDS, 5 if bench.quick else 20, f"{OTHERS} calls of two minutes: CPU at most 5 µs"),
        (LIFE_SECONDS / 10, 3 if bench.quick else 8, f"{OTHERS} calls of twelve seconds: CPU"),
        (0, 2 if bench.quick else 5, "as fast as they are taken: CPU"),
    ):
        rounds = _events(bench, life, seconds)
        cost = median(r["cpu_us_per_event"] for r in rounds)
        rate = median(r["events_per_second"] for r in rounds)
        plain = median(r["plain_us_per_event"] for r in rounds)
        received = all(r["all_received"] for r in rounds)
        rows.append(
            Row(
                f"an event of another's call, {what}",
                f"{cost:.1f} µs, a process that only reads them {plain:.1f}; {rate:.0f}/s, {sum(int(r['events']) for r in rounds)} events"
                f"{', all received' if received else ', NOT ALL RECEIVED'}",
                f"{cost / EVENT_BUDGET_US:.2f}",
                received and cost <= EVENT_BUDGET_US if life == LIFE_SECONDS else None,
            )
        )
    return rows


def streams(bench: Bench) -> list[Row]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    idle = HEARTBEAT_SECONDS + 3 if bench.quick else 2 * HEARTBEAT_SECONDS + 5
    with _watched(bench) as (service, arguments):
        done = bench.live(
            *("streams", service, *arguments, "--pid", service.pid, "--idle", idle),
            *("--streams", STREAMS, "--calls", STREAM_CALLS),
        )
    say(f"live: {done}")
    each = done["bytes_each"]
    whole = done["still_open"] == STREAMS and done["fewest_heartbeats"] >= idle // HEARTBEAT_SECONDS
    return [
        Row(
            f"memory for each of {STREAMS} open streams: at most 8 KB",
            f"{each:.0f} bytes{'' if whole else ', NOT ALL OPEN'}; after all have gone and come again, and gone, "
            f"{done['left_bytes_each_after_again']:.0f} are kept for the next",
            f"{each / STREAM_BUDGET:.2f}",
            whole and each <= STREAM_BUDGET,
        )
    ]


def measure(bench: Bench) -> list[Row]:
    return [*changes(bench), *beside(bench), *others(bench), *streams(bench)]
