"""A root folder of this machine's Debian, in which packages are installed and services started as on a machine of its own."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from c2ctest.processes import Done, run
from lab.root import mirror

HERE = Path(__file__).resolve().parent
OURS = "click2call"
THEIRS = "ivozprovider-click2call"

# Written by dpkg and apt for every package, or no files of a disk.
NOT_COMPARED = {"proc", "sys", "dev", "run", "tmp", "var/log", "var/cache", "var/lib/dpkg", "var/lib/apt"}

# Each command gets a /proc in a mount space of its own: it is gone with the command, whatever becomes of the test.
ENTER = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'


class Root:
    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def make(cls, path: Path, package: Path) -> Root:
        """With what the package depends on, so that what its installation adds is its own doing."""
        depends = run(["dpkg-deb", "-f", package, "Depends"]).out
        names = [one.split("|")[0].split("(")[0].strip() for one in depends.split(",")]
        release = platform.freedesktop_os_release()["VERSION_CODENAME"]
        done = run(
            ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(names)}", release, path, mirror()], timeout=600
        )
        assert done.code == 0, done.text
        root = cls(path)
        shutil.move(path / "usr/bin/systemctl", path / "usr/bin/systemctl.real")
        shutil.copy(HERE / "systemctl", path / "usr/bin/systemctl")
        # Maintainer scripts take it as the sign that systemd runs.
        root.run("mkdir", "-p", "/run/systemd/system")
        return root

    def run(self, *argv: str, stdin: str = "") -> Done:
        environment = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "HOME": "/root"}
        environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return run(["unshare", "--mount", "--", "/bin/sh", "-c", ENTER, self.path, *argv], stdin=stdin, env=environment, timeout=300)

    def must(self, *argv: str, stdin: str = "") -> Done:
        done = self.run(*argv, stdin=stdin)
        assert done.code == 0, f"{argv}: {done.text}"
        return done

    def install(self, package: Path) -> Done:
        shutil.copy(package, self.path / "tmp" / package.name)
        return self.must("apt-get", "install", "-y", "-o", "Dpkg::Options::=--force-confdef", f"/tmp/{package.name}")

    def status(self, package: str) -> str:
        return self.run("dpkg-query", "-W", "-f", "${db:Status-Status}", package).out

    def purge_all(self) -> None:
        self.run("systemctl", "stop", "click2calld", THEIRS)
        self.run("dpkg", "--purge", OURS, THEIRS)
        (self.path / "run/systemctl.log").unlink(missing_ok=True)

    def remove(self) -> None:
        self.purge_all()
        shutil.rmtree(self.path)

    def file(self, name: str) -> Path:
        return self.path / name.lstrip("/")

    def facts(self, name: str) -> str:
        """Owner, group and mode, as "root click2call 640"."""
        return self.must("stat", "-c", "%U %G %a", name).out.strip()

    def pid(self, unit: str) -> int | None:
        """The running process of a unit."""
        if self.run("systemctl", "is-active", unit).code != 0:
            return None
        return int(self.file(f"/run/{unit}.pid").read_text())

    def enabled(self, unit: str) -> bool:
        return self.run("systemctl", "is-enabled", unit).code == 0

    def files(self) -> set[str]:
        found: set[str] = set()
        for folder, folders, names in os.walk(self.path):
            here = os.path.relpath(folder, self.path)
            below = "" if here == "." else f"{here}/"
            folders[:] = [name for name in folders if below + name not in NOT_COMPARED]
            found |= {below + name for name in [*folders, *names]}
        return found
