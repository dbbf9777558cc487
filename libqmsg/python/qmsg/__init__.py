# SPDX-License-Identifier: MIT
"""Synchronous message passing through /dev/qmsg.

A server:

    import qmsg

    with qmsg.Context() as q, q.channel(qmsg.QMSG_CHF_UNBLOCK) as channel:
        channel.name_attach("upper")
        channel.serve(lambda request: request.data.upper())

A client:

    with qmsg.Context() as q, q.name_connect("upper") as connection:
        print(connection.send(b"hello").data)

Context, Channel, Connection, Request, Pulse and Timer are objects for the native calls of
libqmsg; qmsg.native has those calls themselves, qmsg.qnx the calls with QNX's names. Every
error is an OSError with its errno. Nothing here is compiled: ctypes calls the libraries.
"""

from . import abi
from .abi import *    # noqa: F401,F403 the header's names
from .channel import LATER, Channel
from .connection import Connection, Reply
from .context import Context
from .message import Pulse, Request
from .timer import Timer

__all__ = abi.__all__ + ["LATER", "Channel", "Connection", "Context", "Pulse", "Reply", "Request",
                         "Timer"]
