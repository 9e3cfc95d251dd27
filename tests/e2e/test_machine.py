"""What the service and --check say of the machine they run on: certificates, addresses, limits, rights of files."""

from __future__ import annotations

import os
import pty
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from c2ctest import Done, Service, build_folder, run
from c2ctest.certificates import Authority
from c2ctest.fixtures import MakeService
from c2ctest.raw import request
from lab.ports import PortPicker
from lab.service_config import to_yaml
from lab.waiting import wait_until


def click2calld(made: Service, *words: str) -> Done:
    return run([build_folder() / "click2calld", "--config", made.config_path, *words])


def said(done: Done, subject: str) -> list[tuple[str, str]]:
    """The verdicts of --check on a subject, each with its sentence."""
    lines = [line.split(None, 1) for line in done.out.splitlines()]
    return [(word, text.split(": ", 1)[1]) for word, text in lines if text.startswith(f"{subject}: ")]


class Tls:
    """A certificate under an intermediate authority under a root that nobody trusts."""

    def __init__(self, folder: Path) -> None:
        self.root = Authority(folder, "root")
        self.between = Authority(folder, "between", self.root)
        self.certificate, self.key = folder / "server.pem", folder / "server.key"
        self.renew()

    def renew(self, first: str = "20200101000000Z", last: str = "20990101000000Z", chain: bool = True) -> None:
        self.between.sign("pbx.example.com", self.certificate, self.key, first, last)
        if chain:
            self.certificate.write_text(self.certificate.read_text() + self.between.certificate.read_text())

    @property
    def settings(self) -> dict[str, str]:
        return {"tls_cert": str(self.certificate), "tls_key": str(self.key)}


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    return Tls(tmp_path)


def test_a_certificate_with_its_chain_is_well(make_alone: MakeService, tls: Tls) -> None:
    assert said(click2calld(make_alone(server=tls.settings), "--check"), "tls") == [("ok", f"{tls.certificate} and its key are usable")]


OUT_OF_DATE = pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("20200101000000Z", "20210203040500Z", "has expired on 2021-02-03 04:05 UTC"),
        ("20980101000000Z", "20990101000000Z", "is not valid before 2098-01-01 00:00 UTC"),
    ],
    ids=["expired", "not yet valid"],
)


@OUT_OF_DATE
def test_a_certificate_that_is_out_of_date_is_refused_by_the_check(
    make_alone: MakeService, tls: Tls, first: str, last: str, words: str
) -> None:
    tls.renew(first, last)
    done = click2calld(make_alone(server=tls.settings), "--check")
    ((verdict, text),) = said(done, "tls")
    assert (verdict, done.code) == ("FAIL", 1)
    assert text.startswith(f"server.tls_cert: {tls.certificate} {words}, and clients refuse it: ")


@OUT_OF_DATE
def test_it_is_served_with_an_error_in_the_log_and_a_renewed_one_ends_that(
    make_alone: MakeService, tls: Tls, first: str, last: str, words: str
) -> None:
    tls.renew(first, last)
    with make_alone(server=tls.settings) as service:
        assert service.api.challenge("a@b").status == 200
        (line,) = service.log_lines("server.tls_cert")
        assert words in line and " error " in line
        tls.renew()
        service.reload()
        assert len(service.log_lines("server.tls_cert")) == 1


def test_a_certificate_without_its_intermediate_authority_is_doubted(make_alone: MakeService, tls: Tls) -> None:
    tls.renew(chain=False)
    doubt, well = said(click2calld(make_alone(server=tls.settings), "--check"), "tls")
    assert (doubt[0], well[0]) == ("warn", "ok")
    assert f"{tls.certificate} has no certificate of its issuer, CN=between, " in doubt[1] and "append it" in doubt[1]


def test_a_key_that_everybody_can_read_is_told_of(make_alone: MakeService, tls: Tls) -> None:
    tls.key.chmod(0o644)
    words = f"server.tls_key: everybody on this machine can open {tls.key}: chmod o= {tls.key}"
    made = make_alone(server=tls.settings)
    assert ("warn", words) in said(click2calld(made, "--check"), "tls")
    with made:
        assert len(made.log_lines(words)) == 1


def test_a_configuration_with_secrets_that_everybody_can_read_is_told_of(make_alone: MakeService, tmp_path: Path) -> None:
    made = make_alone()
    assert said(click2calld(made, "--check"), "configuration") == [("ok", "valid")]
    made.config_path.chmod(0o644)
    words = f"everybody on this machine can open {made.config_path}, which holds digest.secret, ami.secret: chmod o= "
    _, (verdict, text) = said(click2calld(made, "--check"), "configuration")
    assert verdict == "warn" and text.startswith(words)
    with made:
        assert len(made.log_lines(words)) == 1
    for name in ("digest", "ami"):
        secret = tmp_path / f"{name}.secret"
        secret.touch(0o600)
        secret.write_text("a secret in a file of its own\n")
        made.config[name].pop("secret")
        made.config[name]["secret_file"] = str(secret)
    made.config_path.write_text(to_yaml(made.config))
    assert said(click2calld(made, "--check"), "configuration") == [("ok", "valid")]


def test_an_address_that_is_not_this_machines_is_refused_by_the_check(make_alone: MakeService) -> None:
    done = click2calld(make_alone(server={"listen": "192.0.2.1:9090", "admin_listen": "192.0.2.1:9091"}), "--check")
    assert said(done, "listen") == [
        ("FAIL", f"server.{key}: cannot listen on {address}: Cannot assign requested address; this machine has no such "
         "address: name one of its own, or 0.0.0.0 for all")
        for key, address in [("listen", "192.0.2.1:9090"), ("admin_listen", "192.0.2.1:9091")]
    ]  # fmt: skip


def test_the_check_tells_an_address_that_is_free_from_the_services_own_and_from_anothers(make_alone: MakeService) -> None:
    made = make_alone()
    address = f"127.0.0.1:{made.port}"
    assert said(click2calld(made, "--check"), "listen") == [("ok", f"server.listen: {address} is free")]
    with made:
        assert said(click2calld(made, "--check"), "listen") == [("ok", f"server.listen: {address} is in use, by this service")]
        assert made.api.challenge("a@b").status == 200
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", made.port))
        other.listen()
        ((verdict, text),) = said(click2calld(made, "--check"), "listen")
        assert verdict == "warn" and "`ss -ltnp` names it" in text


def test_a_limit_of_open_files_that_is_too_low_is_raised_or_told_of(make_alone: MakeService) -> None:
    made = make_alone(server={"max_connections": 2000})
    words = "server.max_connections: 2000 connections and the backends need "
    low = ["prlimit", "--nofile=256:1024", "--"]
    done = run([*low, build_folder() / "click2calld", "--config", made.config_path, "--check"])
    ((verdict, text),) = said(done, "files")
    assert verdict == "warn" and text.startswith(words) and "may have 1024: raise LimitNOFILE" in text
    made.within = low
    with made:
        assert len(made.log_lines(words)) == 1
    made.within = ["prlimit", "--nofile=256:", "--"]
    with made:
        assert len(made.log_lines(words)) == 1, "from the start before"
        assert resource.prlimit(made.pid, resource.RLIMIT_NOFILE)[0] > 2000


def test_a_webhook_that_cannot_be_reached_is_refused_by_the_check(make_alone: MakeService) -> None:
    with socket.socket() as receiver:
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        hook = {"webhook": {"url": f"http://127.0.0.1:{port}/hunter2", "secret": "0123456789abcdef"}}
        made = make_alone(progress=hook)
        done = click2calld(made, "--check")
        ((verdict, text),) = said(done, "webhook")
        assert verdict == "FAIL" and "connection refused" in text and "check progress.webhook.url" in text
        assert "hunter2" not in done.text
        receiver.listen()
        assert said(click2calld(made, "--check"), "webhook") == [("ok", f"http://127.0.0.1:{port} can be reached")]


def test_what_is_doubtful_alone_does_not_fail_the_check(new_service: MakeService) -> None:
    made = new_service()
    made.config_path.chmod(0o644)
    done = click2calld(made, "--check")
    assert (done.code, "warn  configuration: " in done.out) == (0, True)


def test_files_that_systemd_hands_over_are_named_by_its_variable(make_alone: MakeService, tls: Tls, tmp_path: Path) -> None:
    """As a unit with LoadCredential=, or systemd-run with the same, starts it."""
    handed = tmp_path / "credentials"
    handed.mkdir(mode=0o500)
    tls.key.rename(handed / "tls.key")
    secret = handed / "digest.secret"
    secret.touch(0o400)
    secret.write_text("a secret that only root reads\n")
    made = make_alone(
        within=["env", f"CREDENTIALS_DIRECTORY={handed}"],
        server={**tls.settings, "tls_key": "$CREDENTIALS_DIRECTORY/tls.key"},
        digest={"secret": None, "secret_file": "$CREDENTIALS_DIRECTORY/digest.secret"},
    )
    done = run([*made.within, build_folder() / "click2calld", "--config", made.config_path, "--check"])
    assert [verdict for verdict, _ in said(done, "tls")] == ["ok"]
    with made:
        assert made.api.challenge("a@b").status == 200
    outside = click2calld(made, "--check")
    assert outside.code == 2 and "cannot read /run/credentials/click2calld.service/digest.secret" in outside.err


def test_a_key_of_another_certificate_is_told_so(make_alone: MakeService, tls: Tls) -> None:
    made = make_alone(server={**tls.settings, "tls_key": str(tls.between.key)})
    words = f"server.tls_key: {tls.between.key} is not the key of {tls.certificate}"
    assert said(click2calld(made, "--check"), "tls") == [("FAIL", words)]
    assert words in click2calld(made).err


def encrypt(key: Path) -> str:
    plain = key.with_suffix(".plain")
    key.rename(plain)
    done = run(["openssl", "pkey", "-in", plain, "-aes256", "-passout", "pass:hunter2", "-out", key])
    assert done.code == 0, done.err
    return f"server.tls_key: {key} is encrypted, and a service has nobody to type its password: "


def test_an_encrypted_key_is_refused_in_words(make_alone: MakeService, tls: Tls) -> None:
    words = encrypt(tls.key)
    made = make_alone(server=tls.settings)
    done = click2calld(made)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert words in done.err
    ((verdict, text),) = said(click2calld(made, "--check"), "tls")
    assert verdict == "FAIL" and text.startswith(words)


def test_with_a_terminal_its_password_is_not_asked_for_either(make_alone: MakeService, tls: Tls) -> None:
    words = encrypt(tls.key)
    made = make_alone(server=tls.settings)
    pid, terminal = pty.fork()
    if pid == 0:
        program = str(build_folder() / "click2calld")
        os.execv(program, [program, "--config", str(made.config_path)])
    # Whoever asks waits for this line, which nobody types; a sentence ends the line by itself.
    shown = b""
    while not shown.endswith(b"\n") and b"pass phrase" not in shown:
        shown += os.read(terminal, 4096)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    assert words in shown.decode()


def test_a_key_that_is_encrypted_at_a_reload_changes_nothing(make_alone: MakeService, tls: Tls) -> None:
    with make_alone(server=tls.settings) as service:
        words = encrypt(tls.key)
        assert words in service.reload()
        assert service.api.challenge("a@b").status == 200


@pytest.mark.parametrize("shared", ["listen", "admin_listen"])
def test_a_second_process_on_the_same_port_is_refused(make_alone: MakeService, shared: str) -> None:
    with make_alone(server={"admin_listen": f"127.0.0.1:{PortPicker().pick()}"}) as first:
        address = first.config["server"][shared]
        second = make_alone(server={shared: address})
        began = time.monotonic()
        done = click2calld(second)
        assert (done.code, time.monotonic() - began > 2) == (1, True), "it waits for one that is about to end"
        words = f"server.{shared}: cannot listen on {address}: Address already in use; another program listens there: `ss -ltnp` names it"
        assert words in done.err
        assert len([line for line in done.err.splitlines() if "waiting" in line]) == 1
        assert first.api.challenge("a@b").status == 200


@contextmanager
def starting(made: Service) -> Iterator[subprocess.Popen[bytes]]:
    """The process, whatever it does; with Service.start it would have to serve."""
    with made.stderr_path.open("ab") as log:
        process = subprocess.Popen([build_folder() / "click2calld", "--config", made.config_path], stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def waits(made: Service) -> bool:
    return bool(made.log_lines("server.listen: another program listens there; waiting 5 s for its end"))


def test_an_address_that_is_in_use_for_a_moment_is_waited_for(make_alone: MakeService) -> None:
    with make_alone() as first:
        second = make_alone(server={"listen": f"127.0.0.1:{first.port}"})
        with starting(second):
            wait_until("the second waits", lambda: waits(second))
            first.stop()
            wait_until("the second serves", lambda: second.log_lines("listens on http"))
            assert second.api.challenge("a@b").status == 200


def test_one_that_waits_for_its_address_can_be_ended(make_alone: MakeService) -> None:
    with make_alone() as first:
        second = make_alone(server={"listen": f"127.0.0.1:{first.port}"})
        with starting(second) as process:
            wait_until("it waits", lambda: waits(second))
            process.terminate()
            assert process.wait(2) == -signal.SIGTERM


def test_a_service_that_starts_again_at_once_finds_its_own_port_free(make_alone: MakeService) -> None:
    service = make_alone().start()
    for _ in range(3):
        with service.connect() as open_until_the_end:
            assert open_until_the_end.ask(request(body=b'{"aor":"a@b"}')).status == 200
            service.stop()
        service.start()
    service.stop()
    assert service.log_lines("another program listens there") == []
