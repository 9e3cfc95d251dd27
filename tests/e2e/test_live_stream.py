"""The live call as a stream of events: its bytes, its resumption, its readers, and its end with the service's."""

from __future__ import annotations

import re
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from c2ctest import Api, Calls, LiveCall, LiveStream, RawReply, Service
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.waiting import wait_until
from live_calls import ALICE, ANSWERS, DAVE, about, ask, on_second, over, ringing
from test_tls import make_certificate

__all__ = ["on_second", "over", "ringing"]

FOLLOWERS = 16  # of one call
CORS = ("access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers")
EVENTS = {"Accept": "text/event-stream"}


def events(call: LiveCall, after: str | None = None, version: str = "HTTP/1.1") -> bytes:
    """The bytes of a request for the call's stream."""
    more = [] if after is None else [("Last-Event-ID", after)]
    return about(call, "GET", [*EVENTS.items(), *more], version)


def on_the_wire(
    service: Service, data: bytes, told: Callable[[], None] = lambda: None
) -> tuple[str, dict[str, str], str]:
    """Status line, headers and body of an answer that ends with its connection, and over TLS not without a farewell. `told`
    is called once the second event has come."""
    got = b""
    with socket.create_connection((service.host, service.port), timeout=30) as plain:
        stream = service.tls.wrap_socket(plain, suppress_ragged_eofs=False) if service.tls else plain
        stream.sendall(data)
        while more := stream.recv(65536):
            before, got = got, got + more
            if b"id: 2\n" in got and b"id: 2\n" not in before:
                told()
        stream.close()
    head, _, body = got.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert len(headers) == len(lines), "no header comes twice"
    return first, headers, body


def test_the_head_of_a_stream_keeps_proxies_from_holding_it_back(service: Service, over: LiveCall) -> None:
    first, headers, _ = on_the_wire(service, events(over))
    assert first == "HTTP/1.1 200 OK"
    assert headers.keys() == {"date", *CORS, "content-type", "cache-control", "x-accel-buffering", "connection"}
    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert headers["connection"] == "close"


def test_a_stream_is_events_and_nothing_else(service: Service, over: LiveCall) -> None:
    _, _, body = on_the_wire(service, events(over))
    last = over.snapshot().body.decode()
    start = f'{{"iden":"{over.iden}","state":"{{}}","startedAt":"{over.snapshot().json["startedAt"]}"}}\n'
    told = [start.replace("{}", state) for state in ("initiating", "callingCaller", "callingCallee")] + [last]
    assert body == "retry: 1000\n\n" + "".join(f"id: {n}\ndata: {data}\n" for n, data in enumerate(told, 1))


@pytest.mark.parametrize("accept", ["text/event-stream", "Text/Event-Stream", "application/json, text/event-stream;q=0.9"])
def test_who_takes_events_is_given_events(over: LiveCall, accept: str) -> None:
    reply = ask(over, headers={"Accept": accept})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/event-stream")


@pytest.mark.parametrize("accept", ["*/*", "text/*", "application/json", "text/event", ""])
def test_who_takes_anything_is_given_the_snapshot(over: LiveCall, accept: str) -> None:
    reply = ask(over, headers={"Accept": accept})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")


def test_a_browser_reads_with_the_ticket_in_the_address(over: LiveCall) -> None:
    path = f"/calls/{over.iden}?ticket={over.ticket}"
    reply = over.api.request("GET", path, headers={"Accept": "text/event-stream", "Last-Event-ID": "3"})
    assert reply.status == 200
    assert reply.body.startswith(b"retry: 1000\n\nid: 4\ndata: {")


def numbers(call: LiveCall, after: str) -> list[int]:
    """The ids that a reader is given who comes back with this one."""
    reply = ask(call, headers={**EVENTS, "Last-Event-ID": after})
    assert reply.status == 200
    return [int(number) for number in re.findall(rb"^id: (\d+)$", reply.body, re.MULTILINE)]


@pytest.mark.parametrize("after", range(4))
def test_a_reader_that_comes_back_goes_on_where_it_was(over: LiveCall, after: int) -> None:
    assert numbers(over, str(after)) == list(range(after + 1, 5))


@pytest.mark.parametrize("after", ["", "x", "-1", "2x", "0x2", "1.5", "99999999999999999999999"])
def test_an_id_that_is_none_of_ours_starts_at_the_beginning(over: LiveCall, after: str) -> None:
    assert numbers(over, after) == [1, 2, 3, 4]


@pytest.mark.parametrize("after", ["4", "5", "1000000"])
def test_a_reader_that_has_it_all_is_told_not_to_come_back(service: Service, over: LiveCall, after: str) -> None:
    with service.connect() as connection:
        for _ in range(2):
            reply = connection.ask(events(over, after))
            assert (reply.status, reply.body, reply.header("Cache-Control")) == (204, b"", "no-store")
            assert reply.header("Connection") is None, "the connection goes on"


def test_a_reader_that_comes_back_in_the_middle_is_told_of_what_follows(ringing: LiveCall) -> None:
    stream = ringing.stream(after=1)
    stream.wait("callingCaller")
    ahead = ringing.stream(after=2)
    assert ringing.cancel().status == 204
    assert stream.finish() == ["callingCaller", "failed"]
    assert ahead.finish() == ["failed"]
    assert [change.number for change in (*stream.changes, *ahead.changes)] == [2, 3, 3]


def test_all_readers_are_told_the_same_however_late_they_come(api: Api, calls: Calls) -> None:
    call = LiveCall.place(api, ALICE, ANSWERS, iden=calls.iden())
    readers = [call.stream() for _ in range(4)]
    readers[0].wait("connected")
    readers += [call.stream() for _ in range(4)]
    assert call.cancel().status == 204
    readers.append(call.stream())
    told = [[(change.number, change.data) for change in reader.changes] for reader in readers if reader.finish()]
    assert len(told[0]) == 5
    assert told == [told[0]] * 9


def test_a_call_has_room_for_so_many_readers(ringing: LiveCall, api: Api, calls: Calls) -> None:
    readers = [ringing.stream() for _ in range(FOLLOWERS)]
    assert [reader.status for reader in readers] == [200] * FOLLOWERS
    reply = ask(ringing, headers=EVENTS)
    assert reply.verdict == (503, "service unavailable")
    assert reply.headers["Retry-After"] == "1"
    assert ringing.snapshot().status == 200, "a look takes no room"
    assert LiveCall.place(api, DAVE, ANSWERS, iden=calls.iden()).stream().status == 200, "another call has its own"

    readers.pop().close()
    wait_until("room for another reader", lambda: took_room(ringing, readers))
    assert ringing.stream().status == 503
    assert ringing.cancel().status == 204
    assert [reader.finish()[-1] for reader in readers] == ["failed"] * FOLLOWERS
    assert numbers(ringing, "0") == [1, 2, 3], "a call that is over has room for everybody"


def took_room(call: LiveCall, readers: list[LiveStream]) -> bool:
    stream = call.stream()
    if stream.status == 200:
        readers.append(stream)
    return stream.status == 200


def test_the_stream_is_closed_for_an_http_1_0_reader_too(service: Service, over: LiveCall) -> None:
    first, headers, body = on_the_wire(service, events(over, version="HTTP/1.0"))
    assert (first, headers["connection"]) == ("HTTP/1.1 200 OK", "close")
    assert body.count("id: ") == 4


def test_what_a_reader_says_meanwhile_is_not_listened_to(service: Service, ringing: LiveCall) -> None:
    def hang_up() -> None:
        assert ringing.snapshot().json["state"] == "callingCaller"
        assert ringing.cancel().status == 204

    meanwhile = about(ringing, "DELETE") + b"x" * 1_000 + about(ringing, "DELETE")
    first, _, body = on_the_wire(service, events(ringing) + meanwhile, told=hang_up)
    assert first == "HTTP/1.1 200 OK"
    assert body.count("id: ") == 3
    assert body.endswith(ringing.snapshot().body.decode() + "\n")


def test_silence_is_broken(ringing: LiveCall) -> None:
    stream = ringing.stream()
    wait_until("a comment", lambda: stream.comments > 0, timeout=60)
    assert ringing.cancel().status == 204
    assert stream.finish() == ["initiating", "callingCaller", "failed"]


# Readers that vanish

def sockets(service: Service) -> set[str]:
    """The inodes of all that the service holds open."""
    held = set()
    for entry in Path(f"/proc/{service.pid}/fd").iterdir():
        try:
            held.add(str(entry.readlink()))
        except FileNotFoundError:
            pass  # closed meanwhile
    return {name[len("socket:[") : -1] for name in held if name.startswith("socket:[")}


def clients(service: Service) -> set[str]:
    """Those of its connections to clients."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening, port = "0A", f":{service.port:04X}"
    return sockets(service) & {row[9] for row in rows if row[1].endswith(port) and row[3] != listening}


def is_closed(connection: socket.socket) -> None:
    pass


def says_goodbye(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)


def is_reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("leave", [is_closed, says_goodbye, is_reset], ids=["closed", "half-closed", "reset"])
def test_nothing_is_held_open_for_a_reader_that_vanishes(
    service: Service, secure: Service, calls: Calls, leave: Callable[[socket.socket], None], secured: bool
) -> None:
    server = secure if secured else service
    call = LiveCall.place(server.api, DAVE, ANSWERS, iden=calls.iden())
    readers = []
    for _ in range(FOLLOWERS):
        plain = socket.create_connection((server.host, server.port), timeout=30)
        reader = server.tls.wrap_socket(plain) if server.tls else plain
        reader.sendall(events(call))
        assert reader.recv(12) == b"HTTP/1.1 200"
        readers.append(reader)
    held = clients(server)
    assert len(held) >= FOLLOWERS
    for reader in readers:
        leave(reader)
        if leave is not says_goodbye:
            reader.close()
    wait_until("the readers' sockets to be closed", lambda: not held & sockets(server))
    assert call.snapshot().json["state"] == "callingCaller", "the call goes on without them"
    for reader in readers:
        reader.close()


# TLS

@pytest.fixture(scope="module")
def secure(new_service: MakeService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    certificate, key = make_certificate(tmp_path_factory.mktemp("tls"), "click2calld", "ec")
    with new_service(server={"tls_cert": str(certificate), "tls_key": str(key)}) as started:
        yield started


def test_a_call_is_followed_over_tls(secure: Service, calls: Calls) -> None:
    call = LiveCall.place(secure.api, ALICE, ANSWERS, iden=calls.iden())
    stream = call.stream()
    stream.wait("connected")
    assert call.snapshot().json["state"] == "connected"
    assert call.cancel().status == 204
    assert stream.finish() == ["initiating", "callingCaller", "callingCallee", "connected", "disconnected"]
    _, headers, body = on_the_wire(secure, events(call, "4"))
    assert headers["content-type"] == "text/event-stream"
    assert body.startswith("retry: 1000\n\nid: 5\ndata: {")
    assert body.endswith("}\n\n")


def test_a_reader_that_leaves_over_tls_makes_room(secure: Service, calls: Calls) -> None:
    call = LiveCall.place(secure.api, DAVE, ANSWERS, iden=calls.iden())
    readers = [call.stream() for _ in range(FOLLOWERS)]
    assert call.stream().status == 503
    for reader in readers:
        reader.close()
    wait_until("room for all again", lambda: took_room(call, readers) and len(readers) == 2 * FOLLOWERS)


# SIGTERM

def test_an_end_of_the_service_ends_its_streams_before_what_takes_longer(lab: Lab, on_second: Service, calls: Calls) -> None:
    call = LiveCall.place(on_second.api, DAVE, ANSWERS, iden=calls.iden())
    streams = [call.stream() for _ in range(8)]
    for stream in streams:
        stream.wait("callingCaller")
    with on_second.connect() as connection:
        assert connection.ask(about(call)).status == 200
        lab.asterisk[1].stop()  # so that the hang-up is under way for two seconds
        connection.send(about(call, "DELETE"))
        # What came to the one worker before this was read before it.
        assert call.snapshot().status == 200
        replies: list[RawReply] = []
        hang_up = threading.Thread(target=lambda: replies.append(connection.reply()))
        hang_up.start()
        on_second.signal(signal.SIGTERM)
        assert [stream.finish() for stream in streams] == [["initiating", "callingCaller"]] * 8
        assert not replies, "the streams waited for the hang-up, or it was answered too early"
        hang_up.join()
        assert (replies[0].status, replies[0].header("Connection")) == (202, "close")
        assert connection.closed()
    assert on_second.wait() == 0


@pytest.mark.parametrize("kind", ["plain", "tls"])
def test_an_end_of_the_service_is_a_clean_end_of_its_streams(
    start_service: MakeService, calls: Calls, tmp_path: Path, kind: str
) -> None:
    certificate, key = make_certificate(tmp_path, "click2calld", "ec")
    service = start_service(server={"tls_cert": str(certificate), "tls_key": str(key)} if kind == "tls" else {})
    call = LiveCall.place(service.api, DAVE, ANSWERS, iden=calls.iden())
    _, _, body = on_the_wire(service, events(call), told=lambda: service.signal(signal.SIGTERM))
    assert service.wait() == 0
    assert body.startswith("retry: 1000\n\nid: 1\ndata: ")
    assert body.endswith("}\n\n")
    assert calls.lives(call.iden), "the call goes on"
