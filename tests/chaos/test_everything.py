"""All parts at once go and come back, again and again: the service works as before and has leaked nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from c2ctest import Service
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.waiting import wait_until

from conftest import mend
from load import Answer, Load, load_callers, mixed_callers
from sizes import Sizes
from truth import assert_all_placed, assert_true

KEPT_KIB = 8 * 1024  # buffers, pools and arenas at the size that the first outage has given them


def resident_kib(service: Service) -> int:
    status = Path(f"/proc/{service.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def open_files(service: Service) -> int:
    return len(list(Path(f"/proc/{service.pid}/fd").iterdir()))


def wait_for_clients_to_be_gone(service: Service) -> None:
    """Until the service has no connection of a client's, so that what is open is its own."""
    port = f":{service.port:04X}"

    def gone() -> bool:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return not any(row[1].endswith(port) and row[3] not in ("0A", "06") for row in rows)  # listening, waiting

    wait_until("the end of the clients' connections", gone)


@pytest.mark.parametrize("way", ["killed", "frozen"])
def test_all_parts_go_and_come_back(lab: Lab, start_service: MakeService, sizes: Sizes, way: str) -> None:
    service = start_service()
    parts = [lab.mariadb, lab.kamailio, *lab.asterisk]
    answers: list[Answer] = []
    files: list[int] = []
    memory: list[int] = []

    def outage() -> None:
        load = Load(service, mixed_callers(lab, sizes.ringing_every))
        with load.running(sizes.outage_rate):
            load.wait_placed(20)
            for part in parts:
                part.kill() if way == "killed" else part.stop()
            load.wait_begun(sizes.outage_calls)
            mend(lab)
            load.wait_begun(sizes.outage_calls)
            load.wait_placed(20)
        answers.extend(load.answers)
        # At the same moment, so that every pool is at its size and no later round needs more.
        answers.extend(Load(service, mixed_callers(lab, sizes.ringing_every)).bursts(2, 64))
        assert_all_placed(service, lab, Load(service, load_callers(lab)).paced(20, rate=20))

    outage()  # every session is made once
    for _ in range(sizes.outages_of_all):
        wait_for_clients_to_be_gone(service)
        files.append(open_files(service))
        memory.append(resident_kib(service))
        outage()
    wait_for_clients_to_be_gone(service)
    wait_until("the files that were open before", lambda: open_files(service) <= files[0], timeout=30)
    assert resident_kib(service) <= memory[0] + KEPT_KIB, f"KiB resident, round by round: {memory}"
    assert_true(service, lab, answers, [part.process.name for part in parts] if way == "killed" else [])
