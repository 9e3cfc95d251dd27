"""One started program: known by its pid and start time, signalled as a group, never by name."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError
from .waiting import wait_until

# In the background a shell has its jobs ignore SIGINT, and what they start inherits that: Ctrl-C would end no client.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _stat_fields(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


def _start_time(pid: int) -> int | None:
    fields = _stat_fields(pid)
    return int(fields[19]) if fields else None


def _is_running(fields: list[str]) -> bool:
    """A leader is a zombie as soon as its own thread is gone; its other threads may still hold every socket."""
    return fields[0] not in "ZX" or int(fields[17]) > 1


def _group_lives(group: int) -> bool:
    """Whether any process of the group still runs: a server's children may outlive it."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = _stat_fields(int(entry))
            if fields and int(fields[2]) == group and _is_running(fields):
                return True
    return False


@dataclass(frozen=True)
class Identity:
    """A pid alone may be given to another program later; with its start time it cannot be mistaken."""

    pid: int
    started: int


class Process:
    """A program in a session and process group of its own, so that its children end with it."""

    def __init__(self, name: str, log: Path, identity: Identity | None = None) -> None:
        self.name = name
        self.log = log
        self.identity = identity
        self.on_spawn: Callable[[], None] = lambda: None
        self._child: subprocess.Popen[bytes] | None = None
        self._told_to_end = False

    @property
    def pid(self) -> int | None:
        return self.identity.pid if self.identity else None

    def spawn(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
        if self.alive():
            raise LabError(f"{self.name} is running already (pid {self.pid})")
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                argv,
                cwd=cwd,
                env=None if env is None else dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._told_to_end = False
        started = _start_time(self._child.pid)
        self.identity = Identity(self._child.pid, started) if started is not None else None
        self.on_spawn()

    def _reap(self) -> None:
        if self._child is not None:
            self._child.poll()

    def alive(self) -> bool:
        self._reap()
        if self.identity is None or _start_time(self.identity.pid) != self.identity.started:
            return False
        fields = _stat_fields(self.identity.pid)
        return fields is not None and _is_running(fields)

    def crash(self) -> str | None:
        """How it ended, where nobody here told it to; None while it runs, or where somebody did."""
        if self._child is None or self._told_to_end or self.alive():
            return None
        status = self._child.returncode
        how = f"signal {-status}" if status is not None and status < 0 else f"exit status {status}"
        return f"{self.name} ended by itself with {how}; its log {self.log} ends with:\n{self.tail()}"

    def signal(self, number: int) -> None:
        """Signals the whole group. A leader that is gone but left children behind still owns its group's number."""
        if self.identity is None:
            return
        self._told_to_end = self._told_to_end or number in (signal.SIGKILL, signal.SIGTERM)
        started = _start_time(self.identity.pid)
        if started not in (None, self.identity.started):
            return
        try:
            os.killpg(self.identity.pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    def _gone(self) -> bool:
        self._reap()
        if self.identity is None or _start_time(self.identity.pid) not in (None, self.identity.started):
            return True
        return not _group_lives(self.identity.pid)

    def kill(self) -> None:
        """kill -9, and back only when nothing of it is left."""
        self.signal(signal.SIGKILL)
        wait_until(f"the end of {self.name} (pid {self.pid})", self._gone, timeout=10)

    def terminate(self, patience: float = 5.0) -> None:
        """SIGTERM, then after patience seconds SIGKILL; a stopped process is continued first so that it can listen."""
        if self._gone():
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        deadline = time.monotonic() + patience
        while not self._gone() and time.monotonic() < deadline:
            time.sleep(0.02)
        if not self._gone():
            self.kill()

    def stop(self) -> None:
        """SIGSTOP: the sockets stay open and nobody answers."""
        self.signal(signal.SIGSTOP)

    def cont(self) -> None:
        self.signal(signal.SIGCONT)

    def tail(self, lines: int = 15) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def wait_ready(self, what: str, probe: Callable[[], bool], timeout: float = 20.0) -> None:
        """Waits for probe(), and fails at once with the end of its log if the program dies instead."""

        def ready() -> bool:
            if not self.alive():
                raise LabError(f"{self.name} ended while it started; its log {self.log} ends with:\n{self.tail()}")
            return probe()

        wait_until(f"{what} (log: {self.log})", ready, timeout)
