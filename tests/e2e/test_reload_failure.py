"""A reload that fails: the service goes on, and everybody who looks sees it."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from c2ctest import Api, Done, Service, build_folder, run
from c2ctest.fixtures import MakeService
from lab.ports import PortPicker
from lab.service_config import merge

WRONG = "server:\n  lissten: nowhere\nnonsense: 1\n"
NO_CERTIFICATE = {"server": {"tls_cert": "/nowhere.pem", "tls_key": "/nowhere.key"}}


class Watched:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.admin = Api("127.0.0.1", int(service.config["server"]["admin_listen"].rsplit(":", 1)[1]))

    def figure(self, name: str) -> float:
        page = self.admin.request("GET", "/metrics").body.decode()
        return float(page.split(f"\n{name} ")[1].split()[0])

    def readyz(self) -> dict[str, Any]:
        answer = self.admin.request("GET", "/readyz")
        assert (answer.status, answer.json["ready"], answer.json["missing"]) == (200, True, [])
        return answer.json


@pytest.fixture
def watched(new_service: MakeService) -> Any:
    with new_service(server={"admin_listen": f"127.0.0.1:{PortPicker().pick()}"}) as service:
        yield Watched(service)


def ask_to_reload(service: Service) -> Done:
    return run([build_folder() / "click2calld", "--reload", str(service.pid)])


def test_readiness_says_since_when_and_why_and_stays(watched: Watched) -> None:
    assert "reload" not in watched.readyz()
    before = datetime.now(UTC)
    watched.service.reload(WRONG)
    first = watched.readyz()["reload"]
    assert before.replace(microsecond=0) <= datetime.fromisoformat(first["failing_since"]) <= datetime.now(UTC)
    assert "lissten" in first["why"] and "nonsense" in first["why"]
    watched.service.reload(merge(watched.service.config, NO_CERTIFICATE))
    second = watched.readyz()["reload"]
    assert second["failing_since"] == first["failing_since"]
    assert "/nowhere.key" in second["why"]
    watched.service.reload(watched.service.config)
    assert "reload" not in watched.readyz()


def test_metrics_say_whether_and_when(watched: Watched) -> None:
    started = watched.figure("click2call_last_reload_time_seconds")
    assert abs(started - time.time()) < 60
    assert watched.figure("click2call_last_reload_success") == 1
    for config, success in ((WRONG, 0), (watched.service.config, 1)):
        watched.service.reload(config)
        assert watched.figure("click2call_last_reload_success") == success
        assert started <= watched.figure("click2call_last_reload_time_seconds") <= time.time()


def test_the_log_has_one_line_at_error(watched: Watched) -> None:
    before = len(watched.service.log_lines())
    watched.service.reload(WRONG)
    (line,) = map(json.loads, watched.service.log_lines()[before:])
    assert line["level"] == "error"
    assert "lissten" in line["message"] and "nonsense" in line["message"]
    assert line["message"].endswith("the service goes on with the configuration that it has")


def test_who_asks_for_a_reload_hears_how_it_went(watched: Watched) -> None:
    service = watched.service
    assert ask_to_reload(service) == Done(0, "", "")
    service.config_path.write_text(WRONG)
    done = ask_to_reload(service)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("click2calld: the reload failed: ") and "lissten" in done.err
    assert done.err.count("\n") == 1


def test_who_asks_a_process_that_is_not_there_is_told_so() -> None:
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    done = run([build_folder() / "click2calld", "--reload", str(gone)])
    assert (done.code, done.out) == (1, "")
    assert f"process {gone} cannot be told to reload: No such process" in done.err


def test_what_another_process_says_of_a_reload_is_not_believed(watched: Watched) -> None:
    service = watched.service
    service.config_path.write_text(WRONG)
    over = threading.Event()

    def lie() -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as liar:
            while not over.is_set():
                try:
                    liar.sendto(b"taken", f"\0click2calld.reload.{service.pid}")
                except ConnectionRefusedError:
                    pass  # nobody waits yet

    lying = threading.Thread(target=lie)
    lying.start()
    try:
        assert ask_to_reload(service).code == 1
    finally:
        over.set()
        lying.join()


def test_the_unit_reloads_in_the_way_that_hears_of_a_failure() -> None:
    unit = (Path(__file__).resolve().parents[2] / "packaging/systemd/click2calld.service").read_text()
    assert "\nExecReload=/usr/sbin/click2calld --reload $MAINPID\n" in unit
