"""Challenge and call against instant fakes and the real MariaDB."""

from __future__ import annotations

from .bench import DATABASE_TERMINALS, Bench
from .programs import Json, Service, say
from .table import Row

BUDGET_US = 70.0
SOAK_SECONDS = 300
SHORT_SECONDS = 10
# "The same after five minutes": as the first time, but for what a machine wavers from one minute to the next.
SAME = 1.10


def _run(bench: Bench, service: Service, seconds: float) -> tuple[float, Json]:
    before = service.cpu()
    done = bench.load(
        *("flow", "--url", service.url, "--terminals", bench.terminals(DATABASE_TERMINALS), "--seconds", seconds)
    )
    return (service.cpu() - before) / done["count"] * 1e6, done


def _tell(when: str, cost: float, done: Json) -> None:
    say(f"flow, {when}: {cost:.1f} µs a flow, {done['per_second']:.0f} flows/s, {done['statuses']}")


def measure(bench: Bench) -> list[Row]:
    # Ended calls keep their iden for a minute: at full speed more of them than the default allows.
    with bench.in_front_of_fakes(call={"max_live": 4_000_000}) as service:
        _run(bench, service, 2)
        first, done = _run(bench, service, SHORT_SECONDS)
        _tell(f"{SHORT_SECONDS} s", first, done)
        good = done["statuses"] == {"200": done["count"]}
        answered = "all 200" if good else f"answers {done['statuses']}"
        rows = [
            Row(
                "challenge + call, fake AMI and Kamailio, MariaDB with 10,000 terminals: at most 70 µs CPU a flow",
                f"{first:.0f} µs, {done['per_second']:.0f} flows/s, {answered}",
                f"{first / BUDGET_US:.2f}",
                good and first <= BUDGET_US,
            )
        ]
        if bench.quick:
            return rows
        say(f"flow, for {SOAK_SECONDS} s more")
        _tell("soak", *_run(bench, service, SOAK_SECONDS - 2 * SHORT_SECONDS))
        last, done = _run(bench, service, SHORT_SECONDS)
        _tell("after 5 minutes", last, done)
    good = done["statuses"] == {"200": done["count"]}
    return [
        *rows,
        Row(
            "the same after 5 minutes",
            f"{last:.0f} µs, {done['per_second']:.0f} flows/s, {'all 200' if good else done['statuses']}",
            f"{last / first:.2f} of the first",
            good and last <= max(first * SAME, BUDGET_US),
        ),
    ]
