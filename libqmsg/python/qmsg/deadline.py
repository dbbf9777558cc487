# SPDX-License-Identifier: MIT
"""Python's timeouts, which are seconds from now; the kernel's, which are times of its clock."""

import time
from typing import Optional

from . import abi


def nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)


def deadline(timeout: Optional[float]) -> int:
    """The time in timeout seconds. None: never. 0, or less: it has come already."""
    if timeout is None:
        return abi.QMSG_NO_DEADLINE
    return max(0, time.monotonic_ns() + nanoseconds(timeout)) if timeout > 0 else 0
