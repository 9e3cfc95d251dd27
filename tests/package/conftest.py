"""The Debian package, on a clean Debian that has what it depends on and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[2]
for folder in (_REPOSITORY, _REPOSITORY / "tests" / "support" / "py", Path(__file__).resolve().parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import os  # noqa: E402
from collections.abc import Iterator  # noqa: E402

import pytest  # noqa: E402
from c2ctest.processes import REPOSITORY, build_folder, run  # noqa: E402
from debian_root import Root  # noqa: E402


class Packages:
    """What scripts/package makes of the build that the tests use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.first = self.make("first")
        self.next = self.make("next", "0.1.0-1+later")

    def make(self, name: str, version: str | None = None) -> Path:
        out = self.folder / name
        words = ["--build", str(build_folder()), "--out", str(out), *(["--version", version] if version else [])]
        # Without the debugging symbols, which nothing here looks at.
        done = run([REPOSITORY / "scripts" / "package", *words], env={"DEB_BUILD_OPTIONS": "noautodbgsym"}, timeout=300)
        assert done.code == 0, done.text
        return next(out.glob("click2call_*.deb"))


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    return Packages(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="session")
def clean_root(packages: Packages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Root]:
    if os.geteuid() != 0:
        pytest.skip("a root folder of Debian is made by root only")
    if run(["unshare", "--mount", "--", "true"]).code != 0:
        pytest.skip("needs the right to mount: a /proc in the root folder")
    root = Root.make(tmp_path_factory.mktemp("debian") / "root", packages.first)
    yield root
    root.remove()


@pytest.fixture
def root(clean_root: Root) -> Iterator[Root]:
    """The clean root folder: whatever a test leaves behind is stopped and purged, so that the next starts clean."""
    yield clean_root
    clean_root.purge_all()
