"""Install, serve, upgrade, remove, purge."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from c2ctest.api import Api
from c2ctest.digest import Signer
from c2ctest.processes import REPOSITORY, run
from lab.waiting import wait_until
from conftest import Packages
from debian_root import OURS, Root

CONFIG = "/etc/click2call/config.yml"
SECRET = "/etc/click2call/digest.secret"
ALICE = Signer("alice@pbx.example.com", "a password of hers")

EMBEDDED = """\
server: {{ listen: "127.0.0.1:{port}" }}
digest: {{ secret_file: {secret} }}
db: {{ driver: sqlite }}
ami: {{ user: click2call, secret: nobody listens there }}
routing: {{ application_servers: ["127.0.0.1"] }}
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def serves(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def configure(root: Root) -> int:
    """Keeps the owner and the mode of the file that the package brought."""
    port = free_port()
    root.file(CONFIG).write_text(EMBEDDED.format(port=port, secret=SECRET))
    return port


def start(root: Root) -> Api:
    """With one terminal, as an operator does it."""
    port = configure(root)
    root.must("click2calld", "terminal", "add", ALICE.aor, "--extension", "101", stdin=ALICE.password + "\n")
    root.must("systemctl", "enable", "--now", "click2calld")
    wait_until("the service serves", lambda: serves(port), 20)
    return Api("127.0.0.1", port)


def place(api: Api, signer: Signer, destination: str = "+34900000000") -> int:
    nonce = api.nonce(signer.aor)
    body = {"aor": signer.aor, "nonce": nonce, "destination": destination, "response": signer.sign(nonce, destination)}
    return api.post("/call", body).status


def test_lintian_finds_nothing_to_warn_of(packages: Packages) -> None:
    done = run(["lintian", "--pedantic", "--allow-root", "--fail-on", "error,warning,pedantic", packages.first], timeout=120)
    assert done.code == 0, done.text


def test_the_same_build_gives_the_same_bytes(packages: Packages) -> None:
    assert packages.make("again").read_bytes() == packages.first.read_bytes()


def test_the_unit_is_sound_and_its_sandbox_tight(root: Root, packages: Packages) -> None:
    root.install(packages.first)
    unit = "/lib/systemd/system/click2calld.service"
    verified = root.run("systemd-analyze", "verify", "--man=no", unit)
    assert (verified.code, verified.text) == (0, "")
    rated = root.run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
    assert rated.code == 0, rated.text


def test_a_first_install_makes_account_folder_and_secret_and_starts_nothing(root: Root, packages: Packages) -> None:
    done = root.install(packages.first)
    assert "changeme" not in done.text
    assert "systemctl enable --now click2calld" in done.text
    assert root.must("getent", "passwd", "click2call").out.split(":")[5:] == ["/var/lib/click2call", "/usr/sbin/nologin\n"]
    assert root.facts(CONFIG) == "root click2call 640"
    assert root.facts(SECRET) == "root click2call 640"
    assert root.facts("/var/lib/click2call") == "click2call click2call 750"
    secret = root.file(SECRET).read_text()
    assert len(bytes.fromhex(secret)) == 32
    assert secret.strip() not in done.text
    assert root.pid("click2calld") is None
    assert not root.enabled("click2calld")


def test_the_default_configuration_wants_no_more_than_the_database_password(root: Root, packages: Packages) -> None:
    root.install(packages.first)
    said = root.run("runuser", "-u", "click2call", "--", "click2calld", "--check")
    assert said.code == 2
    assert [line.split(": ")[1].split()[0] for line in said.text.splitlines()] == ["db.password"], said.text


def test_a_configuration_that_was_there_before_is_kept_and_gets_no_secret_that_it_does_not_name(root: Root, packages: Packages) -> None:
    root.file(CONFIG).parent.mkdir()
    own = EMBEDDED.format(port=free_port(), secret="/etc/click2call/shared.secret")
    root.file(CONFIG).write_text(own)
    root.install(packages.first)
    assert root.file(CONFIG).read_text() == own
    assert root.facts(CONFIG) == "root click2call 640"
    assert not root.file(SECRET).exists()
    assert not root.enabled("click2calld")


def test_it_serves_the_contract(root: Root, packages: Packages) -> None:
    root.install(packages.first)
    api = start(root)
    answer = api.challenge(ALICE.aor)
    assert answer.status == 200
    assert answer.json["realm"] == "pbx.example.com"
    assert set(answer.json) == {"nonce", "realm"}
    assert place(api, Signer(ALICE.aor, "not hers")) == 403
    assert place(api, Signer("nobody@pbx.example.com", "any")) == 403
    # The digest is right; there is no Asterisk.
    assert place(api, ALICE) == 502
    pid = root.pid("click2calld")
    owner = Path(f"/proc/{pid}").stat().st_uid
    assert str(owner) == root.must("id", "-u", "click2call").out.strip()


def test_an_upgrade_restarts_and_keeps_configuration_secret_and_terminals(root: Root, packages: Packages) -> None:
    root.install(packages.first)
    api = start(root)
    before = (root.file(CONFIG).read_bytes(), root.file(SECRET).read_bytes(), root.pid("click2calld"))
    root.install(packages.next)
    assert root.file(CONFIG).read_bytes() == before[0]
    assert root.file(SECRET).read_bytes() == before[1]
    assert root.facts(CONFIG) == "root click2call 640"
    assert root.pid("click2calld") not in {None, before[2]}
    wait_until("it serves again", lambda: serves(api.port), 20)
    assert place(api, Signer(ALICE.aor, "not hers")) == 403


def test_an_upgrade_starts_nothing_that_was_stopped(root: Root, packages: Packages) -> None:
    root.install(packages.first)
    start(root)
    root.must("systemctl", "disable", "--now", "click2calld")
    root.install(packages.next)
    assert root.pid("click2calld") is None
    assert not root.enabled("click2calld")


def test_an_upgrade_leaves_the_old_one_running_where_the_configuration_is_wrong(root: Root, packages: Packages) -> None:
    root.install(packages.first)
    api = start(root)
    before = root.pid("click2calld")
    with root.file(CONFIG).open("a") as config:
        config.write("nonsense: 1\n")
    assert "nonsense" in root.install(packages.next).text
    assert root.pid("click2calld") == before
    assert api.challenge(ALICE.aor).status == 200


def test_removed_and_installed_again_it_serves_as_before(root: Root, packages: Packages) -> None:
    root.install(packages.first)
    api = start(root)
    secret = root.file(SECRET).read_bytes()
    root.must("apt-get", "remove", "-y", OURS)
    assert not serves(api.port)
    assert root.status(OURS) == "config-files"
    assert root.file(SECRET).read_bytes() == secret
    root.install(packages.first)
    wait_until("it serves again", lambda: serves(api.port), 20)
    assert place(api, Signer(ALICE.aor, "not hers")) == 403


@pytest.mark.parametrize("served", [False, True])
def test_a_purge_leaves_nothing_but_the_account(root: Root, packages: Packages, served: bool) -> None:
    before = root.files()
    root.install(packages.first)
    if served:
        start(root)
        root.file(CONFIG + "~").write_text("an editor's copy\n")
    root.must("apt-get", "purge", "-y", OURS)
    assert root.files() - before == set()
    assert before - root.files() == set()
    assert root.run("getent", "passwd", "click2call").code == 0


def test_the_script_says_what_it_wants() -> None:
    script = REPOSITORY / "scripts" / "package"
    assert "usage: scripts/package" in run([script, "--help"]).out
    assert run([script, "--nonsense"]).code == 2
    assert run([script, "--build", "/nowhere"]).text == "package: /nowhere holds no click2calld\n"
