"""What other people's programs make an Asterisk write: none of it costs the AMI session, or a call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from c2ctest import Calls, signer
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.asterisk import Asterisk
from lab.waiting import wait_until
from test_admin import Watched, make_watched

__all__ = ["make_watched"]

HEIDI = signer("heidi")
CALLEE = "+34900000200"
SKIPPED = "click2call_ami_skipped_total"


@pytest.fixture
def noted(lab: Lab) -> Iterator[Asterisk]:
    """An Asterisk whose events carry NOTES of every channel, with an extension that sets it to two lines."""
    server = lab.asterisk[1]
    conf = server.folder / "etc" / "manager.conf"
    before = conf.read_text()
    conf.write_text(before.replace("[general]", "[general]\nchannelvars = NOTES", 1))
    server.cli("manager reload")
    for step in ("1,Set(MASTER_CHANNEL(NOTES)=${STRFTIME(0,UTC,ACME%nLtd)})", "2,Answer()", "3,Wait(1)"):
        server.cli(f"dialplan add extension s,{step} into notes")
    yield server
    conf.write_text(before)
    server.cli("manager reload")
    server.cli("dialplan remove context notes")


def test_a_variable_of_two_lines_on_somebody_elses_channel_costs_nothing(
    noted: Asterisk, make_watched: MakeService, calls: Calls
) -> None:
    watched: Watched = make_watched(kamailio=None, routing={"application_servers": [noted.host]})
    with watched.service as service, noted.ami() as neighbour:
        assert service.api.call(HEIDI, CALLEE, iden=calls.iden()).status == 200
        for number in range(3):
            ends = [("Channel", "Local/s@notes"), ("Context", "notes"), ("Exten", "s"), ("Priority", "1"), ("Async", "true")]
            neighbour.send("Originate", ends)
            wait_until("a line that is no header", lambda seen=number: watched.page().value(SKIPPED) > seen)
            assert service.api.call(HEIDI, CALLEE, iden=calls.iden()).status == 200
        page = watched.page()
        assert page.value("click2call_ami_sessions_total") == 1
        assert page.value("click2call_ami_sessions_lost_total") == 0
        warnings = [line for line in service.log_lines() if "sends what no AMI sends" in line]
        assert len(warnings) == 1 and "a line is not a header" in warnings[0], "once a minute"
