"""The programs of a run: ours, nginx, the fakes, and those that drive them."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.ports import PortPicker
from lab.programs import need
from lab.service_config import to_yaml

from . import machine

HERE = Path(__file__).resolve().parent.parent
Json = dict[str, Any]


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def drive(program: Path, *arguments: object) -> Json:
    """Runs bench_load, bench_ami or bench_live and returns what it printed."""
    argv = [str(program), *map(str, arguments)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{program.name} failed: {done.stderr.strip()}")
    result: Json = json.loads(done.stdout)
    return result


class Running:
    """A program that is ended, by its pid, when the with block is left."""

    def __init__(self, argv: Sequence[str], log: Path, stdout: int | None = None) -> None:
        self.log = log
        with log.open("ab") as output:
            # stderr goes to a file: a terminal or a pipe that nobody reads would slow a server down.
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=stdout or output, stderr=output)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def pids(self) -> list[int]:
        return [self.pid]

    def cpu(self) -> float:
        return machine.cpu_seconds(self.pids)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=45)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def await_answer(self, url: str, body: str) -> float:
        """Until a POST is answered; returns the moment of it, by time.monotonic(). What never answers is ended."""
        try:
            return self._await_answer(url, body)
        except BaseException:
            self.end()
            raise

    def _await_answer(self, url: str, body: str, timeout: float = 10.0, pause: float = 0.0005) -> float:
        host, port = url.split("/")[2].split(":")
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise LabError(f"{self.process.args} ended at once:\n{self.log.read_text()[-800:]}")
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                with urllib.request.urlopen(urllib.request.Request(url, body.encode()), timeout=2) as reply:
                    reply.read()
                return time.monotonic()
            except (OSError, urllib.error.URLError):
                time.sleep(pause)
        raise LabError(f"nothing answers on {url}")


class Service(Running):
    """click2calld with a configuration."""

    BODY = '{"aor":"u00001@127.0.0.1"}'

    def __init__(self, program: Path, config: Json, folder: Path) -> None:
        self.url = f"http://{config['server']['listen']}"
        file = folder / "config.yml"
        file.touch(mode=0o600)
        file.write_text(to_yaml(config))
        self.started = time.monotonic()
        super().__init__([str(program), "--config", str(file)], folder / "click2calld.log")
        self.start_seconds = self.await_answer(f"{self.url}/challenge", self.BODY) - self.started


class Nginx(Running):
    """Two workers that return 200 with a body of ours."""

    def __init__(self, folder: Path, body: str) -> None:
        port = PortPicker().pick("127.0.0.1")
        self.url = f"http://127.0.0.1:{port}"
        folder.mkdir(parents=True, exist_ok=True)
        text = (HERE / "data" / "nginx.conf").read_text()
        for name, value in {"DIR": str(folder), "PORT": str(port), "BODY": body.rstrip("\n")}.items():
            text = text.replace(f"@{name}@", value)
        (folder / "nginx.conf").write_text(text)
        super().__init__([need("nginx"), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")], folder / "output.log")
        self.await_answer(f"{self.url}/challenge", Service.BODY)

    @property
    def pids(self) -> list[int]:
        """The workers: the master does nothing."""
        return machine.children(self.pid)


class Fakes(Running):
    """An instant Asterisk and an instant Kamailio."""

    def __init__(self, program: Path, folder: Path, secret: str) -> None:
        argv = [str(program), "--secret", secret, "--call", str(HERE / "data" / "busy_call.txt")]
        super().__init__(argv, folder / "fakes.log", subprocess.PIPE)
        assert self.process.stdout is not None
        ports = json.loads(self.process.stdout.readline())
        self.ami_port: int = ports["ami_port"]
        self.rpc_url = f"http://127.0.0.1:{ports['rpc_port']}/RPC"
