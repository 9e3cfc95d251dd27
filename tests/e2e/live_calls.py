"""Calls that the tests of the live call's HTTP API start from, and how they ask about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from c2ctest import Api, Calls, LiveCall, Reply, Service, signer
from c2ctest.fixtures import MakeService
from c2ctest.raw import Headers, request
from lab import Lab

ALICE = signer("alice")
DAVE = signer("dave")  # whose phone rings until somebody ends the call
HEIDI = signer("heidi")
ANSWERS = "+34900000001"
RINGS = "+34900000480"
BUSY = "+34900000486"
INVALID = (401, "invalid ticket")
UNKNOWN = (404, "unknown call")


@pytest.fixture
def ringing(api: Api, calls: Calls) -> LiveCall:
    """A call that goes on until the test ends it or is over: two changes so far."""
    return LiveCall.place(api, DAVE, ANSWERS, iden=calls.iden("live"))


@pytest.fixture
def over(api: Api, calls: Calls) -> LiveCall:
    """A call that has ended, with four changes to tell."""
    call = LiveCall.place(api, ALICE, BUSY, iden=calls.iden("live"))
    assert len(call.stream().finish()) == 4
    return call


@pytest.fixture
def on_second(lab: Lab, start_service: MakeService, calls: Calls) -> Iterator[Service]:
    """A service of the test's own, with one worker, on an Asterisk that nobody else uses and that the test may freeze."""
    second = lab.asterisk[1]
    yield start_service(server={"workers": 1}, kamailio=None, routing={"application_servers": [second.host]})
    second.cont()
    second.wait_ready()


def bearer(ticket: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {ticket}"}


def ask(call: LiveCall, method: str = "GET", headers: Mapping[str, str] | None = None) -> Reply:
    return call.api.request(method, f"/calls/{call.iden}", headers={**bearer(call.ticket), **(headers or {})})


def about(call: LiveCall, method: str = "GET", headers: Headers | None = None, version: str = "HTTP/1.1") -> bytes:
    """The same as bytes."""
    headers = [("Authorization", f"Bearer {call.ticket}"), *(headers or [])]
    return request(method, f"/calls/{call.iden}", headers, length=False, version=version)
