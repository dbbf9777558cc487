/* SPDX-License-Identifier: MIT */
/*
 * The QNX message passing calls on Linux. Only calls that work are declared;
 * Documentation/qnx-compat.rst lists every call and what differs.
 *
 * Each call X() has a twin X_r() that leaves errno alone. Where a call returns a
 * number, the twin returns it or a negative errno; where a call merely succeeds, the
 * twin returns EOK or a positive errno (S2.1).
 */
#ifndef QMSG_QNX_SYS_NEUTRINO_H
#define QMSG_QNX_SYS_NEUTRINO_H

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/netmgr.h>
#include <sys/siginfo.h>
#include <sys/states.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * typedef rcvid_t - receive id
 *
 * Always below 2^31, so that it may be kept in an int.
 */
typedef long rcvid_t;

typedef struct iovec iov_t;

#define SETIOV(iov, addr, len) \
	((iov)->iov_base = (void *)(addr), (iov)->iov_len = (len))
#define GETIOVBASE(iov)		((iov)->iov_base)
#define GETIOVLEN(iov)		((iov)->iov_len)

/* A connection id with this bit is no file descriptor (S1.8). */
#define _NTO_SIDE_CHANNEL	0x40000000

/* ChannelCreate(). Flags this version has no use for are refused with EINVAL. */
#define _NTO_CHF_FIXED_PRIORITY		0x0001
#define _NTO_CHF_UNBLOCK		0x0002
#define _NTO_CHF_THREAD_DEATH		0x0004
#define _NTO_CHF_DISCONNECT		0x0008
#define _NTO_CHF_NET_MSG		0x0010
#define _NTO_CHF_SENDER_LEN		0x0020
#define _NTO_CHF_COID_DISCONNECT	0x0040
#define _NTO_CHF_REPLY_LEN		0x0080
#define _NTO_CHF_PULSE_POOL		0x0100
#define _NTO_CHF_ASYNC_NONBLOCK		0x0200
#define _NTO_CHF_ASYNC			0x0400
#define _NTO_CHF_GLOBAL			0x0800
#define _NTO_CHF_PRIVATE		0x1000
#define _NTO_CHF_MSG_PAUSING		0x2000
#define _NTO_CHF_INHERIT_RUNMASK	0x4000
#define _NTO_CHF_UNBLOCK_TIMER		0x8000

/* ConnectAttach(). DEAD is ignored, what has no use here is refused with EINVAL. */
#define _NTO_COF_CLOEXEC		0x0001
#define _NTO_COF_DEAD			0x0002
#define _NTO_COF_NOINHERIT		0x0004
#define _NTO_COF_LOCAL			0x0008
#define _NTO_COF_NOSHARE		0x0040
#define _NTO_COF_NETCON			0x0080
#define _NTO_COF_NONBLOCK		0x0100
#define _NTO_COF_ASYNC			0x0200
#define _NTO_COF_GLOBAL			0x0400
#define _NTO_COF_NOEVENT		0x0800
#define _NTO_COF_INSECURE		0x1000
#define _NTO_COF_REG_EVENTS		0x2000
#define _NTO_COF_UNREG_EVENTS		0x4000
#define _NTO_COF_DUP2			0x8000

/* struct _msg_info.flags */
#define _NTO_MI_ENDIAN_BIG		0x0001
#define _NTO_MI_ENDIAN_DIFF		0x0002
#define _NTO_MI_UNBLOCK_REQ		0x0100
#define _NTO_MI_NET_CRED_DIRTY		0x0200
#define _NTO_MI_CONSTRAINED		0x0400
#define _NTO_MI_CHROOT			0x0800
#define _NTO_MI_BITS_64			0x1000
#define _NTO_MI_BITS_DIFF		0x2000

/**
 * struct _msg_info - about a received message, from MsgReceive() and MsgInfo()
 * @nd: 0
 * @srcnd: 0
 * @pid: client process, 0 if it cannot be seen from here
 * @tid: client thread: its Linux thread id
 * @chid: channel the message came on
 * @scoid: server connection
 * @coid: connection id the client used
 * @priority: the client's: 1 … 99 real-time, 0 all others
 * @flags: _NTO_MI_* bits
 * @msglen: bytes the receive copied
 * @srcmsglen: bytes the client offers
 * @dstmsglen: bytes the client can take as reply
 * @type_id: 0
 * @reserved: 0
 *
 * The order of the 64-bit struct (S3.32), whatever the program's word size.
 */
struct _msg_info {
	uint32_t nd;
	uint32_t srcnd;
	pid_t pid;
	int32_t tid;
	int32_t chid;
	int32_t scoid;
	int32_t coid;
	int16_t priority;
	int16_t flags;
	ssize_t msglen;
	ssize_t srcmsglen;
	ssize_t dstmsglen;
	uint32_t type_id;
	uint32_t reserved;
};

#define _server_info _msg_info

#define _PULSE_TYPE			0
#define _PULSE_SUBTYPE			0

/* Programs have the codes from MINAVAIL to MAXAVAIL, the kernel all others. */
#define _PULSE_CODE_UNBLOCK		(-32)
#define _PULSE_CODE_DISCONNECT		(-33)
#define _PULSE_CODE_THREADDEATH		(-34)
#define _PULSE_CODE_COIDDEATH		(-35)
#define _PULSE_CODE_NET_ACK		(-36)
#define _PULSE_CODE_NET_UNBLOCK		(-37)
#define _PULSE_CODE_NET_DETACH		(-38)
#define _PULSE_CODE_RESTART		(-39)
#define _PULSE_CODE_NORESTART		(-40)
#define _PULSE_CODE_UNBLOCK_RESTART	(-41)
#define _PULSE_CODE_UNBLOCK_TIMER	(-42)
#define _PULSE_CODE_MINAVAIL		0
#define _PULSE_CODE_MAXAVAIL		127

/**
 * struct _pulse - a pulse as it is received
 * @type: %_PULSE_TYPE
 * @subtype: %_PULSE_SUBTYPE
 * @code: which pulse
 * @zero: 0
 * @value: what its sender passed; of an unblock pulse the rcvid in sival_int
 * @__value_high: in 32-bit programs, the upper half of the kernel's value
 * @scoid: server connection of its sender
 * @__reserved: 0
 *
 * The kernel's struct qmsg_pulse: 24 bytes in 32-bit programs too.
 */
struct _pulse {
	uint16_t type;
	uint16_t subtype;
	int8_t code;
	uint8_t zero[3];
	union sigval value;
#if UINTPTR_MAX == UINT32_MAX
	uint32_t __value_high;
#endif
	int32_t scoid;
	uint32_t __reserved;
};

/* TimerTimeout(): which states the timeout is for. */
#define _NTO_TIMEOUT_SEND		(1 << STATE_SEND)
#define _NTO_TIMEOUT_RECEIVE		(1 << STATE_RECEIVE)
#define _NTO_TIMEOUT_REPLY		(1 << STATE_REPLY)
#define _NTO_TIMEOUT_SIGSUSPEND		(1 << STATE_SIGSUSPEND)
#define _NTO_TIMEOUT_SIGWAITINFO	(1 << STATE_SIGWAITINFO)
#define _NTO_TIMEOUT_NANOSLEEP		(1 << STATE_NANOSLEEP)
#define _NTO_TIMEOUT_MUTEX		(1 << STATE_MUTEX)
#define _NTO_TIMEOUT_CONDVAR		(1 << STATE_CONDVAR)
#define _NTO_TIMEOUT_JOIN		(1 << STATE_JOIN)
#define _NTO_TIMEOUT_INTR		(1 << STATE_INTR)
#define _NTO_TIMEOUT_SEM		(1 << STATE_SEM)
#define _NTO_TIMEOUT_MASK		((1 << 24) - 1)

/* Channels: ChannelCreate(3) */
int ChannelCreate(unsigned flags);
int ChannelCreate_r(unsigned flags);
int ChannelDestroy(int chid);
int ChannelDestroy_r(int chid);

/* Connections: ConnectAttach(3) */
int ConnectAttach(uint32_t nd, pid_t pid, int chid, unsigned index, int flags);
int ConnectAttach_r(uint32_t nd, pid_t pid, int chid, unsigned index, int flags);
int ConnectDetach(int coid);
int ConnectDetach_r(int coid);

/*
 * Sending: MsgSend(3). In a suffix the first letter is the message, the second the
 * reply: s is one buffer, v an iovec array; nc is no cancellation point (S2.2).
 */
long MsgSend(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSend_r(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSendnc(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSendnc_r(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSendsv(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendsv_r(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendsvnc(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendsvnc_r(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendvs(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);
long MsgSendvs_r(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);
long MsgSendvsnc(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);
long MsgSendvsnc_r(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);
long MsgSendv(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);
long MsgSendv_r(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);
long MsgSendvnc(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);
long MsgSendvnc_r(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);

/* Receiving: MsgReceive(3) */
rcvid_t MsgReceive(int chid, void *msg, size_t bytes, struct _msg_info *info);
rcvid_t MsgReceive_r(int chid, void *msg, size_t bytes, struct _msg_info *info);
rcvid_t MsgReceivev(int chid, const iov_t *iov, size_t parts, struct _msg_info *info);
rcvid_t MsgReceivev_r(int chid, const iov_t *iov, size_t parts, struct _msg_info *info);
int MsgReceivePulse(int chid, void *pulse, size_t bytes, struct _msg_info *info);
int MsgReceivePulse_r(int chid, void *pulse, size_t bytes, struct _msg_info *info);
int MsgReceivePulsev(int chid, const iov_t *iov, size_t parts, struct _msg_info *info);
int MsgReceivePulsev_r(int chid, const iov_t *iov, size_t parts, struct _msg_info *info);

/* Answering: MsgReply(3), MsgError(3) */
int MsgReply(rcvid_t rcvid, long status, const void *msg, size_t bytes);
int MsgReply_r(rcvid_t rcvid, long status, const void *msg, size_t bytes);
int MsgReplyv(rcvid_t rcvid, long status, const iov_t *iov, size_t parts);
int MsgReplyv_r(rcvid_t rcvid, long status, const iov_t *iov, size_t parts);
int MsgError(rcvid_t rcvid, int error);
int MsgError_r(rcvid_t rcvid, int error);

/* While a client waits: MsgRead(3), MsgWrite(3), MsgInfo(3) */
ssize_t MsgRead(rcvid_t rcvid, void *msg, size_t bytes, size_t offset);
ssize_t MsgRead_r(rcvid_t rcvid, void *msg, size_t bytes, size_t offset);
ssize_t MsgReadv(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset);
ssize_t MsgReadv_r(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset);
ssize_t MsgWrite(rcvid_t rcvid, const void *msg, size_t bytes, size_t offset);
ssize_t MsgWrite_r(rcvid_t rcvid, const void *msg, size_t bytes, size_t offset);
ssize_t MsgWritev(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset);
ssize_t MsgWritev_r(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset);
int MsgInfo(rcvid_t rcvid, struct _msg_info *info);
int MsgInfo_r(rcvid_t rcvid, struct _msg_info *info);

/* Pulses: MsgSendPulse(3) */
int MsgSendPulse(int coid, int priority, int code, long value);
int MsgSendPulse_r(int coid, int priority, int code, long value);
int MsgSendPulsePtr(int coid, int priority, int code, void *value);
int MsgSendPulsePtr_r(int coid, int priority, int code, void *value);

/* Timeouts: TimerTimeout(3) */
int TimerTimeout(clockid_t id, uint32_t flags, const struct sigevent *notify,
		 const uint64_t *ntime, uint64_t *otime);
int TimerTimeout_r(clockid_t id, uint32_t flags, const struct sigevent *notify,
		   const uint64_t *ntime, uint64_t *otime);
int timer_timeout(clockid_t id, uint32_t flags, const struct sigevent *notify,
		  const struct timespec *ntime, struct timespec *otime);
int timer_timeout_r(clockid_t id, uint32_t flags, const struct sigevent *notify,
		    const struct timespec *ntime, struct timespec *otime);

/**
 * qmsg_qnx_context - the process's context
 *
 * Opened by the first call that needs it, this one included, with receive ids of 31 bits.
 * A forked child gets its own. It must not be closed: its channels and connections would
 * go with it.
 *
 * Return: the descriptor, or the errors of qmsg_open() and qmsg_setup().
 */
int qmsg_qnx_context(void);

#ifdef __cplusplus
}
#endif

#endif /* QMSG_QNX_SYS_NEUTRINO_H */
