"""The digest and the nonce of the contract, written from its text and not from the service's code."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def digest_response(user: str, realm: str, password: str, nonce: str, destination: str) -> str:
    return _md5(f"{_md5(f'{user}:{realm}:{password}')}:{nonce}:{_md5(destination)}")


@dataclass(frozen=True)
class Signer:
    """Who signs: the AoR as the client spells it, and the password that it knows."""

    aor: str
    password: str

    def sign(self, nonce: str, destination: str) -> str:
        user, _, realm = self.aor.rpartition("@")
        return digest_response(user, realm, self.password, nonce, destination)


def forge_nonce(secret: str, aor: str, issued: int, *, spelled: str | None = None, rand: str = "00112233445566aa") -> str:
    """A nonce as a server that knows the secret issues it; `spelled` is how its time is written in it."""
    mac = hmac.new(secret.encode(), f"{issued}|{aor}|{rand}".encode(), hashlib.sha256).hexdigest()
    return f"{issued if spelled is None else spelled}.{rand}.{mac}"


def forge_ticket(secret: str, iden: str, owner: str, expires: int, *, signed: str | None = None) -> str:
    """A ticket as a server that knows the secret issues it; `signed` is the text under its signature, if another one."""
    text = f"ticket|{expires}|{iden.lower()}|{owner}" if signed is None else signed
    mac = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{expires}.{owner.encode().hex()}.{mac}"
