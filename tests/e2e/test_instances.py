"""Several instances with one Redis: whichever is asked for a call knows it, and goes on where another one is gone."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from c2ctest import Api, Calls, LiveCall, Service, build_folder
from c2ctest.fixtures import MakeService
from lab.ports import PortPicker
from lab.waiting import wait_until
from live_calls import ALICE, ANSWERS, BUSY, DAVE, HEIDI, RINGS, UNKNOWN
from test_redis import HOST, OwnRedis, nonce_of, pair, redis

__all__ = ["pair", "redis"]

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
NOT_HERE = (503, "service unavailable")


def at(call: LiveCall, service: Service) -> LiveCall:
    return dataclasses.replace(call, api=service.api)


@pytest.fixture
def ringing(pair: tuple[Service, Service], calls: Calls) -> tuple[LiveCall, LiveCall]:
    """A call that goes on until somebody ends it, at its home and as the other instance sees it."""
    home, other = pair
    call = LiveCall.place(home.api, DAVE, ANSWERS, iden=calls.iden("live"))
    return call, at(call, other)


def once_claimed(ask: Callable[[], tuple[int, str | None]]) -> tuple[int, str | None]:
    """The first verdict that is not the one of a worker without Redis."""
    verdicts: list[tuple[int, str | None]] = []

    def claimed() -> bool:
        verdicts.append(ask())
        return verdicts[-1] != NOT_HERE

    wait_until("a claim after Redis is back", claimed, timeout=20)
    return verdicts[-1]


def state(call: LiveCall) -> str:
    reply = call.snapshot()
    assert reply.status == 200, reply
    return str(reply.json["state"])


# Who is asked

def test_each_instance_shows_the_call_alike(ringing: tuple[LiveCall, LiveCall]) -> None:
    here, there = ringing
    assert there.snapshot().json == here.snapshot().json
    assert there.snapshot().json["state"] == "callingCaller"


def test_each_instance_streams_the_call_alike(pair: tuple[Service, Service], calls: Calls) -> None:
    call = LiveCall.place(pair[0].api, ALICE, BUSY, iden=calls.iden("live"))
    here, there = call.stream(), at(call, pair[1]).stream()
    assert here.finish() == there.finish() == ["initiating", "callingCaller", "callingCallee", "failed"]
    assert [change.data for change in here.changes] == [change.data for change in there.changes]
    assert [change.number for change in there.changes] == [1, 2, 3, 4]


def test_a_reader_goes_on_at_another_instance(ringing: tuple[LiveCall, LiveCall]) -> None:
    here, there = ringing
    first = here.stream()
    seen = first.wait("callingCaller").number
    first.close()
    second = there.stream(after=seen)
    assert here.cancel().status == 204
    assert second.finish() == ["failed"]
    assert second.changes[0].number == seen + 1


def test_each_instance_hangs_up(ringing: tuple[LiveCall, LiveCall], calls: Calls) -> None:
    here, there = ringing
    stream = here.stream()
    assert there.cancel().status == 204
    assert stream.finish()[-1] == "failed"
    assert stream.reason == "callerAbandon", "its home knows that it was asked for"
    assert not calls.lives(here.iden)
    assert there.cancel().status == 204, "and again"


def test_nobody_elses_call_is_shown_anywhere(ringing: tuple[LiveCall, LiveCall], pair: tuple[Service, Service], calls: Calls) -> None:
    other = LiveCall.place(pair[1].api, DAVE, ANSWERS, iden=calls.iden("live"))
    stolen = dataclasses.replace(ringing[1], iden=other.iden)
    assert stolen.snapshot().verdict == (401, "invalid ticket")


# The iden

def test_a_retry_elsewhere_is_the_same_call(ringing: tuple[LiveCall, LiveCall], pair: tuple[Service, Service], calls: Calls) -> None:
    iden = ringing[0].iden
    assert pair[1].api.call(DAVE, ANSWERS, iden=iden).verdict == (200, None)
    assert pair[1].api.call(DAVE, ANSWERS, iden=iden.upper()).verdict == (200, None)
    assert calls.count(iden) == 1


def test_an_iden_in_use_at_one_instance_is_in_use_at_all(ringing: tuple[LiveCall, LiveCall], pair: tuple[Service, Service]) -> None:
    iden = ringing[0].iden
    assert pair[1].api.call(DAVE, RINGS, iden=iden).verdict == (409, "iden in use")
    assert pair[1].api.call(HEIDI, ANSWERS, iden=iden).verdict == (409, "iden in use")


def test_of_many_racing_requests_one_is_originated(pair: tuple[Service, Service], calls: Calls) -> None:
    iden = calls.iden()
    verdicts: list[tuple[int, str | None]] = []
    gate = threading.Barrier(16)

    def race(api: Api) -> None:
        gate.wait()
        verdicts.append(api.call(DAVE, ANSWERS, iden=iden).verdict)

    runners = [threading.Thread(target=race, args=(pair[n % 2].api,)) for n in range(16)]
    for each in runners:
        each.start()
    for each in runners:
        each.join()
    assert verdicts == [(200, None)] * 16
    assert calls.count(iden) == 1


# An instance that is gone

def test_the_calls_of_an_instance_that_is_killed_are_taken_over(
    pair: tuple[Service, Service], ringing: tuple[LiveCall, LiveCall], calls: Calls
) -> None:
    here, there = ringing
    followed = there.stream()
    followed.wait("callingCaller")
    pair[0].kill()
    assert pair[1].api.call(DAVE, ANSWERS, iden=here.iden).verdict == (200, None)
    assert pair[1].api.call(HEIDI, ANSWERS, iden=here.iden).verdict == (409, "iden in use")
    wait_until("its calls are taken over", lambda: bool(pair[1].log_lines("is taken over")))
    assert state(there) == "callingCaller"
    assert not followed.ended, "its readers elsewhere notice nothing"
    assert there.cancel().status == 204
    assert followed.finish() == ["initiating", "callingCaller", "failed"]
    assert followed.reason == "callerAbandon"
    assert calls.count(here.iden) == 1


def test_a_call_that_ends_while_nobody_watches_is_over(pair: tuple[Service, Service], calls: Calls) -> None:
    call = LiveCall.place(pair[0].api, ALICE, ANSWERS, iden=calls.iden("live"))
    call.stream().wait("connected")
    pair[0].kill()
    calls.hang_up(call.iden)
    wait_until("its end", lambda: not calls.lives(call.iden))
    there = at(call, pair[1])
    wait_until("the end is seen", lambda: state(there) == "disconnected")
    assert there.snapshot().json["reason"] == "other"
    assert there.cancel().status == 204


@pytest.mark.parametrize("end", [Service.kill, Service.stop], ids=["killed", "ended"])
def test_a_reader_of_an_instance_that_is_gone_goes_on_at_another(
    pair: tuple[Service, Service], calls: Calls, end: Callable[[Service], None]
) -> None:
    call = LiveCall.place(pair[0].api, ALICE, ANSWERS, iden=calls.iden("live"))
    seen = call.stream().wait("connected").number
    end(pair[0])
    there = at(call, pair[1])
    assert state(there) == "connected"
    back = there.stream(after=seen)
    assert there.cancel().status == 204
    assert back.finish() == ["disconnected"]
    assert back.changes[0].number == seen + 1
    assert state(there) == "disconnected"
    assert not calls.lives(call.iden)


def test_with_redis_a_restart_still_knows_its_calls(
    pair: tuple[Service, Service], ringing: tuple[LiveCall, LiveCall], calls: Calls
) -> None:
    here, _ = ringing
    for each in pair:
        each.stop()
    home = pair[0].start()
    nonce = nonce_of(home.api)
    assert home.api.post("/call", home.api.order(HEIDI, ANSWERS, nonce=nonce, iden=calls.iden())).status == 200
    assert state(here) == "callingCaller"
    stream = here.stream()
    assert here.cancel().status == 204
    assert stream.finish() == ["initiating", "callingCaller", "failed"]


# Redis that is gone

def test_without_redis_the_home_alone_shows_its_calls(redis: OwnRedis, ringing: tuple[LiveCall, LiveCall]) -> None:
    here, there = ringing
    redis.kill()
    assert state(here) == "callingCaller"
    assert there.snapshot().verdict == NOT_HERE
    assert there.cancel().verdict == NOT_HERE
    assert here.cancel().status == 204


def test_a_redis_that_comes_back_empty_is_told_again(redis: OwnRedis, ringing: tuple[LiveCall, LiveCall]) -> None:
    here, there = ringing
    stream = there.stream()
    stream.wait("callingCaller")
    redis.kill()
    redis.start()
    wait_until("the call is known elsewhere", lambda: there.snapshot().status == 200, timeout=30)
    assert state(there) == "callingCaller"
    assert here.cancel().status == 204
    assert stream.finish()[-1] == "failed", "and who had followed it goes on"


def test_an_iden_is_in_use_again_when_redis_came_back_empty(
    redis: OwnRedis, pair: tuple[Service, Service], ringing: tuple[LiveCall, LiveCall], calls: Calls
) -> None:
    here, there = ringing
    redis.kill()
    redis.start()
    wait_until("the call is known elsewhere", lambda: there.snapshot().status == 200, timeout=30)
    # Who shows calls and who claims nonces have connections of their own, and each worker has one.
    assert once_claimed(lambda: pair[1].api.call(DAVE, ANSWERS, iden=here.iden).verdict) == (200, None)
    assert once_claimed(lambda: pair[1].api.call(HEIDI, ANSWERS, iden=here.iden).verdict) == (409, "iden in use")
    assert calls.count(here.iden) == 1


# Limits

def tries_until_refused(ask: Callable[[], tuple[int, str | None]]) -> int:
    for tries in itertools.count():
        if ask() == (429, "too many requests"):
            return tries
        assert tries < 100
        time.sleep(0.02)
    return 0

def test_a_terminal_has_its_calls_at_all_instances_together(redis: OwnRedis, start_service: MakeService) -> None:
    limits = {"claims": {"redis_url": redis.url}, "throttle": {"calls_per_terminal": 40}}
    first, second = (start_service(**limits).api for _ in range(2))
    for _ in range(40):
        assert first.call(HEIDI, ANSWERS).status == 200
    assert tries_until_refused(lambda: second.call(HEIDI, ANSWERS).verdict) < 20, "long before its own 40"


def test_wrong_passwords_count_at_all_instances_together(redis: OwnRedis, start_service: MakeService) -> None:
    limits = {"claims": {"redis_url": redis.url}, "throttle": {"wrong_digests": 40}}
    first, second = (start_service(**limits).api for _ in range(2))
    guess = lambda api: api.post("/call", {**api.order(HEIDI, ANSWERS, nonce=nonce_of(api)), "response": "0" * 32}).verdict  # noqa: E731
    assert [guess(first) for _ in range(40)] == [(403, "forbidden")] * 40
    assert tries_until_refused(lambda: guess(second)) < 20, "long before its own 40"


# Rights

def check(service: Service) -> subprocess.CompletedProcess[str]:
    argv = [str(build_folder() / "click2calld"), "--config", str(service.config_path), "--check"]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60)


def documented_rights() -> list[str]:
    found = re.search(r"An ACL user needs `([^`]+)`", OPERATIONS.read_text())
    assert found
    return found[1].split()


def test_the_documented_rights_are_enough(redis: OwnRedis, start_service: MakeService, calls: Calls) -> None:
    redis.command("ACL", "SETUSER", "c2c", "on", ">pw", *documented_rights())
    claims = {"redis_url": f"redis://c2c:pw@{HOST}:{redis.port}"}
    first, second = (start_service(claims=claims) for _ in range(2))
    call = LiveCall.place(first.api, DAVE, ANSWERS, iden=calls.iden("live"))
    stream = at(call, second).stream()
    assert at(call, second).cancel().status == 204
    assert stream.finish()[-1] == "failed"
    assert "lets instances tell one another of their calls" in check(first).stdout
    assert redis.command("ACL", "LOG") == b"*0\r\n", "commands that Redis has refused"


def test_check_misses_each_right_that_is_missing(redis: OwnRedis, start_service: MakeService) -> None:
    redis.command("ACL", "SETUSER", "c2c", "on", ">pw", *documented_rights())
    service = start_service(claims={"redis_url": f"redis://c2c:pw@{HOST}:{redis.port}"})
    for right in documented_rights():
        name = right.removeprefix("+")
        # AUTH is free to everybody, and the database 0 is not selected.
        if right.startswith("+") and name not in ("auth", "select"):
            redis.command("ACL", "SETUSER", "c2c", f"-{name}")
            answer = check(service)
            assert answer.returncode == 1, f"without {right}: {answer.stdout}"
            assert name == "set" or f"refuses {name.upper()};" in answer.stdout
            redis.command("ACL", "SETUSER", "c2c", right)
    assert check(service).returncode == 0


def test_readiness_and_metrics_tell_of_redis(redis: OwnRedis, start_service: MakeService) -> None:
    port = PortPicker().pick(HOST)
    start_service(server={"admin_listen": f"{HOST}:{port}"}, claims={"redis_url": redis.url})
    admin = Api(HOST, port)
    wait_until("it is ready", lambda: admin.request("GET", "/readyz").status == 200)
    redis.kill()
    wait_until("it is not", lambda: admin.request("GET", "/readyz").status == 503)
    missing = json.loads(admin.request("GET", "/readyz").body)["missing"]
    assert [each["part"] for each in missing] == ["claims"]
    assert b"\nclick2call_redis_up 0\n" in admin.request("GET", "/metrics").body


def test_calls_are_unknown_to_instances_that_share_nothing(start_service: MakeService, calls: Calls) -> None:
    first, second = (start_service() for _ in range(2))
    call = LiveCall.place(first.api, DAVE, ANSWERS, iden=calls.iden("live"))
    assert at(call, second).snapshot().verdict == UNKNOWN
    assert call.cancel().status == 204
