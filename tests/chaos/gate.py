"""A TCP proxy between the service and a real AMI that can cut, swallow, withhold or break up what passes.

It stands on a loopback address of its own, which the service is given as its application server."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from enum import Enum, auto

HOST = "127.0.0.3"


class Verdict(Enum):
    FORWARD = auto()
    DROP = auto()  # swallowed; the session goes on
    CUT_BEFORE = auto()  # swallowed, and the session is ended on both sides
    CUT_AFTER = auto()  # passed on whole, and then ended
    DRIP = auto()  # passed on one byte at a time


Judge = Callable[[bytes], Verdict]


def forward(_: bytes) -> Verdict:
    return Verdict.FORWARD


def field(message: bytes, name: str) -> str | None:
    for line in message.decode(errors="replace").split("\r\n"):
        key, separator, value = line.partition(": ")
        if separator and key.lower() == name.lower():
            return value
    return None


def is_originate(message: bytes) -> bool:
    return field(message, "Action") == "Originate"


class _Messages:
    """Cuts a stream into messages; the banner's line is one too."""

    def __init__(self, banner: bool) -> None:
        self._buffer = b""
        self._end = b"\r\n" if banner else b"\r\n\r\n"

    def take(self, data: bytes) -> list[bytes]:
        self._buffer += data
        found = []
        while self._end in self._buffer:
            message, self._buffer = self._buffer.split(self._end, 1)
            found.append(message + self._end)
            self._end = b"\r\n\r\n"
        return found


class _Session:
    def __init__(self, service: socket.socket, asterisk: socket.socket) -> None:
        self.service, self.asterisk = service, asterisk
        self.alive = True

    def end(self) -> None:
        self.alive = False
        for each in (self.service, self.asterisk):
            # shutdown wakes the thread that reads it, and what was sent before is delivered first.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class Gate:
    """`action` judges each action of the service's and `reply` each message of Asterisk's, on the session's own threads: a
    judge that blocks withholds everything behind it in that direction."""

    def __init__(self, asterisk: tuple[str, int]) -> None:
        self._asterisk = asterisk
        self.action: Judge = forward
        self.reply: Judge = forward
        self.actions: list[bytes] = []  # as they came, passed on or not
        self.accepted = 0
        self._sessions: list[_Session] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, self.port))
        listener.listen(16)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def refuse(self) -> None:
        """From here on connections are refused; those that are open go on."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def close(self) -> None:
        self.refuse()
        self.cut()

    def cut(self) -> None:
        for session in self._sessions:
            session.end()

    @property
    def sessions(self) -> int:
        return sum(session.alive for session in self._sessions)

    def originates(self, iden: str) -> int:
        """How often the service has sent an Originate of this iden."""
        return sum(is_originate(action) and field(action, "ChannelId") == iden for action in list(self.actions))

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                service, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                asterisk = socket.create_connection(self._asterisk)
            except OSError:
                service.close()
                continue
            for each in (service, asterisk):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = _Session(service, asterisk)
            self._sessions.append(session)
            for pump in (self._pump_actions, self._pump_replies):
                threading.Thread(target=pump, args=(session,), daemon=True).start()

    def _pump_actions(self, session: _Session) -> None:
        def judge(message: bytes) -> Verdict:
            self.actions.append(message)
            return self.action(message)

        self._pump(session, session.service, session.asterisk, _Messages(banner=False), judge)

    def _pump_replies(self, session: _Session) -> None:
        judge = lambda message: self.reply(message)  # noqa: E731 - the judge may change while the session lives
        self._pump(session, session.asterisk, session.service, _Messages(banner=True), judge)

    def _pump(self, session: _Session, source: socket.socket, target: socket.socket, cutter: _Messages, judge: Judge) -> None:
        try:
            while data := source.recv(65536):
                for message in cutter.take(data):
                    verdict = judge(message)
                    if verdict is Verdict.DRIP:
                        for byte in message:
                            target.sendall(bytes([byte]))
                    elif verdict in (Verdict.FORWARD, Verdict.CUT_AFTER):
                        target.sendall(message)
                    if verdict in (Verdict.CUT_BEFORE, Verdict.CUT_AFTER):
                        return
        except OSError:
            pass
        finally:
            session.end()
            source.close()
