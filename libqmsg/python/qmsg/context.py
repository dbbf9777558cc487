# SPDX-License-Identifier: MIT
"""One open of /dev/qmsg, to which everything else belongs."""

from __future__ import annotations

import os
import time
import warnings
from ctypes import byref

from . import abi, native
from .channel import Channel
from .connection import Connection
from .timer import Timer


class Context:
    """An open of /dev/qmsg by this process.

    Channels, connections and timers are made by it and end with it: close() it, or use it in a
    with block. A process may have several. A forked child cannot use its parent's (OSError with
    EBADF) and makes its own.
    """

    def __init__(self) -> None:
        self.q = -1
        self.q = native.qmsg_open()

    def __repr__(self) -> str:
        return f"<qmsg.Context {self.q}>"

    def __enter__(self) -> Context:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if self.q >= 0:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self)
            self.close()

    def close(self) -> None:
        """End it, with everything that belongs to it."""
        q, self.q = self.q, -1
        if q >= 0:
            native.qmsg_close(q)

    def fileno(self) -> int:
        """Its descriptor."""
        return self.q

    def query(self) -> abi.qmsg_query:
        """What this kernel can do."""
        query = abi.qmsg_query()
        native.qmsg_query(self.q, byref(query))
        return query

    def channel(self, flags: int = 0, *, mode: int = 0, gid: int = 0, pulse_limit: int = 0,
                kill_grace_ms: int = 0) -> Channel:
        """A channel to receive from.

        flags: QMSG_CHF_UNBLOCK and others. mode: who may connect, as for Channel.access(); all
        of this user's processes if it is 0.
        """
        args = abi.qmsg_channel_create(flags=flags, mode=mode, gid=gid, pulse_limit=pulse_limit,
                                       kill_grace_ms=kill_grace_ms)
        return Channel(self, native.qmsg_channel_create_with(self.q, byref(args)))

    def connect(self, pid: int, chid: int, flags: int = 0,
                index: int = abi.QMSG_SIDE_CHANNEL) -> Connection:
        """Connect to a channel of a process; pid 0 is this one.

        With index=0 the connection is a file descriptor, which other processes can be sent.
        """
        return Connection(self, native.qmsg_connect_attach(self.q, pid, chid, index, flags))

    def name_connect(self, name: str, flags: int = 0,
                     index: int = abi.QMSG_SIDE_CHANNEL) -> Connection:
        """Connect to the channel that was published under a name: Channel.name_attach()."""
        return Connection(self, native.qmsg_name_connect(self.q, os.fsencode(name), index, flags))

    def timer(self, event: abi.qmsg_event, clock: int = time.CLOCK_MONOTONIC) -> Timer:
        """A timer that delivers event: Connection.pulse_event(), over a connection of its own."""
        return Timer(self, native.qmsg_timer_create(self.q, clock, byref(event)))
