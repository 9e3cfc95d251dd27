"""Without IvozProvider: terminals in a file, a fixed Asterisk, no Kamailio, no MariaDB."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import stat
import subprocess
import termios
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from c2ctest import Calls, Done, Service, Signer, build_folder, run
from c2ctest.fixtures import MakeService
from c2ctest.processes import REPOSITORY
from lab.terminals import by_name
from lab.waiting import wait_until

ALICE = by_name("alice")
PASSWORD = "embedded-PA55W0RD"
FORBIDDEN = (403, "forbidden")


class Directory:
    def __init__(self, path: Path) -> None:
        self.path = path

    def command(self, *words: str, stdin: str = "") -> Done:
        done = run([build_folder() / "click2calld", "terminal", *words, "--db", self.path], stdin=stdin)
        assert PASSWORD not in done.text
        return done

    def add(self, address: str, *more: str, password: str = PASSWORD, endpoint: str = ALICE.sorcery_id) -> Done:
        return self.command("add", address, "--extension", "101", "--endpoint", endpoint, *more, stdin=f"{password}\n")


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    made = Directory(tmp_path / "terminals.db")
    assert made.add("someone@pbx.example").code == 0
    return made


@pytest.fixture
def embedded(directory: Directory, start_service: MakeService) -> Service:
    return start_service(
        db={"driver": "sqlite", "path": str(directory.path)}, kamailio=None, routing={"application_servers": ["127.0.0.1"]}
    )


def test_a_terminal_from_the_file_calls(embedded: Service, calls: Calls) -> None:
    iden = calls.iden()
    assert embedded.api.call(Signer("someone@pbx.example", PASSWORD), "+34900000001", iden=iden).status == 200
    seen = calls.wait(iden, "is connected", lambda call: call.leg2_answered)
    assert (seen.count, seen.servers, seen.endpoint) == (1, ["as1"], ALICE.sorcery_id)


def test_terminals_that_are_added_and_removed_are_seen_without_a_restart(
    embedded: Service, directory: Directory, calls: Calls
) -> None:
    late = Signer("late@pbx.example", PASSWORD)
    assert embedded.api.call(late, "0486").verdict == FORBIDDEN
    assert directory.add("late@pbx.example").code == 0
    assert embedded.api.call(late, "0486", iden=calls.iden()).status == 200
    assert directory.add("late@pbx.example", "--replace", password="another-PA55W0RD").code == 0
    assert embedded.api.call(late, "0486").verdict == FORBIDDEN
    assert embedded.api.call(Signer(late.aor, "another-PA55W0RD"), "0486", iden=calls.iden()).status == 200
    assert directory.command("remove", "late@pbx.example").code == 0
    assert embedded.api.call(Signer(late.aor, "another-PA55W0RD"), "0486").verdict == FORBIDDEN


@pytest.mark.parametrize("spelling", ["SOMEONE@pbx.example", "someone@PBX.example"])
def test_ascii_case_alone_is_the_same_terminal(embedded: Service, calls: Calls, spelling: str) -> None:
    assert embedded.api.call(Signer(spelling, PASSWORD), "0486", iden=calls.iden()).status == 200


@pytest.mark.parametrize("name", ["sómeone", "someone\u00a0", "\U0001f600", "someone%"])
def test_other_spellings_are_strangers(embedded: Service, name: str) -> None:
    assert embedded.api.call(Signer(f"{name}@pbx.example", PASSWORD), "0486").verdict == FORBIDDEN


def test_an_endpoint_that_asterisk_does_not_know_is_refused(embedded: Service, directory: Directory, calls: Calls) -> None:
    iden = calls.iden()
    assert directory.add("lost@pbx.example", endpoint="nobody").code == 0
    assert embedded.api.call(Signer("lost@pbx.example", PASSWORD), "1", iden=iden).verdict == (502, "could not originate call")
    wait_until("the end of its channels", lambda: not calls.lives(iden))


def test_list_shows_every_terminal_and_no_password(directory: Directory) -> None:
    assert directory.add("another@pbx.example", "--company", "7", "--brand", "3").code == 0
    table = directory.command("list")
    assert table.code == 0
    assert [line.split() for line in table.out.splitlines()] == [
        ["TERMINAL", "ENDPOINT", "EXTENSION", "COMPANY", "BRAND"],
        ["another@pbx.example", ALICE.sorcery_id, "101", "7", "3"],
        ["someone@pbx.example", ALICE.sorcery_id, "101", "1", "1"],
    ]
    listed = json.loads(directory.command("list", "--json").out)
    assert listed[0] == {
        "name": "another",
        "domain": "pbx.example",
        "endpoint": ALICE.sorcery_id,
        "extension": "101",
        "companyId": 7,
        "brandId": 3,
    }


def test_the_file_is_for_its_owner_only(directory: Directory) -> None:
    assert stat.S_IMODE(directory.path.stat().st_mode) & 0o007 == 0


def test_what_cannot_be_done_is_told_and_changes_nothing(directory: Directory) -> None:
    before = directory.command("list").out
    assert directory.add("someone@pbx.example").code == 1
    assert directory.command("remove", "nobody@pbx.example").code == 1
    assert directory.add("no-address").code == 2
    assert directory.add("al ice@pbx.example").code == 2
    assert directory.add("x@pbx.example", password="").code == 2
    assert directory.command("list").out == before


def test_a_file_that_is_not_there_stops_the_start_with_a_sentence(tmp_path: Path, new_service: MakeService) -> None:
    made = new_service(
        db={"driver": "sqlite", "path": str(tmp_path / "nothing.db")},
        kamailio=None,
        routing={"application_servers": ["127.0.0.1"]},
    )
    done = run([build_folder() / "click2calld", "--config", made.config_path])
    assert done.code == 1
    assert str(tmp_path / "nothing.db") in done.err
    assert not (tmp_path / "nothing.db").exists()


def test_the_next_fixed_server_is_tried_where_the_first_is_dead(
    directory: Directory, start_service: MakeService, calls: Calls
) -> None:
    service = start_service(
        db={"driver": "sqlite", "path": str(directory.path)},
        kamailio=None,
        routing={"application_servers": ["127.0.0.77", "127.0.0.1"]},
    )
    iden = calls.iden()
    assert service.api.call(Signer("someone@pbx.example", PASSWORD), "0486", iden=iden).status == 200
    assert calls.count(iden) == 1


@pytest.mark.parametrize("attempt", range(5))
def test_many_who_make_the_file_at_the_same_moment_all_succeed(tmp_path: Path, attempt: int) -> None:
    made = Directory(tmp_path / "terminals.db")
    names = [f"phone{number}@pbx.example" for number in range(12)]
    with ThreadPoolExecutor(len(names)) as runners:
        results = list(runners.map(made.add, names))
    assert [result.text for result in results if result.code != 0] == []
    listed = {f"{entry['name']}@{entry['domain']}" for entry in json.loads(made.command("list", "--json").out)}
    assert listed == set(names)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_shows_again_what_is_typed_after_its_password_prompt_was_broken_off(tmp_path: Path, number: int) -> None:
    ours, theirs = pty.openpty()
    argv = [build_folder() / "click2calld", "terminal", "add", "x@pbx.example", "--extension", "1", "--db", tmp_path / "t.db"]
    asked = subprocess.Popen(argv, stdin=theirs, stderr=subprocess.PIPE)

    def shows_input() -> bool:
        return bool(termios.tcgetattr(theirs)[3] & termios.ECHO)

    assert shows_input()
    wait_until("the prompt", lambda: not shows_input())
    asked.send_signal(number)
    assert asked.wait(timeout=20) == -number
    assert shows_input()
    assert asked.stderr is not None and b"password" in asked.stderr.read()
    assert not (tmp_path / "t.db").exists()
    os.close(ours)
    os.close(theirs)


def test_the_command_keeps_the_file_that_the_configuration_names(make_alone: MakeService, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.db"
    made = make_alone(db={"path": str(file)})
    command = [build_folder() / "click2calld", "--config", made.config_path, "terminal"]
    added = run([*command, "add", "someone@pbx.example", "--extension", "101"], stdin=f"{PASSWORD}\n")
    assert (added.code, added.err) == (0, "")
    assert added.out == "someone@pbx.example may call: endpoint someone, extension 101\n"
    assert [each["name"] for each in json.loads(run([*command, "list", "--json"]).out)] == ["someone"]
    with made:
        signer = Signer("someone@pbx.example", PASSWORD)
        # Its password is known; there is no Asterisk.
        assert made.api.call(signer, "+34900000001").verdict == (502, "could not originate call")
    assert run([*command, "remove", "someone@pbx.example"]).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"db": {"driver": "mysql", "host": "127.0.0.1", "name": "a", "user": "b"}}, 1, "db.driver is mysql"),
        ({"db": {"driver": "mysqll"}}, 2, "db.driver"),
    ],
    ids=["mysql", "wrong"],
)
@pytest.mark.parametrize("words_of", [["add", "a@b.example", "--extension", "101"], ["list"], ["remove", "a@b.example"]])
def test_the_command_does_nothing_where_the_service_would_not_read_it(
    make_alone: MakeService, changes: dict[str, Any], code: int, words: str, words_of: list[str]
) -> None:
    made = make_alone(**changes)
    done = run([build_folder() / "click2calld", "terminal", *words_of, "--config", made.config_path], stdin=f"{PASSWORD}\n")
    assert (done.code, done.out) == (code, "")
    assert words in done.err and "or give --db FILE" in done.err


def test_the_backup_that_the_manual_names_is_readable_by_its_maker_alone(directory: Directory, tmp_path: Path) -> None:
    manual = (REPOSITORY / "docs/operations.md").read_text()
    command = re.search(r"```sh\n(.*sqlite3 .*)\n```", manual)
    assert command is not None
    copy = tmp_path / "copy.db"
    words = command[1].replace("/var/lib/click2call/terminals.db", str(directory.path))
    words = words.replace("/var/backups/click2call-terminals.db", str(copy))
    done = run(["sh", "-c", f"umask 022; {words}"])
    assert (done.code, done.text) == (0, "")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "someone" in run([build_folder() / "click2calld", "terminal", "list", "--db", copy]).out
