# SPDX-License-Identifier: MIT
"""The client's side: a connection to a channel."""

from __future__ import annotations

from ctypes import byref
from typing import TYPE_CHECKING, NamedTuple, Optional

from . import abi, native
from .buffers import Bytes, Room, address, as_bytes
from .deadline import deadline

if TYPE_CHECKING:
    from .context import Context


class Reply(NamedTuple):
    """What a server answered."""

    data: bytes
    status: int


class Connection:
    """A connection. Made by Context.connect() or name_connect(); ends with close()."""

    def __init__(self, context: Context, coid: int) -> None:
        self.context = context
        self.coid = coid
        self._open = True

    def __repr__(self) -> str:
        return f"<qmsg.Connection {self.coid:#x}>"

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give it up. Threads that wait for an answer over it leave as the server lets them."""
        if self._open and self.context.q >= 0:
            self._open = False
            native.qmsg_connect_detach(self.context.q, self.coid)

    def send(self, data: Bytes = b"", size: int = 4096, timeout: Optional[float] = None) -> Reply:
        """Send a message and wait for the answer, of which at most size bytes are taken.

        What the server answers with an error is raised as OSError, and so are the kernel's own.
        The exception has two attributes more: answered, is it the server's answer; and
        undelivered, is it certain that no server has seen the message?

        After timeout seconds the kernel raises TimeoutError; but once the message has been
        received on a channel that has UNBLOCK the server is asked, and the wait goes on until it
        answers. So it is with a signal and InterruptedError.
        """
        data, room, until = as_bytes(data), Room(size), deadline(timeout)
        args = abi.qmsg_msg_send(
            coid=self.coid, send_ptr=address(data), send_len=len(data), reply_ptr=room.address,
            reply_len=size, send_deadline=until, reply_deadline=until)
        try:
            native.qmsg_msg_send_with(self.context.q, byref(args))
        except OSError as failure:
            raise _marked(failure, args, answered=False)
        if args.out_error:
            raise _marked(native.error(args.out_error), args, answered=True)
        return Reply(room.bytes(args.out_reply_len), args.out_status)

    def pulse(self, code: int, value: int = 0, priority: int = abi.QMSG_PRIORITY_SELF) -> None:
        """Send a pulse: code 0 to 127 and 64 bits. Never waits."""
        native.qmsg_pulse_send(self.context.q, self.coid, priority, code, value)

    def pulse_event(self, code: int, value: int = 0,
                    priority: int = abi.QMSG_PRIORITY_SELF) -> abi.qmsg_event:
        """An event that is a pulse over this connection: for a timer, or to be sent to a server."""
        return abi.qmsg_event(notify=abi.QMSG_EVENT_PULSE, id=self.coid, code=code,
                              priority=priority, value=value)

    def info(self) -> abi.qmsg_connect_info:
        """Who is at the other end."""
        info = abi.qmsg_connect_info(coid=self.coid)
        native.qmsg_connect_info(self.context.q, byref(info))
        return info


def _marked(failure: OSError, args: abi.qmsg_msg_send, answered: bool) -> OSError:
    setattr(failure, "answered", answered)
    setattr(failure, "undelivered", bool(args.out_flags & abi.QMSG_SENT_UNDELIVERED))
    return failure
