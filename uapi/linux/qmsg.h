/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * qmsg: QNX-style synchronous message passing behind /dev/qmsg.
 */
#ifndef _UAPI_LINUX_QMSG_H
#define _UAPI_LINUX_QMSG_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Conventions
 *
 * One open of /dev/qmsg is a *context*. It belongs to the process that opened
 * it: any other process that comes to hold the descriptor gets EBADF from every
 * call, and the exit or exec of the owner ends the context and everything in it.
 *
 * Every call takes one pointer to a struct whose first member is @size, the size
 * the caller was compiled with. A shorter struct than the kernel's is extended
 * with zeroes, a longer one is accepted if the excess is zero. So zero always
 * means "as before this field existed". The request numbers are built with _IO()
 * and do not change when a struct grows; the size is in the struct, not in the
 * number.
 *
 * Members called out_* are written by the kernel and ignored on input. All other
 * unused bits and members must be zero. 64-bit members are naturally aligned, a
 * user pointer is a __u64, so 32-bit and 64-bit programs use one layout.
 *
 * Errors all calls share:
 *
 * * ENOTTY: no such request number.
 * * EINVAL: @size is smaller than the first version of the struct, an unknown
 *   flag is set, or a reserved member is not zero.
 * * E2BIG: the excess of a longer struct is not zero.
 * * EFAULT: the struct cannot be read, or an out_* member cannot be written. No
 *   side effect is left behind.
 * * EBADF: the context belongs to another process, or has ended.
 * * ENOMEM: no memory. Nothing has happened.
 * * EAGAIN: a quota of the caller's user is used up. Nothing has happened.
 *
 * Deadlines are absolute CLOCK_MONOTONIC nanoseconds. %QMSG_NO_DEADLINE waits for
 * ever; a deadline that is already past (0, say) fails the attempt to block.
 *
 * Buffers are a pointer and a length in bytes; where the matching QMSG_*_IOV flag
 * is set, an array of struct iovec (of the caller's own word size) and the number
 * of its elements, at most 1024. A zero-length element is legal and its base is
 * not looked at (QNX rule S2.4).
 */

/** QMSG_IOC_MAGIC - type byte of all requests; not listed in ioctl-number.rst */
#define QMSG_IOC_MAGIC		0xbc

/* 0x00: the context */
#define QMSG_IOC_QUERY			_IO(QMSG_IOC_MAGIC, 0x00)
#define QMSG_IOC_SETUP			_IO(QMSG_IOC_MAGIC, 0x01)
/* 0x10: channels */
#define QMSG_IOC_CHANNEL_CREATE		_IO(QMSG_IOC_MAGIC, 0x10)
#define QMSG_IOC_CHANNEL_DESTROY	_IO(QMSG_IOC_MAGIC, 0x11)
/* 0x20: connections */
#define QMSG_IOC_CONNECT_ATTACH		_IO(QMSG_IOC_MAGIC, 0x20)
#define QMSG_IOC_CONNECT_DETACH		_IO(QMSG_IOC_MAGIC, 0x21)
/* 0x30: messages */
#define QMSG_IOC_MSG_SEND		_IO(QMSG_IOC_MAGIC, 0x30)
#define QMSG_IOC_MSG_RECEIVE		_IO(QMSG_IOC_MAGIC, 0x31)
#define QMSG_IOC_MSG_REPLY		_IO(QMSG_IOC_MAGIC, 0x32)
#define QMSG_IOC_MSG_ERROR		_IO(QMSG_IOC_MAGIC, 0x33)
#define QMSG_IOC_MSG_READ		_IO(QMSG_IOC_MAGIC, 0x34)
#define QMSG_IOC_MSG_WRITE		_IO(QMSG_IOC_MAGIC, 0x35)
#define QMSG_IOC_MSG_INFO		_IO(QMSG_IOC_MAGIC, 0x36)
#define QMSG_IOC_MSG_REPLY_RECEIVE	_IO(QMSG_IOC_MAGIC, 0x37)
/* 0x40: pulses */
#define QMSG_IOC_PULSE_SEND		_IO(QMSG_IOC_MAGIC, 0x40)

/** QMSG_NO_DEADLINE - wait for ever */
#define QMSG_NO_DEADLINE	(~(__u64)0)

/** QMSG_SIDE_CHANNEL - bit of every connection id that is not a descriptor (S1.8) */
#define QMSG_SIDE_CHANNEL	0x40000000

/** QMSG_IOV_MAX - most elements of an iovec array */
#define QMSG_IOV_MAX		1024

/** QMSG_LEN_MAX - most bytes in one message or one reply */
#define QMSG_LEN_MAX		0x7ffff000

/* Features, bits of qmsg_query.out_features. */
#define QMSG_FEATURE_UNBLOCK		(1ULL << 0)	/* unblock pulses, QMSG_CHF_UNBLOCK */
#define QMSG_FEATURE_DISCONNECT		(1ULL << 1)	/* QMSG_CHF_DISCONNECT */
#define QMSG_FEATURE_REPLY_RECEIVE	(1ULL << 2)	/* QMSG_IOC_MSG_REPLY_RECEIVE */
#define QMSG_FEATURE_FD_CONNECTION	(1ULL << 3)	/* connections that are descriptors */

/**
 * struct qmsg_query - what this kernel can do (QMSG_IOC_QUERY)
 * @size: sizeof(struct qmsg_query)
 * @flags: must be 0
 * @out_features: QMSG_FEATURE_* bits
 * @out_rcvid_bits: width of this context's receive ids
 * @out_kill_grace_ms: grace of a killed client on a channel that asks for none of its own
 * @out_kill_grace_max_ms: most a channel may ask for; %QMSG_GRACE_UNLIMITED if there is no bound
 * @out_pulse_limit: pulses a channel holds that asks for no number of its own
 *
 * Can be called by any process that holds the descriptor.
 */
struct qmsg_query {
	__u32 size;
	__u32 flags;
	__aligned_u64 out_features;
	__u32 out_rcvid_bits;
	__u32 out_kill_grace_ms;
	__u32 out_kill_grace_max_ms;
	__u32 out_pulse_limit;
};

/**
 * struct qmsg_setup - choose the shape of this context's receive ids (QMSG_IOC_SETUP)
 * @size: sizeof(struct qmsg_setup)
 * @flags: must be 0
 * @rcvid_bits: 8 … 63, or 0 for 63. Receive ids are positive and below 2^rcvid_bits
 * @__reserved: must be 0
 *
 * A receive id is a slot number and that slot's generation in one integer, and
 * ids are given out in rising order from a random start: a value is not given
 * out again before the (about) 2^rcvid_bits others have been. Programs that keep
 * a receive id in an int choose 31. The number of requests that can wait for
 * their answers at one time is at most 2^(rcvid_bits - 2), and 2^20.
 *
 * Errors: EBUSY: the context has, or had, a channel. EINVAL: @rcvid_bits out of range.
 */
struct qmsg_setup {
	__u32 size;
	__u32 flags;
	__u32 rcvid_bits;
	__u32 __reserved;
};

/* Channel flags, values as in QNX (S3.1 - S3.8). */
#define QMSG_CHF_FIXED_PRIORITY	0x0001	/* receiving never changes the receiver's priority */
#define QMSG_CHF_UNBLOCK	0x0002	/* received clients stay until answered; tell the server by pulse */
#define QMSG_CHF_DISCONNECT	0x0008	/* pulse when the last link of a client goes */
#define QMSG_CHF_SENDER_LEN	0x0020	/* accepted, no effect: srcmsglen is always filled (S2.9) */
#define QMSG_CHF_REPLY_LEN	0x0080	/* accepted, no effect: dstmsglen is always filled (S2.9) */

/** QMSG_GRACE_UNLIMITED - a killed client waits for its answer for ever, as on QNX */
#define QMSG_GRACE_UNLIMITED	(~(__u32)0)

/**
 * struct qmsg_channel_create - make a channel (QMSG_IOC_CHANNEL_CREATE)
 * @size: sizeof(struct qmsg_channel_create)
 * @flags: QMSG_CHF_* bits
 * @mode: who may attach, as the write bits of a file mode: 0200 the owner's effective
 *	uid (always allowed), 0020 members of @gid, 0002 everybody. 0 is 0200.
 *	CAP_DAC_OVERRIDE opens every channel
 * @gid: group for the 0020 bit, in the caller's user namespace; must be 0 without that bit
 * @pulse_limit: user pulses the channel can hold unreceived, 1 … 65536, or 0 for the default (1024)
 * @kill_grace_ms: how long a killed client that has been received is held for its
 *	answer, in milliseconds; 0 for the default; %QMSG_GRACE_UNLIMITED where the
 *	administrator allows it
 * @out_chid: the channel id, 1 or more: lowest number free in this process (S1.2)
 * @__reserved: must be 0
 *
 * Errors: EINVAL: also @mode has other bits, or a number is out of range. EPERM:
 * @kill_grace_ms above the administrator's maximum.
 */
struct qmsg_channel_create {
	__u32 size;
	__u32 flags;
	__u32 mode;
	__u32 gid;
	__u32 pulse_limit;
	__u32 kill_grace_ms;
	__s32 out_chid;
	__u32 __reserved;
};

/**
 * struct qmsg_channel_destroy - end a channel (QMSG_IOC_CHANNEL_DESTROY)
 * @size: sizeof(struct qmsg_channel_destroy)
 * @flags: must be 0
 * @chid: the channel
 * @__reserved: must be 0
 *
 * SEND- and REPLY-blocked clients and RECEIVE-blocked threads return ESRCH at
 * once, queued pulses vanish, receive ids die, connections to it are dead
 * (S1.30 i, T11, T25, R9).
 *
 * Errors: EINVAL: no such channel (S2.37).
 */
struct qmsg_channel_destroy {
	__u32 size;
	__u32 flags;
	__s32 chid;
	__u32 __reserved;
};

/* Connection flags, values as in QNX (S3.19 - S3.23). */
#define QMSG_COF_CLOEXEC	0x0001	/* the descriptor is closed on exec */
#define QMSG_COF_NOSHARE	0x0040	/* a server connection (scoid) of its own (S1.11) */

/**
 * struct qmsg_connect_attach - connect to a channel (QMSG_IOC_CONNECT_ATTACH)
 * @size: sizeof(struct qmsg_connect_attach)
 * @flags: QMSG_COF_* bits
 * @nd: node, must be 0
 * @pid: process that owns the channel, in the caller's pid namespace; 0 for the caller
 * @chid: the channel
 * @index: with the %QMSG_SIDE_CHANNEL bit (the others are ignored): the connection id is
 *	a small integer of this context, with that bit. Without: it is a file descriptor;
 *	the lowest free one, the library moves it up to @index
 * @out_coid: the connection id
 * @__reserved: must be 0
 *
 * All connections of one context to one channel share one server connection
 * (scoid), unless %QMSG_COF_NOSHARE is set (S1.11).
 *
 * A channel's mode is looked at here only: a connection that is a descriptor lets in
 * whoever is sent it.
 *
 * Errors: ESRCH: no such process, or it has no such channel. EAGAIN: also the server has
 * no scoid left. ENXIO: the process is
 * terminating. EACCES: the channel's mode does not let the caller in. EMFILE, ENFILE:
 * no descriptor. EREMOTE: @nd is not 0.
 */
struct qmsg_connect_attach {
	__u32 size;
	__u32 flags;
	__u32 nd;
	__s32 pid;
	__s32 chid;
	__u32 index;
	__s32 out_coid;
	__u32 __reserved;
};

/**
 * struct qmsg_connect_detach - give up a connection (QMSG_IOC_CONNECT_DETACH)
 * @size: sizeof(struct qmsg_connect_detach)
 * @flags: must be 0
 * @coid: a side-channel connection id, or the id of a server connection (scoid) of the
 *	caller whose client has gone. A connection that is a descriptor is closed instead
 * @__reserved: must be 0
 *
 * Threads blocked on the connection: SEND-blocked, and REPLY-blocked on a channel
 * without UNBLOCK: EBADF at once. REPLY-blocked on an UNBLOCK channel: the server is
 * asked by pulse and they stay (S1.30 e-h).
 *
 * Errors: EINVAL: no such connection, or a server connection whose client is there (S2.39).
 */
struct qmsg_connect_detach {
	__u32 size;
	__u32 flags;
	__s32 coid;
	__u32 __reserved;
};

#define QMSG_SEND_IOV		0x1	/* send_ptr is an iovec array */
#define QMSG_REPLY_IOV		0x2	/* reply_ptr is an iovec array */

/**
 * struct qmsg_msg_send - send a message and wait for the answer (QMSG_IOC_MSG_SEND)
 * @size: sizeof(struct qmsg_msg_send)
 * @flags: %QMSG_SEND_IOV, %QMSG_REPLY_IOV
 * @coid: connection id
 * @__reserved: must be 0
 * @send_ptr: the message
 * @send_len: its length in bytes, or number of elements
 * @reply_ptr: where the reply goes
 * @reply_len: room for it in bytes, or number of elements
 * @send_deadline: latest time to be SEND-blocked: then ETIMEDOUT, and the server never
 *	saw the message
 * @reply_deadline: latest time to be REPLY-blocked. Without UNBLOCK: then ETIMEDOUT.
 *	With it: then the server is asked by pulse and the wait goes on without limit
 *	(S5.31). Already past when the message would be received: ETIMEDOUT, and the
 *	server never sees it (T5, T7)
 * @out_status: what the server passed to MsgReply
 * @out_error: what the server passed to MsgError, 0 if it replied
 * @out_reserved: written as 0
 * @out_reply_len: number of bytes of the final reply that were copied to @reply_ptr
 *
 * Returns 0 when the server answered; its answer is in @out_status and @out_error.
 * The errors below are the kernel's own.
 *
 * Errors, in the order they are checked: EBADF: no such connection, or it is dead.
 * EFAULT, EOVERFLOW, EINVAL: bad buffers (EOVERFLOW: more than %QMSG_LEN_MAX bytes in
 * all). EAGAIN: also as many requests wait in the server as its receive ids allow.
 * ENXIO: the server is terminating. ETIMEDOUT. EINTR: a signal, while
 * SEND-blocked or REPLY-blocked on a channel without UNBLOCK; never restarted,
 * whatever SA_RESTART says (S5.28). EBADF: the connection was detached meanwhile.
 * ESRCH: channel or server gone meanwhile. EFAULT: the reply could not be stored
 * (S2.27); the server knows nothing of it.
 */
struct qmsg_msg_send {
	__u32 size;
	__u32 flags;
	__s32 coid;
	__u32 __reserved;
	__aligned_u64 send_ptr;
	__aligned_u64 send_len;
	__aligned_u64 reply_ptr;
	__aligned_u64 reply_len;
	__aligned_u64 send_deadline;
	__aligned_u64 reply_deadline;
	__s64 out_status __attribute__((aligned(8)));
	__s32 out_error;
	__u32 out_reserved;
	__aligned_u64 out_reply_len;
};

/* Bits of qmsg_msg_info.flags, values as in QNX where it has them. */
#define QMSG_MI_UNBLOCK_REQ	0x0100	/* the client wants to leave (REQ) */
#define QMSG_MI_BITS_64		0x1000	/* the client is a 64-bit program */
#define QMSG_MI_BITS_DIFF	0x2000	/* the client's word size is not the caller's */
#define QMSG_MI_CLIENT_GONE	0x10000	/* the client was killed and has left: an orphan */

/* Bits of qmsg_msg_info.unblock_reasons: every kind of unblock event so far. */
#define QMSG_UNBLOCK_SIGNAL	0x1	/* a signal with a handler */
#define QMSG_UNBLOCK_TIMEOUT	0x2	/* the reply deadline */
#define QMSG_UNBLOCK_DETACH	0x4	/* the connection was detached or closed */
#define QMSG_UNBLOCK_KILL	0x8	/* the client is being killed */

/**
 * struct qmsg_msg_info - about one received message
 * @rcvid: its receive id
 * @pid: client process in the receiver's pid namespace; 0 if it cannot be seen from there
 * @tid: client thread, likewise
 * @chid: channel the message came on
 * @scoid: server connection, with the %QMSG_SIDE_CHANNEL bit
 * @coid: connection id the client used
 * @priority: the client's effective priority: 1 … 99 real-time, 0 all others
 * @flags: QMSG_MI_* bits
 * @unblock_reasons: QMSG_UNBLOCK_* bits; 0 while nobody asked
 * @unblock_error: the errno that MsgError(rcvid, -1) would give: of the first unblock event
 * @__reserved: written as 0
 * @msglen: bytes the receive copied
 * @srcmsglen: bytes the client offers (S2.8)
 * @dstmsglen: bytes the client can take as reply
 * @uid: client's effective uid when it sent, in the receiver's user namespace
 * @gid: client's effective gid, likewise
 * @connect_uid: client's effective uid when it connected
 * @connect_gid: client's effective gid when it connected
 */
struct qmsg_msg_info {
	__s64 rcvid __attribute__((aligned(8)));
	__s32 pid;
	__s32 tid;
	__s32 chid;
	__s32 scoid;
	__s32 coid;
	__s32 priority;
	__u32 flags;
	__u32 unblock_reasons;
	__s32 unblock_error;
	__u32 __reserved;
	__aligned_u64 msglen;
	__aligned_u64 srcmsglen;
	__aligned_u64 dstmsglen;
	__u32 uid;
	__u32 gid;
	__u32 connect_uid;
	__u32 connect_gid;
};

/* Pulse codes of the kernel, values as in QNX (S3.6). Users have 0 … 127. */
#define QMSG_PULSE_CODE_UNBLOCK		(-32)	/* value: rcvid; scoid: the client's */
#define QMSG_PULSE_CODE_DISCONNECT	(-33)	/* scoid: the one to detach */

/**
 * struct qmsg_pulse - a pulse as it is received
 * @type: 0
 * @subtype: 0
 * @code: 0 … 127 from user space, negative from the kernel
 * @zero: 0
 * @value: what the sender passed; its low 32 bits are sival_int
 * @scoid: server connection of the sender
 * @__reserved: 0
 *
 * Same 24 bytes for 32-bit and 64-bit programs.
 */
struct qmsg_pulse {
	__u16 type;
	__u16 subtype;
	__s8 code;
	__u8 zero[3];
	__aligned_u64 value;
	__s32 scoid;
	__u32 __reserved;
};

#define QMSG_RECEIVE_IOV	0x1	/* buf_ptr is an iovec array */
#define QMSG_RECEIVE_PULSE	0x2	/* take pulses only (MsgReceivePulse) */

/**
 * struct qmsg_msg_receive - receive a message or pulse (QMSG_IOC_MSG_RECEIVE)
 * @size: sizeof(struct qmsg_msg_receive)
 * @flags: %QMSG_RECEIVE_IOV, %QMSG_RECEIVE_PULSE
 * @chid: channel of this context
 * @info_len: sizeof(struct qmsg_msg_info) of the caller; bytes beyond what the kernel
 *	knows are zeroed
 * @buf_ptr: where the message goes
 * @buf_len: its length in bytes, or number of elements
 * @info_ptr: where to put a struct qmsg_msg_info, or 0. Zeroed for a pulse
 * @deadline: latest time to be RECEIVE-blocked; one that is past polls (S7.11)
 * @out_rcvid: the receive id; 0 for a pulse
 *
 * Highest priority first, first in first out inside one, messages and pulses in one
 * order (S4.3); DISCONNECT pulses before everything (S4.4). A message longer than the
 * buffer is cut, the rest can be read with MsgRead. A pulse is a struct qmsg_pulse and
 * must fit.
 *
 * When the receive fails, nothing is consumed: message or pulse keep their place.
 *
 * Errors: EINVAL, EFAULT, EOVERFLOW: bad buffer. EFAULT: also a pulse does not fit.
 * ESRCH: no such channel, or it was destroyed meanwhile. ETIMEDOUT. EINTR: a signal
 * with a handler, never restarted (S2.30).
 */
struct qmsg_msg_receive {
	__u32 size;
	__u32 flags;
	__s32 chid;
	__u32 info_len;
	__aligned_u64 buf_ptr;
	__aligned_u64 buf_len;
	__aligned_u64 info_ptr;
	__aligned_u64 deadline;
	__s64 out_rcvid __attribute__((aligned(8)));
};

#define QMSG_REPLY_DATA_IOV	0x1	/* buf_ptr is an iovec array */

/**
 * struct qmsg_msg_reply - answer a request (QMSG_IOC_MSG_REPLY)
 * @size: sizeof(struct qmsg_msg_reply)
 * @flags: %QMSG_REPLY_DATA_IOV
 * @rcvid: the request
 * @status: what the client's MsgSend returns
 * @buf_ptr: reply data, put at the start of the client's reply buffer
 * @buf_len: its length in bytes, or number of elements; what the client has no room
 *	for is dropped (S2.12)
 *
 * Exactly one answer to a request wins. It withdraws an unblock pulse that has not
 * been received (S5.12).
 *
 * Errors: ESRCH: no such request: answered, left, its client is gone. EFAULT,
 * EOVERFLOW, EINVAL: bad buffer; the client stays REPLY-blocked and can be answered
 * (unlike S2.28).
 */
struct qmsg_msg_reply {
	__u32 size;
	__u32 flags;
	__s64 rcvid __attribute__((aligned(8)));
	__s64 status __attribute__((aligned(8)));
	__aligned_u64 buf_ptr;
	__aligned_u64 buf_len;
};

/** QMSG_ERROR_REASON - MsgError(): answer with the errno of the unblock event */
#define QMSG_ERROR_REASON	(-1)

/**
 * struct qmsg_msg_error - answer a request with an error (QMSG_IOC_MSG_ERROR)
 * @size: sizeof(struct qmsg_msg_error)
 * @flags: must be 0
 * @rcvid: the request
 * @error: the client's errno. 0: its MsgSend returns 0. ERESTART (85): its MsgSend is
 *	executed again from the start. %QMSG_ERROR_REASON: EINTR, ETIMEDOUT or EBADF, as
 *	the first unblock event had it (S2.14)
 * @__reserved: must be 0
 *
 * Errors: ESRCH as for a reply. EINVAL: %QMSG_ERROR_REASON although nobody asked to unblock.
 */
struct qmsg_msg_error {
	__u32 size;
	__u32 flags;
	__s64 rcvid __attribute__((aligned(8)));
	__s32 error;
	__u32 __reserved;
};

#define QMSG_COPY_IOV		0x1	/* buf_ptr is an iovec array */

/**
 * struct qmsg_msg_copy - move bytes of a received request (QMSG_IOC_MSG_READ, QMSG_IOC_MSG_WRITE)
 * @size: sizeof(struct qmsg_msg_copy)
 * @flags: %QMSG_COPY_IOV
 * @rcvid: the request
 * @offset: read: from the start of the client's message; write: from the start of
 *	its reply buffer
 * @buf_ptr: the server's buffer
 * @buf_len: its length in bytes, or number of elements
 * @out_copied: bytes moved; 0 from the end on (S2.10, S2.11)
 *
 * Errors: ESRCH as for a reply. EFAULT, EOVERFLOW, EINVAL: the server's own buffer is
 * bad; the client is untouched.
 */
struct qmsg_msg_copy {
	__u32 size;
	__u32 flags;
	__s64 rcvid __attribute__((aligned(8)));
	__aligned_u64 offset;
	__aligned_u64 buf_ptr;
	__aligned_u64 buf_len;
	__aligned_u64 out_copied;
};

/**
 * struct qmsg_msg_get_info - look at a received request (QMSG_IOC_MSG_INFO)
 * @size: sizeof(struct qmsg_msg_get_info)
 * @flags: must be 0
 * @rcvid: the request
 * @info_ptr: where to put a struct qmsg_msg_info
 * @info_len: its size at the caller's
 * @__reserved: must be 0
 *
 * Works on an orphan too, which has %QMSG_MI_CLIENT_GONE set.
 *
 * Errors: ESRCH: no such request.
 */
struct qmsg_msg_get_info {
	__u32 size;
	__u32 flags;
	__s64 rcvid __attribute__((aligned(8)));
	__aligned_u64 info_ptr;
	__u32 info_len;
	__u32 __reserved;
};

/**
 * struct qmsg_msg_reply_receive - answer and receive in one call (QMSG_IOC_MSG_REPLY_RECEIVE)
 * @size: sizeof(struct qmsg_msg_reply_receive)
 * @reply_flags: as qmsg_msg_reply.flags
 * @rcvid: request to answer, 0 for none. Zeroed once the answer is given or refused with
 *	ESRCH, so that a repeated call does not answer twice
 * @status: as in struct qmsg_msg_reply
 * @reply_ptr: as qmsg_msg_reply.buf_ptr
 * @reply_len: as qmsg_msg_reply.buf_len
 * @flags: as qmsg_msg_receive.flags
 * @chid: as in struct qmsg_msg_receive
 * @info_len: as in struct qmsg_msg_receive
 * @out_reply_error: 0, or ESRCH if there was no such request to answer
 * @buf_ptr: as in struct qmsg_msg_receive
 * @buf_len: as in struct qmsg_msg_receive
 * @info_ptr: as in struct qmsg_msg_receive
 * @deadline: as in struct qmsg_msg_receive
 * @out_rcvid: as in struct qmsg_msg_receive
 *
 * Errors: those of the reply except ESRCH, before anything is received and with @rcvid
 * kept; then those of the receive, with @rcvid zeroed: so after EFAULT for another part of
 * the struct the answer has been given all the same.
 */
struct qmsg_msg_reply_receive {
	__u32 size;
	__u32 reply_flags;
	__s64 rcvid __attribute__((aligned(8)));
	__s64 status __attribute__((aligned(8)));
	__aligned_u64 reply_ptr;
	__aligned_u64 reply_len;
	__u32 flags;
	__s32 chid;
	__u32 info_len;
	__s32 out_reply_error;
	__aligned_u64 buf_ptr;
	__aligned_u64 buf_len;
	__aligned_u64 info_ptr;
	__aligned_u64 deadline;
	__s64 out_rcvid __attribute__((aligned(8)));
};

/** QMSG_PRIORITY_SELF - the caller's own effective priority */
#define QMSG_PRIORITY_SELF	(-1)

/**
 * struct qmsg_pulse_send - send a pulse (QMSG_IOC_PULSE_SEND)
 * @size: sizeof(struct qmsg_pulse_send)
 * @flags: must be 0
 * @coid: connection id
 * @priority: 1 … 255, or %QMSG_PRIORITY_SELF
 * @code: 0 … 127
 * @__reserved: must be 0
 * @value: delivered as it is
 *
 * Never blocks. Not bound to the life of its sender (S4.15).
 *
 * Errors: EBADF: no such connection, or it is dead. EINVAL: @code or @priority out of
 * range. EAGAIN: the channel holds as many unreceived pulses as it may. ENXIO: the server is
 * terminating.
 */
struct qmsg_pulse_send {
	__u32 size;
	__u32 flags;
	__s32 coid;
	__s32 priority;
	__s32 code;
	__u32 __reserved;
	__aligned_u64 value;
};

#endif /* _UAPI_LINUX_QMSG_H */
