"""From the start of the process to the first answer."""

from __future__ import annotations

from statistics import median

from .bench import Bench
from .programs import say
from .table import Row

BUDGET_MS = 100.0


def measure(bench: Bench) -> list[Row]:
    took = []
    for _ in range(3 if bench.quick else 15):
        with bench.real() as service:
            took.append(service.start_seconds * 1e3)
    say("start: " + ", ".join(f"{ms:.0f}" for ms in took) + " ms")
    worst = max(took)
    return [
        Row(
            "start to first answer: at most 100 ms",
            f"median {median(took):.0f} ms, slowest of {len(took)} {worst:.0f} ms",
            f"{median(took) / BUDGET_MS:.2f}",
            median(took) <= BUDGET_MS,
        )
    ]
