"""Redis behind Sentinel: the master is found, and found again after it has died."""

from __future__ import annotations

import socketserver
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from c2ctest import Service, build_folder
from c2ctest.fixtures import MakeService
from lab.ports import PortPicker
from lab.redis import Redis
from lab.waiting import wait_until
from test_redis import DOWN, FORBIDDEN, HOST, OwnRedis, guess

MASTER = "mymaster"
SENTINELS_PASSWORD = "a password of Sentinels"


class Sentinel(Redis):
    """Watches one master alone: its word is enough for a failover."""

    def __init__(self, folder: Path, port: int, master: OwnRedis) -> None:
        super().__init__(folder, HOST, port)
        self.configure()
        self._config = folder / "sentinel.conf"
        self._config.write_text(
            f"bind {HOST}\nport {port}\ndir {folder}\n"
            f"sentinel monitor {MASTER} {HOST} {master.port} 1\n"
            f"sentinel down-after-milliseconds {MASTER} 500\nsentinel failover-timeout {MASTER} 5000\n"
        )

    def launch(self) -> None:
        self.process.spawn(["redis-server", str(self._config), "--sentinel"], cwd=self.folder)


@dataclass
class Watched:
    master: OwnRedis
    replica: OwnRedis
    sentinel: Sentinel

    @property
    def names_the_replica(self) -> bool:
        return str(self.replica.port).encode() in self.sentinel.command("SENTINEL", "get-master-addr-by-name", MASTER)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    master = OwnRedis(tmp_path / "master")
    replica = OwnRedis(tmp_path / "replica", "--replicaof", HOST, str(master.port), "--repl-diskless-sync-delay", "0")
    sentinel = Sentinel(tmp_path / "sentinel", PortPicker().pick(HOST), master)
    parts = (master, replica, sentinel)
    try:
        for each in parts:
            each.start()
        wait_until("the replica is in step", lambda: b"master_link_status:up" in replica.command("INFO", "replication"))
        known = f"slave0:name={HOST}:{replica.port}".encode()
        wait_until(
            "the Sentinel knows it", lambda: known in sentinel.command("INFO", "sentinel") or b"slaves=1" in sentinel.command("INFO", "sentinel"), timeout=30
        )
        yield Watched(master, replica, sentinel)
    finally:
        for each in parts:
            each.kill()


def url(*ports: int, master: str = MASTER) -> str:
    return f"redis+sentinel://{','.join(f'{HOST}:{port}' for port in ports)}/{master}"


def test_claims_go_to_the_master_that_the_sentinel_names(watched: Watched, start_service: MakeService) -> None:
    service = start_service(claims={"redis_url": url(watched.sentinel.port)})
    assert guess(service.api) == FORBIDDEN
    assert b"c2c:nonce:" in watched.master.command("KEYS", "c2c:nonce:*")


def test_a_sentinel_that_is_gone_hinders_nobody(watched: Watched, start_service: MakeService) -> None:
    service = start_service(claims={"redis_url": url(PortPicker().pick(HOST), watched.sentinel.port)})
    assert guess(service.api) == FORBIDDEN


def test_a_sentinel_with_a_log_in_of_its_own_is_logged_in_to(
    watched: Watched, start_service: MakeService
) -> None:
    assert watched.sentinel.command("ACL", "SETUSER", "default", "resetpass", f">{SENTINELS_PASSWORD}") == b"+OK\r\n"
    without = start_service(claims={"redis_url": url(watched.sentinel.port)})
    assert guess(without.api) == DOWN
    assert without.log_lines("it wants a log-in of its own: set claims.sentinel_password")
    wrong = start_service(claims={"redis_url": url(watched.sentinel.port), "sentinel_password": "wrong password"})
    wrong.secrets.append("wrong password")
    assert guess(wrong.api) == DOWN
    assert wrong.log_lines("log-in refused: WRONGPASS")
    right = start_service(claims={"redis_url": url(watched.sentinel.port), "sentinel_password": SENTINELS_PASSWORD})
    right.secrets.append(SENTINELS_PASSWORD)
    assert guess(right.api) == FORBIDDEN
    named = {"redis_url": url(watched.sentinel.port), "sentinel_user": "default", "sentinel_password": SENTINELS_PASSWORD}
    service = start_service(claims=named)
    service.secrets.append(SENTINELS_PASSWORD)
    assert guess(service.api) == FORBIDDEN


class StaleSentinel:
    """Names one address as the master's, for ever: one that was cut off from the others does."""

    def __init__(self, named: int) -> None:
        answer = f"*2\r\n${len(HOST)}\r\n{HOST}\r\n${len(str(named))}\r\n{named}\r\n".encode()
        asked = self.asked = threading.Semaphore(0)

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                if self.request.recv(4096):
                    asked.release()
                    self.request.sendall(answer)

        self._server = socketserver.ThreadingTCPServer((HOST, 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_a_stale_sentinel_that_names_a_master_that_is_gone_is_not_asked_for_ever(
    watched: Watched, start_service: MakeService
) -> None:
    stale = StaleSentinel(named=PortPicker().pick(HOST))
    try:
        service = start_service(claims={"redis_url": url(stale.port, watched.sentinel.port)})
        assert stale.asked.acquire(timeout=20), "it comes first"
        wait_until("claims, by the other Sentinel's word", lambda: guess(service.api) == FORBIDDEN, timeout=20)
    finally:
        stale.close()


def test_after_a_failover_claims_go_to_the_new_master(watched: Watched, start_service: MakeService) -> None:
    service = start_service(claims={"redis_url": url(watched.sentinel.port)})
    assert guess(service.api) == FORBIDDEN
    watched.master.kill()
    assert guess(service.api) == DOWN
    wait_until("the failover", lambda: watched.names_the_replica, timeout=60)
    wait_until("claims at the new master", lambda: guess(service.api) == FORBIDDEN, timeout=40)
    assert b"c2c:nonce:" in watched.replica.command("KEYS", "c2c:nonce:*")


def test_a_master_that_became_a_replica_is_left(watched: Watched, start_service: MakeService) -> None:
    service = start_service(claims={"redis_url": url(watched.sentinel.port)})
    assert guess(service.api) == FORBIDDEN
    assert watched.sentinel.command("SENTINEL", "failover", MASTER) == b"+OK\r\n"
    wait_until("the failover", lambda: watched.names_the_replica, timeout=60)
    wait_until("claims at the new master", lambda: guess(service.api) == FORBIDDEN, timeout=40)
    wait_until("the old one only follows", lambda: b"role:slave" in watched.master.command("INFO", "replication"), timeout=60)
    wait_until("claims go on", lambda: guess(service.api) == FORBIDDEN, timeout=40)


def check(service: Service) -> subprocess.CompletedProcess[str]:
    argv = [str(build_folder() / "click2calld"), "--config", str(service.config_path), "--check"]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60)


def test_check_says_what_the_sentinel_said(watched: Watched, new_service: MakeService) -> None:
    good = url(watched.sentinel.port)
    assert f"ok    claims: Redis at {good}/0 takes claims" in check(new_service(claims={"redis_url": good})).stdout
    answer = check(new_service(claims={"redis_url": url(watched.sentinel.port, master="another")}))
    assert answer.returncode == 1
    assert f"Sentinel {HOST}:{watched.sentinel.port}: it knows no master of that name" in answer.stdout
