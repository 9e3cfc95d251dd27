"""How much load each test makes: enough to break a wrong service on any machine, or the numbers that are promised."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    paced_calls: int
    paced_rate: float  # calls a second, evenly
    bursts: int  # of 64 at the same moment
    outage_rate: float  # calls a second while a part is down and before and after
    outage_calls: int  # begun in each of the three phases, or more
    ringing_every: int  # one in so many of those rings for as long as it lives
    outages_of_all: int  # after the one that shows what the service keeps for good


SIZES = {
    "ci": Sizes(
        paced_calls=600,
        paced_rate=60,
        bursts=8,
        outage_rate=40,
        outage_calls=50,
        ringing_every=10,
        outages_of_all=1,
    ),
    "full": Sizes(
        paced_calls=3000,
        paced_rate=300,
        bursts=50,
        outage_rate=300,
        outage_calls=1000,
        ringing_every=50,
        outages_of_all=5,
    ),
}
