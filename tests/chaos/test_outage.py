"""Under load, each part dies or freezes in the middle and comes back: every answer stays true, and nothing is restarted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.part import Part

from load import Load, load_callers, mixed_callers
from sizes import Sizes
from truth import assert_all_placed, assert_true

PARTS: dict[str, Callable[[Lab], list[Part]]] = {
    "mariadb": lambda lab: [lab.mariadb],
    "kamailio": lambda lab: [lab.kamailio],
    "first-asterisk": lambda lab: [lab.asterisk[0]],
    "second-asterisk": lambda lab: [lab.asterisk[1]],
    "both-asterisks": lambda lab: [*lab.asterisk],
}


@pytest.mark.parametrize("way", ["killed", "frozen"])
@pytest.mark.parametrize("what", PARTS)
def test_every_answer_is_true_when_a_part_is(
    lab: Lab, start_service: MakeService, sizes: Sizes, what: str, way: str
) -> None:
    parts = PARTS[what](lab)
    if what == "second-asterisk":
        server = lab.asterisk[1]
        lab.kamailio.set_server(1, f"sip:{server.host}:{server.sip_port}")
    service = start_service()
    load = Load(service, mixed_callers(lab, sizes.ringing_every))
    with load.running(sizes.outage_rate):
        load.wait_begun(sizes.outage_calls)
        load.wait_placed(20)
        for part in parts:
            part.kill() if way == "killed" else part.stop()
        load.wait_begun(sizes.outage_calls)
        for part in parts:
            part.start() if way == "killed" else part.cont()
        load.wait_begun(sizes.outage_calls)
        load.wait_placed(20)
    died = [part.process.name for part in parts] if way == "killed" else []
    assert_true(service, lab, load.answers, died)
    after = Load(service, load_callers(lab))
    assert_all_placed(service, lab, after.paced(20, rate=20))
