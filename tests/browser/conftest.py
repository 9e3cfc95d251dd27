"""The real extension in real browsers, against the real service and the lab."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_REPOSITORY = Path(__file__).resolve().parents[2]
for folder in (_REPOSITORY, _REPOSITORY / "tests" / "support" / "py", Path(__file__).resolve().parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from c2ctest import Calls  # noqa: E402
from c2ctest.fixtures import *  # noqa: E402,F403
from desk import Desk  # noqa: E402
from driver import Browser, built_extension  # noqa: E402
from lab import Lab  # noqa: E402
from lab.terminals import by_name  # noqa: E402

PAGES = Path(__file__).resolve().parent / "pages"
# A page that allows itself nothing: neither its own scripts and styles, nor anybody else's.
STRICT = "default-src 'none'; style-src 'none'; script-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"


class _Pages(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        if self.path.startswith("/strict"):
            self.send_header("Content-Security-Policy", STRICT)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def pages() -> Iterator[str]:
    """The address of a web server with the pages of this folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: _Pages(*given, directory=str(PAGES)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()


@pytest.fixture(params=["chromium", "firefox"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def extension() -> dict[str, Path]:
    return built_extension()


@pytest.fixture
def start_browser(extension: dict[str, Path]) -> Iterator[Callable[..., Browser]]:
    started: list[Browser] = []

    def start(kind: str = "chromium", **options: str) -> Browser:
        made = Browser(kind, extension[kind], options)
        started.append(made)
        return made

    yield start
    for each in started:
        each.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A certificate that nobody trusts, as keys of the configuration's section server."""
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "own.pem", folder / "own.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", made]
        + ["-days", "2", "-subj", "/CN=own", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    return {"tls_cert": str(made), "tls_key": str(key)}


@pytest.fixture
def sit_down(lab: Lab, calls: Calls, pages: str, start_browser: Callable[..., Browser]) -> Iterator[Callable[..., Desk]]:
    def sit(server: str, name: str = "alice", kind: str = "chromium", password: str | None = None, **options: Any) -> Desk:
        terminal = by_name(name)
        settings = {"undoSeconds": 0, "country": "ES", **options.pop("settings", {})}
        browser = start_browser(kind, **options)
        setup = {"server": server, "aor": terminal.aor, "password": password or terminal.password, "settings": settings}
        browser.setUp(setup)
        browser.open(f"{pages}/shop.html")
        return Desk(browser, lab, calls, pages, set(lab.calls()))

    yield sit
