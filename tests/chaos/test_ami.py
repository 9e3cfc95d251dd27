"""An AMI session that breaks where it hurts: the answer is true, no Originate goes out twice, no refused call lives on."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator

import pytest
from c2ctest import Calls, Reply, Service, signer
from c2ctest.fixtures import MakeService
from lab import Lab
from lab.waiting import wait_until

from channels import live
from gate import HOST, Gate, Verdict, field, forward, is_originate
from load import Load, load_callers, mixed_callers
from sizes import Sizes
from truth import assert_true

ALICE = signer("alice")  # answers, and talks until somebody hangs up
CALLEE = "+34900000001"
NOT_PLACED = (502, "could not originate call")
AT_ONCE = 32


@pytest.fixture
def gate(lab: Lab) -> Iterator[Gate]:
    made = Gate((lab.asterisk[0].host, lab.asterisk[0].ami_port))
    yield made
    made.close()


@pytest.fixture
def gated(gate: Gate, start_service: MakeService) -> Service:
    """A service that knows one application server, which it reaches through the gate."""
    return start_service(kamailio=None, ami={"port": gate.port}, routing={"application_servers": [HOST]})


def click(service: Service, calls: Calls, iden: str = "") -> tuple[str, Reply]:
    iden = iden or calls.iden("gate")
    return iden, service.api.call(ALICE, CALLEE, iden=iden)


def wait_for_a_call(service: Service, calls: Calls) -> None:
    wait_until("a click that is placed", lambda: click(service, calls)[1].status == 200, timeout=30)


def wait_hung_up(lab: Lab, iden: str) -> None:
    wait_until(f"the end of {iden}", lambda: iden not in live(lab), timeout=20)


def once(wanted: Callable[[bytes], bool], then: Verdict) -> Callable[[bytes], Verdict]:
    """A judge that does `then` to the first message that is wanted, and lets all others pass."""
    left = [then]
    return lambda message: left.pop() if left and wanted(message) else Verdict.FORWARD


def test_a_session_that_is_lost_after_asterisk_took_the_originate(
    lab: Lab, gate: Gate, gated: Service, calls: Calls
) -> None:
    def cut_for_good(message: bytes) -> Verdict:
        if not is_originate(message):
            return Verdict.FORWARD
        gate.refuse()
        return Verdict.CUT_AFTER

    gate.action = cut_for_good
    iden, reply = click(gated, calls)
    assert reply.verdict == NOT_PLACED
    calls.wait(iden, "is through to the callee", lambda call: call.leg2_answered)
    assert iden in live(lab), "this test needs a call that lives for as long as the service is away"
    gate.action = forward
    gate.open()
    wait_hung_up(lab, iden)
    wait_for_a_call(gated, calls)
    assert gate.originates(iden) == 1 and calls.count(iden) == 1


def test_a_session_that_is_lost_before_asterisk_took_the_originate(
    lab: Lab, gate: Gate, gated: Service, calls: Calls
) -> None:
    gate.action = once(is_originate, Verdict.CUT_BEFORE)
    iden, reply = click(gated, calls)
    assert reply.verdict == NOT_PLACED, "whether Asterisk has it cannot be known here"
    wait_for_a_call(gated, calls)
    assert gate.originates(iden) == 1, "what may have reached Asterisk is never sent again"
    assert calls.count(iden) == 0


def test_an_originate_that_vanishes(lab: Lab, gate: Gate, gated: Service, calls: Calls) -> None:
    gate.action = once(is_originate, Verdict.DROP)
    iden, reply = click(gated, calls)
    assert reply.verdict == NOT_PLACED
    assert click(gated, calls)[1].status == 200
    assert gate.originates(iden) == 1 and calls.count(iden) == 0
    assert gate.accepted == 1, "one unanswered action is no reason to end a session that answers others"


def test_replies_that_come_too_late(lab: Lab, gate: Gate, gated: Service, calls: Calls) -> None:
    answered, withheld = threading.Event(), threading.Event()

    def reply_late(message: bytes) -> Verdict:
        if withheld.is_set():
            answered.wait()
        return Verdict.FORWARD

    def withhold(message: bytes) -> Verdict:
        if is_originate(message):
            withheld.set()
        return Verdict.FORWARD

    gate.action, gate.reply = withhold, reply_late
    iden, reply = click(gated, calls)
    assert reply.verdict == NOT_PLACED
    calls.wait(iden, "has reached Asterisk", lambda call: call.count == 1)
    gate.action = forward
    withheld.clear()
    answered.set()
    wait_hung_up(lab, iden)
    wait_for_a_call(gated, calls)
    assert gate.originates(iden) == 1


def test_a_session_that_goes_silent_is_replaced_and_its_call_hung_up(
    lab: Lab, gate: Gate, gated: Service, calls: Calls
) -> None:
    silent = threading.Event()
    broken: list[int] = []

    def hush(message: bytes) -> Verdict:
        if is_originate(message) and not broken:
            broken.append(gate.accepted)
            silent.set()
        return Verdict.FORWARD

    def swallow(message: bytes) -> Verdict:
        return Verdict.DROP if silent.is_set() and gate.accepted == broken[0] else Verdict.FORWARD

    gate.action, gate.reply = hush, swallow
    iden, reply = click(gated, calls)
    assert reply.verdict == NOT_PLACED
    wait_for_a_call(gated, calls)
    assert gate.accepted >= 2, "the silence was not noticed"
    wait_hung_up(lab, iden)
    assert gate.originates(iden) == 1


def test_a_call_whose_dialling_is_not_heard_but_whose_channel_is_counts_as_placed(
    lab: Lab, gate: Gate, gated: Service, calls: Calls
) -> None:
    gate.reply = lambda message: Verdict.DROP if field(message, "Event") == "DialBegin" else Verdict.FORWARD
    iden, reply = click(gated, calls)
    assert reply.status == 200
    assert iden in live(lab)


def test_a_call_of_which_nothing_is_heard_is_refused_and_hung_up(
    lab: Lab, gate: Gate, gated: Service, calls: Calls
) -> None:
    assert click(gated, calls)[1].status == 200  # so that the service knows that it would hear
    deaf = threading.Event()
    deaf.set()
    gate.reply = lambda message: Verdict.DROP if deaf.is_set() and field(message, "Event") else Verdict.FORWARD
    iden, reply = click(gated, calls)
    assert reply.verdict == NOT_PLACED
    wait_hung_up(lab, iden)
    deaf.clear()
    assert click(gated, calls)[1].status == 200


def test_a_session_that_trickles(gate: Gate, gated: Service, calls: Calls) -> None:
    gate.action = gate.reply = lambda message: Verdict.DRIP
    for _ in range(3):
        iden, reply = click(gated, calls)
        assert reply.status == 200 and calls.count(iden) == 1


def test_a_placed_call_outlives_its_session_and_a_retry_does_not_double_it(
    lab: Lab, gate: Gate, gated: Service, calls: Calls
) -> None:
    iden, reply = click(gated, calls)
    assert reply.status == 200
    gate.cut()
    wait_for_a_call(gated, calls)
    assert click(gated, calls, iden)[1].json == {"iden": iden}
    assert iden in live(lab), "a placed call was hung up"
    assert gate.originates(iden) == 1 and calls.count(iden) == 1


def test_a_manager_that_refuses_connections_gets_no_originate(gate: Gate, gated: Service, calls: Calls) -> None:
    assert click(gated, calls)[1].status == 200
    gate.close()
    refused = [click(gated, calls) for _ in range(5)]
    assert {reply.verdict for _, reply in refused} == {NOT_PLACED}
    gate.open()
    wait_for_a_call(gated, calls)
    assert not any(gate.originates(iden) or calls.count(iden) for iden, _ in refused)


def test_a_session_that_is_lost_in_the_middle_of_a_burst(lab: Lab, gate: Gate, gated: Service) -> None:
    for verdict in (Verdict.CUT_BEFORE, Verdict.CUT_AFTER):
        seen = itertools.count(1)
        gate.action = lambda m, seen=seen, verdict=verdict: (  # type: ignore[misc]
            verdict if is_originate(m) and next(seen) == AT_ONCE // 2 else Verdict.FORWARD
        )
        load = Load(gated, mixed_callers(lab, every=2))
        answers = load.bursts(1, AT_ONCE)
        assert {answer.placed for answer in answers} >= {False}
        assert_true(gated, lab, answers)
        assert all(gate.originates(answer.iden) <= 1 for answer in answers)


def test_sessions_that_break_again_and_again_under_load(
    lab: Lab, gate: Gate, gated: Service, sizes: Sizes
) -> None:
    seen = itertools.count(1)
    verdicts = itertools.cycle([Verdict.CUT_AFTER, Verdict.CUT_BEFORE])
    gate.action = lambda m: next(verdicts) if is_originate(m) and next(seen) % 23 == 0 else Verdict.FORWARD
    load = Load(gated, mixed_callers(lab, sizes.ringing_every))
    with load.running(sizes.outage_rate):
        load.wait_begun(3 * sizes.outage_calls)
        gate.action = forward
        load.wait_placed(20)
    assert_true(gated, lab, load.answers)
    assert gate.accepted > 2, "no session was broken"
    assert all(gate.originates(answer.iden) <= 1 for answer in load.answers)


def test_hang_ups_are_not_lost_when_no_action_is_answered(lab: Lab, gate: Gate, gated: Service) -> None:
    def only_the_ringing(message: bytes) -> Verdict:
        return Verdict.DROP if is_originate(message) and b"_dave" not in message else Verdict.FORWARD

    def unanswered(message: bytes) -> Verdict:
        ours = (field(message, "ActionID") or "").startswith("c2c-") and field(message, "Ping") is None
        return Verdict.DROP if ours and field(message, "Event") is None else Verdict.FORWARD

    assert Load(gated, load_callers(lab)).paced(1, rate=1)[0].placed  # the session is made
    load = Load(gated, mixed_callers(lab, every=2))
    gate.action, gate.reply = only_the_ringing, unanswered
    with load.running(rate=100):
        wait_until("refusals", lambda: sum(answer.status == 502 for answer in load.answers) >= 300, timeout=60)
    gate.action = gate.reply = forward
    wait_until("a click that is placed", lambda: Load(gated, load_callers(lab)).paced(1, rate=1)[0].placed, timeout=60)
    assert_true(gated, lab, load.answers)
