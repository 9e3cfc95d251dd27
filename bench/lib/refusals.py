"""Whether the time of a 403 tells an unknown user from a wrong password."""

from __future__ import annotations

from .bench import DATABASE_TERMINALS, Bench
from .programs import say
from .table import Row

BUDGET = 0.05


def measure(bench: Bench) -> list[Row]:
    count = 1_000 if bench.quick else 10_000
    with bench.in_front_of_fakes() as service:
        arguments = ("refusals", "--url", service.url, "--terminals", bench.terminals(DATABASE_TERMINALS))
        bench.load(*arguments, "--count", 200)
        done = bench.load(*arguments, "--count", count)
    say(f"refusals: {done}")
    wrong, unknown = done["wrong_password_ms"]["p50"], done["unknown_user_ms"]["p50"]
    # Of neighbours on one connection, so that what slows the machine for a while cancels out.
    difference = done["unknown_minus_wrong_ms"]["p50"]
    alike = abs(difference / wrong) <= BUDGET and done["statuses"] == {"403": 2 * count}
    return [
        Row(
            "403 of an unknown user and of a wrong password: medians within 5 %",
            f"{unknown * 1e3:.0f} µs and {wrong * 1e3:.0f} µs over {count} each; median difference of neighbours {difference * 1e3:+.0f} µs",
            f"{1 + difference / wrong:.3f}",
            alike,
        )
    ]
