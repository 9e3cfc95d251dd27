"""Beside one raw AMI session on a real Asterisk: how many Originates a second, and how soon leg 1 is dialled."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from lab.waiting import wait_until

from .bench import IN_ASTERISK, Bench
from .programs import Json, Service, say
from .table import Row

RATE_BUDGET = 0.90
LATENCY_BUDGET_MS = 3.0


def _quiet(bench: Bench) -> None:
    """Until no call of the round before is left."""
    wait_until("the end of all calls", lambda: not bench.lab.asterisk[0].channels(), timeout=60, pause=0.2)


def _rounds(bench: Bench, number: int, ours: Callable[[], Json], raw: Callable[[], Json]) -> tuple[list[Json], list[Json]]:
    """Turn by turn, each on an Asterisk without calls."""
    a: list[Json] = []
    b: list[Json] = []
    for _ in range(number):
        for measured, into in ((raw, b), (ours, a)):
            _quiet(bench)
            into.append(measured())
    return a, b


def _flows(bench: Bench, service: Service, *pace: object) -> Json:
    return bench.load("flow", "--url", service.url, "--terminals", bench.terminals(IN_ASTERISK), *pace)


def rate(bench: Bench) -> list[Row]:
    """Sixty-four under way on either side: answered as soon as they are queued, and as soon as leg 1 is dialled."""
    count, rounds = (1_000, 1) if bench.quick else (3_000, 5)
    rows = []
    for confirm, flag, key, what in (
        (False, (), "responses_per_second", "answered when queued"),
        (True, ("--until-dialled",), "dials_per_second", "answered when leg 1 is dialled"),
    ):
        with bench.real(call={"confirm": confirm}) as service:
            _flows(bench, service, "--count", 200)
            ours, raw = _rounds(
                bench,
                rounds,
                lambda: _flows(bench, service, "--count", count),
                lambda: bench.raw_ami("--count", count, "--window", 64, *flag),
            )
        for mine, theirs in zip(ours, raw):
            say(f"rate, {what}: {mine['per_second']:.0f}/s, {mine['statuses']}; raw session {theirs[key]:.0f}/s")
        mine_rate, raw_rate = median(o["per_second"] for o in ours), median(r[key] for r in raw)
        ratio = median(o["per_second"] / r[key] for o, r in zip(ours, raw))
        good = all(o["statuses"] == {"200": count} for o in ours)
        rows.append(
            Row(
                f"real Asterisk, {what}: at least 90 % of a raw AMI session's Originates/s",
                f"{mine_rate:.0f}/s, raw {raw_rate:.0f}/s{'' if good else ', not all 200'}",
                f"{ratio:.2f}",
                good and ratio >= RATE_BUDGET,
            )
        )
    return rows


def latency(bench: Bench) -> list[Row]:
    rounds = 1 if bench.quick else 3
    evenly = ("--rate", 300, "--count", 600 if bench.quick else 3_000)
    bursts = ("--burst", 64, "--every-ms", 500, "--count", 64 * (5 if bench.quick else 25))
    rows = []
    with bench.real() as service:
        _flows(bench, service, "--rate", 100, "--count", 200)
        for what, pace in (("300/s evenly", evenly), ("bursts of 64", bursts)):
            ours, raw = _rounds(
                bench, rounds, lambda: _flows(bench, service, *pace), lambda: bench.raw_ami(*pace)
            )
            for mine, theirs in zip(ours, raw):
                say(f"{what}: flow {mine['latency_ms']}, {mine['statuses']}; raw DialBegin {theirs['dial_ms']}")
            mine_p99 = median(o["latency_ms"]["p99"] for o in ours)
            call_p99 = median(o["call_latency_ms"]["p99"] for o in ours)
            raw_p99 = median(r["dial_ms"]["p99"] for r in raw)
            over = median(o["latency_ms"]["p99"] - r["dial_ms"]["p99"] for o, r in zip(ours, raw))
            over_p50 = median(o["latency_ms"]["p50"] - r["dial_ms"]["p50"] for o, r in zip(ours, raw))
            answered = sum(o["statuses"].get("200", 0) for o in ours) / sum(o["count"] for o in ours)
            rows.append(
                Row(
                    f"real parts, {what}: 100 % answered 200, p99 at most 3 ms over a raw AMI session's DialBegin",
                    f"{answered:.2%}; p99 {mine_p99:.1f} ms (POST /call alone {call_p99:.1f}), raw {raw_p99:.1f} ms",
                    f"p99 {over:+.1f} ms, p50 {over_p50:+.1f} ms",
                    answered == 1 and over <= LATENCY_BUDGET_MS,
                )
            )
    return rows
