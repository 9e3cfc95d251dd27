"""Whether each answer was true: what was said of a call, against what Asterisk did with it."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from c2ctest import Service
from lab import Lab
from lab.asterisk import Asterisk
from lab.errors import LabError
from lab.ledger import Call
from lab.waiting import wait_until

from channels import ami_sessions, live
from load import Answer

NOT_PLACED = {(502, "backend error"), (502, "could not originate call"), (502, "could not resolve application server")}
TOO_BUSY = (503, "service unavailable")


def tally(answers: Iterable[Answer]) -> str:
    return ", ".join(f"{count} × {status} {said}".rstrip() for (status, said), count in Counter((a.status, a.said) for a in answers).items())


def evidence(service: Service, answers: Sequence[Answer], calls: dict[str, Call], channels: dict[str, list[str]]) -> str:
    lines = [f"{len(answers)} calls:"]
    for answer in answers[:5]:
        lines.append(f"  {answer.iden} answered {answer.status} {answer.said} after {answer.seconds:.3f} s")
        lines.append(f"    ledger: {calls.get(answer.iden)}")
        lines.append(f"    channels: {channels.get(answer.iden)}")
        lines += [f"    log: {entry}" for entry in service.call_log(answer.iden)]
    return "\n".join(lines)


def assert_all_placed(service: Service, lab: Lab, answers: Sequence[Answer]) -> None:
    """Every answer is 200, and Asterisk saw every call exactly once."""
    calls = lab.calls()
    refused = [answer for answer in answers if not answer.placed]
    assert not refused, f"{tally(answers)}\n{evidence(service, refused, calls, {})}"
    assert_counts(service, lab, answers)


def assert_counts(service: Service, lab: Lab, answers: Sequence[Answer]) -> None:
    """A placed call was seen exactly once. Any other at most once: what Asterisk did with it, it was told once."""
    calls = lab.calls()
    count = lambda answer: calls[answer.iden].count if answer.iden in calls else 0  # noqa: E731
    wrong = [answer for answer in answers if count(answer) > 1 or (answer.placed and count(answer) == 0)]
    assert not wrong, f"placed twice, or placed and never seen: {evidence(service, wrong, calls, {})}"


def assert_answered(service: Service, lab: Lab, answers: Sequence[Answer]) -> None:
    """Every request was answered, with an answer that is documented."""
    known = NOT_PLACED | {TOO_BUSY, (200, "")}
    odd = [answer for answer in answers if (answer.status, answer.said) not in known]
    assert not odd, f"{tally(answers)}\n{evidence(service, odd, lab.calls(), {})}"


def start_again(lab: Lab) -> set[str]:
    """Starts each Asterisk that crashed, and names them. It is Asterisk's fault and no answer's, but is told of."""
    crashed = set()
    for server in lab.asterisk:
        if how := server.process.crash():
            warnings.warn(how, stacklevel=2)
            crashed.add(server.process.name)
            server.start()
    return crashed


def assert_true(service: Service, lab: Lab, answers: Sequence[Answer], died: Collection[str] = ()) -> None:
    """All of the above, and: no call lives on that was not placed, and each placed one that was to last does, but for those
    on the servers that died. For a lab whose parts all run again."""
    died = set(died)

    def all_sessions_ended(server: Asterisk) -> bool:
        died.update(start_again(lab))
        return ami_sessions(server) <= 1

    assert_answered(service, lab, answers)
    # A session that the service has given up may still hold actions in Asterisk's socket. Its end is the end of those.
    for server in lab.asterisk:
        wait_until(f"the end of old sessions on {server.name}", lambda server=server: all_sessions_ended(server), timeout=30)  # type: ignore[misc]
    refused = {answer.iden for answer in answers if not answer.placed}
    try:
        wait_until("the end of calls that were not placed", lambda: refused.isdisjoint(live(lab)), timeout=20)
    except LabError:
        channels = live(lab)
        ghosts = [answer for answer in answers if answer.iden in refused and answer.iden in channels]
        assert not ghosts, f"they live on: {evidence(service, ghosts, lab.calls(), channels)}"
    assert_counts(service, lab, answers)
    calls, channels = lab.calls(), live(lab)
    lasting = [a for a in answers if a.placed and a.caller.lasting and calls[a.iden].servers[0] not in died]
    lost = [answer for answer in lasting if answer.iden not in channels]
    assert not lost, f"placed, and hung up since: {evidence(service, lost, calls, channels)}"
