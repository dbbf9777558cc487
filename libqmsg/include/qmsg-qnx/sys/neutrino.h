/* SPDX-License-Identifier: MIT */
/*
 * The QNX kernel calls on Linux. Declared are those that work, and at the end those that
 * only fail; Documentation/qnx-compat.rst lists every call and what differs.
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
#include <sys/sysmgr.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version whose calls these are. */
#define _NTO_VERSION	710

/**
 * typedef rcvid_t - receive id
 *
 * Always below 2^31, so that it may be kept in an int.
 */
typedef long rcvid_t;

/* A connection id with this bit is no file descriptor (S1.8). */
#define _NTO_SIDE_CHANNEL	0x40000000

/* ChannelCreate(). What is not here is refused with ENOSYS. */
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
 * @reserved: the library's
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

/**
 * struct nto_channel_config - a channel's own store of pulses (S4.20)
 * @event: delivered when a pulse finds it full, if @options has %_NTO_CHO_CUSTOM_EVENT
 * @num_pulses: how many it holds, at most 65536
 * @rearm_threshold: so many places must have been free before @event is delivered again
 * @options: %_NTO_CHO_CUSTOM_EVENT
 * @reserved: 0
 */
struct nto_channel_config {
	struct sigevent event;
	unsigned num_pulses;
	unsigned rearm_threshold;
	unsigned options;
	unsigned reserved[3];
};

#define _NTO_CHO_CUSTOM_EVENT		0x0001

/* struct _client_info.flags (3.4). Only STOPPED and, from the calls that say so, others. */
#define _NTO_CI_ENDIAN_BIG		0x00000001
#define _NTO_CI_BKGND_PGRP		0x00000004
#define _NTO_CI_ORPHAN_PGRP		0x00000008
#define _NTO_CI_STOPPED			0x00000080
#define _NTO_CI_UNABLE			0x00000100
#define _NTO_CI_TYPE_ID			0x00000200
#define _NTO_CI_CHROOT			0x00000800
#define _NTO_CI_LOADER			0x00008000
#define _NTO_CI_GROUPS_INFO_ONLY	0x40000000
#define _NTO_CI_FULL_GROUPS		0x80000000

/* ConnectClientInfoExt() */
#define _NTO_CLIENTINFO_GETGROUPS	0x1
#define _NTO_CLIENTINFO_GETTYPEID	0x2	/* there are none: no effect */

#ifndef NGROUPS_MAX
#define NGROUPS_MAX	65536
#endif

/**
 * struct _cred_info - user and group ids of a process
 * @ngroups: supplementary groups it has; @grouplist holds as many as there was room for
 * @grouplist: of ConnectClientInfoExt(), all of them, however many
 */
struct _cred_info {
	uid_t ruid;
	uid_t euid;
	uid_t suid;
	gid_t rgid;
	gid_t egid;
	gid_t sgid;
	uint32_t ngroups;
	gid_t grouplist[8];
};

/**
 * struct _client_info - who a client is, now
 * @nd: 0
 * @pid: process id, 0 if it cannot be seen from here
 * @sid: session id, likewise
 * @flags: _NTO_CI_* bits
 * @cred: its ids
 */
struct _client_info {
	uint32_t nd;
	pid_t pid;
	pid_t sid;
	uint32_t flags;
	struct _cred_info cred;
};

struct _client_able {
	uint32_t ability;
	uint32_t flags;
	uint64_t range_lo;
	uint64_t range_hi;
};

/* MsgRegisterEvent(): instead of a connection */
#define _NTO_REGEVENT_ALLOW_ANY_SERVER	(-1)
#define _NTO_REGEVENT_ALLOW_SELF	(-2)

/* QNX's TIMER_ABSTIME; the calls take it, and Linux's 1 that TIMER_ABSTIME is here. */
#define _NTO_TIMER_ABSTIME		0x80000000u

struct _itimer {
	uint64_t nsec;
	uint64_t interval_nsec;
};

/**
 * struct _timer_info - about a timer
 * @itime: what it was set to
 * @otime: what is left now, and the interval
 * @flags: _NTO_TI_* bits
 * @tid: 0
 * @notify: kind of its event
 * @clockid: its clock
 * @overruns: expiries the last pulse or signal stood for besides its own
 * @event: its event
 */
struct _timer_info {
	struct _itimer itime;
	struct _itimer otime;
	uint32_t flags;
	int32_t tid;
	int32_t notify;
	clockid_t clockid;
	uint32_t overruns;
	struct sigevent event;
};

#define _NTO_TI_ACTIVE			0x0001
#define _NTO_TI_ABSOLUTE		0x0002
#define _NTO_TIMER_SEARCH		0x0010	/* TimerInfo(): this timer or the next */

struct _clockperiod {
	uint32_t nsec;
	int32_t fract;
};

struct _clockadjust {
	uint32_t tick_count;
	int32_t tick_nsec_inc;
};

/**
 * struct _sched_info - what a policy allows
 * @priority_min: lowest priority
 * @priority_max: highest
 * @priority_priv: the first that this process may not set itself
 * @interval: ns of a slice under SCHED_RR, 0 under the others
 */
struct _sched_info {
	int32_t priority_min;
	int32_t priority_max;
	int32_t priority_priv;
	uint64_t interval;
};

/* ThreadCtl(). The others cannot be done here and give ENOSYS. */
#define _NTO_TCTL_IO			14	/* done; gives no right to ports */
#define _NTO_TCTL_IO_PRIV		15	/* likewise */
#define _NTO_TCTL_RUNMASK		4	/* data is the mask, of the first CPUs */
#define _NTO_TCTL_RUNMASK_GET_AND_SET	10	/* data points to one, which becomes the old */
#define _NTO_TCTL_NAME			11	/* data points to a struct _thread_name */
#define _NTO_TCTL_THREADS_HOLD		2
#define _NTO_TCTL_THREADS_CONT		3
#define _NTO_TCTL_ONE_THREAD_HOLD	12
#define _NTO_TCTL_ONE_THREAD_CONT	13
#define _NTO_TCTL_LOW_LATENCY		16

#define _NTO_THREAD_NAME_MAX		100

/**
 * struct _thread_name - for %_NTO_TCTL_NAME
 * @new_name_len: of the name in @name_buf; 0 to take the name away; -1 to leave it
 * @name_buf_len: room in @name_buf, where the old name is put
 * @name_buf: the name; Linux keeps 15 bytes of it
 */
struct _thread_name {
	int new_name_len;
	int name_buf_len;
	char name_buf[1];
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

/* Channels and connections, and who is behind them */
int ChannelCreatePulsePool(unsigned flags, const struct nto_channel_config *config);
int ChannelCreatePulsePool_r(unsigned flags, const struct nto_channel_config *config);
int ConnectFlags(pid_t pid, int coid, unsigned mask, unsigned bits);
int ConnectFlags_r(pid_t pid, int coid, unsigned mask, unsigned bits);
int ConnectServerInfo(pid_t pid, int coid, struct _server_info *info);
int ConnectServerInfo_r(pid_t pid, int coid, struct _server_info *info);
int ConnectClientInfo(int scoid, struct _client_info *info, int ngroups);
int ConnectClientInfo_r(int scoid, struct _client_info *info, int ngroups);
int ConnectClientInfoExt(int scoid, struct _client_info **info, int flags);
int ConnectClientInfoExt_r(int scoid, struct _client_info **info, int flags);
int ConnectClientInfoAble(int scoid, struct _client_info **info, int flags,
			  struct _client_able abilities[], unsigned nable);
int ConnectClientInfoAble_r(int scoid, struct _client_info **info, int flags,
			    struct _client_able abilities[], unsigned nable);
int ClientInfoExtFree(struct _client_info **info);

/* Priority and scheduling */
int MsgCurrent(rcvid_t rcvid);
int MsgCurrent_r(rcvid_t rcvid);
int SchedGet(pid_t pid, int tid, struct sched_param *param);
int SchedGet_r(pid_t pid, int tid, struct sched_param *param);
int SchedSet(pid_t pid, int tid, int policy, const struct sched_param *param);
int SchedSet_r(pid_t pid, int tid, int policy, const struct sched_param *param);
int SchedInfo(pid_t pid, int policy, struct _sched_info *info);
int SchedInfo_r(pid_t pid, int policy, struct _sched_info *info);
int SchedYield(void);
int SchedYield_r(void);
int ThreadCtl(int cmd, void *data);
int ThreadCtl_r(int cmd, void *data);
int ThreadCtlExt(pid_t pid, int tid, int cmd, void *data);
int ThreadCtlExt_r(pid_t pid, int tid, int cmd, void *data);

/* Events */
int MsgDeliverEvent(rcvid_t rcvid, const struct sigevent *event);
int MsgDeliverEvent_r(rcvid_t rcvid, const struct sigevent *event);
int MsgVerifyEvent(rcvid_t rcvid, const struct sigevent *event);
int MsgVerifyEvent_r(rcvid_t rcvid, const struct sigevent *event);
int MsgRegisterEvent(struct sigevent *event, int coid);
int MsgRegisterEvent_r(struct sigevent *event, int coid);
int MsgUnregisterEvent(const struct sigevent *event);
int MsgUnregisterEvent_r(const struct sigevent *event);
int SignalKill(uint32_t nd, pid_t pid, int tid, int signo, int code, int value);
int SignalKill_r(uint32_t nd, pid_t pid, int tid, int signo, int code, int value);
int InterruptWait(int flags, const uint64_t *reserved);
int InterruptWait_r(int flags, const uint64_t *reserved);

/* Clocks and timers */
uint64_t ClockCycles(void);
int ClockTime(clockid_t id, const uint64_t *set, uint64_t *old);
int ClockTime_r(clockid_t id, const uint64_t *set, uint64_t *old);
int ClockAdjust(clockid_t id, const struct _clockadjust *set, struct _clockadjust *old);
int ClockAdjust_r(clockid_t id, const struct _clockadjust *set, struct _clockadjust *old);
int ClockPeriod(clockid_t id, const struct _clockperiod *set, struct _clockperiod *old,
		int reserved);
int ClockPeriod_r(clockid_t id, const struct _clockperiod *set, struct _clockperiod *old,
		  int reserved);
int ClockId(pid_t pid, int tid);
int ClockId_r(pid_t pid, int tid);
int TimerCreate(clockid_t id, const struct sigevent *event);
int TimerCreate_r(clockid_t id, const struct sigevent *event);
int TimerDestroy(timer_t id);
int TimerDestroy_r(timer_t id);
int TimerSettime(timer_t id, int flags, const struct _itimer *set, struct _itimer *old);
int TimerSettime_r(timer_t id, int flags, const struct _itimer *set, struct _itimer *old);
int TimerInfo(pid_t pid, timer_t id, int flags, struct _timer_info *info);
int TimerInfo_r(pid_t pid, timer_t id, int flags, struct _timer_info *info);
int TimerAlarm(clockid_t id, const struct _itimer *set, struct _itimer *old);
int TimerAlarm_r(clockid_t id, const struct _itimer *set, struct _itimer *old);

/* Timeouts: TimerTimeout(3). The forms with a struct timespec are in <time.h>. */
int TimerTimeout(clockid_t id, uint32_t flags, const struct sigevent *notify,
		 const uint64_t *ntime, uint64_t *otime);
int TimerTimeout_r(clockid_t id, uint32_t flags, const struct sigevent *notify,
		   const uint64_t *ntime, uint64_t *otime);

/*
 * These exist, and fail with ENOSYS: what QNX has itself given up, or what Linux has no
 * place for.
 */
int ChannelCtl(int chid, int cmd, void *data);
int ChannelCtl_r(int chid, int cmd, void *data);
int MsgReadiov(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset, int flags);
int MsgReadiov_r(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset, int flags);
int MsgKeyData(rcvid_t rcvid, int op, uint32_t key, uint32_t *newkey, const iov_t *msg,
	       int parts);
int MsgKeyData_r(rcvid_t rcvid, int op, uint32_t key, uint32_t *newkey, const iov_t *msg,
		 int parts);
int MsgPause(rcvid_t rcvid, unsigned cookie);
int MsgPause_r(rcvid_t rcvid, unsigned cookie);
int MsgSendAsync(int coid);
int MsgSendAsyncGbl(int coid, const void *smsg, size_t sbytes, unsigned priority);
int MsgReceiveAsync(int chid, const iov_t *iov, unsigned parts);
int MsgReceiveAsyncGbl(int chid, void *rmsg, size_t rbytes, struct _msg_info *info, int coid);

#define _NTO_KEYDATA_VERIFY		0
#define _NTO_KEYDATA_CALCULATE		1
#define _NTO_READIOV_SEND		0
#define _NTO_READIOV_REPLY		1

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
