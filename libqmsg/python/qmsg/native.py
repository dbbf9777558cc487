# SPDX-License-Identifier: MIT
"""The calls of libqmsg, as <qmsg.h> declares them: libqmsg(3).

They take what ctypes takes: an int, bytes or a buffer of ctypes for a pointer to bytes, byref()
of a struct, None for NULL. A call returns what it returns in C; where that is a negative errno
it raises OSError instead, or the subclass that Python has for it: InterruptedError for EINTR,
ProcessLookupError for ESRCH, TimeoutError for ETIMEDOUT, BlockingIOError for EAGAIN.

Other threads run while a call is blocked. After a signal it raises InterruptedError and is not
repeated: whether the message may be sent again only the caller knows. KeyboardInterrupt comes
in its place if the handler raises that.
"""

import os
from ctypes import (CDLL, POINTER, c_char_p, c_int, c_int64, c_size_t, c_ssize_t, c_uint,
                    c_uint32, c_uint64, c_ulong, c_void_p)
from typing import Any, Callable

from . import abi

_library = CDLL("libqmsg.so.0")


def error(code: int) -> OSError:
    """The exception for a (positive) errno."""
    return OSError(code, os.strerror(code))


def _check(result: int, _function: Any, _arguments: Any) -> int:
    if result < 0:
        raise error(-result)
    return result


def _declare(name: str, result: Any, *arguments: Any) -> Callable[..., int]:
    function = getattr(_library, name)
    function.restype = result
    function.argtypes = arguments
    function.errcheck = _check
    declared: Callable[..., int] = function
    return declared


_int, _unsigned, _pid, _mode, _gid = c_int, c_uint, c_int, c_uint, c_uint
_rcvid, _bytes, _len = c_int64, c_void_p, c_size_t

qmsg_open = _declare("qmsg_open", _int)
qmsg_close = _declare("qmsg_close", _int, _int)
qmsg_query = _declare("qmsg_query", _int, _int, POINTER(abi.qmsg_query))
qmsg_setup = _declare("qmsg_setup", _int, _int, _unsigned)

qmsg_channel_create = _declare("qmsg_channel_create", _int, _int, _unsigned)
qmsg_channel_create_with = _declare("qmsg_channel_create_with", _int, _int,
                                    POINTER(abi.qmsg_channel_create))
qmsg_channel_destroy = _declare("qmsg_channel_destroy", _int, _int, _int)
qmsg_channel_access = _declare("qmsg_channel_access", _int, _int, _int, _mode, _gid)
qmsg_channel_fd = _declare("qmsg_channel_fd", _int, _int, _int, _unsigned)

qmsg_connect_attach = _declare("qmsg_connect_attach", _int, _int, _pid, _int, _unsigned, _unsigned)
qmsg_connect_detach = _declare("qmsg_connect_detach", _int, _int, _int)
qmsg_connect_flags = _declare("qmsg_connect_flags", _int, _int, _int, _unsigned, _unsigned)
qmsg_connect_info = _declare("qmsg_connect_info", _int, _int, POINTER(abi.qmsg_connect_info))
qmsg_client_info = _declare("qmsg_client_info", _int, _int, POINTER(abi.qmsg_client_info))

qmsg_name_attach = _declare("qmsg_name_attach", _int, _int, _int, c_char_p)
qmsg_name_detach = _declare("qmsg_name_detach", _int, _int, _int, c_char_p)
qmsg_name_connect = _declare("qmsg_name_connect", _int, _int, c_char_p, _unsigned, _unsigned)

qmsg_msg_send = _declare("qmsg_msg_send", c_int64, _int, _int, _bytes, _len, _bytes, _len)
qmsg_msg_send_with = _declare("qmsg_msg_send_with", _int, _int, POINTER(abi.qmsg_msg_send))

qmsg_msg_receive = _declare("qmsg_msg_receive", _rcvid, _int, _int, _bytes, _len,
                            POINTER(abi.qmsg_msg_info))
qmsg_msg_receive_pulse = _declare("qmsg_msg_receive_pulse", _rcvid, _int, _int, _bytes, _len,
                                  POINTER(abi.qmsg_msg_info))
qmsg_msg_receive_with = _declare("qmsg_msg_receive_with", _int, _int,
                                 POINTER(abi.qmsg_msg_receive))

qmsg_msg_reply = _declare("qmsg_msg_reply", _int, _int, _rcvid, c_int64, _bytes, _len)
qmsg_msg_reply_with = _declare("qmsg_msg_reply_with", _int, _int, POINTER(abi.qmsg_msg_reply))
qmsg_msg_error = _declare("qmsg_msg_error", _int, _int, _rcvid, _int)
qmsg_msg_error_with = _declare("qmsg_msg_error_with", _int, _int, POINTER(abi.qmsg_msg_error))

qmsg_msg_read = _declare("qmsg_msg_read", c_ssize_t, _int, _rcvid, _bytes, _len, c_uint64)
qmsg_msg_write = _declare("qmsg_msg_write", c_ssize_t, _int, _rcvid, _bytes, _len, c_uint64)
qmsg_msg_copy_with = _declare("qmsg_msg_copy_with", _int, _int, c_ulong,
                              POINTER(abi.qmsg_msg_copy))
qmsg_msg_info = _declare("qmsg_msg_info", _int, _int, _rcvid, POINTER(abi.qmsg_msg_info))
qmsg_msg_current = _declare("qmsg_msg_current", _int, _int, _rcvid)
qmsg_msg_eventfd = _declare("qmsg_msg_eventfd", _int, _int, _rcvid, _int)

qmsg_msg_reply_receive = _declare("qmsg_msg_reply_receive", _rcvid, _int, _rcvid, c_int64, _bytes,
                                  _len, _int, _bytes, _len, POINTER(abi.qmsg_msg_info))
qmsg_msg_reply_receive_with = _declare("qmsg_msg_reply_receive_with", _int, _int,
                                       POINTER(abi.qmsg_msg_reply_receive))

qmsg_pulse_send = _declare("qmsg_pulse_send", _int, _int, _int, _int, _int, c_uint64)

qmsg_event_deliver = _declare("qmsg_event_deliver", _int, _int, _rcvid, POINTER(abi.qmsg_event))
qmsg_event_check = _declare("qmsg_event_check", _int, _int, _rcvid, POINTER(abi.qmsg_event))
qmsg_event_register = _declare("qmsg_event_register", _int, _int, _int, POINTER(abi.qmsg_event),
                               POINTER(c_uint32))
qmsg_event_unregister = _declare("qmsg_event_unregister", _int, _int, c_uint32)
qmsg_event_keep = _declare("qmsg_event_keep", _int, _int, _rcvid)
qmsg_intr_wait = _declare("qmsg_intr_wait", _int, _int, c_uint64)

qmsg_timer_create = _declare("qmsg_timer_create", _int, _int, _int, POINTER(abi.qmsg_event))
qmsg_timer_settime = _declare("qmsg_timer_settime", _int, _int, POINTER(abi.qmsg_timer_settime))
qmsg_timer_gettime = _declare("qmsg_timer_gettime", _int, _int, POINTER(abi.qmsg_timer_gettime))
qmsg_timer_delete = _declare("qmsg_timer_delete", _int, _int, _int)
