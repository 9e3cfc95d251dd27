"""The service among parts that die, freeze and come back. tests/chaos/README.md says how to run it and what each test proves."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parents[2]
for folder in (_REPOSITORY, _REPOSITORY / "tests" / "support" / "py"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from c2ctest.fixtures import *  # noqa: E402,F403
from lab import Lab  # noqa: E402
from lab.waiting import wait_until  # noqa: E402

from channels import hang_up_all, live  # noqa: E402
from sizes import SIZES, Sizes  # noqa: E402


@pytest.fixture(scope="session")
def sizes() -> Sizes:
    """How much load, by C2C_LOAD: `ci` or `full`."""
    return SIZES[os.environ.get("C2C_LOAD", "ci")]


@pytest.fixture(autouse=True)
def mended(lab: Lab) -> Iterator[None]:
    """After each test every part runs again, company 1 is on the first Asterisk, and no channel is left."""
    yield
    mend(lab)
    hang_up_all(lab)
    wait_until("the end of every channel", lambda: not live(lab), timeout=30)


def mend(lab: Lab) -> None:
    # The database first: Kamailio reads its dispatcher's sets from there when it starts.
    for part in (lab.mariadb, *lab.asterisk, *lab.phones.values(), lab.kamailio):
        part.cont()
        if not part.process.alive():
            part.start()
    lab.kamailio.wait_probed()
    lab.kamailio.set_server(1, f"sip:{lab.asterisk[0].host}:{lab.asterisk[0].sip_port}")
