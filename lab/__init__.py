"""Real parts for click2call: Asterisk, SIP phones, MariaDB, Kamailio, Redis. See README.md."""

from .errors import LabError
from .lab import Lab

__all__ = ["Lab", "LabError"]
