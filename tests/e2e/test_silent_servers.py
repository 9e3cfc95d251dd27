"""A company whose application servers all take a connection and say nothing: the answer comes in time, and no end of the
service is too early for it."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from c2ctest import RawConnection, Service, signer
from c2ctest.fixtures import MakeService
from c2ctest.raw import request
from lab import Lab

ALICE = signer("alice")
NOT_PLACED = (502, "could not originate call")
SERVERS = [f"127.0.7.{number}" for number in range(1, 16)]


class SilentServers:
    """Each host listens on one port that they share; nobody reads there."""

    def __init__(self) -> None:
        self.sockets = [socket.create_server((SERVERS[0], 0))]
        self.port = self.sockets[0].getsockname()[1]
        self.sockets += [socket.create_server((host, self.port)) for host in SERVERS[1:]]
        for each in self.sockets:
            each.setblocking(False)

    def connected(self) -> int:
        """How many of them somebody has connected to."""

        def reached(listening: socket.socket) -> bool:
            try:
                listening.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        return sum(reached(each) for each in self.sockets)

    def close(self) -> None:
        for each in self.sockets:
            each.close()


@pytest.fixture
def silent() -> Iterator[SilentServers]:
    made = SilentServers()
    yield made
    made.close()


@pytest.fixture
def listed(lab: Lab) -> Iterator[str]:
    """The RPC address of a Kamailio that knows no company's server and lists all those in each of its sets."""
    records = lab.kamailio.rpc("dispatcher.list")["RECORDS"]
    targets = [{"DEST": {"URI": f"sip:{host}:6060", "FLAGS": "AP", "PRIORITY": 0}} for host in SERVERS]
    sets = [{"SET": {"ID": entry["SET"]["ID"], "TARGETS": targets}} for entry in records]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            listing = asked["method"] == "dispatcher.list"
            missing = {"code": 500, "message": "Key name doesn't exist in htable."}
            said = {"result": {"NRSETS": len(sets), "RECORDS": sets}} if listing else {"error": missing}
            body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], **said}).encode()
            self.send_response(200 if listing else 500)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/RPC"
    server.shutdown()
    server.server_close()


@pytest.fixture
def service(start_service: MakeService, silent: SilentServers, listed: str) -> Service:
    return start_service(kamailio={"rpc_url": listed}, ami={"port": silent.port}, server={"workers": 1})


def begin_call(service: Service) -> RawConnection:
    connection = service.connect()
    connection.send(request(target="/call", body=json.dumps(service.api.order(ALICE, "+34900000001")).encode()))
    return connection


def test_the_answer_does_not_wait_for_each_of_them(service: Service, silent: SilentServers) -> None:
    with begin_call(service) as waiting:
        reply = waiting.reply()
    assert (reply.status, reply.error) == NOT_PLACED
    # A silent one costs two seconds, and the answer is due within ten.
    assert 2 <= silent.connected() <= 5


def test_the_time_that_a_request_took_to_arrive_is_part_of_its_ten_seconds(service: Service, silent: SilentServers) -> None:
    whole = request(target="/call", body=json.dumps(service.api.order(ALICE, "+34900000001")).encode())
    with service.connect() as slow:
        slow.send(whole[:20])
        time.sleep(5)
        slow.send(whole[20:])
        reply = slow.reply()
    assert (reply.status, reply.error) == NOT_PLACED
    assert 1 <= silent.connected() <= 2


@pytest.mark.parametrize("end", ["reloads", "SIGTERM"])
def test_a_call_that_waits_for_them_outlasts_no_part_that_it_uses(service: Service, silent: SilentServers, end: str) -> None:
    with begin_call(service) as waiting:
        if end == "reloads":
            for _ in range(6):
                service.reload()
        else:
            service.signal(signal.SIGTERM)
        reply = waiting.reply()
    assert (reply.status, reply.error) == NOT_PLACED
    service.stop()
