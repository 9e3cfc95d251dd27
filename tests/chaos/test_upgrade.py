"""Reload and upgrade under load: no click is refused, none is lost, none is placed twice."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from c2ctest import Service, build_folder
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.waiting import wait_until

from load import Load, load_callers
from sizes import Sizes
from truth import assert_all_placed

RATE = 100
TIMES = 5


def test_reloads_under_load_lose_nothing(lab: Lab, start_service: MakeService, sizes: Sizes) -> None:
    service = start_service()
    with Load(service, load_callers(lab)).running(RATE) as load:
        for _ in range(TIMES):
            load.wait_begun(RATE)
            service.reload()
        load.wait_placed(RATE)
    assert_all_placed(service, lab, load.answers)


@pytest.fixture
def activated(new_service: MakeService) -> tuple[Service, Callable[[], subprocess.Popen[bytes]]]:
    """A service whose socket somebody else holds, as systemd does; and how to start a process of it."""
    service = new_service()
    held = socket.create_server((service.host, service.port), backlog=4096)
    # The process that is started is the one that LISTEN_PID has to name, and the socket is its descriptor 3.
    script = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@" 3<&"$HELD"'

    def start() -> subprocess.Popen[bytes]:
        command = [str(build_folder() / "click2calld"), "--config", str(service.config_path)]
        with service.stderr_path.open("ab") as output:
            return subprocess.Popen(
                ["bash", "-c", script, "bash", *command],
                pass_fds=[held.fileno()],
                env={**os.environ, "HELD": str(held.fileno())},
                stdout=output,
                stderr=output,
            )

    return service, start


def ended(process: subprocess.Popen[bytes]) -> int:
    process.terminate()
    return process.wait(timeout=45)


def listening(service: Service, times: int) -> bool:
    return len(service.log_lines("listens on")) >= times


def test_restarts_behind_a_socket_that_stays_lose_nothing(
    lab: Lab, activated: tuple[Service, Callable[[], subprocess.Popen[bytes]]], sizes: Sizes
) -> None:
    service, start = activated
    running = start()
    try:
        wait_until("the first process", lambda: listening(service, 1))
        with Load(service, load_callers(lab)).running(RATE) as load:
            for number in range(TIMES):
                load.wait_begun(RATE)
                assert ended(running) == 0
                running = start()
                wait_until("the next process", lambda: listening(service, number + 2))
            load.wait_placed(RATE)
        assert_all_placed(service, lab, load.answers)
    finally:
        assert ended(running) == 0
    service.assert_no_secret()
