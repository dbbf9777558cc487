// SPDX-License-Identifier: MIT
/*
 * Every QNX call, from C and from C++, without a device: the plain form returns -1 and
 * sets errno, the twin leaves errno alone and has the sign that S2.46 - S2.61 give it.
 */
#include <string.h>

#include <sys/neutrino.h>

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

int main(void)
{
	objects();
	sending();
	receiving();
	received();
	timeouts();
	types();
	return failures != 0;
}
