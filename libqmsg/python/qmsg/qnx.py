# SPDX-License-Identifier: MIT
"""The calls with QNX's names, for trying things out: libqmsg-qnx with bytes in and out.

As on QNX they need no context: the library opens one for the process, and a new one after a
fork. A receive id fits an int. Where C has a buffer for the result and its length, a call here
has the length and returns the bytes. Errors are raised as OSError.

    from qmsg.qnx import *

    attach = name_attach("upper")
    while True:
        rcvid, message, info = MsgReceive(attach.chid, 64)
        if rcvid == 0:
            ...                 # message is a Pulse
        else:
            MsgReply(rcvid, 0, message.upper())

Timeouts are made as on QNX, by TimerTimeout() before the call.
"""

from ctypes import (CDLL, POINTER, Structure, byref, c_char_p, c_int, c_int16, c_int32, c_long,
                    c_size_t, c_ssize_t, c_uint, c_uint32, c_uint64, c_void_p, get_errno,
                    set_errno, sizeof)
from typing import Any, Callable, Tuple, Union

from . import abi, native
from .buffers import Bytes, Room, as_bytes
from .message import Pulse

ND_LOCAL_NODE = 0

_NTO_SIDE_CHANNEL = abi.QMSG_SIDE_CHANNEL

_NTO_CHF_FIXED_PRIORITY = 0x0001
_NTO_CHF_UNBLOCK = 0x0002
_NTO_CHF_THREAD_DEATH = 0x0004
_NTO_CHF_DISCONNECT = 0x0008
_NTO_CHF_COID_DISCONNECT = 0x0040
_NTO_CHF_PRIVATE = 0x1000

_NTO_COF_CLOEXEC = 0x0001

_NTO_MI_UNBLOCK_REQ = 0x0100

_PULSE_CODE_UNBLOCK = -32
_PULSE_CODE_DISCONNECT = -33
_PULSE_CODE_THREADDEATH = -34
_PULSE_CODE_COIDDEATH = -35
_PULSE_CODE_MINAVAIL = 0
_PULSE_CODE_MAXAVAIL = 127

_NTO_TIMEOUT_SEND = 1 << 4
_NTO_TIMEOUT_RECEIVE = 1 << 5
_NTO_TIMEOUT_REPLY = 1 << 6


class _msg_info(Structure):
    _fields_ = [("nd", c_uint32), ("srcnd", c_uint32), ("pid", c_int32), ("tid", c_int32),
                ("chid", c_int32), ("scoid", c_int32), ("coid", c_int32), ("priority", c_int16),
                ("flags", c_int16), ("msglen", c_ssize_t), ("srcmsglen", c_ssize_t),
                ("dstmsglen", c_ssize_t), ("type_id", c_uint32), ("reserved", c_uint32)]


class _name_attach(Structure):
    _fields_ = [("dpp", c_void_p), ("chid", c_int), ("mntid", c_int), ("zero", c_int * 2)]


_library = CDLL("libqmsg-qnx.so.0", use_errno=True)


def _check(result: Any, _function: Any, _arguments: Any) -> Any:
    # MsgSend() may well return -1 because the server said so.
    failed = result == -1 if isinstance(result, int) else not result
    if failed and get_errno():
        raise native.error(get_errno())
    return result


def _declare(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    function = getattr(_library, name)
    function.restype = result
    function.argtypes = arguments
    function.errcheck = _check

    def call(*values: Any) -> Any:
        set_errno(0)
        return function(*values)
    return call


_info = POINTER(_msg_info)
_name = POINTER(_name_attach)

_ChannelCreate = _declare("ChannelCreate", c_int, c_uint)
_ChannelDestroy = _declare("ChannelDestroy", c_int, c_int)
_ConnectAttach = _declare("ConnectAttach", c_int, c_uint32, c_int, c_int, c_uint, c_int)
_ConnectDetach = _declare("ConnectDetach", c_int, c_int)
_MsgSend = _declare("MsgSend", c_long, c_int, c_void_p, c_size_t, c_void_p, c_size_t)
_MsgReceive = _declare("MsgReceive", c_long, c_int, c_void_p, c_size_t, _info)
_MsgReceivePulse = _declare("MsgReceivePulse", c_int, c_int, c_void_p, c_size_t, _info)
_MsgReply = _declare("MsgReply", c_int, c_long, c_long, c_void_p, c_size_t)
_MsgError = _declare("MsgError", c_int, c_long, c_int)
_MsgRead = _declare("MsgRead", c_ssize_t, c_long, c_void_p, c_size_t, c_size_t)
_MsgWrite = _declare("MsgWrite", c_ssize_t, c_long, c_void_p, c_size_t, c_size_t)
_MsgInfo = _declare("MsgInfo", c_int, c_long, _info)
_MsgSendPulse = _declare("MsgSendPulse", c_int, c_int, c_int, c_int, c_long)
_TimerTimeout = _declare("TimerTimeout", c_int, c_int, c_uint32, c_void_p, POINTER(c_uint64),
                         POINTER(c_uint64))
_name_attach_call = _declare("name_attach", _name, c_void_p, c_char_p, c_uint)
_name_detach_call = _declare("name_detach", c_int, _name, c_uint)
_name_open = _declare("name_open", c_int, c_char_p, c_int)
_name_close = _declare("name_close", c_int, c_int)


def ChannelCreate(flags: int = 0) -> int:
    """A channel; its id."""
    return int(_ChannelCreate(flags))


def ChannelDestroy(chid: int) -> None:
    """End a channel."""
    _ChannelDestroy(chid)


def ConnectAttach(nd: int, pid: int, chid: int, index: int = _NTO_SIDE_CHANNEL,
                  flags: int = 0) -> int:
    """Connect to a channel; the connection id."""
    return int(_ConnectAttach(nd, pid, chid, index, flags))


def ConnectDetach(coid: int) -> None:
    """Give up a connection."""
    _ConnectDetach(coid)


def MsgSend(coid: int, message: Bytes, size: int = 4096) -> Tuple[int, bytes]:
    """Send and wait: the status, and what is in a reply buffer of size bytes.

    As in C nothing tells how many of these the server has written; the others are 0.
    """
    message, room = as_bytes(message), Room(size)
    return _MsgSend(coid, message, len(message), room.buffer, size), room.bytes(size)


def MsgReceive(chid: int, size: int = 4096) -> Tuple[int, Union[bytes, Pulse], _msg_info]:
    """Receive: receive id, message and info; or 0 and a Pulse."""
    room, info = Room(max(size, sizeof(abi.qmsg_pulse))), _msg_info()
    rcvid = _MsgReceive(chid, room.buffer, room.size, byref(info))
    if rcvid == 0:
        return 0, _pulse(room), info
    return rcvid, room.bytes(min(size, info.msglen)), info


def MsgReceivePulse(chid: int) -> Pulse:
    """Receive a pulse, leaving messages where they are."""
    room = Room(sizeof(abi.qmsg_pulse))
    _MsgReceivePulse(chid, room.buffer, room.size, None)
    return _pulse(room)


def MsgReply(rcvid: int, status: int = 0, message: Bytes = b"") -> None:
    """Answer."""
    message = as_bytes(message)
    _MsgReply(rcvid, status, message, len(message))


def MsgError(rcvid: int, error: int) -> None:
    """Answer with an errno; -1: with the reason why the client wants to leave."""
    _MsgError(rcvid, error)


def MsgRead(rcvid: int, size: int, offset: int = 0) -> bytes:
    """Bytes of the client's message."""
    room = Room(size)
    return room.bytes(_MsgRead(rcvid, room.buffer, size, offset))


def MsgWrite(rcvid: int, message: Bytes, offset: int = 0) -> int:
    """Put bytes into the client's reply buffer; how many had room."""
    message = as_bytes(message)
    return int(_MsgWrite(rcvid, message, len(message), offset))


def MsgInfo(rcvid: int) -> _msg_info:
    """What is known of a received message now."""
    info = _msg_info()
    _MsgInfo(rcvid, byref(info))
    return info


def MsgSendPulse(coid: int, priority: int, code: int, value: int = 0) -> None:
    """Send a pulse; priority -1 is the caller's."""
    _MsgSendPulse(coid, priority, code, value)


def TimerTimeout(clock: int, flags: int, nanoseconds: int) -> int:
    """Let the next blocking call of this thread end with TimeoutError after so long.

    flags: in which states, _NTO_TIMEOUT_SEND and others. Returns those of the timeout before.
    """
    return int(_TimerTimeout(clock, flags, None, byref(c_uint64(nanoseconds)), None))


def name_attach(path: str, flags: int = 0) -> Any:
    """A channel with a name, for everybody; its chid is a member of what is returned."""
    return _name_attach_call(None, path.encode(), flags).contents


def name_detach(attach: Any, flags: int = 0) -> None:
    """Take the name back and end its channel."""
    _name_detach_call(byref(attach), flags)


def name_open(name: str, flags: int = 0) -> int:
    """Connect to the channel of a name; the connection id. The server is sent a message that
    begins with _IO_CONNECT (0x100) and has to answer it, with status 0 if it agrees."""
    return int(_name_open(name.encode(), flags))


def name_close(coid: int) -> None:
    """Give up what name_open() returned."""
    _name_close(coid)


def _pulse(room: Room) -> Pulse:
    pulse = abi.qmsg_pulse.from_buffer(room.buffer)
    return Pulse(pulse.code, pulse.value, pulse.scoid)


__all__ = [name for name in dir() if name.startswith((
    "Channel", "Connect", "Msg", "ND_", "TimerTimeout", "_NTO_", "_PULSE_", "name_"))]
