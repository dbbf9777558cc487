// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* The small calls around messages, and those that only fail: S2.44, S2.45, S2.57, S3.10 to S3.16, S9.4, S9.7, S9.8. */
#include <atomic.h>
#include <fcntl.h>
#include <gulliver.h>
#include <secpol/secpol.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/procmgr.h>
#include <sys/slog.h>
#include <sys/syspage.h>
#include <sys/trace.h>

#include "call.h"

#define MS	1000000ULL

/* S2.44, S2.45, S2.57, S9.8 */
TEST(calls_that_are_not_here)
{
	uint32_t key;
	iov_t iov;

	EXPECT_MINUS(ENOSYS, ChannelCtl, 1, 1, NULL);
	EXPECT_MINUS(ENOSYS, MsgReadiov, 1, &iov, 1, 0, 0);
	EXPECT_PLUS(ENOSYS, MsgKeyData, 1, _NTO_KEYDATA_CALCULATE, 0, &key, &iov, 1);
	EXPECT_PLUS(ENOSYS, MsgPause, 1, 0);
	EXPECT_EQ(-1, MsgSendAsync(1));
	EXPECT_EQ(-1, MsgSendAsyncGbl(1, "", 1, 1));
	EXPECT_EQ(-1, MsgReceiveAsync(1, &iov, 1));
	EXPECT_EQ(-1, MsgReceiveAsyncGbl(1, NULL, 0, NULL, 1));
	EXPECT_EQ(ENOSYS, errno);
	errno = 0;
	EXPECT_EQ(-1, procmgr_event_notify(PROCMGR_EVENT_PROCESS_DEATH, NULL));
	EXPECT_EQ(ENOSYS, errno);
	EXPECT_EQ(-1, procmgr_event_notify_add(PROCMGR_EVENT_PROCESS_DEATH, NULL));
	EXPECT_EQ(-1, procmgr_event_notify_delete(1));
}

/* S3.10 to S3.16 (S3.11, S3.12, S3.14, S3.15) */
TEST(channels_that_are_not_here)
{
	EXPECT_MINUS(ENOSYS, ChannelCreate, _NTO_CHF_ASYNC);
	EXPECT_MINUS(ENOSYS, ChannelCreate, _NTO_CHF_ASYNC_NONBLOCK);
	EXPECT_MINUS(ENOSYS, ChannelCreate, _NTO_CHF_GLOBAL);
	EXPECT_MINUS(ENOSYS, ChannelCreate, _NTO_CHF_MSG_PAUSING);
	EXPECT_MINUS(ENOSYS, ChannelCreate, _NTO_CHF_INHERIT_RUNMASK);
	EXPECT_MINUS(ENOSYS, ChannelCreate, _NTO_CHF_UNBLOCK_TIMER);
	EXPECT_MINUS(ENOSYS, ChannelCreate, _NTO_CHF_NET_MSG);
}

/* S3.21, S3.22, S3.24 to S3.26, S3.28, S3.31 */
TEST(connections_that_are_not_here)
{
	static const int flags[] = {
		_NTO_COF_NOINHERIT, _NTO_COF_LOCAL, _NTO_COF_NETCON, _NTO_COF_NONBLOCK,
		_NTO_COF_ASYNC, _NTO_COF_GLOBAL, _NTO_COF_INSECURE, _NTO_COF_DUP2,
	};
	int chid = ChannelCreate(0);
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		EXPECT_MINUS(EINVAL, ConnectAttach, 0, 0, chid, _NTO_SIDE_CHANNEL, flags[i]);
}

/* 3.7: hints to QNX's kernel, and taken off before Linux's sees the kind. */
TEST(event_flags_without_effect)
{
	int chid = ChannelCreate(0);
	struct sigevent event;
	struct _pulse pulse;

	SIGEV_PULSE_INIT(&event, attach_self(chid), 5, 17, 0);
	SIGEV_MAKE_CRITICAL(&event);
	SIGEV_MAKE_OVERDRIVE(&event);
	SIGEV_MAKE_NOQUEUE(&event);
	event.sigev_notify |= SIGEV_FLAG_SIVAL_INT;
	EXPECT_EQ(SIGEV_FLAG_CRITICAL | SIGEV_FLAG_OVERDRIVE | SIGEV_FLAG_NOQUEUE |
		  SIGEV_FLAG_SIVAL_INT, event.sigev_notify & SIGEV_FLAG_MASK);
	ASSERT_EQ(0, MsgDeliverEvent(0, &event));
	ASSERT_EQ(0, receive_limited(chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(17, pulse.code);
}

/* S9.4, S9.7 */
TEST(abilities_and_policies)
{
	EXPECT_EQ(EOK, procmgr_ability(0, PROCMGR_ADN_NONROOT | PROCMGR_AOP_ALLOW |
				       PROCMGR_AID_PATHSPACE, PROCMGR_AID_EOL));
	EXPECT_EQ(0, secpol_transition_type(NULL, "type", 0));
}

TEST(clocks)
{
	struct _clockperiod period = { 0, 1 };
	struct _clockperiod finer = { 10000, 0 };
	uint64_t before, after, cycles;
	struct timespec ts;

	cycles = ClockCycles();
	ASSERT_EQ(0, ClockTime(CLOCK_REALTIME, NULL, &before));
	clock_gettime(CLOCK_REALTIME, &ts);
	ASSERT_EQ(0, ClockTime_r(CLOCK_REALTIME, NULL, &after));
	EXPECT_LE(before, timespec2nsec(&ts));
	EXPECT_LE(timespec2nsec(&ts), after);
	EXPECT_PLUS(EINVAL, ClockTime, 77, NULL, &after);
	EXPECT_EQ(1000000000, SYSPAGE_ENTRY(qtime)->cycles_per_sec);
	EXPECT_GT(_syspage_ptr->num_cpu, 0);
	EXPECT_EQ(0, nanospin_ns(MS));
	EXPECT_GE(ClockCycles() - cycles, MS);
	EXPECT_EQ(0, ClockPeriod(CLOCK_REALTIME, &finer, &period, 0));
	EXPECT_GT(period.nsec, 0);
	EXPECT_LE(period.nsec, finer.nsec);
	EXPECT_PLUS(EINVAL, ClockPeriod, CLOCK_REALTIME, NULL, &period, 1);
	EXPECT_PLUS(EINVAL, ClockPeriod, 77, NULL, &period, 0);
	EXPECT_PLUS(EINVAL, ClockAdjust, CLOCK_MONOTONIC, NULL, NULL);
}

TEST(ClockAdjust_is_adjtime)
{
	struct _clockadjust adjust = { 1000, 1000 };
	struct _clockadjust old;

	ASSERT_EQ(0, ClockAdjust(CLOCK_REALTIME, &adjust, NULL));
	ASSERT_EQ(0, ClockAdjust(CLOCK_REALTIME, NULL, &old));
	EXPECT_GT(old.tick_count, 0);
	EXPECT_GT(old.tick_nsec_inc, 0);
	adjust.tick_count = 0;
	EXPECT_EQ(0, ClockAdjust_r(CLOCK_REALTIME, &adjust, NULL));
}

/* CPU time of the process and of one of its threads. */
TEST(cpu_time_clocks)
{
	struct timespec ts;
	uint64_t used;

	nanospin_ns(2 * MS);
	ASSERT_EQ(0, ClockTime(ClockId(0, 0), NULL, &used));
	EXPECT_GE(used, MS);
	EXPECT_EQ(0, clock_gettime(ClockId(getpid(), this_tid()), &ts));
	EXPECT_EQ(-ESRCH, ClockId_r(0x3fffffff, 0));
	errno = 0;
	EXPECT_EQ(-1, ClockId(0, 0x3fffffff));
	EXPECT_EQ(ESRCH, errno);
}

TEST(sleeps)
{
	struct timespec ts = { 1, 5 };
	uint64_t start = ClockCycles();

	EXPECT_EQ(0, delay(2));
	EXPECT_GE(ClockCycles() - start, 2 * MS);
	EXPECT_EQ(0, nap(1));
	EXPECT_EQ(0, napms(1));
	EXPECT_EQ(1000000005, timespec2nsec(&ts));
	nsec2timespec(&ts, 2000000007);
	EXPECT_EQ(2, ts.tv_sec);
	EXPECT_EQ(7, ts.tv_nsec);
	ts.tv_sec = 0;
	EXPECT_EQ(0, nanospin(&ts));
	nanospin_count(nanospin_ns_to_count(10));
	EXPECT_EQ(0, nanospin_calibrate(0));
}

static void ignore(int sig)
{
	(void)sig;
}

static long delay_long(struct call *call)
{
	(void)call;
	return delay(1000000);
}

TEST(delay_tells_what_is_left)
{
	struct call call;

	signal(SIGUSR1, ignore);
	ASSERT_EQ(0, call_start(&call, delay_long, 0));
	ASSERT_EQ(0, wait_for_task_state(getpid(), atomic_load(&call.tid), 'S'));
	/* It may still be on its way into the sleep. */
	while (!atomic_load(&call.returned)) {
		pthread_kill(call.thread, SIGUSR1);
		sched_yield();
	}
	ASSERT_EQ(0, call_join(&call));
	EXPECT_GT(call.result, 900000);
	EXPECT_LE(call.result, 1000000);
	EXPECT_EQ(0, call.error);
}

TEST(thread_control)
{
	union {
		struct _thread_name name;
		char room[64];
	} u;
	unsigned mask = 0;

	EXPECT_EQ(0, ThreadCtl(_NTO_TCTL_IO, 0));
	EXPECT_EQ(0, ThreadCtl_r(_NTO_TCTL_IO_PRIV, 0));
	EXPECT_EQ(0, ThreadCtl(_NTO_TCTL_RUNMASK_GET_AND_SET, &mask));
	EXPECT_NE(0, mask);
	EXPECT_EQ(0, ThreadCtl(_NTO_TCTL_RUNMASK, (void *)(uintptr_t)(mask & -mask)));
	EXPECT_EQ(0, ThreadCtlExt(0, this_tid(), _NTO_TCTL_RUNMASK_GET_AND_SET, &mask));
	EXPECT_EQ(0, mask & (mask - 1));
	EXPECT_MINUS(EINVAL, ThreadCtl, _NTO_TCTL_RUNMASK, 0);
	EXPECT_MINUS(ENOSYS, ThreadCtl, _NTO_TCTL_THREADS_HOLD, 0);
	EXPECT_MINUS(ENOSYS, ThreadCtl, _NTO_TCTL_THREADS_CONT, 0);
	EXPECT_MINUS(ENOSYS, ThreadCtl, _NTO_TCTL_ONE_THREAD_HOLD, 0);
	EXPECT_MINUS(ENOSYS, ThreadCtl, _NTO_TCTL_ONE_THREAD_CONT, 0);
	EXPECT_MINUS(ENOSYS, ThreadCtl, _NTO_TCTL_LOW_LATENCY, 0);
	EXPECT_MINUS(EINVAL, ThreadCtl, 9999, 0);
	EXPECT_MINUS(ESRCH, ThreadCtlExt, 0, 0x3fffffff, _NTO_TCTL_IO, 0);
	u.name.new_name_len = 5;
	u.name.name_buf_len = sizeof(u) - offsetof(struct _thread_name, name_buf);
	strcpy(u.name.name_buf, "first");
	EXPECT_EQ(0, ThreadCtl(_NTO_TCTL_NAME, &u));
	u.name.new_name_len = -1;
	EXPECT_EQ(0, ThreadCtl(_NTO_TCTL_NAME, &u));
	EXPECT_STREQ("first", u.name.name_buf);
}

TEST(signals)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ASSERT_EQ(0, pthread_sigmask(SIG_BLOCK, &set, NULL));
	EXPECT_EQ(0, SignalKill(ND_LOCAL_NODE, 0, 0, SIGUSR1, SI_QUEUE, 5));
	ASSERT_EQ(SIGUSR1, sigwaitinfo(&set, &info));
	EXPECT_EQ(5, info.si_value.sival_int);
	EXPECT_EQ(0, SignalKill(0, getpid(), this_tid(), SIGUSR1, SI_USER, 6));
	ASSERT_EQ(SIGUSR1, sigwaitinfo(&set, &info));
	EXPECT_EQ(6, info.si_value.sival_int);
	EXPECT_EQ(0, SignalKill(0, 0, 0, 0, 0, 0));
	EXPECT_PLUS(ESRCH, SignalKill, 0, 0x3fffffff, 0, SIGUSR1, 0, 0);
	EXPECT_PLUS(EINVAL, SignalKill, 0, 0, 0, 999, 0, 0);
	EXPECT_PLUS(ENOREMOTE, SignalKill, 1, 0, 0, SIGUSR1, 0, 0);
}

TEST(strings)
{
	char buf[80];

	EXPECT_EQ(5, strlcpy(buf, "hello", 3));
	EXPECT_STREQ("he", buf);
	EXPECT_EQ(6, strlcat(buf, "lost", 5));
	EXPECT_STREQ("helo", buf);
	EXPECT_EQ(3, strlcpy(buf, "abc", 0));
	EXPECT_EQ(0, stricmp("AbC", "aBc"));
	EXPECT_EQ(0, strnicmp("abX", "ABy", 2));
	EXPECT_NE(0, strcmpi("a", "b"));
	strcpy(buf, "aBc");
	EXPECT_STREQ("ABC", strupr(buf));
	EXPECT_STREQ("cba", strrev(strlwr(buf)));
	EXPECT_STREQ("-2147483648", itoa(INT_MIN, buf, 10));
	EXPECT_STREQ("ffffffff", itoa(-1, buf, 16));
	EXPECT_STREQ("101", ltoa(5, buf, 2));
	EXPECT_STREQ("0", utoa(0, buf, 8));
	EXPECT_STREQ("z", ultoa(35, buf, 36));
}

TEST(atomics_and_bytes)
{
	volatile unsigned n = 4;
	char bytes[] = { 0, 1, 2, 3, 4 };

	atomic_add(&n, 3);
	EXPECT_EQ(7, atomic_clr_value(&n, 2));
	EXPECT_EQ(5, atomic_set_value(&n, 8));
	atomic_sub(&n, 1);
	atomic_toggle(&n, 1);
	EXPECT_EQ(13, n);
	atomic_set(&n, 2);
	atomic_clr(&n, 1);
	EXPECT_EQ(14, n);
	EXPECT_EQ(0x04030201, UNALIGNED_RET32(bytes + 1));
	UNALIGNED_PUT16(bytes + 1, 0x5566);
	EXPECT_EQ(0x66, bytes[1]);
	EXPECT_EQ(0x3412, ENDIAN_BE16(0x1234));
	EXPECT_EQ(0x78563412, ENDIAN_BE32(0x12345678));
	EXPECT_EQ(0x12345678, ENDIAN_LE32(0x12345678));
	EXPECT_EQ(0x1234, ENDIAN_LE16(0x1234));
}

TEST(nodes)
{
	char name[HOST_NAME_MAX + 1];
	char *end;

	EXPECT_GT(netmgr_ndtostr(ND2S_LOCAL_STR, ND_LOCAL_NODE, name, sizeof(name)), 1);
	EXPECT_EQ(ND_LOCAL_NODE, netmgr_strtond(name, &end));
	EXPECT_EQ(0, *end);
	EXPECT_EQ(-1, netmgr_strtond("/net/elsewhere", NULL));
	EXPECT_EQ(-1, netmgr_ndtostr(0, 5, name, sizeof(name)));
	EXPECT_EQ(0, netmgr_remote_nd(0, 0));
	EXPECT_EQ(-1, netmgr_remote_nd(1, 0));
	EXPECT_EQ(0, ND_NODE_CMP(ND_LOCAL_NODE, 0));
}

TEST(memory_without_a_name)
{
	int fd = shm_open(SHM_ANON, O_RDWR | O_CREAT, 0600);
	char *p;

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, ftruncate(fd, 4096));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_NOCACHE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	p[4095] = 1;
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
}

static int log_with(int severity, const char *format, ...)
{
	va_list args;
	int ret;

	va_start(args, format);
	ret = vslogf(_SLOG_SETCODE(_SLOGC_TEST, 1), severity, format, args);
	va_end(args);
	return ret;
}

TEST(log_and_trace)
{
	EXPECT_EQ(3, log_with(_SLOG_INFO, "%d", 123));
	EXPECT_EQ(2, slogf(_SLOG_SETCODE(_SLOGC_TEST, 1), _SLOG_INFO, "%d", 42));
	EXPECT_EQ(-1, slogf(_SLOG_SETCODE(_SLOGC_TEST, 1), 99, "%d", 42));
	EXPECT_EQ(0, TraceEvent(_NTO_TRACE_INSERTUSRSTREVENT, 1, "text"));
	EXPECT_EQ(-1, TraceEvent(_NTO_TRACE_START));
	EXPECT_EQ(ENOSYS, errno);
}

/* What a daemon does before it has channels: it is another process then. */
static int become_daemon(void *arg)
{
	atomic_int *shared = arg;
	pid_t before = getpid();

	if (procmgr_daemon(7, PROCMGR_DAEMON_NOCLOSE | PROCMGR_DAEMON_KEEPUMASK))
		return 1;
	atomic_store(&shared[1], getpid() != before && getsid(0) == getpid());
	atomic_store(&shared[0], 1);
	return 0;
}

/* With channels it stays, and they with it. */
static int become_daemon_with_channel(void *arg)
{
	atomic_int *shared = arg;
	pid_t before = getpid();
	int chid = ChannelCreate(0);
	int coid = attach_self(chid);

	if (procmgr_daemon(7, 0))
		return 1;
	return getpid() == before && !MsgSendPulse(coid, -1, 1, 1) && shared ? 0 : 2;
}

static void *wait_for_ever(void *arg)
{
	while (pause())
		;
	return arg;
}

static int become_daemon_with_thread(void *arg)
{
	pid_t before = getpid();

	if (pthread_create(NULL, NULL, wait_for_ever, arg) || procmgr_daemon(7, 0))
		return 1;
	return getpid() == before ? 0 : 2;
}

TEST(daemons)
{
	atomic_int *shared = shared_alloc(4096);
	int status;
	pid_t pid = fork_child(become_daemon, shared);

	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(7, WEXITSTATUS(status));
	ASSERT_TRUE(wait_until(atomic_load(&shared[0])));
	EXPECT_EQ(1, atomic_load(&shared[1]));
	pid = fork_child(become_daemon_with_channel, shared);
	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
	pid = fork_child(become_daemon_with_thread, shared);
	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
