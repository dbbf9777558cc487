# SPDX-License-Identifier: MIT
"""The server's side: a channel, and the loop that receives from it."""

from __future__ import annotations

import errno
import os
from ctypes import addressof, byref, sizeof
from typing import TYPE_CHECKING, Any, Callable, Iterator, Optional, Union

from . import abi, native
from .buffers import Bytes, Room
from .deadline import deadline
from .message import Pulse, Request

if TYPE_CHECKING:
    from .context import Context

#: What a handler may return: data, a status, nothing, or LATER.
Answer = Union[Bytes, int, None, object]
#: Returned by a handler: the request stays unanswered, somebody will do that later.
LATER: Any = object()


class Channel:
    """A channel. Made by Context.channel(); ends with close(), a with block, or the context."""

    def __init__(self, context: Context, chid: int) -> None:
        self.context = context
        self.chid = chid
        self._fd = -1
        self._open = True

    def __repr__(self) -> str:
        return f"<qmsg.Channel {self.chid}>"

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it: whoever waits for it gets ProcessLookupError (ESRCH)."""
        if not self._open:
            return
        self._open = False
        if self._fd >= 0:
            os.close(self._fd)
        if self.context.q >= 0:
            native.qmsg_channel_destroy(self.context.q, self.chid)

    # Names, access, descriptor

    def name_attach(self, name: str) -> None:
        """Publish it: Context.name_connect() finds it by that name."""
        native.qmsg_name_attach(self.context.q, self.chid, os.fsencode(name))

    def name_detach(self, name: str) -> None:
        """Take a name back."""
        native.qmsg_name_detach(self.context.q, self.chid, os.fsencode(name))

    def access(self, mode: int, gid: int = 0) -> None:
        """Say anew who may connect: 0o200 this user, 0o020 members of gid, 0o002 all."""
        native.qmsg_channel_access(self.context.q, self.chid, mode, gid)

    def fileno(self) -> int:
        """A descriptor to wait with, in select, selectors or asyncio; not to be read or closed.

        When it is readable receive with a timeout of 0: another thread may have been faster.
        """
        if self._fd < 0:
            self._fd = native.qmsg_channel_fd(self.context.q, self.chid,
                                              abi.QMSG_CHANNEL_FD_CLOEXEC)
        return self._fd

    # Receiving

    def receive(self, size: int = 4096, timeout: Optional[float] = None, *,
                pulses_only: bool = False) -> Union[Request, Pulse]:
        """The next message or pulse; waits for it, with a timeout until TimeoutError.

        A longer message than size is cut; Request.read() has the rest.
        """
        room = Room(max(size, sizeof(abi.qmsg_pulse)))
        info = abi.qmsg_msg_info()
        args = abi.qmsg_msg_receive(
            chid=self.chid, flags=abi.QMSG_RECEIVE_PULSE if pulses_only else 0,
            buf_ptr=room.address, buf_len=room.size, deadline=deadline(timeout),
            info_ptr=addressof(info), info_len=sizeof(info))
        native.qmsg_msg_receive_with(self.context.q, byref(args))
        if args.out_rcvid:
            return Request(self.context.q, info, room.bytes(min(size, info.msglen)))
        pulse = abi.qmsg_pulse.from_buffer(room.buffer)
        return Pulse(pulse.code, pulse.value, pulse.scoid)

    def request(self, rcvid: int) -> Request:
        """A request that waits for its answer, by its receive id; without its data."""
        info = abi.qmsg_msg_info()
        native.qmsg_msg_info(self.context.q, rcvid, byref(info))
        return Request(self.context.q, info)

    def let_go(self, pulse: Pulse) -> None:
        """What nearly every server does with the kernel's pulses, and has to.

        Who wants to leave gets the answer that it may (MsgError with the reason), and the server
        connection of who has gone is given back. Does nothing for other pulses.
        """
        try:
            if pulse.is_unblock:
                native.qmsg_msg_error(self.context.q, pulse.value, abi.QMSG_ERROR_REASON)
            elif pulse.is_disconnect:
                native.qmsg_connect_detach(self.context.q, pulse.scoid)
        except ProcessLookupError:
            pass    # it has been answered, or has died, meanwhile

    def __iter__(self) -> Iterator[Union[Request, Pulse]]:
        """Messages and pulses, until the channel ends. A signal does not end the loop."""
        while self._open and self.context.q >= 0:
            try:
                yield self.receive()
            except InterruptedError:
                continue
            except OSError as failure:
                if failure.errno in (errno.ESRCH, errno.EBADF):
                    return
                raise

    def serve(self, handler: Callable[[Request], Answer],
              on_pulse: Optional[Callable[[Pulse], object]] = None) -> None:
        """Receive, and answer each request with what handler(request) returns, until the end.

        That may be data, a status, None for an empty answer, or LATER. If it raises OSError,
        the client gets its errno; if anything else, the client gets EIO, and the exception ends
        serve(). Pulses go to on_pulse, those of the kernel to let_go() if there is none.
        """
        for message in self:
            if isinstance(message, Pulse):
                (on_pulse or self.let_go)(message)
            else:
                _answer(message, handler)


def _answer(request: Request, handler: Callable[[Request], Answer]) -> None:
    try:
        answer = handler(request)
    except OSError as failure:
        _unless_gone(request.error, failure.errno or errno.EIO)
    except BaseException:
        _unless_gone(request.error, errno.EIO)
        raise
    else:
        if request.answered or answer is LATER:
            return
        if isinstance(answer, int):
            _unless_gone(request.reply, b"", answer)
        else:
            _unless_gone(request.reply, b"" if answer is None else answer)


def _unless_gone(answer: Callable[..., None], *arguments: Any) -> None:
    """A client that has left needs no answer."""
    try:
        answer(*arguments)
    except ProcessLookupError:
        pass
