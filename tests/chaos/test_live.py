"""Whoever dies while a call is watched, in whatever phase: its watchers are told the end, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from c2ctest import Calls, LiveCall, LiveStream, Service, signer
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.asterisk import Asterisk
from lab.waiting import wait_until

from gate import HOST, Gate
from test_everything import KEPT_KIB, open_files, resident_kib, wait_for_clients_to_be_gone

# Who calls what, and the state in which such a call stays until somebody ends it.
PHASES = {
    "callingCaller": ("dave", "+34900000001"),
    "callingCallee": ("alice", "+34900000480"),
    "connected": ("alice", "+34900000001"),
}
REMEMBERED = 60  # seconds for which the service knows a call that is over
ROUNDS = 40


@pytest.fixture
def gate(lab: Lab) -> Iterator[Gate]:
    made = Gate((lab.asterisk[0].host, lab.asterisk[0].ami_port))
    yield made
    made.close()


@pytest.fixture
def gated(gate: Gate, start_service: MakeService) -> Service:
    """A service that knows one application server, which it reaches through the gate."""
    return start_service(kamailio=None, ami={"port": gate.port}, routing={"application_servers": [HOST]})


class Watched:
    """One call in each phase, and a stream of each."""

    def __init__(self, service: Service, calls: Calls) -> None:
        self.calls = [
            LiveCall.place(service.api, signer(who), destination, iden=calls.iden("live"))
            for who, destination in PHASES.values()
        ]
        self.streams = [call.stream() for call in self.calls]
        for stream, phase in zip(self.streams, PHASES, strict=True):
            stream.wait(phase)

    def finish(self, timeout: float = 60) -> None:
        for stream in self.streams:
            stream.finish(timeout)

    def assert_lost(self) -> None:
        """Each was told the end, and that nobody knows why; what was connected is disconnected."""
        for stream, phase in zip(self.streams, PHASES, strict=True):
            assert stream.states[-2:] == [phase, "disconnected" if phase == "connected" else "failed"]
            assert stream.reason == "other"

    def wait_forgotten(self) -> None:
        """Until the board has nothing of them; their tickets live for hours, and open nothing any more."""
        for call in self.calls:
            wait_until(f"{call.iden} is forgotten", lambda: call.snapshot().status == 404, timeout=REMEMBERED + 20)


def wait_ready(asterisk: Asterisk) -> None:
    asterisk.start()
    asterisk.wait_ready()


def test_an_asterisk_that_dies_ends_its_calls(lab: Lab, gate: Gate, gated: Service, calls: Calls) -> None:
    watched = Watched(gated, calls)
    files = open_files(gated)  # the session and the database's connections, and a connection for each stream
    lab.asterisk[0].kill()
    assert not any(stream.ended for stream in watched.streams), "it may be the session only"
    wait_ready(lab.asterisk[0])
    watched.finish()
    watched.assert_lost()
    wait_for_clients_to_be_gone(gated)
    wait_until("the end of the streams", lambda: open_files(gated) <= files - len(watched.streams))


def test_calls_end_a_minute_after_their_asterisk_went_for_good(lab: Lab, gate: Gate, gated: Service, calls: Calls) -> None:
    watched = Watched(gated, calls)
    lab.asterisk[0].kill()
    watched.finish(timeout=90)
    watched.assert_lost()
    watched.wait_forgotten()


def test_a_session_that_is_cut_ends_no_call_and_hides_no_end(lab: Lab, gate: Gate, gated: Service, calls: Calls) -> None:
    watched = Watched(gated, calls)
    accepted = gate.accepted
    gate.cut()
    wait_until("a new session", lambda: gate.accepted > accepted and gate.sessions > 0)
    assert [stream.states[-1] for stream in watched.streams] == list(PHASES)
    for call in watched.calls:
        assert call.cancel().status == 204
    watched.finish()
    assert [stream.reason for stream in watched.streams] == ["callerAbandon", "callerAbandon", "hangUp"]


def test_a_call_that_ends_while_nobody_listens_is_told_when_the_session_is_back(
    gate: Gate, gated: Service, calls: Calls
) -> None:
    watched = Watched(gated, calls)
    gate.refuse()
    gate.cut()
    for call in watched.calls:
        calls.hang_up(call.iden)
        wait_until(f"the end of {call.iden}", lambda: not calls.lives(call.iden))
    assert not any(stream.ended for stream in watched.streams)
    gate.open()
    watched.finish()
    watched.assert_lost()


def test_a_hang_up_that_is_asked_for_while_the_server_is_away_is_done_when_it_is_back(
    gate: Gate, gated: Service, calls: Calls
) -> None:
    watched = Watched(gated, calls)
    gate.refuse()
    gate.cut()
    for call in watched.calls:
        reply = call.cancel()
        assert (reply.status, reply.json["iden"]) == (202, call.iden)
        assert calls.lives(call.iden)
    gate.open()
    watched.finish()
    assert not any(calls.lives(call.iden) for call in watched.calls)


def test_readers_that_die_leave_nothing(start_service: MakeService, calls: Calls) -> None:
    # One of its own: other tests count the sessions that each Asterisk has.
    service = start_service()
    wait_for_clients_to_be_gone(service)
    files = open_files(service)
    memory: list[int] = []
    watched = Watched(service, calls)
    for _ in range(3):
        for _ in range(ROUNDS):
            streams: list[LiveStream] = [call.stream() for call in watched.calls for _ in range(4)]
            for stream in streams:
                stream.close()
        # As many as may follow a call have gone by many times: all of them must have been let go.
        wait_until("the end of the streams", lambda: open_files(service) <= files + len(watched.streams) + 2)
        memory.append(resident_kib(service))
    assert memory[-1] <= memory[0] + KEPT_KIB, f"KiB resident, round by round: {memory}"
    assert [stream.states[-1] for stream in watched.streams] == list(PHASES), "and those that stay hear on"
    for call in watched.calls:
        assert call.cancel().status == 204
    watched.finish()
