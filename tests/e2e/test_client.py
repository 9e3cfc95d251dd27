"""The click2call client, end to end."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from c2ctest import Calls, Done, Service, build_folder, run, signer
from c2ctest.fixtures import MakeService, temporary_file
from lab import Lab
from lab.ports import PortPicker
from test_tls import make_certificate

ALICE = signer("alice")
HEIDI = signer("heidi")
CALLEE = "+34900000200"

PLACED, FAILED, USAGE, UNAUTHORISED, UNREACHABLE, BACKEND, LATER = range(7)


def click2call(*words: str | Path, env: Mapping[str, str] | None = None, stdin: str = "", home: Path | None = None) -> Done:
    """Returns once the call is placed; test_client_live.py waits for its end. The caller's own settings are out of reach: HOME
    is the test's, or nowhere."""
    with tempfile.TemporaryDirectory() as state:
        environment = {"HOME": str(home or "/nonexistent"), "XDG_STATE_HOME": state, **(env or {})}
        detached = ["--detach"] if words[:1] == ("call",) else []
        done = run([build_folder() / "click2call", *words, *detached], env=environment, stdin=stdin)
    for secret in (ALICE.password, HEIDI.password):
        assert secret not in done.text
    return done


def settings(service: Service, who: object = HEIDI) -> dict[str, str]:
    return {"CLICK2CALL_URL": service.url, "CLICK2CALL_AOR": who.aor, "CLICK2CALL_PASSWORD": who.password}  # type: ignore[attr-defined]


def test_a_call_from_the_command_line_rings_both_phones(service: Service, lab: Lab, calls: Calls) -> None:
    iden = calls.iden()
    before = len(lab.phones["callee"].received("INVITE", "+34900000001"))
    done = click2call("call", "+34 900 000-001", "--iden", iden, env=settings(service, ALICE))
    assert (done.code, done.err) == (PLACED, "")
    assert iden in done.out and "+34900000001" in done.out
    seen = calls.wait(iden, "is connected", lambda call: call.leg2_answered)
    assert (seen.count, seen.destination) == (1, "+34900000001")
    assert lab.phones["callee"].received("INVITE", "+34900000001")[before].header("X-Info-Click2Dial-iden") == iden


def test_json_is_one_object_on_one_line(service: Service, calls: Calls) -> None:
    done = click2call("call", CALLEE, "--json", env=settings(service))
    assert (done.code, done.err, done.out.count("\n")) == (PLACED, "", 1)
    said = json.loads(done.out)
    assert said == {"placed": True, "destination": CALLEE, "iden": said["iden"]}
    assert calls.wait(calls.mine(said["iden"]), "is dialled", lambda call: call.leg1).count == 1


def test_the_options_reach_the_call(service: Service, calls: Calls) -> None:
    patient, terse = calls.iden(), calls.iden()
    assert click2call("call", "1", "--dial-timeout", "1", "--iden", patient, env=settings(service, signer("dave"))).code == PLACED
    words = ["call", "1", "--max-duration", "1000", "--optimize", "--iden", terse]
    assert click2call(*words, env=settings(service, ALICE)).code == PLACED
    calls.wait(patient, "is given up", lambda call: call.over, timeout=10)
    calls.wait(terse, "is ended", lambda call: call.over, timeout=10)


def test_a_dry_run_shows_the_request_and_places_nothing(service: Service, calls: Calls) -> None:
    iden = calls.iden()
    words = ["call", CALLEE, "--dry-run", "--json", "--iden", iden, "--max-duration", "5000", "--dial-timeout", "7", "--optimize"]
    done = click2call(*words, env=settings(service))
    assert (done.code, done.err) == (PLACED, "")
    said = json.loads(done.out)
    request = said["request"]
    assert (said["placed"], said["dryRun"], said["realm"]) == (False, True, "127.0.0.1")
    assert request == {
        "aor": HEIDI.aor,
        "nonce": request["nonce"],
        "response": HEIDI.sign(request["nonce"], CALLEE),
        "destination": CALLEE,
        "iden": iden,
        "maxDuration": 5000,
        "dialTimeout": 7,
        "optimize": True,
        "progress": True,
    }
    assert calls.count(iden) == 0
    # The request that it shows is the one that the service takes.
    assert service.api.post("/call", request).status == 200


def test_the_settings_come_from_a_file_that_only_its_owner_can_read(service: Service, tmp_path: Path, calls: Calls) -> None:
    text = f"url = {service.url}\naor = {HEIDI.aor}\npassword = {HEIDI.password}\n"
    folder = tmp_path / ".config" / "click2call"
    folder.mkdir(parents=True)
    file = temporary_file(folder, "config", text)
    done = click2call("call", CALLEE, "--iden", calls.iden(), home=tmp_path)
    assert (done.code, done.err) == (PLACED, "")
    for mode in (0o640, 0o604, 0o660):
        file.chmod(mode)
        refused = click2call("call", CALLEE, home=tmp_path)
        assert (refused.code, refused.out) == (USAGE, "")
        assert f"chmod 600 {file}" in refused.err
    named = temporary_file(tmp_path, "named", text)
    assert click2call("call", CALLEE, "--config", named, "--iden", calls.iden()).code == PLACED


def test_the_password_comes_from_stdin_or_a_file_and_from_no_flag(service: Service, tmp_path: Path, calls: Calls) -> None:
    words = ["call", CALLEE, "--url", service.url, "--aor", HEIDI.aor]
    assert click2call(*words, "--iden", calls.iden(), "--password-stdin", stdin=f"{HEIDI.password}\n").code == PLACED
    file = temporary_file(tmp_path, "password", f"{HEIDI.password}\n")
    env = {"CLICK2CALL_PASSWORD_FILE": str(file)}
    assert click2call(*words, "--iden", calls.iden(), env=env).code == PLACED
    assert click2call(*words, "--password", "x").code == USAGE
    assert click2call(*words).code == USAGE


@pytest.mark.parametrize("json_wanted", [False, True], ids=["words", "json"])
@pytest.mark.parametrize(
    ("name", "code", "status"),
    [("wrong password", UNAUTHORISED, 403), ("unknown", UNAUTHORISED, 403), ("ivan", BACKEND, 502), ("frank", BACKEND, 502)],
)
def test_a_refusal_has_an_exit_code_of_its_kind(service: Service, name: str, code: int, status: int, json_wanted: bool) -> None:
    env = settings(service, signer(name) if code == BACKEND else HEIDI)
    if name == "wrong password":
        env["CLICK2CALL_PASSWORD"] = "wrong"
    elif name == "unknown":
        env["CLICK2CALL_AOR"] = "nobody@127.0.0.1"
    done = click2call("call", CALLEE, *(["--json"] if json_wanted else []), env=env)
    assert done.code == code
    assert done.err.startswith("click2call: ")
    if json_wanted:
        said = json.loads(done.out)
        assert (said["placed"], said["exit"], said["status"]) == (False, code, status)
    else:
        assert done.out == ""


def test_an_iden_in_use_is_to_be_tried_later(service: Service, calls: Calls) -> None:
    iden = calls.iden()
    assert click2call("call", "1", "--iden", iden, env=settings(service, ALICE)).code == PLACED
    done = click2call("call", "2", "--iden", iden, env=settings(service, ALICE))
    assert done.code == LATER
    assert iden in done.err
    assert click2call("call", "1", "--iden", iden, env=settings(service, ALICE)).code == PLACED
    assert calls.count(iden) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "https://127.0.0.1:{port}", "http://no-such-host.invalid:9090"])
def test_a_service_that_is_not_there_is_unreachable(service: Service, url: str) -> None:
    env = settings(service) | {"CLICK2CALL_URL": url.format(port=PortPicker().pick())}
    assert click2call("call", CALLEE, env=env).code == UNREACHABLE


def test_an_untrusted_certificate_is_unreachable_and_can_be_trusted_or_ignored(
    start_service: MakeService, tmp_path: Path, calls: Calls
) -> None:
    certificate, key = make_certificate(tmp_path, "one", "ec")
    secure = start_service(server={"tls_cert": str(certificate), "tls_key": str(key)})
    env = settings(secure)
    refused = click2call("call", CALLEE, env=env)
    assert refused.code == UNREACHABLE
    assert "--ca" in refused.err
    assert click2call("call", CALLEE, "--ca", certificate, "--iden", calls.iden(), env=env).code == PLACED
    assert click2call("call", CALLEE, "--insecure", "--iden", calls.iden(), env=env).code == PLACED
    plain = env | {"CLICK2CALL_URL": secure.url.replace("https", "http")}
    assert click2call("call", CALLEE, env=plain).code == UNREACHABLE


@pytest.mark.parametrize(
    "words",
    [[], ["call"], ["nothing"], ["call", "1", "--nothing"], ["call", "hello"], ["call", "1", "--iden", "a b"]]
    + [["call", "1" * 41]],
)
def test_a_wrong_command_line_is_exit_2(service: Service, words: list[str]) -> None:
    done = click2call(*words, env=settings(service))
    assert (done.code, done.out) == (USAGE, "")
    assert done.err


@pytest.mark.parametrize("missing", ["CLICK2CALL_URL", "CLICK2CALL_AOR", "CLICK2CALL_PASSWORD"])
def test_a_missing_setting_is_named_with_what_to_do(service: Service, missing: str) -> None:
    env = settings(service)
    del env[missing]
    done = click2call("call", CALLEE, env=env)
    assert done.code == USAGE
    assert missing in done.err


def test_help_and_version() -> None:
    for words in (["--help"], ["call", "--help"], ["--version"]):
        done = click2call(*words)
        assert (done.code, done.err) == (PLACED, "")
        assert "click2call" in done.out
