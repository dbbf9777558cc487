# SPDX-License-Identifier: MIT
"""What a channel receives: requests, which wait for their answer, and pulses."""

from __future__ import annotations

from ctypes import byref
from typing import NamedTuple, Optional

from . import abi, native
from .buffers import Bytes, Room, address, as_bytes


class Pulse(NamedTuple):
    """A pulse: of another process, with a code of 0 to 127, or of the kernel."""

    code: int
    value: int
    scoid: int

    @property
    def sival_int(self) -> int:
        """The low half of the value, with its sign: what C programs put there and read."""
        return (self.value + 2**31) % 2**32 - 2**31

    @property
    def is_unblock(self) -> bool:
        """Does a client that waits for its answer want to leave? It is the request of value."""
        return self.code == abi.QMSG_PULSE_CODE_UNBLOCK

    @property
    def is_disconnect(self) -> bool:
        """Has a client gone? Its scoid is to be given back: Channel.let_go()."""
        return self.code == abi.QMSG_PULSE_CODE_DISCONNECT


class Request:
    """A message whose sender waits for the answer.

    It need not be answered where it was received, nor in the order of receiving, nor by the
    same thread. Whichever of reply() and error() is first wins; all later ones, and those for a
    client that has left, raise ProcessLookupError and reach nobody.
    """

    def __init__(self, q: int, info: abi.qmsg_msg_info, data: bytes = b"") -> None:
        self._q = q
        #: what the kernel knew of it when it was received: pid, uid, priority ...
        self.info = info
        #: the message, or as much of it as the receive had room for; read() has the rest
        self.data = data
        #: has it been answered through this object?
        self.answered = False

    def __repr__(self) -> str:
        return f"<qmsg.Request {self.rcvid} of process {self.info.pid}>"

    @property
    def rcvid(self) -> int:
        """The receive id, which no other request of this channel has or will have."""
        return int(self.info.rcvid)

    def reply(self, data: Bytes = b"", status: int = 0, *, unless_asked: bool = False) -> None:
        """Answer; what the client has no room for is dropped.

        unless_asked: only if the client has not asked to leave, or OSError with ECANCELED: then
        it still waits.
        """
        data = as_bytes(data)
        args = abi.qmsg_msg_reply(rcvid=self.rcvid, status=status, buf_len=len(data),
                                  buf_ptr=address(data), flags=_condition(unless_asked))
        native.qmsg_msg_reply_with(self._q, byref(args))
        self.answered = True

    def error(self, code: int = abi.QMSG_ERROR_REASON, *, unless_asked: bool = False) -> None:
        """Answer with an errno. Without one: of a client that has asked to leave, the reason."""
        args = abi.qmsg_msg_error(rcvid=self.rcvid, error=code, flags=_condition(unless_asked))
        native.qmsg_msg_error_with(self._q, byref(args))
        self.answered = True

    def read(self, size: Optional[int] = None, offset: int = 0) -> bytes:
        """Bytes of the client's message, from offset on; without a size, all that are left."""
        if size is None:
            size = max(0, self.info.srcmsglen - offset)
        room = Room(size)
        return room.bytes(native.qmsg_msg_read(self._q, self.rcvid, room.buffer, size, offset))

    def write(self, data: Bytes, offset: int = 0) -> int:
        """Put bytes into the client's reply buffer; it goes on waiting. How many had room?"""
        data = as_bytes(data)
        return native.qmsg_msg_write(self._q, self.rcvid, data, len(data), offset)

    def now(self) -> abi.qmsg_msg_info:
        """What the kernel knows of it at this moment."""
        info = abi.qmsg_msg_info()
        native.qmsg_msg_info(self._q, self.rcvid, byref(info))
        return info

    @property
    def wants_to_leave(self) -> bool:
        """Has the client asked to be unblocked, or been killed, meanwhile?"""
        return bool(self.now().flags & (abi.QMSG_MI_UNBLOCK_REQ | abi.QMSG_MI_CLIENT_GONE))

    def deliver(self, event: abi.qmsg_event) -> None:
        """Notify the client as it has asked: after the answer too, if keep() was called."""
        native.qmsg_event_deliver(self._q, self.rcvid, byref(event))

    def keep(self) -> None:
        """Let the client stay known for deliver() after this request has been answered."""
        native.qmsg_event_keep(self._q, self.rcvid)


def _condition(unless_asked: bool) -> int:
    return abi.QMSG_REPLY_IF_NOT_ASKED if unless_asked else 0
