"""The Asterisk to run: the system's, or one in a root folder of its own that is made once and kept."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError
from .programs import need

BINARY = "usr/sbin/asterisk"
SUITE = "forky"  # the Debian suite that has Asterisk; 12 and 13 have none


@dataclass(frozen=True)
class AsteriskHome:
    root: Path  # "/" for the system's own

    @property
    def is_system(self) -> bool:
        return self.root == Path("/")

    @property
    def modules(self) -> str:
        """As Asterisk itself sees it."""
        found = [*self.root.glob("usr/lib/*/asterisk/modules"), *self.root.glob("usr/lib/asterisk/modules")]
        if not found:
            raise LabError(f"{self.root} has an Asterisk without modules: install asterisk-modules")
        return "/" + str(found[0].relative_to(self.root))


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "click2call"


def mirror() -> str:
    """The Debian archive that this machine's apt uses for its own release, the security and update archives aside."""
    release = {}
    for line in Path("/etc/os-release").read_text().splitlines():
        key, _, value = line.partition("=")
        release[key] = value.strip('"')
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)"], capture_output=True, text=True, check=False
    ).stdout
    for line in targets.splitlines():
        address, _, codename = line.partition(" ")
        if codename and codename == release.get("VERSION_CODENAME"):
            return address
    raise LabError("apt knows no Debian archive for this release: run apt-get update (or install asterisk), then try again")


@contextmanager
def _only_one_builder(cache: Path) -> Iterator[None]:
    with (cache / "asterisk-root.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(target: Path) -> None:
    address = mirror()
    mmdebstrap = need("mmdebstrap")
    began = time.monotonic()
    print(f"lab: making an Asterisk root folder in {target} (once; about a minute)", file=sys.stderr, flush=True)
    work = Path(tempfile.mkdtemp(prefix="asterisk-root.", dir=target.parent))
    log = work.with_suffix(".log")
    made = work / "root"
    try:
        with log.open("wb") as output:
            done = subprocess.run(
                [mmdebstrap, "--variant=minbase", "--include=asterisk,asterisk-modules"]
                + ['--aptopt=Acquire::Check-Valid-Until "false"', SUITE, str(made), address],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
            )
        if done.returncode != 0 or not (made / BINARY).exists():
            ending = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
            raise LabError(f"mmdebstrap could not make the Asterisk root folder:\n{ending}")
        for name in ("hosts", "resolv.conf"):
            file = made / "etc" / name
            file.unlink(missing_ok=True)
            file.touch()
        made.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        log.unlink(missing_ok=True)
    print(f"lab: Asterisk root folder ready after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def asterisk_home() -> AsteriskHome:
    if Path("/", BINARY).exists():
        return AsteriskHome(Path("/"))
    cache = cache_folder()
    target = cache / "asterisk-root"
    if not (target / BINARY).exists():
        cache.mkdir(parents=True, exist_ok=True)
        with _only_one_builder(cache):
            if not (target / BINARY).exists():
                _build(target)
    return AsteriskHome(target)
