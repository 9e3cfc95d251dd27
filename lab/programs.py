"""Where the programs of the real parts are, and what to install if they are not."""

from __future__ import annotations

import os
import shutil

from .errors import LabError

_SETUP = {
    "sipp": "--demo",
    "mmdebstrap": "--demo",
    "mariadbd": "--test",
    "mariadb": "--test",
    "mariadb-install-db": "--test",
    "kamailio": "--test",
    "redis-server": "--test",
    "haproxy": "--test",
}


def find(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin")


def need(name: str) -> str:
    path = find(name)
    if path is None:
        raise LabError(f"{name} is not installed: run scripts/setup {_SETUP.get(name, '--test')}")
    return path
