"""Which Asterisk a call goes to, with Kamailio's table as it is found in the field; and calls that cannot be placed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from c2ctest import Api, Calls, signer
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.asterisk import AMI_DEAF_USER, AMI_MUTE_USER, Asterisk
from lab.ports import PortPicker
from lab.waiting import wait_until

HEIDI = signer("heidi")
CALLEE = "+34900000200"
NOT_PLACED = (502, "could not originate call")


@pytest.fixture
def routed(lab: Lab) -> Iterator[Lab]:
    """The lab, put right again afterwards: both Asterisks alive and probed, company 1 on the first."""
    yield lab
    for server in lab.asterisk:
        if not server.process.alive():
            server.start()
    lab.kamailio.wait_probed()
    lab.kamailio.set_server(1, uri(lab.asterisk[0]))
    lab.kamailio.forget(2)


def uri(server: Asterisk) -> str:
    return f"sip:{server.host}:{server.sip_port}"


def place(api: Api, calls: Calls, name: str = "heidi", company: int = 1, destination: str = CALLEE) -> str:
    """Places a call and tells on which server Asterisk saw it, once."""
    iden = calls.iden()
    reply = api.call(signer(name, company), destination, iden=iden)
    assert reply.status == 200, reply.body
    seen = calls.wait(iden, "is dialled", lambda call: call.leg1)
    assert seen.count == 1
    return seen.servers[0]


def assert_leaves_nothing(calls: Calls, iden: str) -> None:
    wait_until(f"the end of {iden}'s channels", lambda: not calls.lives(iden))


# Each test has a service of its own: what one has learnt of a company is not another's answer.

@pytest.mark.parametrize("number", [0, 1], ids=["first", "second"])
def test_the_entry_names_the_server(routed: Lab, start_service: MakeService, calls: Calls, number: int) -> None:
    routed.kamailio.set_server(1, uri(routed.asterisk[number]))
    api = start_service().api
    assert [place(api, calls) for _ in range(3)] == [routed.asterisk[number].name] * 3


def test_a_company_without_an_entry_gets_its_call(routed: Lab, start_service: MakeService, calls: Calls) -> None:
    routed.kamailio.forget(1)
    api = start_service().api
    chosen = {place(api, calls) for _ in range(4)}
    assert len(chosen) == 1, "one company's calls go to one server"


def test_without_entries_companies_go_where_kamailio_would_send_them(
    routed: Lab, start_service: MakeService, calls: Calls
) -> None:
    routed.kamailio.forget(1)
    routed.kamailio.forget(2)
    # In the order of dispatcher.list; the hash of "1" is 55 and that of "2" is 52, and there are two destinations.
    listed = list(routed.kamailio.dispatcher())
    names = {uri(server): server.name for server in routed.asterisk}
    api = start_service().api
    assert place(api, calls) == names[listed[55 % 2]]
    assert place(api, calls, "alice", company=2) == names[listed[52 % 2]]


def test_without_an_entry_a_server_that_kamailio_knows_to_be_dead_is_passed_over(
    routed: Lab, start_service: MakeService, calls: Calls
) -> None:
    first, second = routed.asterisk
    second.kill()
    wait_until("Kamailio's mark", lambda: not routed.kamailio.dispatcher()[uri(second)].startswith("A"))
    api = start_service().api
    for company in (1, 2):
        routed.kamailio.forget(company)
        assert place(api, calls, "alice", company) == first.name


def test_an_entry_that_names_a_dead_server_falls_back_and_returns_with_it(
    routed: Lab, start_service: MakeService, calls: Calls
) -> None:
    first, second = routed.asterisk
    routed.kamailio.set_server(1, uri(second))
    api = start_service().api
    assert place(api, calls) == second.name
    second.kill()
    assert [place(api, calls) for _ in range(3)] == [first.name] * 3
    second.start()
    routed.kamailio.wait_probed()
    wait_until("a call on the server that is back", lambda: place(api, calls) == second.name, timeout=15)


def test_a_server_that_is_frozen_gets_no_second_originate_and_is_passed_over_once_it_is_noticed(
    routed: Lab, start_service: MakeService, calls: Calls
) -> None:
    first, second = routed.asterisk
    routed.kamailio.set_server(1, uri(second))
    api = start_service().api
    assert place(api, calls) == second.name
    second.stop()
    try:
        lost = calls.iden()
        assert api.call(signer("alice"), "+34900000001", iden=lost).verdict == NOT_PLACED
        assert calls.count(lost) == 0, "what may have reached one server must not be tried on another"

        def passed_over() -> bool:
            iden = calls.iden()
            placed = api.call(HEIDI, CALLEE, iden=iden).status == 200
            return placed and calls.wait(iden, "is there", lambda call: call.count > 0).servers == [first.name]

        wait_until("a call on the other server", passed_over, timeout=20)
    finally:
        second.cont()
    routed.kamailio.wait_probed()
    wait_until("a call on the server that is back", lambda: place(api, calls) == second.name, timeout=15)
    assert_leaves_nothing(calls, lost)


def test_an_entry_that_names_a_host_which_is_not_there_falls_back(
    routed: Lab, start_service: MakeService, calls: Calls
) -> None:
    routed.kamailio.set_server(1, f"sip:127.0.0.77:{routed.ports.sip}")
    api = start_service().api
    assert place(api, calls) in ("as1", "as2")


@pytest.mark.parametrize("entry", ["", "nonsense", "sip:", "sip:127.0.0.1\r\nX: y:1", "tel:127.0.0.1"])
def test_an_entry_that_is_no_address_falls_back(routed: Lab, start_service: MakeService, calls: Calls, entry: str) -> None:
    routed.kamailio.set_server(1, entry)
    assert place(start_service().api, calls) in ("as1", "as2")


def test_without_kamailio_the_database_names_the_server(start_service: MakeService, calls: Calls) -> None:
    api = start_service(kamailio={"rpc_url": f"http://127.0.0.1:{PortPicker().pick()}/RPC"}).api
    assert place(api, calls) in ("as1", "as2")


def test_with_every_server_dead_the_call_is_refused_and_comes_back_with_them(
    routed: Lab, start_service: MakeService, calls: Calls
) -> None:
    api = start_service().api
    for server in routed.asterisk:
        server.kill()
    iden = calls.iden()
    assert api.call(HEIDI, CALLEE, iden=iden).verdict == NOT_PLACED
    for server in routed.asterisk:
        server.start()
    assert calls.count(iden) == 0

    def placed() -> bool:
        return api.call(HEIDI, CALLEE, iden=calls.iden()).status == 200

    wait_until("a call after both are back", placed, timeout=15)


# On a server that is there

@pytest.mark.parametrize(
    ("name", "why"), [("ivan", "an endpoint that Asterisk does not know"), ("frank", "a phone that is not registered")]
)
def test_a_caller_that_cannot_be_dialled_is_refused(api: Api, calls: Calls, name: str, why: str) -> None:
    iden = calls.iden()
    assert api.call(signer(name), CALLEE, iden=iden).verdict == NOT_PLACED, why
    seen = calls.wait(iden, "has been tried", lambda call: call.count == 1)
    assert not seen.leg1_answered and not seen.leg2
    assert_leaves_nothing(calls, iden)


def test_a_context_that_does_not_exist_is_refused(lab: Lab, api: Api, calls: Calls) -> None:
    server, iden = lab.asterisk[0], calls.iden()
    server.cli("dialplan remove context click2dial-user")
    try:
        assert api.call(HEIDI, CALLEE, iden=iden).verdict == NOT_PLACED
        assert calls.count(iden) == 0
        assert_leaves_nothing(calls, iden)
    finally:
        server.cli("dialplan reload")
    wait_until("the context", lambda: "click2dial-user-headers" in server.cli("dialplan show click2dial-user"))
    assert api.call(HEIDI, CALLEE, iden=calls.iden()).status == 200


def test_a_server_whose_dialplan_is_not_there_yet_passes_its_calls_on_and_gets_them_back(
    routed: Lab, start_service: MakeService, calls: Calls
) -> None:
    first, second = routed.asterisk
    api = start_service().api
    assert place(api, calls) == first.name
    first.cli("dialplan remove context click2dial-target")
    try:
        assert [place(api, calls) for _ in range(4)] == [second.name] * 4
    finally:
        first.cli("dialplan reload")
    wait_until("its calls again", lambda: place(api, calls) == first.name)


def test_a_company_whose_callee_cannot_be_reached_is_told_nothing_of_leg_2(api: Api, calls: Calls) -> None:
    iden = calls.iden()
    assert api.call(signer("alice"), "+34900000404", iden=iden).status == 200
    seen = calls.wait(iden, "is over", lambda call: call.over)
    assert seen.leg1_answered and not seen.leg2_answered


def test_an_ami_user_that_may_not_originate_is_refused(start_service: MakeService, calls: Calls) -> None:
    iden = calls.iden()
    assert start_service(ami={"user": AMI_MUTE_USER}).api.call(HEIDI, CALLEE, iden=iden).verdict == NOT_PLACED
    assert calls.count(iden) == 0


def test_a_wrong_ami_secret_is_refused(start_service: MakeService, calls: Calls) -> None:
    iden = calls.iden()
    assert start_service(ami={"secret": "not-the-ami-secret"}).api.call(HEIDI, CALLEE, iden=iden).verdict == NOT_PLACED
    assert calls.count(iden) == 0


def test_an_ami_user_that_hears_no_calls_is_served_with_one_warning(start_service: MakeService, calls: Calls) -> None:
    deaf = start_service(ami={"user": AMI_DEAF_USER})
    for _ in range(3):
        assert place(deaf.api, calls, "alice", destination="+34900000001") == "as1"
    assert len(deaf.log_lines("hears no events")) == 1
    assert '"level":"warning"' in deaf.log_lines("hears no events")[0]


def test_an_ami_user_that_hears_no_calls_is_served_though_its_first_call_is_short(
    start_service: MakeService, calls: Calls
) -> None:
    # Queued is all that can be known; that the call is over when the service looks for it does not mean that it never was.
    assert place(start_service(ami={"user": AMI_DEAF_USER}).api, calls, "heidi") == "as1"


def test_without_confirmation_an_answer_means_queued(start_service: MakeService, calls: Calls) -> None:
    iden = calls.iden()
    hasty = start_service(call={"confirm": False}).api
    assert hasty.call(signer("ivan"), CALLEE, iden=iden).status == 200
    assert calls.wait(iden, "is over", lambda call: call.over).leg1 is False
