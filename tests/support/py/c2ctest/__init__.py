"""What the tests on real parts share: the service under test, its HTTP callers, and the digest that they sign with."""

from .api import Api, Reply
from .calls import Calls
from .live import LiveCall, LiveStream
from .digest import Signer, digest_response, forge_nonce
from .processes import AS_A_SHELL, Done, build_folder, run
from .people import PASSWORDS, signer
from .raw import RawConnection, RawReply
from .service import Service

__all__ = [
    "AS_A_SHELL",
    "Api",
    "Calls",
    "Done",
    "LiveCall",
    "LiveStream",
    "PASSWORDS",
    "RawConnection",
    "RawReply",
    "Reply",
    "Service",
    "Signer",
    "build_folder",
    "digest_response",
    "forge_nonce",
    "run",
    "signer",
]
