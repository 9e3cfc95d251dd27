"""config.yml, the command line, and --check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from c2ctest import Done, build_folder, run
from c2ctest.fixtures import MakeService, temporary_file
from lab import Lab
from lab.asterisk import AMI_DEAF_USER, AMI_MUTE_USER, AMI_POWERLESS_USER
from lab.ports import PortPicker

# The reference's keys, all of them and no other, commented as people do.
REFERENCE = """\
# click2call
server:
  listen: "127.0.0.1:{port}"
  tls_cert: ""
  tls_key: ""
  # any
  allowed_origins:
    - "*"

digest:
  secret: "{digest_secret}"   # openssl rand -hex 32
  nonce_ttl: 30

db:
  host: "127.0.0.1"
  port: {db_port}
  name: "ivozprovider"
  user: "click2call"
  password: "{password}"

ami:
  user: "ivozamiuser"
  secret: "ivozamisecret"
  port: {ami_port}

kamailio:
  rpc_url: "{rpc_url}"

call:
  dial_timeout: 30
  max_duration: 10800000
  optimize: false

log:
  level: 4
"""


def reference(lab: Lab, **changes: Any) -> str:
    values: dict[str, Any] = {
        "port": PortPicker().pick(),
        "digest_secret": lab.state.digest_secret,
        "db_port": lab.ports.db,
        "password": "click2call-lab",
        "ami_port": lab.ports.ami,
        "rpc_url": lab.kamailio.rpc_url,
    }
    return REFERENCE.format(**{**values, **changes})


def click2calld(*words: str | Path) -> Done:
    return run([build_folder() / "click2calld", *words])


def check(tmp_path: Path, text: str) -> Done:
    return click2calld("--config", temporary_file(tmp_path, "config.yml", text), "--check")


def test_the_references_file_loads_and_every_check_is_well(lab: Lab, tmp_path: Path) -> None:
    done = check(tmp_path, reference(lab))
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    for what in ("configuration", "tls", "directory", "kamailio", "ami 127.0.0.1", "ami 127.0.0.2"):
        assert any(line.split(None, 1)[1].startswith(what) for line in lines), what


def test_check_of_the_embedded_default(lab: Lab, tmp_path: Path, new_service: MakeService) -> None:
    file = tmp_path / "terminals.db"
    added = run([build_folder() / "click2calld", "terminal", "add", "a@b", "--extension", "1", "--db", file], stdin="password\n")
    assert added.code == 0, added.err
    service = new_service(
        db={"driver": "sqlite", "path": str(file)}, kamailio=None, routing={"application_servers": ["127.0.0.1"]}
    )
    done = click2calld("--config", service.config_path, "--check")
    assert (done.code, done.err) == (0, "")
    assert "kamailio" not in done.out


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ({"db": {"port": 1}}, "directory"),
        ({"db": {"password": "not-the-db-password"}}, "directory"),
        ({"db": {"name": "nothing"}}, "directory"),
        ({"kamailio": {"rpc_url": "http://127.0.0.1:1/RPC"}}, "kamailio"),
        ({"ami": {"port": 1}}, "ami 127.0.0.1"),
        ({"ami": {"secret": "not-the-ami-secret"}}, "ami 127.0.0.1"),
        ({"ami": {"user": AMI_MUTE_USER}}, "ami 127.0.0.1: logged in, but may not originate"),
        ({"ami": {"user": AMI_POWERLESS_USER}}, "ami 127.0.0.1: logged in, but may not hang up"),
        ({"ami": {"user": AMI_DEAF_USER}}, "ami 127.0.0.1: logged in, but tells nothing of its calls"),
        ({"server": {"tls_cert": "/nowhere.pem", "tls_key": "/nowhere.key"}}, "tls"),
    ],
    ids=["no database", "wrong password", "no such schema", "no Kamailio", "no AMI", "wrong secret"]
    + ["may not originate", "may not hang up", "hears no events", "no certificate"],
)
def test_check_names_what_fails_and_exits_1(new_service: MakeService, fault: dict[str, Any], what: str) -> None:
    service = new_service(**fault)
    done = click2calld("--config", service.config_path, "--check")
    assert done.code == 1
    failed = [line for line in done.out.splitlines() if line.startswith("FAIL")]
    assert any(line.split(None, 1)[1].startswith(what) for line in failed), done.out
    for secret in service.secrets:
        assert secret not in done.text


def test_check_does_not_listen(service: Any) -> None:
    # The port is taken by the service that runs.
    assert click2calld("--config", service.config_path, "--check").code == 0
    assert service.api.challenge("alice@127.0.0.1").status == 200


@pytest.mark.parametrize("flag", [[], ["--check"]], ids=["start", "check"])
@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"digest_secret": "change-me-please"}, "digest.secret"),
        ({"digest_secret": ""}, "digest.secret"),
        ({"digest_secret": "short"}, "digest.secret"),
        ({"password": "changeme"}, "db.password"),
    ],
)
def test_a_placeholder_secret_is_refused_with_a_sentence_on_how_to_make_one(
    lab: Lab, tmp_path: Path, changes: dict[str, str], key: str, flag: list[str]
) -> None:
    file = temporary_file(tmp_path, "config.yml", reference(lab, **changes))
    done = click2calld("--config", file, *flag)
    assert (done.code, done.out) == (2, "")
    line = done.err.splitlines()[0]
    assert line.startswith(f"{file}:") and key in line and "openssl rand -hex 32" in line
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("old", "new", "wrong", "nearest"),
    [
        ("listen:", "listn:", "server.listn", "server.listen"),
        ("nonce_ttl", "nonce_tll", "digest.nonce_tll", "digest.nonce_ttl"),
        ("rpc_url", "rpcurl", "kamailio.rpcurl", "kamailio.rpc_url"),
        ("dial_timeout", "dialTimeout", "call.dialTimeout", "call.dial_timeout"),
        ("kamailio:", "kamalio:", "kamalio", "kamailio"),
        ("  level: 4", "  level: 4\n  workers: 2", "log.workers", "server.workers"),
    ],
)
def test_an_unknown_key_is_refused_and_the_nearest_named(
    lab: Lab, tmp_path: Path, old: str, new: str, wrong: str, nearest: str
) -> None:
    text = reference(lab).replace(old, new, 1)
    done = check(tmp_path, text)
    assert done.code == 2
    number = next(n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(new.split("\n")[-1].strip()))
    line = next(line for line in done.err.splitlines() if f":{number}: " in line)
    assert wrong.lower() in line.lower() and nearest in line


def test_every_mistake_is_told_at_once_with_its_line(lab: Lab, tmp_path: Path) -> None:
    text = reference(lab, ami_port=70000, rpc_url="ftp://x").replace("optimize: false", "optimize: maybe")
    text = text.replace("level: 4", "level: 9")
    done = check(tmp_path, text)
    assert done.code == 2
    numbers = [int(line.split(":")[1]) for line in done.err.splitlines()]
    wrong = ("port: 70000", "ftp://x", "maybe", "level: 9")
    assert numbers == [n for n, line in enumerate(text.splitlines(), 1) if any(each in line for each in wrong)]


def test_what_is_nested_has_its_line_and_its_nearest_key_too(lab: Lab, tmp_path: Path) -> None:
    text = reference(lab) + "progress:\n  webhook:\n    ulr: http://127.0.0.1:1/\n"
    done = check(tmp_path, text)
    assert done.code == 2
    (line,) = done.err.splitlines()
    assert f":{len(text.splitlines())}: " in line
    assert '"progress.webhook.ulr"' in line and '"progress.webhook.url"' in line


@pytest.mark.parametrize("secret", ["", "    secret: short\n", "    secret: change-me-please\n"])
def test_a_webhook_wants_a_secret_of_its_own(lab: Lab, tmp_path: Path, secret: str) -> None:
    url = "https://crm.example.com/hunter2?token=hunter2"
    done = check(tmp_path, reference(lab) + f"progress:\n  webhook:\n    url: {url}\n{secret}")
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert "progress.webhook.secret" in line and "openssl rand -hex 32" in line
    assert "hunter2" not in done.text


def test_a_webhook_address_that_is_none_is_refused_without_telling_it(lab: Lab, tmp_path: Path) -> None:
    keys = "    url: https://user:hunter2@crm.example.com/\n    secret: 0123456789abcdef\n"
    done = check(tmp_path, reference(lab) + f"progress:\n  webhook:\n{keys}")
    assert done.code == 2
    assert "progress.webhook.url" in done.err and "hunter2" not in done.text


def test_preflight_is_refused_where_no_kamailio_could_be_asked(new_service: MakeService) -> None:
    for wanted, code in (("report", 2), ("reject", 2), ("off", 0)):
        made = new_service(call={"preflight": wanted}, kamailio=None, routing={"application_servers": ["127.0.0.1"]})
        done = click2calld("--config", made.config_path, "--check")
        assert done.code == code, done.text
        assert ("call.preflight" in done.err and "routing.application_servers" in done.err) == (code == 2)


def test_a_secret_may_come_from_a_file(lab: Lab, tmp_path: Path, start_service: MakeService) -> None:
    secret = temporary_file(tmp_path, "ami", "ivozamisecret\n", 0o640)
    password = temporary_file(tmp_path, "db", "click2call-lab\n", 0o600)
    digest = temporary_file(tmp_path, "digest", "0123456789abcdef0123456789abcdef", 0o600)
    changes: dict[str, Any] = {
        "ami": {"secret": None, "secret_file": str(secret)},
        "db": {"password": None, "password_file": str(password)},
        "digest": {"secret": None, "secret_file": str(digest)},
    }
    assert start_service(**changes).api.challenge("alice@127.0.0.1").status == 200


def test_a_secret_file_that_everybody_can_read_is_refused(tmp_path: Path, new_service: MakeService) -> None:
    file = temporary_file(tmp_path, "ami", "ivozamisecret\n", 0o644)
    made = new_service(ami={"secret": None, "secret_file": str(file)})
    done = click2calld("--config", made.config_path)
    assert done.code == 2
    assert "ami.secret_file" in done.err and "chmod 640" in done.err


@pytest.mark.parametrize("text", ["", "server: [", "- a\n- b\n", "server:\n\tlisten: x\n", "\0"])
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: str) -> None:
    done = check(tmp_path, text)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(str(tmp_path / "config.yml"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = click2calld("--config", tmp_path / "nothing.yml")
    assert done.code == 2
    assert str(tmp_path / "nothing.yml") in done.err


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["terminal", "--help"], ["terminal", "add", "--help"]])
def test_help_is_told_on_stdout(words: list[str]) -> None:
    done = click2calld(*words)
    assert (done.code, done.err) == (0, "")
    assert "Usage:" in done.out


def test_version() -> None:
    done = click2calld("--version")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("click2calld ") and done.out.count("\n") == 1


@pytest.mark.parametrize("words", [["--nothing"], ["nothing"], ["--config"], ["terminal"], ["terminal", "add"]])
def test_a_wrong_command_line_is_told_on_stderr_with_exit_2(words: list[str]) -> None:
    done = click2calld(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err


def test_a_listen_address_that_is_not_this_machines_fails_with_a_sentence(new_service: MakeService) -> None:
    made = new_service(server={"listen": "192.0.2.1:9090"})
    done = click2calld("--config", made.config_path)
    assert done.code == 1
    assert "cannot listen on 192.0.2.1:9090" in done.err
