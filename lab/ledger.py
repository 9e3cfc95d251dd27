"""What Asterisk did with each call, from the lines that its dialplan left before each step.

A line is written by the call's own thread before the phone is rung, so a call that was dialled is in the ledger even
if Asterisk is killed the moment after."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Call:
    iden: str
    count: int = 0  # how many times click2dial-user was entered: more than one is a call placed twice
    servers: list[str] = field(default_factory=list)
    destination: str = ""
    endpoint: str = ""
    leg1: bool = False
    leg1_answered: bool = False
    leg1_status: str | None = None  # DIALSTATUS of leg 1 once it is over
    leg2: bool = False
    leg2_answered: bool = False
    leg2_status: str | None = None
    started: int = 0  # seconds since 1970

    @property
    def over(self) -> bool:
        """Whether leg 1 has ended in an orderly way; a call of an Asterisk that was killed never is."""
        return self.leg1_status is not None


def _apply(call: Call, server: str, when: str, event: str, rest: list[str]) -> None:
    match event:
        case "enter":
            call.count += 1
            call.servers.append(server)
            call.started = call.started or int(when)
            call.destination, call.endpoint = (rest + ["", ""])[:2]
        case "leg1":
            call.leg1 = True
        case "answered1":
            call.leg1_answered = True
        case "leave":
            call.leg1_status = rest[0] if rest else ""
        case "leg2":
            call.leg2 = True
        case "answered2":
            call.leg2_answered = True
        case "end":
            call.leg2_status = rest[0] if rest and rest[0] else call.leg2_status


def calls(lab_folder: str | Path) -> dict[str, Call]:
    """Every call of every Asterisk of the lab, by iden."""
    found: dict[str, Call] = {}
    for path in sorted(Path(lab_folder).glob("as*/ledger.log")):
        for line in path.read_text(errors="replace").splitlines():
            match line.split(" "):
                case [when, event, iden, *rest]:
                    _apply(found.setdefault(iden, Call(iden)), path.parent.name, when, event, rest)
    return found
