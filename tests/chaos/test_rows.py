"""The table of what happens when something is down (docs/architecture.md), row by row, a click at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from c2ctest import Api, Calls, Reply, signer
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.asterisk import Asterisk
from lab.kamailio import Kamailio
from lab.part import Part
from lab.waiting import wait_until

from channels import ami_sessions, live

ALICE = signer("alice")  # answers, and talks until somebody hangs up
CALLEE = "+34900000001"
BACKEND_ERROR = (502, "backend error")
NOT_PLACED = (502, "could not originate call")

DOWN: dict[str, Callable[[Part], None]] = {"killed": lambda part: part.kill(), "frozen": lambda part: part.stop()}
UP: dict[str, Callable[[Part], None]] = {"killed": lambda part: part.start(), "frozen": lambda part: part.cont()}
both_ways = pytest.mark.parametrize("way", DOWN)


def place(api: Api, calls: Calls) -> str:
    """A click that is placed; on which server."""
    iden = calls.iden("row")
    reply = api.call(ALICE, CALLEE, iden=iden)
    assert reply.status == 200, reply.body
    calls.wait(iden, "is dialled", lambda call: call.leg1)
    seen = calls.seen(iden)
    assert seen is not None and seen.count == 1
    calls.hang_up(iden)
    return seen.servers[0]


def click(api: Api, calls: Calls) -> tuple[str, Reply]:
    iden = calls.iden("row")
    return iden, api.call(ALICE, CALLEE, iden=iden)


def clicks_at_once(api: Api, calls: Calls, count: int) -> list[tuple[str, Reply]]:
    answers: list[tuple[str, Reply]] = []
    threads = [threading.Thread(target=lambda: answers.append(click(api, calls))) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == count, "a click was not answered"
    return answers


def wait_for_a_call(api: Api, calls: Calls) -> None:
    wait_until("a click that is placed", lambda: click(api, calls)[1].status == 200, timeout=30)


def send_to(kamailio: Kamailio, server: Asterisk) -> None:
    kamailio.set_server(1, f"sip:{server.host}:{server.sip_port}")


def assert_no_ghosts(lab: Lab, calls: Calls, answers: list[tuple[str, Reply]]) -> None:
    """Nothing lives on of what was not placed, once no session is left that could still hold an Originate of it."""
    for server in lab.asterisk:
        wait_until(f"the end of old sessions on {server.name}", lambda server=server: ami_sessions(server) <= 1, timeout=30)  # type: ignore[misc]
    refused = [iden for iden, reply in answers if reply.status != 200]
    wait_until("the end of calls that were not placed", lambda: not any(iden in live(lab) for iden in refused))
    placed = [iden for iden, reply in answers if reply.status == 200]
    assert all(calls.count(iden) == 1 for iden in placed)
    assert all(calls.count(iden) <= 1 for iden in refused)


# MariaDB

@both_ways
def test_without_the_database_a_click_is_refused_and_after_its_return_placed(
    lab: Lab, start_service: MakeService, calls: Calls, way: str
) -> None:
    api = start_service().api
    place(api, calls)
    DOWN[way](lab.mariadb)
    for _ in range(2):
        iden, reply = click(api, calls)
        assert (reply.status, reply.json) == (502, {"error": "backend error"})
        assert calls.count(iden) == 0
    UP[way](lab.mariadb)
    wait_for_a_call(api, calls)
    for _ in range(10):
        place(api, calls)


def test_a_service_that_starts_without_the_database_finds_it_later(lab: Lab, start_service: MakeService, calls: Calls) -> None:
    lab.mariadb.kill()
    api = start_service().api
    assert click(api, calls)[1].verdict == BACKEND_ERROR
    lab.mariadb.start()
    wait_for_a_call(api, calls)


def test_connections_that_a_restart_of_the_database_has_made_stale_are_never_seen(
    lab: Lab, start_service: MakeService, calls: Calls
) -> None:
    api = start_service().api
    for _ in range(2):
        # At once, so that every worker has all the connections that it may have.
        assert {reply.status for _, reply in clicks_at_once(api, calls, 16)} == {200}
        lab.mariadb.kill()
        lab.mariadb.start()
        for _ in range(10):
            place(api, calls)


def test_sessions_that_the_database_throws_out_are_never_seen(lab: Lab, start_service: MakeService, calls: Calls) -> None:
    api = start_service().api
    assert {reply.status for _, reply in clicks_at_once(api, calls, 16)} == {200}
    for [number] in lab.sql("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'click2call'"):
        lab.sql(f"KILL {number}")
    for _ in range(10):
        place(api, calls)


# Kamailio

@both_ways
def test_without_kamailio_a_company_stays_on_its_server(
    lab: Lab, start_service: MakeService, calls: Calls, way: str
) -> None:
    server = lab.asterisk[1]
    send_to(lab.kamailio, server)
    api = start_service(server={"workers": 1}).api  # each worker knows only what it has learnt itself
    assert place(api, calls) == server.name
    DOWN[way](lab.kamailio)
    wait_for_the_cache_to_age(api, calls, server)


def wait_for_the_cache_to_age(api: Api, calls: Calls, server: Asterisk) -> None:
    """Calls keep to their server until the answer is too old to be used unasked, and after."""
    begin = calls.iden("row")
    assert api.call(ALICE, CALLEE, iden=begin).status == 200
    first = calls.wait(begin, "is seen", lambda call: call.count == 1).started
    while True:
        iden, reply = click(api, calls)
        assert reply.status == 200, reply.body
        seen = calls.wait(iden, "is seen", lambda call: call.count == 1)
        assert seen.servers == [server.name]
        if seen.started - first > 4:  # twice the time for which an answer is fresh
            return


@both_ways
def test_without_kamailio_the_database_names_a_server_to_a_service_that_knows_none(
    lab: Lab, start_service: MakeService, calls: Calls, way: str
) -> None:
    DOWN[way](lab.kamailio)
    api = start_service().api
    for _ in range(4):
        place(api, calls)
    UP[way](lab.kamailio)
    lab.kamailio.wait_ready()
    send_to(lab.kamailio, lab.asterisk[1])
    wait_until("a call where Kamailio sends it", lambda: place(api, calls) == lab.asterisk[1].name)


@both_ways
def test_without_kamailio_and_with_the_companys_server_dead_another_one_is_found(
    lab: Lab, start_service: MakeService, calls: Calls, way: str
) -> None:
    first, second = lab.asterisk
    send_to(lab.kamailio, second)
    api = start_service().api
    assert place(api, calls) == second.name
    DOWN[way](lab.kamailio)
    second.kill()
    for _ in range(4):
        assert place(api, calls) == first.name


# The application server

def test_with_its_server_dead_a_company_is_served_by_another(lab: Lab, start_service: MakeService, calls: Calls) -> None:
    first, second = lab.asterisk
    send_to(lab.kamailio, second)
    api = start_service().api
    assert place(api, calls) == second.name
    second.kill()
    for _ in range(6):
        assert place(api, calls) == first.name
    second.start()
    wait_until("a call on the server that is back", lambda: place(api, calls) == second.name, timeout=30)


def test_a_frozen_server_is_left_and_what_it_was_told_is_hung_up_when_it_thaws(
    lab: Lab, start_service: MakeService, calls: Calls
) -> None:
    first, second = lab.asterisk
    send_to(lab.kamailio, second)
    api = start_service().api
    assert place(api, calls) == second.name
    second.stop()
    answers: list[tuple[str, Reply]] = []
    for _ in range(10):  # two seconds each at most until the silence is noticed, in five
        answers += clicks_at_once(api, calls, 8)
        if answers[-1][1].status == 200:
            break
    assert answers[0][1].verdict == NOT_PLACED
    assert answers[-1][1].status == 200, "no other server was found"
    for iden, reply in answers:
        assert reply.status == 200 or reply.verdict == NOT_PLACED
        assert calls.count(iden) == (1 if reply.status == 200 else 0)
    second.cont()
    assert_no_ghosts(lab, calls, answers)
    wait_until("a call on the server that is back", lambda: place(api, calls) == second.name, timeout=30)


def test_a_server_that_thaws_before_it_was_missed_keeps_no_call_that_was_refused(
    lab: Lab, start_service: MakeService, calls: Calls
) -> None:
    first = lab.asterisk[0]
    service = start_service()
    place(service.api, calls)
    first.stop()
    answers = clicks_at_once(service.api, calls, 16)
    assert {reply.verdict for _, reply in answers} == {NOT_PLACED}
    first.cont()
    # The refused calls begin now, and are hung up, some of them before the dialplan can note them.
    wait_until("a refused call that begins", lambda: any(calls.count(iden) for iden, _ in answers))
    assert_no_ghosts(lab, calls, answers)
    wait_for_a_call(service.api, calls)


def test_a_server_that_dies_frozen_takes_its_calls_with_it(lab: Lab, start_service: MakeService, calls: Calls) -> None:
    first = lab.asterisk[0]
    api = start_service().api
    place(api, calls)
    first.stop()
    answers = clicks_at_once(api, calls, 8)
    assert {reply.verdict for _, reply in answers} == {NOT_PLACED}
    first.kill()
    wait_for_a_call(api, calls)
    first.start()
    assert_no_ghosts(lab, calls, answers)
    assert not any(calls.count(iden) for iden, _ in answers), "an Originate was sent again"


@both_ways
def test_with_every_server_gone_clicks_are_refused_until_one_is_back(
    lab: Lab, start_service: MakeService, calls: Calls, way: str
) -> None:
    api = start_service().api
    place(api, calls)
    for server in lab.asterisk:
        DOWN[way](server)
    answers = [click(api, calls) for _ in range(3)] + clicks_at_once(api, calls, 8)
    assert {reply.verdict for _, reply in answers} == {NOT_PLACED}
    UP[way](lab.asterisk[1])
    wait_for_a_call(api, calls)
    UP[way](lab.asterisk[0])
    assert_no_ghosts(lab, calls, answers)
