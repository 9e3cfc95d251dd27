"""A plain blocking AMI client: readiness, housekeeping, and originating by hand. Not what the service uses."""

from __future__ import annotations

import itertools
import socket
from collections import deque
from collections.abc import Iterable

from .errors import LabError
from .terminals import BRAND, Terminal

Message = dict[str, str]


class Ami:
    """One session. Events that arrive while an answer is awaited are kept in `events`."""

    def __init__(self, host: str, port: int, user: str, secret: str, events: str = "off", timeout: float = 5.0) -> None:
        self._socket = socket.create_connection((host, port), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._numbers = itertools.count(1)
        self.events: deque[Message] = deque()
        self.banner = self._take(b"\r\n").decode()
        answer = self.action("Login", [("Username", user), ("Secret", secret), ("Events", events)])
        if answer.get("Response") != "Success":
            self.close()
            raise LabError(f"AMI at {host}:{port} refused {user}: {answer.get('Message')}")

    def __enter__(self) -> Ami:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def _take(self, end: bytes) -> bytes:
        while end not in self._buffer:
            chunk = self._socket.recv(65536)
            if not chunk:
                raise LabError("AMI closed the session")
            self._buffer += chunk
        piece, self._buffer = self._buffer.split(end, 1)
        return piece

    def read(self, timeout: float = 5.0) -> Message:
        """The next message, response or event. TimeoutError if none comes. `Output` lines are joined."""
        self._socket.settimeout(timeout)
        message: Message = {}
        for line in self._take(b"\r\n\r\n").decode(errors="replace").split("\r\n"):
            key, _, value = line.partition(": ")
            message[key] = f"{message[key]}\n{value}" if key == "Output" and key in message else value
        return message

    def send(self, name: str, fields: Iterable[tuple[str, str]] = ()) -> str:
        """Writes an action and returns its ActionID without awaiting the answer."""
        action_id = f"lab-{next(self._numbers)}"
        lines = [f"Action: {name}", f"ActionID: {action_id}", *(f"{key}: {value}" for key, value in fields)]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return action_id

    def action(self, name: str, fields: Iterable[tuple[str, str]] = (), timeout: float = 5.0) -> Message:
        action_id = self.send(name, fields)
        while True:
            message = self.read(timeout)
            if "Response" in message and message.get("ActionID") == action_id and "Event" not in message:
                return message
            self.events.append(message)

    def command(self, text: str) -> str:
        return self.action("Command", [("Command", text)]).get("Output", "")

    def originate(self, terminal: Terminal, destination: str, iden: str, dial_timeout: int = 30) -> str:
        """Writes IvozProvider's click2dial Originate and returns its ActionID."""
        return self.send("Originate", click2dial(terminal, destination, iden, dial_timeout))


def click2dial(terminal: Terminal, destination: str, iden: str, dial_timeout: int = 30) -> list[tuple[str, str]]:
    variables = {
        "C2DENDPOINT": terminal.sorcery_id,
        "DIAL_DEF_OPTS": "",
        "DIAL_OPTS": "",
        "DIAL_TIMEOUT": str(dial_timeout),
        "MAX_DURATION": "10800000",
        "ORIGINATE_EXTEN": terminal.extension or "",
        "__BRANDID": str(BRAND),
        "__CLICK2DIALIDEN": iden,
        "__COMPANYID": str(terminal.company),
    }
    return [
        ("Channel", f"Local/{destination}@click2dial-user/n"),
        ("Context", "click2dial-target"),
        ("Exten", destination),
        ("Priority", "1"),
        ("CallerID", terminal.extension or ""),
        ("Timeout", str(dial_timeout * 1000)),
        ("Async", "true"),
        ("ChannelId", iden),
        ("OtherChannelId", f"{iden}-2"),
        *(("Variable", f"{name}={value}") for name, value in variables.items()),
    ]
