// SPDX-License-Identifier: MIT
/*
 * Every QNX call, from C and from C++, without a device: the plain form returns -1 and
 * sets errno, the twin leaves errno alone and has the sign that S2.46 - S2.61 give it.
 */
#include <fcntl.h>
#include <process.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <secpol/secpol.h>
#include <sys/dispatch.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/slog.h>
#include <sys/syspage.h>
#include <sys/trace.h>

#include "expect.h"

#define MINUS(call, ...) \
	do { \
		EXPECT(call(__VA_ARGS__), -1, ENOENT); \
		EXPECT(call##_r(__VA_ARGS__), -ENOENT, 0); \
	} while (0)

#define PLUS(call, ...) \
	do { \
		EXPECT(call(__VA_ARGS__), -1, ENOENT); \
		EXPECT(call##_r(__VA_ARGS__), ENOENT, 0); \
	} while (0)

static void objects(void)
{
	EXPECT(qmsg_qnx_context(), -ENOENT, 0);
	MINUS(ChannelCreate, _NTO_CHF_UNBLOCK);
	PLUS(ChannelDestroy, 1);
	MINUS(ConnectAttach, ND_LOCAL_NODE, 0, 1, _NTO_SIDE_CHANNEL, _NTO_COF_CLOEXEC);
	PLUS(ConnectDetach, 1);
}

static void sending(void)
{
	char buf[1] = "";
	iov_t iov;

	SETIOV(&iov, buf, sizeof(buf));
	MINUS(MsgSend, 1, buf, 1, buf, 1);
	MINUS(MsgSendnc, 1, buf, 1, buf, 1);
	MINUS(MsgSendsv, 1, buf, 1, &iov, 1);
	MINUS(MsgSendsvnc, 1, buf, 1, &iov, 1);
	MINUS(MsgSendvs, 1, &iov, 1, buf, 1);
	MINUS(MsgSendvsnc, 1, &iov, 1, buf, 1);
	MINUS(MsgSendv, 1, &iov, 1, &iov, 1);
	MINUS(MsgSendvnc, 1, &iov, 1, &iov, 1);
	PLUS(MsgSendPulse, 1, -1, _PULSE_CODE_MINAVAIL, 1);
	PLUS(MsgSendPulsePtr, 1, -1, _PULSE_CODE_MAXAVAIL, buf);
}

static void receiving(void)
{
	struct _msg_info info;
	struct _pulse pulse;
	iov_t iov;

	SETIOV(&iov, &pulse, sizeof(pulse));
	MINUS(MsgReceive, 1, &pulse, sizeof(pulse), &info);
	MINUS(MsgReceivev, 1, &iov, 1, &info);
	MINUS(MsgReceivePulse, 1, &pulse, sizeof(pulse), NULL);
	MINUS(MsgReceivePulsev, 1, &iov, 1, NULL);
}

static void received(void)
{
	struct _server_info info;
	char buf[1] = "";
	iov_t iov;

	SETIOV(&iov, buf, sizeof(buf));
	MINUS(MsgReply, 1, EOK, buf, 1);
	MINUS(MsgReplyv, 1, EOK, &iov, 1);
	PLUS(MsgError, 1, ESRVRFAULT);
	MINUS(MsgRead, 1, buf, 1, 0);
	MINUS(MsgReadv, 1, &iov, 1, 0);
	MINUS(MsgWrite, 1, buf, 1, 0);
	MINUS(MsgWritev, 1, &iov, 1, 0);
	PLUS(MsgInfo, 1, &info);
}

/* These need no device: the record is the thread's own. */
static void timeouts(void)
{
	const uint32_t both = _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY;
	struct timespec ts = { 1, 0 };
	struct sigevent event;
	uint64_t ntime = 1000;
	uint64_t left = 1;
	char buf[1] = "";

	memset(&event, 0, sizeof(event));
	SIGEV_UNBLOCK_INIT(&event);
	EXPECT(TimerTimeout(CLOCK_MONOTONIC, both, &event, &ntime, NULL), 0, 0);
	EXPECT(TimerTimeout_r(CLOCK_REALTIME, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL), both, 0);
	EXPECT(timer_timeout(CLOCK_REALTIME, both | TIMER_ABSTIME, NULL, &ts, NULL),
	       _NTO_TIMEOUT_RECEIVE, 0);
	EXPECT(timer_timeout_r(CLOCK_MONOTONIC, 0, NULL, NULL, NULL), both, 0);
	EXPECT(TimerTimeout(CLOCK_MONOTONIC, 0, NULL, NULL, NULL), 0, 0);

	EXPECT(TimerTimeout(CLOCK_MONOTONIC, both, NULL, &ntime, NULL), 0, 0);
	MINUS(MsgSend, 1, buf, 1, buf, 1);
	EXPECT(TimerTimeout(CLOCK_MONOTONIC, 0, NULL, NULL, NULL), 0, 0);

	EXPECT(TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_NANOSLEEP, NULL, &ntime, &left), 0, 0);
	EXPECT(left, 0, 0);
	EXPECT(timer_timeout(CLOCK_REALTIME, _NTO_TIMEOUT_NANOSLEEP | TIMER_ABSTIME, NULL, &ts, &ts),
	       0, 0);
	EXPECT(ts.tv_sec, 0, 0);

	event.sigev_notify = SIGEV_MEMORY;
	EXPECT(TimerTimeout(CLOCK_MONOTONIC, both, &event, &ntime, NULL), -1, EINVAL);
	EXPECT(TimerTimeout_r(CLOCK_PROCESS_CPUTIME_ID, both, NULL, &ntime, NULL), -EINVAL, 0);
	ts.tv_nsec = 1000000000;
	EXPECT(timer_timeout(CLOCK_MONOTONIC, both, NULL, &ts, NULL), -1, EINVAL);
	EXPECT(timer_timeout_r(CLOCK_MONOTONIC, both, NULL, &ts, NULL), -EINVAL, 0);
	EXPECT(TimerTimeout(CLOCK_MONOTONIC, 0, NULL, NULL, NULL), 0, 0);
}

/* What programs rely on in the types: an int holds a rcvid, a pulse all values. */
static void types(void)
{
	int rcvid = MsgReceive_r(1, NULL, 0, NULL);
	struct _pulse pulse;
	iov_t iov;

	EXPECT(rcvid, -ENOENT, 0);
	SETIOV(&iov, &pulse, sizeof(pulse));
	EXPECT(GETIOVBASE(&iov) == &pulse, 1, 0);
	EXPECT(GETIOVLEN(&iov), 24, 0);
	memset(&pulse, 0, sizeof(pulse));
	pulse.value.sival_long = 5;
	EXPECT(pulse.value.sival_int, 5, 0);
}

static void infos(void)
{
	struct nto_channel_config config;
	struct _client_info *ext = NULL;
	struct _server_info server;
	struct _client_info client;

	memset(&config, 0, sizeof(config));
	config.num_pulses = 1;
	MINUS(ChannelCreatePulsePool, 0, &config);
	MINUS(ConnectFlags, 0, 1, 0, 0);
	MINUS(ConnectServerInfo, 0, 1, &server);
	PLUS(ConnectClientInfo, -1, &client, 0);
	PLUS(ConnectClientInfoExt, -1, &ext, 0);
	PLUS(ConnectClientInfoAble, -1, &ext, 0, NULL, 0);
	EXPECT(ClientInfoExtFree(&ext), 0, 0);
	PLUS(MsgCurrent, 1);
}

static void events(void)
{
	struct sigevent event, handle;

	SIGEV_PULSE_INIT(&event, 1, SIGEV_PULSE_PRIO_INHERIT, _PULSE_CODE_MINAVAIL, &event);
	EXPECT(event.sigev_value.sival_ptr == &event, 1, 0);
	PLUS(MsgDeliverEvent, 1, &event);
	MINUS(MsgVerifyEvent, 1, &event);
	PLUS(MsgRegisterEvent, &event, 1);
	SIGEV_PULSE_INT_INIT(&handle, 1, 10, 0, -1);
	EXPECT(handle.sigev_value.sival_int, -1, 0);
	handle.sigev_notify |= SIGEV_FLAG_HANDLE;
	EXPECT(SIGEV_GET_TYPE(&handle), SIGEV_PULSE, 0);
	PLUS(MsgUnregisterEvent, &handle);
	PLUS(InterruptWait, 0, NULL);
}

static void names(void)
{
	EXPECT(name_attach(NULL, "name", 0) == NULL, 1, ENOENT);
	EXPECT(name_open("name", 0), -1, ENOENT);
	EXPECT(name_close(1), -1, ENOENT);
	EXPECT(name_detach(NULL, 0), -1, EINVAL);
}

/* A pulse needs the device, a signal does not. */
static void timers(void)
{
	struct _itimer it = { 1000000000, 0 };
	struct itimerspec spec;
	struct sigevent event;
	struct _timer_info info;
	timer_t t = -1;
	int id;

	SIGEV_PULSE_INIT(&event, 1, 10, 0, 0);
	MINUS(TimerCreate, CLOCK_MONOTONIC, &event);
	EXPECT(timer_create(CLOCK_REALTIME, &event, &t), -1, ENOENT);
	SIGEV_SIGNAL_INIT(&event, SIGUSR1);
	EXPECT(timer_create(CLOCK_REALTIME, &event, &t), 0, 0);
	EXPECT(t, 1, 0);
	id = TimerCreate(CLOCK_MONOTONIC, NULL);
	EXPECT(id, 2, 0);
	EXPECT(TimerSettime(id, 0, &it, NULL), 0, 0);
	EXPECT(TimerSettime_r(t, 0, &it, &it), 0, 0);
	EXPECT(timer_gettime(id, &spec), 0, 0);
	EXPECT(timer_settime(id, 0, &spec, NULL), 0, 0);
	EXPECT(timer_getoverrun(t), 0, 0);
	EXPECT(TimerInfo(0, t, 0, &info), t, 0);
	EXPECT(TimerInfo_r(0, 77, 0, &info), -EINVAL, 0);
	EXPECT(timer_delete(t), 0, 0);
	EXPECT(TimerDestroy(t), -1, EINVAL);
	EXPECT(TimerDestroy_r(id), 0, 0);
	it.nsec = 0;
	EXPECT(TimerAlarm(CLOCK_REALTIME, &it, &it), 0, 0);
	EXPECT(TimerAlarm_r(CLOCK_REALTIME, &it, NULL), 0, 0);
}

static void *nothing(void *arg)
{
	return arg;
}

static void others(void)
{
	struct sched_param param;
	struct _sched_info info;
	struct timespec ts = { 0, 1 };
	pthread_t thread;
	uint64_t t;
	char buf[64];
	sem_t sem;

	EXPECT(pthread_create(NULL, NULL, nothing, NULL), 0, 0);
	EXPECT(pthread_create(&thread, NULL, nothing, NULL), 0, 0);
	EXPECT(pthread_join(thread, NULL), 0, 0);
	EXPECT(sem_init(&sem, 0, 1), 0, 0);
	EXPECT(sem_wait(&sem), 0, 0);
	EXPECT(SchedGet(0, 0, &param), SchedGet_r(0, 0, NULL), 0);
	EXPECT(SchedSet(0, 0, SCHED_OTHER, &param), 0, 0);
	EXPECT(SchedInfo(0, SCHED_RR, &info), 0, 0);
	EXPECT(getprio(0) > 0, 1, 0);
	EXPECT(ThreadCtl(_NTO_TCTL_IO, NULL), 0, 0);
	EXPECT(ThreadCtlExt(0, 0, _NTO_TCTL_IO, NULL), 0, 0);
	EXPECT(SignalKill(ND_LOCAL_NODE, 0, 0, 0, 0, 0), 0, 0);
	EXPECT(ClockTime(CLOCK_REALTIME, NULL, &t), 0, 0);
	EXPECT(ClockCycles() > 0, 1, 0);
	EXPECT(SYSPAGE_ENTRY(qtime)->cycles_per_sec, 1000000000, 0);
	EXPECT(nanospin(&ts), 0, 0);
	EXPECT(delay(0), 0, 0);
	EXPECT(timespec2nsec(&ts), 1, 0);
	EXPECT(strcmp(itoa(-5, buf, 10), "-5"), 0, 0);
	EXPECT(procmgr_ability(0, PROCMGR_AID_EOL), EOK, 0);
	EXPECT(secpol_transition_type(NULL, NULL, 0), 0, 0);
	EXPECT(netmgr_remote_nd(0, 0), 0, 0);
	EXPECT(TraceEvent(_NTO_TRACE_STOP), -1, ENOSYS);
	EXPECT(ChannelCreate(_NTO_CHF_GLOBAL), -1, ENOENT);
	EXPECT(MsgPause_r(1, 0), ENOSYS, 0);
	EXPECT(spawnl(P_WAIT, "/nowhere", "nowhere", NULL), -1, ENOENT);
	EXPECT(spawn("/nowhere", 0, NULL, NULL, NULL, NULL), -1, EFAULT);
	EXPECT(close(shm_open(SHM_ANON, O_RDWR, 0)), 0, 0);
}

int main(void)
{
	infos();
	events();
	names();
	timers();
	others();
	objects();
	sending();
	receiving();
	received();
	timeouts();
	types();
	return failures != 0;
}
