"""The chaos suite's TCP gate does what each of its modes says: with a sender and a receiver and nothing else."""

from __future__ import annotations

import random
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parents[2]
for folder in (_REPOSITORY, _REPOSITORY / "tests" / "support" / "py"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from c2ctest.gate import PIECE, PIECES, SPARED, Ending, Gate, Lane, flip  # noqa: E402
from lab.waiting import wait_until  # noqa: E402

LIMIT = 10.0  # seconds until a read that should have ended fails
TEXT = bytes(range(65, 91)) * 40


class Pair:
    """Both ends of connections that go through a gate."""

    def __init__(self, gate_of: Callable[[tuple[str, int]], Gate]) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(LIMIT)
        self._open: list[socket.socket] = [self._server]
        self.gate = gate_of(self._server.getsockname())

    def dial(self) -> socket.socket:
        made = socket.create_connection((self.gate.host, self.gate.port), timeout=LIMIT)
        self._open.append(made)
        return made

    def connect(self) -> tuple[socket.socket, socket.socket]:
        """The service's end and the backend's."""
        service = self.dial()
        backend, _ = self._server.accept()
        backend.settimeout(LIMIT)
        self._open.append(backend)
        return service, backend

    def close(self) -> None:
        self.gate.close()
        for each in self._open:
            each.close()


@pytest.fixture
def make() -> Iterator[Callable[..., Pair]]:
    pairs: list[Pair] = []

    def made(seed: int = 1) -> Pair:
        pairs.append(Pair(lambda target: Gate("test", target, seed=seed)))
        return pairs[-1]

    yield made
    for each in pairs:
        each.close()


@pytest.fixture
def pair(make: Callable[..., Pair]) -> Pair:
    return make()


def read(source: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = source.recv(count - len(found))
        if not more:
            break
        found += more
    return found


def is_silent(source: socket.socket) -> bool:
    source.settimeout(0.2)
    try:
        source.recv(1)
    except TimeoutError:
        return True
    finally:
        source.settimeout(LIMIT)
    return False


def test_what_is_open_passes_both_ways_and_so_does_the_end_of_one_direction(pair: Pair) -> None:
    service, backend = pair.connect()
    service.sendall(TEXT)
    service.shutdown(socket.SHUT_WR)
    assert read(backend, len(TEXT) + 1) == TEXT
    backend.sendall(TEXT[::-1])
    backend.close()
    assert read(service, len(TEXT) + 1) == TEXT[::-1]
    wait_until("the end of the connection", lambda: pair.gate.connections == 0)


@pytest.mark.parametrize("lane", [Lane(delay=0.3), Lane(delay=0.3, jitter=0.2)], ids=["fixed", "jittered"])
def test_a_delay_holds_one_direction_back_and_keeps_its_order(pair: Pair, lane: Lane) -> None:
    service, backend = pair.connect()
    pair.gate.set(to_service=lane)
    begun = time.monotonic()
    backend.sendall(TEXT[:100])
    time.sleep(0.01)
    backend.sendall(TEXT[100:])
    service.sendall(b"at once")
    assert read(backend, 7) == b"at once"
    assert read(service, len(TEXT)) == TEXT
    assert time.monotonic() - begun >= 0.3


def test_a_connection_that_is_cut_with_an_rst_is_reset_on_both_sides(pair: Pair) -> None:
    service, backend = pair.connect()
    pair.gate.cut(Ending.RESET)
    for end in (service, backend):
        with pytest.raises(ConnectionResetError):
            end.recv(1)
    again, _ = pair.connect()
    again.sendall(b"x")


def test_a_connection_that_is_cut_with_a_fin_ends_on_both_sides_without_a_reset(pair: Pair) -> None:
    service, backend = pair.connect()
    threading.Thread(target=pair.gate.cut, args=(Ending.FIN,)).start()
    assert service.recv(1) == b"" and backend.recv(1) == b""


def test_a_reset_of_one_side_reaches_the_other(pair: Pair) -> None:
    service, backend = pair.connect()
    backend.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    backend.close()
    with pytest.raises(ConnectionResetError):
        service.recv(1)


def test_new_connections_are_refused_and_open_ones_go_on_until_it_opens_on_the_same_port(pair: Pair) -> None:
    service, backend = pair.connect()
    for _ in range(2):
        pair.gate.refuse()
        with pytest.raises(ConnectionRefusedError):
            pair.dial()
        service.sendall(b"x")
        assert backend.recv(1) == b"x"
        pair.gate.open()
        pair.connect()


def test_half_open_takes_connections_passes_nothing_and_resets_them_when_it_opens(pair: Pair) -> None:
    pair.gate.half_open()
    service, backend = pair.connect()
    service.sendall(TEXT)
    backend.sendall(TEXT)
    assert is_silent(service) and is_silent(backend)
    pair.gate.open()
    for end in (service, backend):
        with pytest.raises(ConnectionResetError):
            end.recv(1)


def test_a_connection_that_lost_nothing_while_half_open_goes_on(pair: Pair) -> None:
    service, backend = pair.connect()
    pair.gate.half_open()
    pair.gate.open()
    service.sendall(b"x")
    assert backend.recv(1) == b"x"


def test_one_direction_is_swallowed_with_its_end_and_the_other_passes(pair: Pair) -> None:
    service, backend = pair.connect()
    pair.gate.set(to_backend=Lane(swallow=True))
    service.sendall(TEXT)
    service.shutdown(socket.SHUT_WR)
    backend.sendall(b"heard")
    assert read(service, 5) == b"heard"
    assert is_silent(backend)


def test_bytes_come_one_at_a_time(pair: Pair) -> None:
    service, backend = pair.connect()
    pair.gate.set(to_service=Lane(drip=0.01))
    backend.sendall(TEXT[:30])
    pieces = []
    while sum(map(len, pieces)) < 30:
        pieces.append(service.recv(100))
    assert b"".join(pieces) == TEXT[:30]
    assert len(pieces) > 10


def test_what_has_not_dripped_when_it_opens_passes_at_once(pair: Pair) -> None:
    service, backend = pair.connect()
    pair.gate.set(to_service=Lane(drip=0.2))
    backend.sendall(TEXT)
    assert service.recv(100) == TEXT[:1]
    pair.gate.open()
    assert read(service, len(TEXT) - 1) == TEXT[1:]


def garbled(pair: Pair) -> bytes:
    service, backend = pair.connect()
    pair.gate.set(to_service=Lane(garble=0.1))
    backend.sendall(TEXT)
    service.sendall(TEXT)
    assert read(backend, len(TEXT)) == TEXT, "the other direction is not garbled"
    return read(service, len(TEXT))


def test_one_direction_is_garbled_the_same_way_by_the_same_seed(make: Callable[..., Pair]) -> None:
    once, again, other = garbled(make(7)), garbled(make(7)), garbled(make(8))
    assert once == again != other
    changed = [a ^ b for a, b in zip(once, TEXT, strict=True) if a != b]
    assert changed and all(bits.bit_count() == 1 for bits in changed)
    assert len(changed) < len(TEXT) / 2


def test_numbers_and_addresses_are_never_garbled() -> None:
    text = b'{"result":"sip:127.0.0.1:5060"}' * 100
    changed = flip(text, 1.0, random.Random(1))
    assert all((byte in SPARED) == (byte == there) for byte, there in zip(text, changed, strict=True))


def test_a_connection_ends_after_so_many_bytes(pair: Pair) -> None:
    pair.gate.set(to_service=Lane(most=100))
    for _ in range(2):
        service, backend = pair.connect()
        backend.sendall(TEXT[:60])
        assert read(service, 60) == TEXT[:60]
        backend.sendall(TEXT[60:])
        assert read(service, len(TEXT)) == TEXT[60:100]
        assert backend.recv(1) == b""


def test_what_is_held_back_is_bounded(pair: Pair) -> None:
    service, backend = pair.connect()
    pair.gate.set(to_service=Lane(delay=3600))
    backend.settimeout(0.5)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < 1 << 30:
            sent += backend.send(b"x" * 65536)
    kernel = 32 << 20  # the buffers of two sockets at their largest
    assert sent < PIECE * PIECES + kernel
