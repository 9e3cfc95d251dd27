"""A MariaDB of the lab's own, with tables of IvozProvider's shape."""

from __future__ import annotations

import getpass
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import demo_data
from .errors import LabError
from .part import Part
from .process import Process
from .programs import need
from .terminals import TERMINALS, load_terminal

HERE = Path(__file__).parent
GRANTS = HERE.parent / "packaging" / "sql" / "grants.sql"
USER, PASSWORD, DATABASE = "click2call", "click2call-lab", "ivozprovider"
_PROXY_USER, _PROXY_PASSWORD = "kamailio", "kamailio-lab"
_SOCKET_LIMIT = 107  # bytes, of sockaddr_un


def _unescape(field: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "0": "\0"}.get(m[1], m[1]), field)


class MariaDb(Part):
    def __init__(self, folder: Path, host: str, port: int) -> None:
        self.folder = folder
        self.host = host
        self.port = port
        self.socket = folder / "sock"
        super().__init__(Process("mariadb", folder / "output.log"))
        if len(str(self.socket)) > _SOCKET_LIMIT:
            raise LabError(f"{self.socket} is too long for a socket's name: choose a shorter --dir")

    @property
    def proxy_url(self) -> str:
        """For Kamailio, which reads its dispatcher's sets from here."""
        return f"mysql://{_PROXY_USER}:{_PROXY_PASSWORD}@{self.host}:{self.port}/{DATABASE}"

    @property
    def _own_tables(self) -> list[str]:
        """A server that starts deletes every temporary table in its tmpdir, so no two servers may share one."""
        return [f"--user={getpass.getuser()}", f"--datadir={self.folder / 'data'}", f"--tmpdir={self.folder / 'tmp'}"]

    def configure(self) -> None:
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        made = subprocess.run(
            [need("mariadb-install-db"), "--no-defaults", *self._own_tables]
            + ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
            + ["--innodb-log-file-size=8M"],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise LabError(f"mariadb-install-db failed:\n{made.stdout[-800:]}{made.stderr[-800:]}")

    def launch(self) -> None:
        self.process.spawn(
            [need("mariadbd"), "--no-defaults", *self._own_tables]
            + [f"--bind-address={self.host}", f"--port={self.port}", f"--socket={self.socket}"]
            + [f"--pid-file={self.folder / 'pid'}", "--skip-name-resolve", "--skip-log-bin", "--performance-schema=OFF"]
            + ["--innodb-log-file-size=8M", "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2"]
            + ["--max-connections=200", "--character-set-server=utf8mb3", "--collation-server=utf8mb3_general_ci"],
            cwd=self.folder,
        )

    def wait_ready(self) -> None:
        self.process.wait_ready(f"MariaDB on {self.host}:{self.port}", self._answers)

    def _client(self, text: str, database: str | None) -> subprocess.CompletedProcess[str]:
        argv = [need("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root", "--batch"]
        argv += ["--skip-column-names", "--default-character-set=utf8mb4", *([database] if database else [])]
        return subprocess.run(argv, input=text, capture_output=True, text=True, check=False)

    def _answers(self) -> bool:
        return self.socket.exists() and self._client("SELECT 1", None).returncode == 0

    def sql(self, text: str, database: str | None = DATABASE) -> list[list[str]]:
        """Runs statements as the administrator and returns the rows, every field as text ('NULL' for none)."""
        done = self._client(text, database)
        if done.returncode != 0:
            raise LabError(f"SQL failed: {done.stderr.strip()}")
        return [[_unescape(field) for field in line.split("\t")] for line in done.stdout.splitlines()]

    def fill(self, as_hosts: Sequence[str], sip_port: int, load_terminals: int) -> None:
        self.sql(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci", None)
        rows = demo_data.servers(as_hosts, sip_port) + demo_data.companies() + demo_data.people(TERMINALS)
        self.sql((HERE / "sql" / "schema.sql").read_text() + rows)
        self.add_load_terminals(load_terminals)
        grants = GRANTS.read_text()
        for name, value in {"USER": USER, "HOST": "%", "PASSWORD": PASSWORD, "DATABASE": DATABASE}.items():
            grants = grants.replace(f"@{name}@", value)
        proxy = f"'{_PROXY_USER}'@'%'"
        self.sql(
            f"{grants}\nCREATE USER {proxy} IDENTIFIED BY '{_PROXY_PASSWORD}';\n"
            f"GRANT SELECT ON kam_dispatcher TO {proxy}; GRANT SELECT ON version TO {proxy};"
        )

    def add_load_terminals(self, count: int) -> None:
        """Makes sure that u00001 to count are there. Asterisk rings only as many as the lab was started with."""
        there = int(self.sql("SELECT COUNT(*) FROM Terminals WHERE name LIKE 'u_____' AND companyId = 1")[0][0])
        step = 2000
        for first in range(there + 1, count + 1, step):
            batch = [load_terminal(n) for n in range(first, min(first + step, count + 1))]
            self.sql("START TRANSACTION;\n" + demo_data.people(batch) + "COMMIT;")
