"""The SIPp phones: one process each, shared by every terminal and destination that behaves alike."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from .part import Part
from .process import Process
from .programs import need

SILENCE = b"\xd5" * 8000  # a second of it in A-law
SCENARIOS = Path(__file__).parent / "sipp"


@dataclass(frozen=True)
class PhoneKind:
    scenario: str
    suffix: str | None  # a destination that ends so rings this phone on leg 2
    does: str


PHONES: dict[str, PhoneKind] = {
    "caller": PhoneKind("answer", None, "rings, answers at once, waits for the hang-up"),
    "callee": PhoneKind("answer", None, "the same, for every destination that no other line claims"),
    "busy": PhoneKind("busy", "486", "rings and is busy at once"),
    "ring": PhoneKind("ring", "480", "rings until it is cancelled"),
    "decline": PhoneKind("decline", "603", "rings, then declines"),
    "talk": PhoneKind("talk", "711", "answers at once and sends sound, without which Asterisk optimises nothing"),
    "slow": PhoneKind("slow", "183", "rings after 1 s, answers after 2 s"),
    "brief": PhoneKind("brief", "200", "answers, hangs up after half a second"),
    "wrong": PhoneKind("wrong", "404", "is a number that nobody has"),
    "barred": PhoneKind("barred", "403", "is a number that one may not call"),
    "down": PhoneKind("down", "503", "is a trunk that is down"),
}


@dataclass(frozen=True)
class SipMessage:
    """A request that a phone received. Header names as sent; asked for in any case."""

    method: str
    uri: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def user(self) -> str:
        """The user part of the request URI: the terminal's name on leg 1, the destination on leg 2."""
        return self.uri.removeprefix("sip:").split("@")[0]


_REQUEST = re.compile(r"^([A-Z]+) (\S+) SIP/2\.0\r?$")


def parse_messages(text: str) -> list[SipMessage]:
    found: list[tuple[str, str, list[tuple[str, str]]]] = []
    in_headers = False
    for line in text.splitlines():
        start = _REQUEST.match(line)
        if start:
            found.append((start[1], start[2], []))
            in_headers = True
        elif not line:
            in_headers = False
        elif in_headers and ": " in line:
            name, value = line.split(": ", 1)
            found[-1][2].append((name, value))
    return [SipMessage(method, uri, tuple(headers)) for method, uri, headers in found]


class Phone(Part):
    def __init__(self, name: str, folder: Path, host: str, port: int) -> None:
        self.name = name
        self.kind = PHONES[name]
        self.host = host
        self.port = port
        self.folder = folder
        self.messages_log = folder / f"{name}.messages"
        super().__init__(Process(f"phone-{name}", folder / f"{name}.err"))

    def launch(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.kind.scenario == "talk":
            (self.folder / "talk.al").write_bytes(SILENCE)
        # SIPp draws its screen on stdout every second; a phone that runs for days would fill the disk with it.
        argv = ["/bin/sh", "-c", 'exec "$@" >/dev/null', "sh", need("sipp")]
        argv += ["-sf", str(SCENARIOS / f"{self.kind.scenario}.xml"), "-i", self.host, "-p", str(self.port)]
        argv += ["-mi", self.host, "-nostdin", "-trace_logs", "-log_file", str(self.messages_log)]
        argv += ["-log_overwrite", "false", "-trace_err", "-error_file", str(self.folder / f"{self.name}.errors")]
        argv += ["-buff_size", "4194304", "-recv_timeout", "3600000"]
        self.process.spawn(argv, cwd=self.folder, env=None)

    def wait_ready(self) -> None:
        self.process.wait_ready(f"phone {self.name} on {self.host}:{self.port}", self._listens)

    def _listens(self) -> bool:
        wanted = f"{int.from_bytes(bytes(map(int, self.host.split('.'))), 'little'):08X}:{self.port:04X}"
        return any(line.split()[1] == wanted for line in Path("/proc/net/udp").read_text().splitlines()[1:])

    def received(self, method: str = "INVITE", user: str | None = None) -> list[SipMessage]:
        """What has rung this phone, oldest first."""
        try:
            text = self.messages_log.read_text(errors="replace")
        except FileNotFoundError:
            return []
        return [m for m in parse_messages(text) if m.method == method and user in (None, m.user)]
