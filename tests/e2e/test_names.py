"""Servers by their names: found where one of a name's addresses answers, and not waited for where nobody knows the name."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from c2ctest import signer
from c2ctest.calls import Calls
from c2ctest.fixtures import MakeService
from lab import Lab

ALICE = signer("alice")


@pytest.fixture
def with_a_silent_name_server(tmp_path: Path) -> Iterator[list[str]]:
    """A command that starts a program in a place whose name server takes every question and answers none for minutes."""
    if os.geteuid() != 0:
        pytest.skip("only root gives a program a resolv.conf of its own: run this as root")
    host = "127.0.53.53"
    (tmp_path / "resolv.conf").write_text(f"nameserver {host}\noptions timeout:30 attempts:5\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((host, 53))
        mount = f"mount --bind {tmp_path}/resolv.conf /etc/resolv.conf"
        yield ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]


def test_servers_are_found_by_their_names(lab: Lab, start_service: MakeService, calls: Calls) -> None:
    service = start_service(
        db={"host": "localhost"}, kamailio={"rpc_url": f"http://localhost:{lab.kamailio.rpc_port}/RPC"}
    )
    reply = service.api.call(ALICE, "+34900000001", iden=calls.iden())
    assert reply.status == 200, reply.body


def test_a_name_server_that_says_nothing_holds_up_neither_a_call_nor_the_end(
    start_service: MakeService, calls: Calls, with_a_silent_name_server: list[str]
) -> None:
    service = start_service(within=with_a_silent_name_server, kamailio={"rpc_url": "http://kamailio.example.com:8000/RPC"})
    reply = service.api.call(ALICE, "+34900000001", iden=calls.iden())
    assert reply.status == 200, reply.body  # the database knows the company's servers too
    service.stop()  # while the name is still looked for
