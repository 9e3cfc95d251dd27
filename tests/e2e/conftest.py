"""The contract, case by case, on the built service and the lab's real parts."""

from __future__ import annotations

import sys
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[2]
for folder in (_REPOSITORY, _REPOSITORY / "tests" / "support" / "py"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from c2ctest.fixtures import *  # noqa: E402,F403
