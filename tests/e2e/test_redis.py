"""claims.redis_url: a nonce is good for one call at all instances together, and for none where nobody can tell."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from c2ctest import Api, Calls, Service, build_folder, signer
from c2ctest.fixtures import MakeService
from lab.ports import PortPicker
from lab.redis import Redis
from lab.waiting import wait_until

HOST = "127.0.0.1"
HEIDI = signer("heidi")
DESTINATION = "+34900000200"
USED = (401, "invalid nonce")
DOWN = (503, "service unavailable")
FORBIDDEN = (403, "forbidden")
PASSWORD = "a-password-of-Redis"


class OwnRedis(Redis):
    """A Redis that a test may kill, with more options."""

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(folder, HOST, PortPicker().pick(HOST))
        self._options = options
        self.configure()

    def launch(self) -> None:
        argv = ["redis-server", "--bind", HOST, "--port", str(self.port), "--dir", str(self.folder), "--save", ""]
        self.process.spawn([*argv, *self._options], cwd=self.folder)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[OwnRedis]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed: scripts/setup --test")
    made = OwnRedis(tmp_path / "redis")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def pair(redis: OwnRedis, start_service: MakeService) -> tuple[Service, Service]:
    first, second = (start_service(claims={"redis_url": redis.url}) for _ in range(2))
    return first, second


def nonce_of(api: Api) -> str:
    return str(api.challenge(HEIDI.aor).json["nonce"])


def use(api: Api, nonce: str, **more: Any) -> tuple[int, str | None]:
    return api.post("/call", api.order(HEIDI, DESTINATION, nonce=nonce, **more)).verdict


def guess(api: Api) -> tuple[int, str | None]:
    """A wrong digest over a fresh nonce: forbidden where the nonce could be claimed."""
    return api.post("/call", {**api.order(HEIDI, DESTINATION, nonce=nonce_of(api)), "response": "0" * 32}).verdict


def test_a_nonce_used_at_one_instance_is_used_at_the_other(pair: tuple[Service, Service], calls: Calls) -> None:
    first, second = (each.api for each in pair)
    nonce = nonce_of(first)
    assert use(second, nonce, iden=calls.iden()) == (200, None)
    assert use(first, nonce) == USED
    assert use(second, nonce) == USED


def test_of_many_racing_uses_at_two_instances_one_is_good(pair: tuple[Service, Service], calls: Calls) -> None:
    nonce = nonce_of(pair[0].api)
    verdicts: list[tuple[int, str | None]] = []
    gate = threading.Barrier(16)

    def race(api: Api, iden: str) -> None:
        gate.wait()
        verdicts.append(use(api, nonce, iden=iden))

    runners = [threading.Thread(target=race, args=(pair[number % 2].api, calls.iden())) for number in range(16)]
    for each in runners:
        each.start()
    for each in runners:
        each.join()
    assert sorted(verdicts) == sorted([(200, None), *[USED] * 15])


def test_without_redis_nothing_is_accepted_and_with_it_again_everything_is(redis: OwnRedis, pair: tuple[Service, Service]) -> None:
    api = pair[0].api
    assert guess(api) == FORBIDDEN
    redis.kill()
    for _ in range(5):
        reply = api.post("/call", api.order(HEIDI, DESTINATION, nonce=nonce_of(api)))
        assert reply.verdict == DOWN
        assert int(reply.headers["Retry-After"]) >= 1
    redis.start()
    wait_until("a claim after Redis is back", lambda: guess(api) == FORBIDDEN, timeout=20)
    assert len(pair[0].log_lines("is down, and no call can be accepted")) <= 8, "said once by each worker, not for each call"


def test_a_redis_that_says_nothing_holds_nobody_up(redis: OwnRedis, pair: tuple[Service, Service]) -> None:
    api = Api(pair[0].host, pair[0].port, timeout=8)
    assert guess(api) == FORBIDDEN
    redis.stop()
    try:
        assert [guess(api) for _ in range(3)] == [DOWN] * 3
    finally:
        redis.cont()
    wait_until("a claim after Redis goes on", lambda: guess(api) == FORBIDDEN, timeout=20)


def test_a_redis_that_is_full_is_one_that_cannot_be_asked(redis: OwnRedis, pair: tuple[Service, Service]) -> None:
    assert guess(pair[0].api) == FORBIDDEN
    assert redis.command("CONFIG", "SET", "maxmemory", "1") == b"+OK\r\n"
    assert guess(pair[0].api) == DOWN
    assert redis.command("CONFIG", "SET", "maxmemory", "0") == b"+OK\r\n"
    assert guess(pair[0].api) == FORBIDDEN


def test_it_is_reached_over_a_unix_socket(tmp_path: Path, start_service: MakeService) -> None:
    there = tmp_path / "redis.sock"
    redis = OwnRedis(tmp_path / "unix", "--unixsocket", str(there))
    redis.start()
    try:
        assert guess(start_service(claims={"redis_url": f"unix://{there}?db=1"}).api) == FORBIDDEN
        assert redis.command("EXISTS", "no such key") == b":0\r\n"
    finally:
        redis.kill()


def certificate(folder: Path) -> tuple[Path, Path]:
    cert, key = folder / "redis.pem", folder / "redis.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{HOST}"]
    subprocess.run([*command, *names, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key


def test_a_redis_cluster_is_refused_in_words(tmp_path: Path, start_service: MakeService) -> None:
    # The bus between nodes has a port of its own; left to Redis it is the first one's plus 10000, which may be taken.
    bus = PortPicker().pick(HOST)
    redis = OwnRedis(tmp_path / "cluster", "--cluster-enabled", "yes", "--cluster-port", str(bus))
    redis.start()
    try:
        service = start_service(claims={"redis_url": redis.url})
        assert guess(service.api) == DOWN
        assert service.log_lines("is a node of a Redis Cluster, which is not served")
        said = check(service)
        assert said.returncode != 0
        assert "is a node of a Redis Cluster, which is not served: name a single Redis, or one behind Sentinel" in said.stdout
        # Where the node has all keys nothing is refused, until one of them moves.
        redis.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        wait_until("the node serves every key", lambda: b"cluster_state:ok" in redis.command("CLUSTER", "INFO"))
        said = check(service)
        assert said.returncode != 0 and "is a node of a Redis Cluster" in said.stdout
    finally:
        redis.kill()


@pytest.fixture
def tls_redis(tmp_path: Path) -> Iterator[tuple[int, Path, OwnRedis]]:
    cert, key = certificate(tmp_path)
    port = PortPicker().pick(HOST)
    files = ["--tls-cert-file", str(cert), "--tls-key-file", str(key), "--tls-ca-cert-file", str(cert)]
    redis = OwnRedis(tmp_path / "tls", "--tls-port", str(port), "--tls-auth-clients", "no", *files)
    redis.start()
    redis.command("ACL", "SETUSER", "c2c", "on", f">{PASSWORD}", "~c2c:*", "+set", "+select", "+auth")
    yield port, cert, redis
    redis.kill()


def test_tls_and_a_user_that_may_only_set(tls_redis: tuple[int, Path, OwnRedis], start_service: MakeService) -> None:
    port, cert, _ = tls_redis
    service = start_service(
        claims={"redis_url": f"rediss://c2c:x@{HOST}:{port}/0", "redis_password": PASSWORD, "redis_ca": str(cert)}
    )
    service.secrets.append(PASSWORD)
    assert guess(service.api) == FORBIDDEN


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_redis: tuple[int, Path, OwnRedis], start_service: MakeService) -> None:
    port, _, _ = tls_redis
    service = start_service(claims={"redis_url": f"rediss://:{PASSWORD}@{HOST}:{port}"})
    assert guess(service.api) == DOWN
    assert service.log_lines("its certificate is not accepted")


def test_a_certificate_proves_no_name_by_its_common_name(tls_redis: tuple[int, Path, OwnRedis], start_service: MakeService) -> None:
    port, cert, _ = tls_redis  # which has localhost as its common name alone
    claims = {"redis_url": f"rediss://c2c:{PASSWORD}@localhost:{port}/0", "redis_ca": str(cert)}
    service = start_service(claims=claims)
    service.secrets.append(PASSWORD)
    assert guess(service.api) == DOWN
    assert service.log_lines("its certificate is not accepted")


def check(service: Service) -> subprocess.CompletedProcess[str]:
    argv = [str(build_folder() / "click2calld"), "--config", str(service.config_path), "--check"]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60)


def test_check_says_whether_claims_are_taken(redis: OwnRedis, new_service: MakeService) -> None:
    service = new_service(claims={"redis_url": redis.url})
    assert f"ok    claims: Redis at {redis.url} takes claims" in check(service).stdout
    redis.kill()
    answer = check(service)
    assert answer.returncode != 0
    assert f"FAIL  claims: Redis at {redis.url}: connection refused" in answer.stdout
