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
 * Deadlines are absolute CLOCK_MONOTONIC nanoseconds, as the caller reads that clock in its
 * time namespace. %QMSG_NO_DEADLINE waits for
 * ever; a deadline that is already past (0, say) fails the attempt to block.
 *
 * Buffers are a pointer and a length in bytes; where the matching QMSG_*_IOV flag
 * is set, an array of struct iovec (of the caller's own word size) and the number
 * of its elements, at most 1024. A zero-length element is legal and its base is
 * not looked at (QNX rule S2.4).
 */

/**
 * DOC: Priorities
 *
 * On a channel without %QMSG_CHF_FIXED_PRIORITY a thread that receives runs with the
 * real-time priority, 1 … 99, of the message's client or of the pulse: raised or lowered,
 * and before it is woken (S6.2, S6.14). Clients and pulses without one change nothing. It
 * runs as SCHED_RR if that is its own policy, else as SCHED_FIFO, always with
 * SCHED_RESET_ON_FORK. A message or pulse that has to wait in the queue raises all threads
 * that belong to the channel (S6.5).
 *
 * Every thread gets its own policy and priority back (not so on QNX, S6.4, S6.6): when the
 * request is answered, by whomever, or its client does not wait any more; at its next
 * receive; when the channel ends; and when what waited in the queue does not. If somebody
 * has set its scheduling meanwhile, that stays; except for a real-time priority that only
 * what the thread was given has allowed it to set.
 *
 * A pulse of a real-time thread is worth as much as its sender may have: its own priority
 * (not what it has inherited), RLIMIT_RTPRIO, or anything with CAP_SYS_NICE. Those of other
 * threads only take their place in the queue. An unblock pulse is worth its client's own.
 *
 * What a client has got from a PI mutex is not handed on, nor is a change of its priority
 * after the receive (S6.8); before that it counts when somebody receives (S6.1). But what a
 * client was given by its own clients it loses together with whoever serves it. Threads
 * under SCHED_DEADLINE are left alone; as clients they count as 99.
 */

/** QMSG_IOC_MAGIC - type byte of all requests; not listed in ioctl-number.rst */
#define QMSG_IOC_MAGIC		0xbc

/* 0x00: the context */
#define QMSG_IOC_QUERY			_IO(QMSG_IOC_MAGIC, 0x00)
#define QMSG_IOC_SETUP			_IO(QMSG_IOC_MAGIC, 0x01)
/* 0x10: channels */
#define QMSG_IOC_CHANNEL_CREATE		_IO(QMSG_IOC_MAGIC, 0x10)
#define QMSG_IOC_CHANNEL_DESTROY	_IO(QMSG_IOC_MAGIC, 0x11)
#define QMSG_IOC_CHANNEL_ACCESS		_IO(QMSG_IOC_MAGIC, 0x12)
#define QMSG_IOC_CHANNEL_FD		_IO(QMSG_IOC_MAGIC, 0x13)
/* 0x20: connections */
#define QMSG_IOC_CONNECT_ATTACH		_IO(QMSG_IOC_MAGIC, 0x20)
#define QMSG_IOC_CONNECT_DETACH		_IO(QMSG_IOC_MAGIC, 0x21)
#define QMSG_IOC_CONNECT_FLAGS		_IO(QMSG_IOC_MAGIC, 0x22)
#define QMSG_IOC_CONNECT_INFO		_IO(QMSG_IOC_MAGIC, 0x23)
#define QMSG_IOC_CLIENT_INFO		_IO(QMSG_IOC_MAGIC, 0x24)
/* 0x30: messages */
#define QMSG_IOC_MSG_SEND		_IO(QMSG_IOC_MAGIC, 0x30)
#define QMSG_IOC_MSG_RECEIVE		_IO(QMSG_IOC_MAGIC, 0x31)
#define QMSG_IOC_MSG_REPLY		_IO(QMSG_IOC_MAGIC, 0x32)
#define QMSG_IOC_MSG_ERROR		_IO(QMSG_IOC_MAGIC, 0x33)
#define QMSG_IOC_MSG_READ		_IO(QMSG_IOC_MAGIC, 0x34)
#define QMSG_IOC_MSG_WRITE		_IO(QMSG_IOC_MAGIC, 0x35)
#define QMSG_IOC_MSG_INFO		_IO(QMSG_IOC_MAGIC, 0x36)
#define QMSG_IOC_MSG_REPLY_RECEIVE	_IO(QMSG_IOC_MAGIC, 0x37)
#define QMSG_IOC_MSG_CURRENT		_IO(QMSG_IOC_MAGIC, 0x38)
#define QMSG_IOC_MSG_EVENTFD		_IO(QMSG_IOC_MAGIC, 0x39)
/* 0x40: pulses */
#define QMSG_IOC_PULSE_SEND		_IO(QMSG_IOC_MAGIC, 0x40)
/* 0x50: events */
#define QMSG_IOC_EVENT_DELIVER		_IO(QMSG_IOC_MAGIC, 0x50)
#define QMSG_IOC_EVENT_REGISTER		_IO(QMSG_IOC_MAGIC, 0x51)
#define QMSG_IOC_EVENT_UNREGISTER	_IO(QMSG_IOC_MAGIC, 0x52)
#define QMSG_IOC_EVENT_KEEP		_IO(QMSG_IOC_MAGIC, 0x53)
#define QMSG_IOC_INTR_WAIT		_IO(QMSG_IOC_MAGIC, 0x54)
/* 0x60: timers */
#define QMSG_IOC_TIMER_CREATE		_IO(QMSG_IOC_MAGIC, 0x60)
#define QMSG_IOC_TIMER_SETTIME		_IO(QMSG_IOC_MAGIC, 0x61)
#define QMSG_IOC_TIMER_GETTIME		_IO(QMSG_IOC_MAGIC, 0x62)
#define QMSG_IOC_TIMER_DELETE		_IO(QMSG_IOC_MAGIC, 0x63)
/* 0x70: names */
#define QMSG_IOC_NAME_ATTACH		_IO(QMSG_IOC_MAGIC, 0x70)
#define QMSG_IOC_NAME_DETACH		_IO(QMSG_IOC_MAGIC, 0x71)
#define QMSG_IOC_NAME_CONNECT		_IO(QMSG_IOC_MAGIC, 0x72)

/** QMSG_NO_DEADLINE - wait for ever */
#define QMSG_NO_DEADLINE	(~(__u64)0)

/** QMSG_SIDE_CHANNEL - bit of every connection id that is not a descriptor (S1.8) */
#define QMSG_SIDE_CHANNEL	0x40000000

/** QMSG_IOV_MAX - most elements of an iovec array */
#define QMSG_IOV_MAX		1024

/**
 * DOC: Long messages
 *
 * A message shorter than the module's parameter window_min (4096 bytes) is a snapshot: it was
 * copied when it was sent. Of a longer one that holds for the first 256 bytes; the rest is read
 * from the client's memory while the client waits, so a sibling thread of the client can still
 * change it. The pages are pinned, against RLIMIT_MEMLOCK of the client's user; where that is
 * used up, or window_min is 0, every message is a snapshot. A reply of that length can go to the
 * client's memory when it is given, also one that is then refused on its condition or that came
 * second: bytes of the reply buffer beyond @out_reply_len mean nothing.
 */

/** QMSG_LEN_MAX - most bytes in one message or one reply */
#define QMSG_LEN_MAX		0x7ffff000

/* Features, bits of qmsg_query.out_features. */
#define QMSG_FEATURE_UNBLOCK		(1ULL << 0)	/* unblock pulses, QMSG_CHF_UNBLOCK */
#define QMSG_FEATURE_DISCONNECT		(1ULL << 1)	/* QMSG_CHF_DISCONNECT */
#define QMSG_FEATURE_REPLY_RECEIVE	(1ULL << 2)	/* QMSG_IOC_MSG_REPLY_RECEIVE */
#define QMSG_FEATURE_FD_CONNECTION	(1ULL << 3)	/* connections that are descriptors */
#define QMSG_FEATURE_PRIORITY		(1ULL << 4)	/* receivers inherit priorities */
#define QMSG_FEATURE_EVENT		(1ULL << 5)	/* QMSG_IOC_EVENT_*, QMSG_IOC_INTR_WAIT */
#define QMSG_FEATURE_TIMER		(1ULL << 6)	/* QMSG_IOC_TIMER_* */
#define QMSG_FEATURE_NAME		(1ULL << 7)	/* QMSG_IOC_NAME_* */
#define QMSG_FEATURE_CHANNEL_FD		(1ULL << 8)	/* QMSG_IOC_CHANNEL_FD */
#define QMSG_FEATURE_DEATH_PULSE	(1ULL << 9)	/* QMSG_CHF_THREAD_DEATH, _COID_DISCONNECT */
#define QMSG_FEATURE_CONDITIONAL_REPLY	(1ULL << 10)	/* QMSG_REPLY_IF_*, QMSG_IOC_MSG_EVENTFD */
#define QMSG_FEATURE_DEADLOCK		(1ULL << 11)	/* QMSG_CHF_DEADLOCK */

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
#define QMSG_CHF_THREAD_DEATH	0x0004	/* pulse when a thread of the owner ends; one such channel a process */
#define QMSG_CHF_DISCONNECT	0x0008	/* pulse when the last link of a client goes */
#define QMSG_CHF_SENDER_LEN	0x0020	/* accepted, no effect: srcmsglen is always filled (S2.9) */
#define QMSG_CHF_COID_DISCONNECT 0x0040	/* pulse when a connection of the owner dies; one such channel a process */
#define QMSG_CHF_REPLY_LEN	0x0080	/* accepted, no effect: dstmsglen is always filled (S2.9) */
#define QMSG_CHF_PRIVATE	0x1000	/* only the owning process may attach (S3.13) */

/**
 * QMSG_CHF_DEADLOCK - a send to this channel that would wait for itself fails with EDEADLK
 *
 * Not of QNX, and no number of theirs. A send waits for itself if, following who waits for
 * whom from the channel's process on, every thread of every process is blocked in a send whose wait
 * only its server can end, and this send is one of them. One that has a deadline, or a signal
 * pending, is not blocked in that sense, nor is a process that has a timer with another event than a
 * pulse. Nothing is refused that might have been answered. Not everything that never will be
 * is refused: not where a process on the way has a thread that waits for something else, or a
 * server connection too many (256), or where there are more than 16 processes or 64 threads.
 *
 * A send that closes a cycle is refused where its own channel has the flag; flags of others
 * do not matter. Of sends that close it together the last one is.
 */
#define QMSG_CHF_DEADLOCK	0x40000000

/* Kinds of event, qmsg_event.notify. Numbers as on QNX; with QMSG_EVENT_* bits. */
#define QMSG_EVENT_NONE			0	/* nothing */
#define QMSG_EVENT_SIGNAL		1	/* signal @id to the process, with @value; si_code SI_USER */
#define QMSG_EVENT_SIGNAL_CODE		2	/* likewise, si_code @code, at most 0 */
#define QMSG_EVENT_SIGNAL_THREAD	3	/* likewise, to the thread that sent the message */
#define QMSG_EVENT_PULSE		4	/* pulse @code, @value, @priority over connection @id */
#define QMSG_EVENT_UNBLOCK		5	/* end that thread's blocking call with ETIMEDOUT */
#define QMSG_EVENT_INTR			6	/* wake that thread from QMSG_IOC_INTR_WAIT */
#define QMSG_EVENT_TYPE_MASK		0xff
#define QMSG_EVENT_UPDATEABLE		0x0400	/* who delivers it may bring another @value */
#define QMSG_EVENT_HANDLE		0x2000	/* @id is the handle of a registered event */
#define QMSG_EVENT_CODE_UPDATEABLE	0x4000	/* who delivers it may bring another @code */

/**
 * struct qmsg_event - how a process wants to be notified (section 8)
 * @notify: QMSG_EVENT_* kind and bits
 * @id: signal number, connection id or handle
 * @code: si_code of a signal (0 or below), or code of a pulse (0 … 127)
 * @priority: of a pulse: 1 … 255, or %QMSG_PRIORITY_SELF: that of the thread that made the
 *	timer or registered the event; else of the client's thread (S3.35)
 * @value: of signal or pulse
 *
 * Connection ids and threads in it are those of the process that is notified (S8.2).
 */
struct qmsg_event {
	__u32 notify;
	__s32 id;
	__s32 code;
	__s32 priority;
	__aligned_u64 value;
};

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
 * @pool_rearm: with @pool_event: it is delivered again only after more than this many
 *	places of the pulse pool have been free; below @pulse_limit
 * @pool_event: delivered to this process when a pulse finds the pool full (S4.20);
 *	%QMSG_EVENT_NONE for none. A pulse over a connection, a signal to the process
 *
 * Errors: EINVAL: also @mode has other bits, or a number is out of range. EPERM:
 * @kill_grace_ms above the administrator's maximum. EBUSY: the process has a channel with
 * THREAD_DEATH, or one with COID_DISCONNECT, already (S2.36).
 */
struct qmsg_channel_create {
	__u32 size;
	__u32 flags;
	__u32 mode;
	__u32 gid;
	__u32 pulse_limit;
	__u32 kill_grace_ms;
	__s32 out_chid;
	__u32 pool_rearm;
	struct qmsg_event pool_event;
};

/**
 * struct qmsg_channel_access - say anew who may attach (QMSG_IOC_CHANNEL_ACCESS)
 * @size: sizeof(struct qmsg_channel_access)
 * @flags: must be 0
 * @chid: channel of this context
 * @mode: as in struct qmsg_channel_create
 * @gid: as in struct qmsg_channel_create
 * @__reserved: must be 0
 *
 * Connections that exist stay.
 *
 * Errors: EINVAL: no such channel, or as for struct qmsg_channel_create.
 */
struct qmsg_channel_access {
	__u32 size;
	__u32 flags;
	__s32 chid;
	__u32 mode;
	__u32 gid;
	__u32 __reserved;
};

#define QMSG_CHANNEL_FD_CLOEXEC	0x1	/* the descriptor is closed on exec */

/**
 * struct qmsg_channel_fd - a descriptor to poll a channel with (QMSG_IOC_CHANNEL_FD)
 * @size: sizeof(struct qmsg_channel_fd)
 * @flags: %QMSG_CHANNEL_FD_CLOEXEC
 * @chid: channel of this context
 * @out_fd: the descriptor
 *
 * poll(2) and epoll(7) on it: POLLIN: MsgReceive() would find something. POLLRDNORM: a
 * message is among it. POLLPRI: a pulse is among it, and MsgReceivePulse() would find
 * it. POLLHUP: the channel has ended. It may be passed to another process, which can wait
 * with it but not receive. It keeps no channel from ending.
 *
 * Errors: ESRCH: no such channel. EMFILE, ENFILE.
 */
struct qmsg_channel_fd {
	__u32 size;
	__u32 flags;
	__s32 chid;
	__s32 out_fd;
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
#define QMSG_COF_DEAD		0x0002	/* told only: the channel has gone (S3.20) */
#define QMSG_COF_NOSHARE	0x0040	/* a server connection (scoid) of its own (S1.11) */
#define QMSG_COF_NOEVENT	0x0800	/* the server may not deliver events (S3.27) */
#define QMSG_COF_REG_EVENTS	0x2000	/* it may deliver registered events only (S3.29) */
#define QMSG_COF_UNREG_EVENTS	0x4000	/* accepted, no effect: that is what happens anyway (S3.30) */

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
 * whoever is sent it. Not so with %QMSG_CHF_PRIVATE: another process that uses the
 * descriptor has EACCES from the call.
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

/**
 * struct qmsg_connect_flags - look at and change a connection's flags (QMSG_IOC_CONNECT_FLAGS)
 * @size: sizeof(struct qmsg_connect_flags)
 * @flags: must be 0
 * @coid: connection id of either kind
 * @mask: flags to change: %QMSG_COF_CLOEXEC, %QMSG_COF_NOEVENT, %QMSG_COF_REG_EVENTS,
 *	%QMSG_COF_UNREG_EVENTS
 * @bits: what to change them to; no others
 * @out_flags: as they were before (S2.40)
 *
 * Close-on-exec of a connection that is a descriptor is the descriptor's flag: it is told
 * here, and changed by fcntl(2). A side-channel connection always goes with exec, whatever
 * its flag.
 *
 * Errors: EBADF: no such connection. EINVAL: @mask has other flags, or %QMSG_COF_CLOEXEC
 * for a descriptor, or @bits has some that @mask has not.
 */
struct qmsg_connect_flags {
	__u32 size;
	__u32 flags;
	__s32 coid;
	__u32 mask;
	__u32 bits;
	__u32 out_flags;
};

#define QMSG_CONNECT_INFO_NEXT	0x1	/* @coid or the next above it */
#define QMSG_CONNECT_INFO_LIVE	0x2	/* pass over dead connections */

/**
 * struct qmsg_connect_info - who is at the other end (QMSG_IOC_CONNECT_INFO)
 * @size: sizeof(struct qmsg_connect_info)
 * @flags: %QMSG_CONNECT_INFO_NEXT, %QMSG_CONNECT_INFO_LIVE
 * @coid: connection id. With %QMSG_CONNECT_INFO_NEXT: where to begin; first the
 *	descriptors, then the side-channel connections (S2.41)
 * @out_coid: the connection found
 * @out_pid: process that owns the channel, in the caller's pid namespace; 0 if it cannot
 *	be seen from there
 * @out_chid: the channel
 * @out_scoid: server connection; -1 for a descriptor this process has not sent through yet
 * @out_flags: QMSG_COF_* bits, %QMSG_COF_DEAD among them
 *
 * Errors: EINVAL: none found.
 */
struct qmsg_connect_info {
	__u32 size;
	__u32 flags;
	__s32 coid;
	__s32 out_coid;
	__s32 out_pid;
	__s32 out_chid;
	__s32 out_scoid;
	__u32 out_flags;
};

/* Bits of qmsg_client_info.out_flags, values as in QNX (3.4). */
#define QMSG_CI_STOPPED		0x00000080	/* the client is stopped */

/**
 * struct qmsg_client_info - credentials of a client (QMSG_IOC_CLIENT_INFO)
 * @size: sizeof(struct qmsg_client_info)
 * @flags: must be 0
 * @scoid: server connection of the caller, or -1 for the caller itself (S2.42)
 * @ngroups: room at @groups_ptr, in elements
 * @groups_ptr: where to put supplementary group ids, __u32 each
 * @out_ngroups: how many the client has, which may be more than there was room for
 * @out_flags: QMSG_CI_* bits
 * @out_pid: its process id, 0 if it cannot be seen from here
 * @out_sid: its session id, likewise
 * @out_ruid: real user id; this and the ids below in the caller's user namespace
 * @out_euid: effective user id
 * @out_suid: saved user id
 * @out_rgid: real group id
 * @out_egid: effective group id
 * @out_sgid: saved group id
 *
 * As they are now; what they were when it sent is in struct qmsg_msg_info. Where the server
 * connection is that of an open file of qmsgfs, they are those it was opened with, the file
 * system ids in place of the effective ones, whatever has become of the process: if it has
 * ended, @out_pid and @out_sid are 0.
 *
 * Errors: EINVAL: no such server connection, or its client has gone.
 */
struct qmsg_client_info {
	__u32 size;
	__u32 flags;
	__s32 scoid;
	__u32 ngroups;
	__aligned_u64 groups_ptr;
	__u32 out_ngroups;
	__u32 out_flags;
	__s32 out_pid;
	__s32 out_sid;
	__u32 out_ruid;
	__u32 out_euid;
	__u32 out_suid;
	__u32 out_rgid;
	__u32 out_egid;
	__u32 out_sgid;
};

#define QMSG_SEND_IOV		0x1	/* send_ptr is an iovec array */
#define QMSG_REPLY_IOV		0x2	/* reply_ptr is an iovec array */

/** QMSG_SENT_UNDELIVERED - bit of qmsg_msg_send.out_flags */
#define QMSG_SENT_UNDELIVERED	0x1

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
 * @out_flags: %QMSG_SENT_UNDELIVERED after an error with which the message was never
 *	delivered: no server has seen it, and sending it again does nothing twice (S5.30).
 *	Written with every error but those that the struct itself has (@size, unknown bits,
 *	EFAULT) and that the context has (EBADF: another process's, or ended); nor is it
 *	set where the context ends under a call that a stop or a freeze has set aside.
 *	It speaks of all executions of a call that the server has executed again by ERESTART:
 *	so that the next one knows, the kernel leaves a mark here while a handler runs in
 *	between, and reads it then. Nothing else is ever read here; a mark that stays because
 *	the handler does not return costs the caller's next call no more than the bit
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
 * ESRCH: channel or server gone meanwhile. EDEADLK: see %QMSG_CHF_DEADLOCK.
 * EACCES: a descriptor that leads to another
 * process' PRIVATE channel. EFAULT: the reply could not be stored
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
	__u32 out_flags;
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
 * @file: of a message through an open file of qmsgfs: the server connection that is that
 *	file's alone, whoever sends; else 0. Only the kernel sends over that one itself, for
 *	read(2) and the like: @scoid is the same then, and never if a program has made the message
 * @msglen: bytes the receive copied
 * @srcmsglen: bytes the client offers (S2.8)
 * @dstmsglen: bytes the client can take as reply
 * @uid: client's effective uid when it sent, in the receiver's user namespace
 * @gid: client's effective gid, likewise
 * @connect_uid: client's effective uid when it connected; of a file: the file system uid of
 *	who opened it, then
 * @connect_gid: client's effective gid when it connected; likewise
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
	__s32 file;
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
#define QMSG_PULSE_CODE_THREADDEATH	(-34)	/* value: thread id; scoid: -1 */
#define QMSG_PULSE_CODE_COIDDEATH	(-35)	/* value: connection id; scoid: -1 */

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
 * @out_msglen: bytes of the message that were copied (info.msglen); 0 for a pulse. A caller
 *	whose struct ends before it is not told
 *
 * The thread belongs to the channel from now on, until it receives on another one or tries
 * to (S6.5, S6.12), and runs as "Priorities" says.
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
	__aligned_u64 out_msglen;
};

#define QMSG_REPLY_DATA_IOV	0x1	/* buf_ptr is an iovec array */
#define QMSG_REPLY_IF_NOT_ASKED	0x2	/* only if the client has not asked to unblock */
#define QMSG_REPLY_IF_ASKED	0x4	/* only if it has */

/**
 * struct qmsg_msg_reply - answer a request (QMSG_IOC_MSG_REPLY)
 * @size: sizeof(struct qmsg_msg_reply)
 * @flags: %QMSG_REPLY_DATA_IOV, %QMSG_REPLY_IF_NOT_ASKED, %QMSG_REPLY_IF_ASKED
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
 * (unlike S2.28). ECANCELED: the condition does not hold; the client stays likewise.
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
 * @flags: %QMSG_REPLY_IF_NOT_ASKED, %QMSG_REPLY_IF_ASKED
 * @rcvid: the request
 * @error: the client's errno. 0: its MsgSend returns 0. ERESTART (85): its MsgSend is
 *	executed again from the start. %QMSG_ERROR_REASON: EINTR, ETIMEDOUT or EBADF, as
 *	the first unblock event had it (S2.14)
 * @__reserved: must be 0
 *
 * Errors: ESRCH, ECANCELED as for a reply. EINVAL: %QMSG_ERROR_REASON although nobody asked to unblock.
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
 * @out_msglen: as in struct qmsg_msg_receive
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
	__aligned_u64 out_msglen;
};

/**
 * struct qmsg_msg_current - take up a request again (QMSG_IOC_MSG_CURRENT)
 * @size: sizeof(struct qmsg_msg_current)
 * @flags: must be 0
 * @rcvid: the request, or 0
 *
 * The calling thread now works on @rcvid and has its client's priority, as if it had just
 * received it; with 0 it works on nothing and has its own (S6.7). More than one thread can
 * work on a request. An orphan has no priority to give.
 *
 * Errors: ESRCH: no such request.
 */
struct qmsg_msg_current {
	__u32 size;
	__u32 flags;
	__s64 rcvid __attribute__((aligned(8)));
};

/**
 * struct qmsg_msg_eventfd - be told when a request should be abandoned (QMSG_IOC_MSG_EVENTFD)
 * @size: sizeof(struct qmsg_msg_eventfd)
 * @flags: must be 0
 * @rcvid: the request
 * @fd: an eventfd(2), or -1 to take the request's away
 * @__reserved: must be 0
 *
 * 1 is added to the eventfd once: when the client asks to unblock, when it leaves without
 * an answer, or at once if that has happened already. An answer adds nothing. A request
 * has one eventfd, a second call replaces it; it is let go when the request ends.
 *
 * Errors: ESRCH: no such request. EBADF, EINVAL: @fd is no eventfd.
 */
struct qmsg_msg_eventfd {
	__u32 size;
	__u32 flags;
	__s64 rcvid __attribute__((aligned(8)));
	__s32 fd;
	__u32 __reserved;
};

/** QMSG_PRIORITY_SELF - the caller's own effective priority */
#define QMSG_PRIORITY_SELF	(-1)

/**
 * struct qmsg_pulse_send - send a pulse (QMSG_IOC_PULSE_SEND)
 * @size: sizeof(struct qmsg_pulse_send)
 * @flags: must be 0
 * @coid: connection id
 * @priority: 1 … 255, or %QMSG_PRIORITY_SELF: its place in the queue, and what the receiver
 *	runs with (see "Priorities")
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

#define QMSG_DELIVER_CHECK	0x1	/* look whether it could be delivered, and do nothing */

/**
 * struct qmsg_event_deliver - notify a client (QMSG_IOC_EVENT_DELIVER)
 * @size: sizeof(struct qmsg_event_deliver)
 * @flags: %QMSG_DELIVER_CHECK: as MsgVerifyEvent()
 * @rcvid: which client: a request of it that waits for its answer, or one that has been
 *	answered and is still known (below); 0: the calling process and thread (S8.9)
 * @event: what the client had sent
 *
 * Before and after the answer (S8.3). A client connection remembers the ids of its last
 * sixteen requests, and of others those that events were delivered or checked with, or
 * that QMSG_IOC_EVENT_KEEP was called for, as long as it lives.
 *
 * A registered event is delivered if its client meant this server. Any other: if the
 * connection has neither NOEVENT nor REG_EVENTS; and if it is a signal, if the caller
 * could also kill(2) the client.
 *
 * Errors: ESRCH: the id is not known, its client has gone; its thread has, where the event
 * is for that; the event's connection is not open. EACCES: the client does not permit it
 * (S8.7). EINVAL: no such kind, signal, code, priority or handle. EPERM: a signal the caller
 * may not send. EBADF, EAGAIN, ENXIO: as for a pulse. EBUSY: the client is terminating.
 */
struct qmsg_event_deliver {
	__u32 size;
	__u32 flags;
	__s64 rcvid __attribute__((aligned(8)));
	struct qmsg_event event;
};

/** QMSG_REGISTER_ANY_SERVER - any process this one is connected to may deliver it */
#define QMSG_REGISTER_ANY_SERVER	(-1)
/** QMSG_REGISTER_SELF - only this process itself */
#define QMSG_REGISTER_SELF		(-2)

/**
 * struct qmsg_event_register - make an event that only one server can deliver (QMSG_IOC_EVENT_REGISTER)
 * @size: sizeof(struct qmsg_event_register)
 * @flags: must be 0
 * @coid: who may deliver it: the server of that connection, %QMSG_REGISTER_ANY_SERVER or
 *	%QMSG_REGISTER_SELF
 * @out_handle: its handle: not 0, and no other event's on this machine now. An event
 *	with %QMSG_EVENT_HANDLE and this as @id stands for @event
 * @event: the event
 *
 * It ends with the process, with the connection @coid, or by QMSG_IOC_EVENT_UNREGISTER.
 *
 * Errors: EBADF: no such connection. EINVAL: bad @event. EAGAIN: quota.
 */
struct qmsg_event_register {
	__u32 size;
	__u32 flags;
	__s32 coid;
	__u32 out_handle;
	struct qmsg_event event;
};

/**
 * struct qmsg_event_unregister - take a registered event back (QMSG_IOC_EVENT_UNREGISTER)
 * @size: sizeof(struct qmsg_event_unregister)
 * @flags: must be 0
 * @handle: as qmsg_event_register.out_handle
 * @__reserved: must be 0
 *
 * Errors: ESRCH: this process has no such event.
 */
struct qmsg_event_unregister {
	__u32 size;
	__u32 flags;
	__u32 handle;
	__u32 __reserved;
};

/**
 * struct qmsg_event_keep - keep a request's id for later events (QMSG_IOC_EVENT_KEEP)
 * @size: sizeof(struct qmsg_event_keep)
 * @flags: must be 0
 * @rcvid: the request
 *
 * See struct qmsg_event_deliver. A client connection keeps 256 ids; of more the one that
 * has not been used longest is forgotten.
 *
 * Errors: ESRCH: the id is not known.
 */
struct qmsg_event_keep {
	__u32 size;
	__u32 flags;
	__s64 rcvid __attribute__((aligned(8)));
};

/**
 * struct qmsg_intr_wait - wait for a %QMSG_EVENT_INTR to this thread (QMSG_IOC_INTR_WAIT)
 * @size: sizeof(struct qmsg_intr_wait)
 * @flags: must be 0
 * @deadline: latest time to return
 *
 * One that came before is not lost; several are one.
 *
 * Errors: ETIMEDOUT. EINTR: a signal with a handler.
 */
struct qmsg_intr_wait {
	__u32 size;
	__u32 flags;
	__aligned_u64 deadline;
};

/**
 * struct qmsg_timer_create - make a timer (QMSG_IOC_TIMER_CREATE)
 * @size: sizeof(struct qmsg_timer_create)
 * @flags: must be 0
 * @clockid: CLOCK_REALTIME, CLOCK_MONOTONIC or CLOCK_BOOTTIME
 * @out_timer: its id: 0 or more, lowest free in this context
 * @event: what happens to this process when it expires; no handle
 *
 * Errors: EINVAL: another clock, a bad event. EBADF: the event's connection is not open.
 * EAGAIN: quota.
 */
struct qmsg_timer_create {
	__u32 size;
	__u32 flags;
	__s32 clockid;
	__s32 out_timer;
	struct qmsg_event event;
};

#define QMSG_TIMER_ABSTIME	0x1	/* @value is a time of the clock, not from now on */

/**
 * struct qmsg_timer_settime - start or stop a timer (QMSG_IOC_TIMER_SETTIME)
 * @size: sizeof(struct qmsg_timer_settime)
 * @flags: %QMSG_TIMER_ABSTIME
 * @timer: its id
 * @__reserved: must be 0
 * @value: ns until it expires, 0: stop it
 * @interval: ns between further expiries, not less than clock_getres(2) says, 0: none
 * @out_value: what was left, 0 if it was not running
 * @out_interval: the interval it had
 *
 * An expiry whose pulse is still unreceived adds no second one but is counted (see struct
 * qmsg_timer_gettime). Setting a time takes back a pulse that has not been received.
 *
 * Errors: EINVAL: no such timer, or a time above 2^63 - 1.
 */
struct qmsg_timer_settime {
	__u32 size;
	__u32 flags;
	__s32 timer;
	__u32 __reserved;
	__aligned_u64 value;
	__aligned_u64 interval;
	__aligned_u64 out_value;
	__aligned_u64 out_interval;
};

/**
 * struct qmsg_timer_gettime - what is left of a timer (QMSG_IOC_TIMER_GETTIME)
 * @size: sizeof(struct qmsg_timer_gettime)
 * @flags: must be 0
 * @timer: its id
 * @out_overrun: expiries that the last pulse received, or signal, stood for besides its own
 * @out_value: ns until it expires, 0 if it is not running
 * @out_interval: ns between expiries
 *
 * Errors: EINVAL: no such timer.
 */
struct qmsg_timer_gettime {
	__u32 size;
	__u32 flags;
	__s32 timer;
	__u32 out_overrun;
	__aligned_u64 out_value;
	__aligned_u64 out_interval;
};

/**
 * struct qmsg_timer_delete - end a timer (QMSG_IOC_TIMER_DELETE)
 * @size: sizeof(struct qmsg_timer_delete)
 * @flags: must be 0
 * @timer: its id
 * @__reserved: must be 0
 *
 * Its pulse, if unreceived, is taken back.
 *
 * Errors: EINVAL: no such timer.
 */
struct qmsg_timer_delete {
	__u32 size;
	__u32 flags;
	__s32 timer;
	__u32 __reserved;
};

/** QMSG_NAME_MAX - longest name, in bytes */
#define QMSG_NAME_MAX	255

/**
 * struct qmsg_name_attach - publish a channel under a name (QMSG_IOC_NAME_ATTACH)
 * @size: sizeof(struct qmsg_name_attach)
 * @flags: must be 0
 * @chid: channel of this context
 * @name_len: bytes at @name_ptr, 1 … %QMSG_NAME_MAX
 * @name_ptr: the name; no terminating zero is needed, none may be inside. It does not
 *	begin with a slash and has no component ".." (S10.29)
 *
 * Names are those of the caller's pid namespace. A name ends with its channel. Who may
 * connect by name is the channel's mode (struct qmsg_channel_access).
 *
 * Errors: EINVAL: bad name. ESRCH: no such channel. EEXIST: the name is taken.
 * EAGAIN: quota.
 */
struct qmsg_name_attach {
	__u32 size;
	__u32 flags;
	__s32 chid;
	__u32 name_len;
	__aligned_u64 name_ptr;
};

/**
 * struct qmsg_name_detach - take a name back (QMSG_IOC_NAME_DETACH)
 * @size: sizeof(struct qmsg_name_detach)
 * @flags: must be 0
 * @chid: channel of this context
 * @name_len: as in struct qmsg_name_attach
 * @name_ptr: as in struct qmsg_name_attach
 *
 * Errors: EINVAL: bad name. ENOENT: this channel has no such name.
 */
struct qmsg_name_detach {
	__u32 size;
	__u32 flags;
	__s32 chid;
	__u32 name_len;
	__aligned_u64 name_ptr;
};

/**
 * struct qmsg_name_connect - connect to the channel of a name (QMSG_IOC_NAME_CONNECT)
 * @size: sizeof(struct qmsg_name_connect)
 * @flags: QMSG_COF_* bits as in struct qmsg_connect_attach
 * @name_len: as in struct qmsg_name_attach
 * @index: as in struct qmsg_connect_attach
 * @name_ptr: as in struct qmsg_name_attach
 * @out_coid: the connection id
 * @__reserved: must be 0
 *
 * Errors: EINVAL: bad name. ENOENT: no such name. Otherwise those of struct
 * qmsg_connect_attach.
 */
struct qmsg_name_connect {
	__u32 size;
	__u32 flags;
	__u32 name_len;
	__u32 index;
	__aligned_u64 name_ptr;
	__s32 out_coid;
	__u32 __reserved;
};

#endif /* _UAPI_LINUX_QMSG_H */
