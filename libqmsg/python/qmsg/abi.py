# SPDX-License-Identifier: MIT
"""The structs and numbers of <linux/qmsg.h>, with the header's own names.

Only what the calls of the library take or give; the header has the comments.
libqmsg/python/tests/abi_test.py asks the compiler whether both agree.
"""

from ctypes import Structure, c_int8, c_int32, c_int64, c_uint8, c_uint16, c_uint32, c_uint64

QMSG_IOC_MAGIC = 0xbc
QMSG_IOC_MSG_READ = QMSG_IOC_MAGIC << 8 | 0x34
QMSG_IOC_MSG_WRITE = QMSG_IOC_MAGIC << 8 | 0x35

QMSG_NO_DEADLINE = 2**64 - 1
QMSG_SIDE_CHANNEL = 0x40000000
QMSG_IOV_MAX = 1024
QMSG_LEN_MAX = 0x7ffff000

QMSG_FEATURE_UNBLOCK = 1 << 0
QMSG_FEATURE_DISCONNECT = 1 << 1
QMSG_FEATURE_REPLY_RECEIVE = 1 << 2
QMSG_FEATURE_FD_CONNECTION = 1 << 3
QMSG_FEATURE_PRIORITY = 1 << 4
QMSG_FEATURE_EVENT = 1 << 5
QMSG_FEATURE_TIMER = 1 << 6
QMSG_FEATURE_NAME = 1 << 7
QMSG_FEATURE_CHANNEL_FD = 1 << 8
QMSG_FEATURE_DEATH_PULSE = 1 << 9
QMSG_FEATURE_CONDITIONAL_REPLY = 1 << 10
QMSG_FEATURE_DEADLOCK = 1 << 11

QMSG_CHF_FIXED_PRIORITY = 0x0001
QMSG_CHF_UNBLOCK = 0x0002
QMSG_CHF_THREAD_DEATH = 0x0004
QMSG_CHF_DISCONNECT = 0x0008
QMSG_CHF_SENDER_LEN = 0x0020
QMSG_CHF_COID_DISCONNECT = 0x0040
QMSG_CHF_REPLY_LEN = 0x0080
QMSG_CHF_PRIVATE = 0x1000
QMSG_CHF_DEADLOCK = 0x40000000

QMSG_EVENT_NONE = 0
QMSG_EVENT_SIGNAL = 1
QMSG_EVENT_SIGNAL_CODE = 2
QMSG_EVENT_SIGNAL_THREAD = 3
QMSG_EVENT_PULSE = 4
QMSG_EVENT_UNBLOCK = 5
QMSG_EVENT_INTR = 6
QMSG_EVENT_TYPE_MASK = 0xff
QMSG_EVENT_UPDATEABLE = 0x0400
QMSG_EVENT_HANDLE = 0x2000
QMSG_EVENT_CODE_UPDATEABLE = 0x4000

QMSG_GRACE_UNLIMITED = 2**32 - 1
QMSG_CHANNEL_FD_CLOEXEC = 0x1

QMSG_COF_CLOEXEC = 0x0001
QMSG_COF_DEAD = 0x0002
QMSG_COF_NOSHARE = 0x0040
QMSG_COF_NOEVENT = 0x0800
QMSG_COF_REG_EVENTS = 0x2000
QMSG_COF_UNREG_EVENTS = 0x4000

QMSG_CONNECT_INFO_NEXT = 0x1
QMSG_CONNECT_INFO_LIVE = 0x2
QMSG_CI_STOPPED = 0x00000080

QMSG_SEND_IOV = 0x1
QMSG_REPLY_IOV = 0x2
QMSG_SENT_UNDELIVERED = 0x1

QMSG_MI_UNBLOCK_REQ = 0x0100
QMSG_MI_BITS_64 = 0x1000
QMSG_MI_BITS_DIFF = 0x2000
QMSG_MI_CLIENT_GONE = 0x10000

QMSG_UNBLOCK_SIGNAL = 0x1
QMSG_UNBLOCK_TIMEOUT = 0x2
QMSG_UNBLOCK_DETACH = 0x4
QMSG_UNBLOCK_KILL = 0x8

QMSG_PULSE_CODE_UNBLOCK = -32
QMSG_PULSE_CODE_DISCONNECT = -33
QMSG_PULSE_CODE_THREADDEATH = -34
QMSG_PULSE_CODE_COIDDEATH = -35

QMSG_RECEIVE_IOV = 0x1
QMSG_RECEIVE_PULSE = 0x2

QMSG_REPLY_DATA_IOV = 0x1
QMSG_REPLY_IF_NOT_ASKED = 0x2
QMSG_REPLY_IF_ASKED = 0x4

QMSG_ERROR_REASON = -1
QMSG_COPY_IOV = 0x1
QMSG_PRIORITY_SELF = -1
QMSG_DELIVER_CHECK = 0x1
QMSG_REGISTER_ANY_SERVER = -1
QMSG_REGISTER_SELF = -2
QMSG_TIMER_ABSTIME = 0x1
QMSG_NAME_MAX = 255


class _Struct(Structure):
    def __repr__(self) -> str:
        members = ", ".join(f"{name}={getattr(self, name)!r}" for name, *_ in self._fields_
                            if not name.startswith("__"))
        return f"{type(self).__name__}({members})"


class qmsg_query(_Struct):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("out_features", c_uint64),
                ("out_rcvid_bits", c_uint32), ("out_kill_grace_ms", c_uint32),
                ("out_kill_grace_max_ms", c_uint32), ("out_pulse_limit", c_uint32)]


class qmsg_event(_Struct):
    _fields_ = [("notify", c_uint32), ("id", c_int32), ("code", c_int32), ("priority", c_int32),
                ("value", c_uint64)]


class qmsg_channel_create(_Struct):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("mode", c_uint32), ("gid", c_uint32),
                ("pulse_limit", c_uint32), ("kill_grace_ms", c_uint32), ("out_chid", c_int32),
                ("pool_rearm", c_uint32), ("pool_event", qmsg_event)]


class qmsg_connect_info(_Struct):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("coid", c_int32), ("out_coid", c_int32),
                ("out_pid", c_int32), ("out_chid", c_int32), ("out_scoid", c_int32),
                ("out_flags", c_uint32)]


class qmsg_client_info(_Struct):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("scoid", c_int32),
                ("ngroups", c_uint32), ("groups_ptr", c_uint64), ("out_ngroups", c_uint32),
                ("out_flags", c_uint32), ("out_pid", c_int32), ("out_sid", c_int32),
                ("out_ruid", c_uint32), ("out_euid", c_uint32), ("out_suid", c_uint32),
                ("out_rgid", c_uint32), ("out_egid", c_uint32), ("out_sgid", c_uint32)]


class qmsg_msg_send(_Struct):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("coid", c_int32),
                ("__reserved", c_uint32), ("send_ptr", c_uint64), ("send_len", c_uint64),
                ("reply_ptr", c_uint64), ("reply_len", c_uint64), ("send_deadline", c_uint64),
                ("reply_deadline", c_uint64), ("out_status", c_int64), ("out_error", c_int32),
                ("out_flags", c_uint32), ("out_reply_len", c_uint64)]


class qmsg_msg_info(_Struct):
    _fields_ = [("rcvid", c_int64), ("pid", c_int32), ("tid", c_int32), ("chid", c_int32),
                ("scoid", c_int32), ("coid", c_int32), ("priority", c_int32),
                ("flags", c_uint32), ("unblock_reasons", c_uint32), ("unblock_error", c_int32),
                ("file", c_int32), ("msglen", c_uint64), ("srcmsglen", c_uint64),
                ("dstmsglen", c_uint64), ("uid", c_uint32), ("gid", c_uint32),
                ("connect_uid", c_uint32), ("connect_gid", c_uint32)]


class qmsg_pulse(_Struct):
    _fields_ = [("type", c_uint16), ("subtype", c_uint16), ("code", c_int8),
                ("zero", c_uint8 * 3), ("value", c_uint64), ("scoid", c_int32),
                ("__reserved", c_uint32)]


class qmsg_msg_receive(_Struct):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("chid", c_int32),
                ("info_len", c_uint32), ("buf_ptr", c_uint64), ("buf_len", c_uint64),
                ("info_ptr", c_uint64), ("deadline", c_uint64), ("out_rcvid", c_int64),
                ("out_msglen", c_uint64)]


class qmsg_msg_reply(_Struct):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("rcvid", c_int64), ("status", c_int64),
                ("buf_ptr", c_uint64), ("buf_len", c_uint64)]


class qmsg_msg_error(_Struct):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("rcvid", c_int64), ("error", c_int32),
                ("__reserved", c_uint32)]


class qmsg_msg_copy(_Struct):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("rcvid", c_int64),
                ("offset", c_uint64), ("buf_ptr", c_uint64), ("buf_len", c_uint64),
                ("out_copied", c_uint64)]


class qmsg_msg_reply_receive(_Struct):
    _fields_ = [("size", c_uint32), ("reply_flags", c_uint32), ("rcvid", c_int64),
                ("status", c_int64), ("reply_ptr", c_uint64), ("reply_len", c_uint64),
                ("flags", c_uint32), ("chid", c_int32), ("info_len", c_uint32),
                ("out_reply_error", c_int32), ("buf_ptr", c_uint64), ("buf_len", c_uint64),
                ("info_ptr", c_uint64), ("deadline", c_uint64), ("out_rcvid", c_int64),
                ("out_msglen", c_uint64)]


class qmsg_timer_settime(_Struct):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("timer", c_int32),
                ("__reserved", c_uint32), ("value", c_uint64), ("interval", c_uint64),
                ("out_value", c_uint64), ("out_interval", c_uint64)]


class qmsg_timer_gettime(_Struct):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("timer", c_int32),
                ("out_overrun", c_uint32), ("out_value", c_uint64), ("out_interval", c_uint64)]


__all__ = [name for name in dir() if name.lower().startswith("qmsg_")]
