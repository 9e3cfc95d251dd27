"""From IvozProvider's own service to this one, and back."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import pytest
import reference
from c2ctest.api import Api
from c2ctest.digest import Signer, forge_nonce
from c2ctest.processes import Done, run
from conftest import Packages
from debian_root import OURS, THEIRS, Root
from lab.waiting import wait_until
from test_install import CONFIG, free_port, serves

ALICE = Signer("alice@pbx.example.com", "a password of hers")
DROP_IN = "/etc/systemd/system/click2calld.service.d/ivozprovider.conf"


class Site:
    """A machine that IvozProvider's service serves."""

    def __init__(self, root: Root, folder: Path, tls: bool = False) -> None:
        self.root = root
        self.port = free_port()
        paths = ("/etc/ssl/portals.pem", "/etc/ssl/private/portals.key") if tls else ("", "")
        if tls:
            self._make_certificate(*paths)
        root.install(reference.package(folder, self.port, *paths))
        root.must("systemctl", "enable", "--now", THEIRS)
        wait_until("the reference serves", lambda: serves(self.port), 20)
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        self.ours = Api("127.0.0.1", self.port, trusting if tls else None)

    def _make_certificate(self, certificate: str, key: str) -> None:
        self.root.file(key).parent.mkdir(mode=0o710, parents=True, exist_ok=True)
        words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=pbx"]
        done = run([*words, "-keyout", self.root.file(key), "-out", self.root.file(certificate)])
        assert done.code == 0, done.text
        self.root.file(key).chmod(0o600)

    def take_over(self, *options: str) -> Done:
        return self.root.run("click2calld-switch", "take-over", *options)

    def is_theirs(self) -> bool:
        return serves(self.port) and Api("127.0.0.1", self.port).challenge(ALICE.aor).body.decode() == reference.ANSWER

    def is_ours(self) -> bool:
        """It takes a nonce that IvozProvider's secret signed; there is no database, so that it gets no further."""
        nonce = forge_nonce(reference.SECRET, ALICE.aor, int(time.time()))
        body = {"aor": ALICE.aor, "nonce": nonce, "destination": "+34900000000", "response": "0" * 32}
        reply = self.ours.post("/call", body)
        return (reply.status, reply.error) == (502, "backend error")


@pytest.fixture
def site(root: Root, tmp_path: Path) -> Site:
    return Site(root, tmp_path)


def state_of(root: Root) -> dict[str, bytes]:
    return {name: root.file(name).read_bytes() for name in [reference.CONFIG, reference.UNIT, f"{reference.FOLDER}/originate"]}


def test_installed_beside_it_changes_nothing_and_says_how_to_switch(site: Site, packages: Packages) -> None:
    said = site.root.install(packages.first).text
    assert "click2calld-switch take-over" in said
    assert site.is_theirs()
    assert (site.root.enabled(THEIRS), site.root.enabled("click2calld")) == (True, False)
    assert site.root.pid("click2calld") is None


def test_it_takes_over_port_and_configuration_and_gives_them_back(site: Site, packages: Packages) -> None:
    site.root.install(packages.first)
    before = state_of(site.root)
    done = site.take_over("--force")
    assert done.code == 0, done.text
    wait_until("click2calld serves", lambda: serves(site.port), 20)
    assert site.is_ours()
    assert (site.root.enabled(THEIRS), site.root.enabled("click2calld")) == (False, True)
    assert site.root.pid(THEIRS) is None
    assert site.root.file(CONFIG).read_bytes() == before[reference.CONFIG]
    assert site.root.facts(CONFIG) == "root click2call 640"

    done = site.root.run("click2calld-switch", "give-back")
    assert done.code == 0, done.text
    wait_until("the reference serves", site.is_theirs, 20)
    assert (site.root.enabled(THEIRS), site.root.enabled("click2calld")) == (True, False)
    assert site.root.pid("click2calld") is None
    assert state_of(site.root) == before


def test_what_it_replaced_is_kept_and_what_can_be_used_is_not_replaced(site: Site, packages: Packages) -> None:
    site.root.install(packages.first)
    default = site.root.file(CONFIG).read_bytes()
    assert site.take_over("--force").code == 0
    assert site.root.file(CONFIG + "~").read_bytes() == default
    site.root.must("click2calld-switch", "give-back")
    mine = site.root.file(CONFIG).read_text().replace("nonce_ttl: 30", "nonce_ttl: 20")
    site.root.file(CONFIG).write_text(mine)
    assert site.take_over("--force").code == 0
    assert site.root.file(CONFIG).read_text() == mine


def test_a_key_that_only_root_may_read_is_handed_over(root: Root, tmp_path: Path, packages: Packages) -> None:
    site = Site(root, tmp_path, tls=True)
    root.install(packages.first)
    done = site.take_over("--force")
    assert done.code == 0, done.text
    wait_until("click2calld serves", lambda: serves(site.port), 20)
    assert site.is_ours()
    assert "ok    tls: " in done.text
    assert root.file(DROP_IN).read_text().splitlines()[1:] == ["[Service]", "LoadCredential=tls.key:/etc/ssl/private/portals.key"]
    assert root.facts("/etc/ssl/private/portals.key") == "root root 600"
    for _ in range(2):
        root.must("click2calld-switch", "give-back")
        wait_until("the reference serves", site.is_theirs, 20)
        again = site.take_over("--force")
        assert again.code == 0 and "ok    tls: " in again.text, again.text
        wait_until("click2calld serves", lambda: serves(site.port), 20)
        assert site.is_ours()
    assert root.facts("/etc/ssl/private/portals.key") == "root root 600"


def test_without_force_a_backend_that_does_not_answer_stops_it(site: Site, packages: Packages) -> None:
    site.root.install(packages.first)
    done = site.take_over()
    assert done.code == 1
    assert "nothing was changed" in done.err
    assert site.is_theirs()
    assert site.root.enabled(THEIRS)


def test_a_configuration_that_cannot_be_used_stops_it(site: Site, packages: Packages) -> None:
    site.root.install(packages.first)
    theirs = site.root.file(reference.CONFIG)
    theirs.write_text(theirs.read_text().replace(reference.SECRET, "change-me-please"))
    done = site.take_over("--force")
    assert done.code == 1
    assert "digest.secret" in done.text
    assert site.is_theirs()


def test_an_upgrade_goes_on_with_the_configuration_taken_over(site: Site, packages: Packages) -> None:
    site.root.install(packages.first)
    assert site.take_over("--force").code == 0
    before = site.root.pid("click2calld")
    site.root.install(packages.next)
    assert site.root.pid("click2calld") not in {None, before}
    wait_until("click2calld serves", lambda: serves(site.port), 20)
    assert site.is_ours()


def test_a_purge_after_it_leaves_only_what_is_theirs(root: Root, tmp_path: Path, packages: Packages) -> None:
    site = Site(root, tmp_path, tls=True)
    before, theirs = root.files(), state_of(root)
    root.install(packages.first)
    assert site.take_over("--force").code == 0
    root.must("click2calld-switch", "give-back")
    root.must("apt-get", "purge", "-y", OURS)
    assert root.files() - before == set()
    assert state_of(root) == theirs
    assert site.is_theirs()
