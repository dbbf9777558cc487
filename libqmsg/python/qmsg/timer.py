# SPDX-License-Identifier: MIT
"""Timers of the kernel, which deliver an event when they expire."""

from __future__ import annotations

from ctypes import byref
from typing import TYPE_CHECKING

from . import abi, native
from .deadline import nanoseconds

if TYPE_CHECKING:
    from .context import Context


class Timer:
    """A timer. Made by Context.timer(); ends with close(), a with block, or the context."""

    def __init__(self, context: Context, timer: int) -> None:
        self.context = context
        self.timer = timer
        self._open = True

    def __enter__(self) -> Timer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it. A pulse of it that nobody has received is taken back."""
        if self._open and self.context.q >= 0:
            self._open = False
            native.qmsg_timer_delete(self.context.q, self.timer)

    def set(self, seconds: float, interval: float = 0) -> None:
        """Let it expire in so many seconds, and then each interval. 0 seconds stop it."""
        args = abi.qmsg_timer_settime(timer=self.timer, value=nanoseconds(seconds),
                                      interval=nanoseconds(interval))
        native.qmsg_timer_settime(self.context.q, byref(args))

    def left(self) -> abi.qmsg_timer_gettime:
        """out_value: nanoseconds until it expires; out_overrun: expiries that were not taken."""
        args = abi.qmsg_timer_gettime(timer=self.timer)
        native.qmsg_timer_gettime(self.context.q, byref(args))
        return args
