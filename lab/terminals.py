"""Who is in the lab: every terminal, the phone that it rings, and what the database and Asterisk know of it."""

from __future__ import annotations

from dataclasses import dataclass

BRAND = 1
DOMAINS = {1: "127.0.0.1", 2: "second.example"}  # company id to its domain; 127.0.0.1 is IvozProvider's demo domain
LOAD_FIRST_ID = 1000  # u00001 has the id 1001
LOAD_PHONE = "busy"


@dataclass(frozen=True)
class Terminal:
    id: int
    name: str
    extension: str | None
    phone: str | None  # a key of phones.PHONES; None: no contact, as a phone that is not registered
    company: int = 1
    stars: str = "**"
    has_user: bool = True
    has_endpoint: bool = True
    in_asterisk: bool = True

    @property
    def password(self) -> str:
        return f"{self.name}{self.stars}PA55W0RD"

    @property
    def domain(self) -> str:
        return DOMAINS[self.company]

    @property
    def aor(self) -> str:
        return f"{self.name}@{self.domain}"

    @property
    def sorcery_id(self) -> str:
        return f"b{BRAND}c{self.company}t{self.id}_{self.name}"


TERMINALS: tuple[Terminal, ...] = (
    Terminal(1, "alice", "101", "caller"),
    Terminal(2, "bob", "102", "caller", stars="***"),
    Terminal(3, "carol", "103", "busy"),
    Terminal(4, "dave", "104", "ring"),
    Terminal(5, "erin", "105", "decline"),
    Terminal(6, "frank", "106", None),
    Terminal(7, "grace", "107", "slow"),
    Terminal(8, "heidi", "108", "brief"),
    Terminal(9, "ivan", "109", None, in_asterisk=False),
    Terminal(10, "judy", "110", "talk"),
    Terminal(11, "kate", "111", "wrong"),
    Terminal(20, "alice", "101", "caller", company=2, stars="****"),
    Terminal(31, "nouser", None, None, has_user=False, in_asterisk=False),
    Terminal(32, "noextension", None, None, in_asterisk=False),
    Terminal(33, "noendpoint", "133", None, has_endpoint=False, in_asterisk=False),
)


def by_name(name: str, company: int = 1) -> Terminal:
    return next(t for t in TERMINALS if t.name == name and t.company == company)


def load_terminal(number: int) -> Terminal:
    """u00001 and on: as many as a load test asks for, all on the phone that is busy at once."""
    return Terminal(LOAD_FIRST_ID + number, f"u{number:05d}", str(10000 + number), LOAD_PHONE)
