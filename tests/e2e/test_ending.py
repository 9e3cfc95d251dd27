"""SIGTERM: nobody new is let in, what is in flight is answered, and the exit code is 0."""

from __future__ import annotations

import json
import signal
import threading

import pytest
from c2ctest import Calls, RawReply, Service, signer
from c2ctest.fixtures import MakeService
from c2ctest.raw import request
from lab import Lab
from lab.asterisk import AMI_DEAF_USER
from lab.waiting import wait_until

ALICE = signer("alice")
CHALLENGE = request(body=b'{"aor":"alice@127.0.0.1"}')


def refuses_connections(service: Service) -> bool:
    try:
        service.connect().close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass  # it waited in the queue of a listener that was closed
    return False


@pytest.fixture
def slow(start_service: MakeService) -> Service:
    """The answer to its first call takes two seconds: its AMI user hears nothing of the call, so it waits in vain."""
    return start_service(ami={"user": AMI_DEAF_USER})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_call_in_flight_is_answered_before_the_end(slow: Service, calls: Calls, number: int) -> None:
    iden = calls.iden()
    body = json.dumps(slow.api.order(ALICE, "+34900000001", iden=iden)).encode()
    replies: list[RawReply] = []
    with slow.connect() as connection, slow.connect() as idle:
        assert idle.ask(CHALLENGE).status == 200
        caller = threading.Thread(target=lambda: replies.append(connection.ask(request(target="/call", body=body))))
        caller.start()
        calls.wait(iden, "has reached Asterisk", lambda call: call.count == 1)
        slow.signal(number)
        wait_until("the listener's end", lambda: refuses_connections(slow))
        assert idle.closed(), "a connection without a request is closed at once"
        assert slow.running() and not replies, "the call was answered too early for this test"
        caller.join()
        assert (replies[0].status, replies[0].json) == (200, {"iden": iden})
        assert replies[0].header("Connection") == "close"
        assert connection.closed()
    assert slow.wait() == 0
    assert calls.lives(iden), "a call that was placed goes on without the service"


def test_a_request_that_is_half_sent_may_be_finished(start_service: MakeService) -> None:
    service = start_service()
    with service.connect() as connection:
        connection.send(CHALLENGE[:-5])
        # The service has read the first half once it has answered a later request.
        assert service.api.challenge("alice@127.0.0.1").status == 200
        service.signal(signal.SIGTERM)
        wait_until("the listener's end", lambda: refuses_connections(service))
        connection.send(CHALLENGE[-5:])
        reply = connection.reply()
        assert (reply.status, reply.header("Connection")) == (200, "close")
    assert service.wait() == 0


def test_idle_connections_do_not_delay_the_end(start_service: MakeService) -> None:
    service = start_service()
    connections = [service.connect() for _ in range(20)]
    for connection in connections:
        assert connection.ask(CHALLENGE).status == 200
    service.signal(signal.SIGTERM)
    for connection in connections:
        assert connection.closed()
    assert service.wait() == 0


def test_the_ami_session_is_logged_off(lab: Lab, start_service: MakeService, calls: Calls) -> None:
    service = start_service()
    assert service.api.call(signer("heidi"), "+34900000200", iden=calls.iden()).status == 200
    sessions = lambda: lab.asterisk[0].cli("manager show connected").count("ivozamiuser")  # noqa: E731
    before = sessions()
    service.stop()
    wait_until("the end of its AMI session", lambda: sessions() < before)


def test_a_service_without_any_backend_ends_as_well(start_service: MakeService) -> None:
    service = start_service(db={"port": 1}, kamailio={"rpc_url": "http://127.0.0.1:1/RPC"}, ami={"port": 1})
    assert service.api.call(ALICE, "1").verdict == (502, "backend error")
    service.stop()


def test_it_starts_again_on_the_same_port_at_once(start_service: MakeService) -> None:
    service = start_service()
    for _ in range(3):
        with service.connect() as connection:
            assert connection.ask(CHALLENGE).status == 200
            service.stop()
        service.start()
    assert service.api.challenge("alice@127.0.0.1").status == 200
