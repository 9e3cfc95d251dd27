"""Every backend behind a TCP gate, faults in a seeded order under a steady load, and after them the ledger.

Of each click the answer is held against what Asterisk did (lab/ledger.py) and against the channels that live:

- it was answered, within LONGEST, with an answer that is documented;
- a 200 was seen by Asterisk exactly once, and a call that lasts until it is hung up still lives;
- anything else was seen at most once, and no channel of it lives;
- and when the last fault is over, 20 clicks in a row are placed by the same process.

What garbling lets be judged:

- What the service says to Asterisk is never garbled. An Originate with another iden would be a call that nobody asked for, and
  of which neither the service nor the ledger could say whose it is.
- Digits and dots are never garbled (c2ctest/gate.py). So an event of one call cannot become one of another, for idens differ in
  their digits; and a server's address stays an address of this machine.
- A garbled row of the database, or a garbled query, is a wrong terminal: then 403 is true as well, and a call that was placed
  may have rung another phone than the one that lasts. All else is judged: the iden does not come from there.

The same seed gives the same faults in the same order, and garbles the same bytes of a connection alike. Which bytes those are
is a matter of timing, as is which call they belong to."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from c2ctest import Service
from c2ctest.fixtures import MakeService
from c2ctest.gate import Ending, Gate, Lane
from lab import Lab
from lab.errors import LabError
from lab.terminals import by_name
from lab.waiting import wait_until

from channels import ami_sessions, live
from load import DESTINATION, Answer, Load, load_callers, mixed_callers, ringing_caller
from sizes import Sizes
from truth import NOT_PLACED, TOO_BUSY, assert_all_placed, evidence, tally

RATE = 50.0  # calls a second
SECONDS = {"ci": 25.0, "full": 300.0}
SEED = 20261123
# Seconds: the database, Kamailio's table, its dispatcher, the database again, two servers that are connected to, Originate, its
# confirmation and the hang-up, each at most 2: docs/operations.md, "Limits". No click meets all of them.
LONGEST = 18.0
GRACE = 3.0  # seconds for which a connection may still be out of step after it was garbled: longer than a query may take
FORBIDDEN = (403, "forbidden")

Work = Callable[[Gate, random.Random], None]
both = lambda lane: {"to_backend": lane, "to_service": lane}  # noqa: E731


@dataclass(frozen=True)
class Fault:
    begin: Work
    longest: float = 1.5  # seconds
    not_before: tuple[str, ...] = ()  # gates that it is not for
    garbles: bool = False


def down(gate: Gate, _: random.Random) -> None:
    gate.refuse()
    gate.cut()


FAULTS: dict[str, Fault] = {
    "delayed": Fault(lambda gate, rng: gate.set(**both(Lane(delay=rng.uniform(0.05, 0.5))))),
    "jittered": Fault(lambda gate, rng: gate.set(**both(Lane(jitter=rng.uniform(0.1, 1.0))))),
    "late": Fault(lambda gate, rng: gate.set(**both(Lane(delay=rng.uniform(2.0, 4.0)))), longest=4.0),
    "cut (RST)": Fault(lambda gate, _: gate.cut(Ending.RESET), longest=0.2),
    "cut (FIN)": Fault(lambda gate, _: gate.cut(Ending.FIN), longest=0.2),
    "refused": Fault(lambda gate, _: gate.refuse()),
    "down": Fault(down, longest=3.0),
    "half-open": Fault(lambda gate, _: gate.half_open(), longest=7.0),
    "unheard": Fault(lambda gate, _: gate.set(to_backend=Lane(swallow=True)), longest=3.0),
    "unanswered": Fault(lambda gate, _: gate.set(to_service=Lane(swallow=True)), longest=3.0),
    "dripping": Fault(lambda gate, _: gate.set(**both(Lane(drip=0.0)))),
    "garbled answers": Fault(lambda gate, rng: gate.set(to_service=Lane(garble=rng.choice((0.002, 0.02)))), garbles=True),
    "garbled requests": Fault(
        lambda gate, rng: gate.set(to_backend=Lane(garble=rng.choice((0.002, 0.02)))), garbles=True, not_before=("as1", "as2")
    ),
    "truncated answers": Fault(lambda gate, rng: gate.set(to_service=Lane(most=rng.randrange(1, 3000)))),
    "truncated requests": Fault(lambda gate, rng: gate.set(to_backend=Lane(most=rng.randrange(1, 3000)))),
}


@dataclass(frozen=True)
class Step:
    faults: tuple[tuple[str, str], ...]  # gate and fault: one, or two at once
    lasts: float
    pause: float
    home: int  # the server that Kamailio then names


def schedule(seed: int, gates: Sequence[str]) -> Iterator[Step]:
    """Without an end. Each fault of each gate comes once before any comes again."""
    rng = random.Random(seed)
    kinds = [(gate, name) for gate in gates for name, fault in FAULTS.items() if gate not in fault.not_before]
    deck: list[tuple[str, str]] = []
    while True:
        if len(deck) < 2:
            deck = rng.sample(kinds, len(kinds)) + deck
        chosen = [deck.pop()]
        if deck[-1][0] != chosen[0][0] and rng.random() < 0.4:
            chosen.append(deck.pop())
        longest = max(FAULTS[name].longest for _, name in chosen)
        # Short ones are many, long ones outlast the deadlines.
        lasts = longest if rng.random() < 0.2 else rng.uniform(0.1, min(longest, 1.5))
        yield Step(tuple(chosen), lasts, rng.uniform(0.05, 0.5), rng.randrange(2))


@dataclass
class Garbled:
    """The clicks that were under way while a gate garbled, by their place among the answers and their number."""

    answered_before: int
    begun_until: int


@dataclass
class History:
    faults: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    rows: list[Garbled] = field(default_factory=list)  # of the database

    def may_be_a_wrong_terminal(self, place: int, answer: Answer) -> bool:
        number = int(answer.iden.rpartition("-")[2])
        return any(place >= each.answered_before and number <= each.begun_until for each in self.rows)


class Chaos:
    """The gates, and one fault after another."""

    def __init__(self, lab: Lab, gates: dict[str, Gate], seed: int) -> None:
        self._lab, self._gates, self._seed = lab, gates, seed
        self.history = History()

    def run(self, load: Load, seconds: float) -> None:
        begun = time.monotonic()
        steps = schedule(self._seed, list(self._gates))
        rng = random.Random(f"{self._seed}/sizes")
        while time.monotonic() - begun < seconds:
            step = next(steps)
            said = " and ".join(f"{gate} {name}" for gate, name in step.faults)
            self.history.lines.append(f"{time.time():.3f} +{time.monotonic() - begun:.3f} s, {step.lasts:.2f} s long: {said}")
            self.history.faults.update(name for _, name in step.faults)
            garbles_rows = any(gate == "mariadb" and FAULTS[name].garbles for gate, name in step.faults)
            answered_before = len(load.answers)
            for gate, name in step.faults:
                FAULTS[name].begin(self._gates[gate], rng)
            time.sleep(step.lasts)
            for gate, _ in step.faults:
                self._gates[gate].open()
            if garbles_rows:
                self.history.rows.append(Garbled(answered_before, load.begun + int(RATE * GRACE)))
            server = self._lab.asterisk[step.home]
            self._lab.kamailio.set_server(1, f"sip:{server.host}:{server.sip_port}")
            time.sleep(step.pause)


def gates_on_one_port(targets: dict[str, tuple[str, int]], seed: int) -> dict[str, Gate]:
    """The AMI has one port on every server, so each gate stands on its server's own address and all have one number."""
    made: dict[str, Gate] = {}
    for _ in range(20):
        port = 0
        try:
            for name, target in targets.items():
                made[name] = Gate(name, target, seed=seed, host=target[0], port=port)
                port = made[name].port
            return made
        except OSError:  # another server's address has that number in use
            for each in made.values():
                each.close()
            made.clear()
    raise LabError("no port is free on every server's address")


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("C2C_SEED", SEED))


@pytest.fixture
def gates(lab: Lab, seed: int) -> Iterator[dict[str, Gate]]:
    made = gates_on_one_port({server.name: (server.host, server.ami_port) for server in lab.asterisk}, seed)
    made["mariadb"] = Gate("mariadb", (lab.mariadb.host, lab.mariadb.port), seed=seed)
    made["kamailio"] = Gate("kamailio", (lab.kamailio.host, lab.kamailio.rpc_port), seed=seed)
    yield made
    for each in made.values():
        each.close()


@pytest.fixture
def gated(gates: dict[str, Gate], start_service: MakeService) -> Service:
    kamailio = gates["kamailio"]
    return start_service(
        db={"host": gates["mariadb"].host, "port": gates["mariadb"].port},
        kamailio={"rpc_url": f"http://{kamailio.host}:{kamailio.port}/RPC"},
        ami={"port": gates["as1"].port},
    )


@dataclass
class Ledger:
    """What was answered, and what is wrong with it: no list may have an entry."""

    answers: list[Answer]
    odd: list[Answer] = field(default_factory=list)
    late: list[Answer] = field(default_factory=list)
    twice: list[Answer] = field(default_factory=list)
    unseen: list[Answer] = field(default_factory=list)
    ghosts: list[Answer] = field(default_factory=list)
    lost: list[Answer] = field(default_factory=list)
    seen_and_refused: int = 0

    @property
    def wrong(self) -> dict[str, list[Answer]]:
        return {
            "answered with what is not documented": self.odd,
            f"answered after more than {LONGEST:g} s": self.late,
            "placed twice": self.twice,
            "answered 200 and never seen": self.unseen,
            "refused and alive": self.ghosts,
            "answered 200 and hung up since": self.lost,
        }

    def __str__(self) -> str:
        placed = sum(answer.placed for answer in self.answers)
        lines = [
            f"{len(self.answers)} clicks, {placed} placed ({100 * placed / len(self.answers):.1f} %): {tally(self.answers)}",
            f"longest answer {max(answer.seconds for answer in self.answers):.2f} s, "
            f"refused after Asterisk had begun it and hung up {self.seen_and_refused}",
        ]
        return "\n".join(lines + [f"{what}: {len(which)}" for what, which in self.wrong.items()])


def judge(lab: Lab, answers: list[Answer], history: History, patience: float = 30) -> Ledger:
    """For a lab whose gates are all open again. `patience`: seconds for refused calls to end."""
    # A session that the service has given up may still hold actions in Asterisk's socket. Its end is the end of those.
    wait_until("the end of old sessions", lambda: all(ami_sessions(server) <= 1 for server in lab.asterisk), timeout=30)
    refused = {answer.iden for answer in answers if not answer.placed}
    try:
        # The busy caller's own channel is told so for up to ten seconds by the dialplan's end.
        wait_until("the end of calls that were not placed", lambda: refused.isdisjoint(live(lab)), patience)
    except LabError:
        pass  # they are found below, one by one
    calls, channels = lab.calls(), live(lab)
    ledger = Ledger(answers)
    for place, answer in enumerate(answers):
        count = calls[answer.iden].count if answer.iden in calls else 0
        doubtful = history.may_be_a_wrong_terminal(place, answer)
        known = NOT_PLACED | {TOO_BUSY, (200, "")} | ({FORBIDDEN} if doubtful else set())
        for found, which in (
            ((answer.status, answer.said) not in known, ledger.odd),
            (answer.seconds > LONGEST, ledger.late),
            (count > 1, ledger.twice),
            (answer.placed and count == 0, ledger.unseen),
            (not answer.placed and answer.iden in channels, ledger.ghosts),
            (answer.placed and answer.caller.lasting and not doubtful and answer.iden not in channels, ledger.lost),
        ):
            if found:
                which.append(answer)
        ledger.seen_and_refused += not answer.placed and count > 0
    return ledger


def wait_recovered(service: Service, lab: Lab, load: Load, history: History) -> None:
    try:
        load.wait_placed(20)
    except LabError:
        faults = "\n".join(history.lines)
        last = evidence(service, load.answers[-5:], lab.calls(), live(lab))
        pytest.fail(f"no 20 calls in a row are placed after the last fault: {last}\nfaults:\n{faults}")


def test_the_ledger_finds_every_kind_of_wrong_answer(lab: Lab, start_service: MakeService) -> None:
    service = start_service()
    true = Load(service, [ringing_caller()]).paced(6, rate=20)
    assert not any(judge(lab, true, History()).wrong.values())
    refused, unseen, late, odd, twice, lost = true
    with lab.asterisk[0].ami() as session:
        session.action("Hangup", [("Channel", lost.iden)])
    with lab.asterisk[1].ami() as session:
        session.originate(by_name("dave"), DESTINATION, twice.iden)
    wait_until("the second call and the hang-up", lambda: lab.calls()[twice.iden].count == 2 and lost.iden not in live(lab))
    told = [
        replace(refused, status=502, said="could not originate call"),
        replace(unseen, iden="x" + unseen.iden, caller=load_callers(lab)[0]),
        replace(late, seconds=LONGEST + 1),
        replace(odd, status=403, said="forbidden", iden="x" + odd.iden),
        twice,
        lost,
    ]
    wrong = judge(lab, told, History(), patience=1).wrong
    assert [[answer.iden for answer in which] for which in wrong.values()] == [
        [told[3].iden], [late.iden], [twice.iden], [told[1].iden], [refused.iden], [lost.iden]
    ]
    doubtful = History(rows=[Garbled(answered_before=3, begun_until=6)])
    assert not judge(lab, told, doubtful, patience=1).odd, "403 is true of a click that met a garbled row"


def test_every_answer_is_true_whatever_the_network_does(
    lab: Lab, gates: dict[str, Gate], gated: Service, sizes: Sizes, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = float(os.environ.get("C2C_SECONDS", SECONDS[os.environ.get("C2C_LOAD", "ci")]))
    with capsys.disabled():
        print(f"\nchaos: seed {seed}, {seconds:g} s at {RATE:g} calls/s (again with C2C_SEED={seed})", flush=True)
    chaos = Chaos(lab, gates, seed)
    load = Load(gated, mixed_callers(lab, sizes.ringing_every))
    with load.running(RATE):
        load.wait_placed(20)
        chaos.run(load, seconds)
        wait_recovered(gated, lab, load, chaos.history)
    history = chaos.history
    ledger = judge(lab, load.answers, history)
    with capsys.disabled():
        print(f"{history.faults.total()} faults: {', '.join(f'{n} × {name}' for name, n in sorted(history.faults.items()))}")
        print(f"connections: {', '.join(f'{name} {gate.accepted}' for name, gate in gates.items())}")
        print(ledger, flush=True)
    assert gated.running(), f"click2calld ended:\n{gated.stderr[-4000:]}"
    calls, channels = lab.calls(), live(lab)
    for what, which in ledger.wrong.items():
        faults = "\n".join(history.lines)
        assert not which, f"seed {seed}: {what}: {evidence(gated, which, calls, channels)}\nfaults:\n{faults}"
    assert_all_placed(gated, lab, Load(gated, load_callers(lab)).paced(20, rate=20))
