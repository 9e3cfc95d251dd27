"""One click2calld: written a config.yml, started, waited for, stopped and looked over."""

from __future__ import annotations

import http.client
import json
import signal
import ssl
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lab.service_config import to_yaml
from lab.waiting import wait_until

from .api import Api
from .processes import build_folder
from .raw import Headers, RawConnection, RawReply, request

STOP_SECONDS = 45  # longer than the service's own longest stop


def secrets_of(config: Mapping[str, Any]) -> list[str]:
    found = [config.get(section, {}).get(key) for section, key in (("digest", "secret"), ("db", "password"), ("ami", "secret"))]
    return [secret for secret in found if secret]


class Service:
    """`config` is config.yml as plain data, with server.listen on a port that is free. `secrets` are more texts that may
    never be logged; those of the config are known. `within` is a command that starts the program, and becomes it."""

    def __init__(
        self, folder: Path, config: Mapping[str, Any], secrets: Iterable[str] = (), within: Sequence[str] = ()
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.config = config
        self.within = within
        self.secrets = [*secrets_of(config), *secrets]
        self.config_path = folder / "config.yml"
        self.config_path.touch(mode=0o600)
        self.config_path.write_text(to_yaml(config))
        self.stderr_path = folder / "stderr.log"
        self.host, port = str(config["server"]["listen"]).rsplit(":", 1)
        self.port = int(port)
        self.tls: ssl.SSLContext | None = None
        if config["server"].get("tls_cert"):
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self.tls.check_hostname = False
            self.tls.verify_mode = ssl.CERT_NONE
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    @property
    def api(self) -> Api:
        return Api(self.host, self.port, self.tls)

    def connect(self) -> RawConnection:
        return RawConnection(self.host, self.port, self.tls)

    def race(self, bodies: Sequence[Mapping[str, Any]], headers: Headers | None = None) -> list[RawReply]:
        """POSTs each body to /call at the same moment, each on a connection that is open already; the replies in their order."""
        connections = [self.connect() for _ in bodies]
        barrier = threading.Barrier(len(bodies))

        def shoot(number: int) -> RawReply:
            data = request(target="/call", headers=headers, body=json.dumps(bodies[number]).encode())
            barrier.wait()
            return connections[number].ask(data)

        with ThreadPoolExecutor(len(bodies)) as runners:
            replies = list(runners.map(shoot, range(len(bodies))))
        for connection in connections:
            connection.close()
        return replies

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def stderr(self) -> str:
        return self.stderr_path.read_text(errors="replace") if self.stderr_path.exists() else ""

    def log_lines(self, containing: str = "") -> list[str]:
        # Not splitlines(), which also splits at characters that end no line of a log.
        return [line for line in self.stderr.split("\n") if line and containing in line]

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Service:
        """Returns once it answers HTTP; fails at once with its own words if it ends instead."""
        assert not self.running(), "started already"
        self._killed = False
        with self.stderr_path.open("ab") as output:
            self._process = subprocess.Popen(
                [*self.within, str(build_folder() / "click2calld"), "--config", str(self.config_path)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        wait_until(f"click2calld's first answer on {self.url}", self._answers, timeout=20, pause=0.005)
        return self

    def _answers(self) -> bool:
        assert self.running(), f"click2calld ended with {self._process and self._process.returncode}:\n{self.stderr}"
        try:
            return self.api.request("OPTIONS", "/challenge").status == 204
        except (OSError, http.client.HTTPException):
            return False

    def reload(self, config: Mapping[str, Any] | str | None = None) -> str:
        """Writes the configuration, where there is a new one, sends SIGHUP, and returns what is logged of it."""
        if config is not None:
            self.config_path.write_text(config if isinstance(config, str) else to_yaml(config))
        before = len(self.log_lines("reload: "))
        ends = ("reload: done", "goes on with")

        def over() -> bool:
            return any(end in line for line in self.log_lines("reload: ")[before:] for end in ends)

        self.signal(signal.SIGHUP)
        wait_until("the end of a reload", over)
        return "\n".join(self.log_lines()[-20:])

    def signal(self, number: int) -> None:
        assert self._process is not None, "not started"
        self._process.send_signal(number)

    def wait(self, timeout: float = STOP_SECONDS) -> int:
        assert self._process is not None, "not started"
        return self._process.wait(timeout)

    def stop(self) -> None:
        """SIGTERM; then the exit code is 0 and stderr holds no secret. Again and again does no harm; a service that ended by
        itself before must have ended well too."""
        if self._process is None:
            return
        if self.running():
            self.signal(signal.SIGTERM)
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"click2calld did not end on SIGTERM; its stderr ends with:\n{self.stderr[-2000:]}") from None
        assert self._killed or code == 0, f"click2calld ended with {code}:\n{self.stderr[-4000:]}"
        self.assert_no_secret()

    def kill(self) -> None:
        if self.running():
            self._killed = True
            self.signal(signal.SIGKILL)
            self.wait()

    def assert_no_secret(self) -> None:
        text = self.stderr
        for number, secret in enumerate(self.secrets):
            assert secret not in text, f"secret {number} of the configuration stands in {self.stderr_path}"

    def call_log(self, iden: str) -> list[dict[str, Any]]:
        """The JSON log's lines of the attempts to place one call; for a service with log.format json."""
        return [entry for entry in self._lines_of(iden) if entry["message"] == "call"]

    def end_log(self, iden: str) -> list[dict[str, Any]]:
        """Its lines of the call's end."""
        return [entry for entry in self._lines_of(iden) if entry["message"] == "call ended"]

    def _lines_of(self, iden: str) -> list[dict[str, Any]]:
        return [entry for line in self.log_lines(f'"iden":"{iden}"') if (entry := json.loads(line))["iden"] == iden]

    def __enter__(self) -> Service:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.kill()
        self.stop()
