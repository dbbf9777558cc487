// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* Events as QNX programs send and deliver them: S8.1 to S8.14, from MsgSend to MsgDeliverEvent. */
#include <semaphore.h>

#include "call.h"

#define CODE	12

struct request {
	uint16_t type;
	uint16_t subtype;
	struct sigevent event;
};

FIXTURE(events) {
	int chid;		/* the server's */
	int coid;
	int told;		/* the client's own, for its pulses */
	int told_coid;
	struct call call;
	struct request sent;
	struct request got;
	rcvid_t rcvid;
};

FIXTURE_SETUP(events)
{
	self->chid = ChannelCreate(0);
	self->coid = attach_self(self->chid);
	ASSERT_NE(-1, self->coid);
	self->told = ChannelCreate(0);
	self->told_coid = attach_self(self->told);
	ASSERT_NE(-1, self->told_coid);
	memset(&self->sent, 0xa5, sizeof(self->sent));
}

FIXTURE_TEARDOWN(events)
{
}

static struct request *to_send;

static long send_request(struct call *call)
{
	return MsgSend(call->coid, to_send, sizeof(*to_send), NULL, 0);
}

/* Client sends self->sent, server has it in self->got. */
#define SEND_EVENT() \
	do { \
		to_send = &self->sent; \
		ASSERT_EQ(0, call_start(&self->call, send_request, self->coid)); \
		self->rcvid = receive_limited(self->chid, &self->got, sizeof(self->got), NULL); \
		ASSERT_GT(self->rcvid, 0); \
	} while (0)

#define ANSWER() \
	do { \
		ASSERT_EQ(0, MsgReply(self->rcvid, EOK, NULL, 0)); \
		ASSERT_EQ(0, call_join(&self->call)); \
	} while (0)

static int pulse_value(int chid)
{
	struct _pulse pulse;

	if (receive_limited(chid, &pulse, sizeof(pulse), NULL))
		return -1;
	return pulse.code == CODE ? pulse.value.sival_int : -2;
}

static int send_many(int chid, int coid, int n)
{
	struct call call;

	for (; n; n--) {
		static struct request plain;
		rcvid_t rcvid;

		to_send = &plain;
		if (call_start(&call, send_request, coid))
			return -1;
		rcvid = receive_limited(chid, NULL, 0, NULL);
		if (rcvid <= 0 || MsgReply(rcvid, EOK, NULL, 0) || call_join(&call))
			return -1;
	}
	return 0;
}

/* S8.1, S8.3: before the answer, after it, and after many more requests. */
TEST_F(events, pulse)
{
	SIGEV_PULSE_INIT(&self->sent.event, self->told_coid, SIGEV_PULSE_PRIO_INHERIT, CODE, 44);
	SEND_EVENT();
	EXPECT_EQ(0, MsgVerifyEvent(self->rcvid, &self->got.event));
	EXPECT_EQ(0, MsgDeliverEvent(self->rcvid, &self->got.event));
	EXPECT_EQ(44, pulse_value(self->told));
	ANSWER();
	EXPECT_EQ(0, MsgDeliverEvent_r(self->rcvid, &self->got.event));
	EXPECT_EQ(44, pulse_value(self->told));
}

/* S8.3: the id of a request with an event in it is kept, though nothing was done with it. */
TEST_F(events, kept_for_long)
{
	SIGEV_PULSE_INIT(&self->sent.event, self->told_coid, 3, CODE, 45);
	SEND_EVENT();
	ANSWER();
	ASSERT_EQ(0, send_many(self->chid, self->coid, 40));
	EXPECT_EQ(0, MsgDeliverEvent(self->rcvid, &self->got.event));
	EXPECT_EQ(45, pulse_value(self->told));
}

/* S8.3: likewise if only MsgRead() brings it to light, and for a signal by its macro. */
TEST_F(events, kept_after_reading)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ASSERT_EQ(0, pthread_sigmask(SIG_BLOCK, &set, NULL));
	SIGEV_SIGNAL_VALUE_INIT(&self->sent.event, SIGUSR1, 46);
	to_send = &self->sent;
	ASSERT_EQ(0, call_start(&self->call, send_request, self->coid));
	self->rcvid = receive_limited(self->chid, &self->got, 4, NULL);
	ASSERT_GT(self->rcvid, 0);
	EXPECT_EQ(sizeof(self->got), MsgRead(self->rcvid, &self->got, sizeof(self->got), 0));
	ANSWER();
	ASSERT_EQ(0, send_many(self->chid, self->coid, 40));
	EXPECT_EQ(0, MsgDeliverEvent(self->rcvid, &self->got.event));
	ASSERT_EQ(SIGUSR1, sigwaitinfo(&set, &info));
	/* With si_code SI_USER Linux gives the value to 64-bit programs only. */
	if (sizeof(void *) == 8)
		EXPECT_EQ(46, info.si_value.sival_int);
}

static char *found_in;
static size_t found_len;

static long send_bytes(struct call *call)
{
	return MsgSend(call->coid, found_in, found_len, NULL, 0);
}

/* One message of @len bytes with @word at @at; its id, or what went wrong. */
static rcvid_t kept_candidate(int chid, int coid, size_t len, size_t at, uint32_t word)
{
	char sent[1100], got[1100];
	struct call call;
	rcvid_t rcvid;

	memset(sent, 0xa5, sizeof(sent));
	memcpy(sent + at, &word, sizeof(word));
	found_in = sent;
	found_len = len;
	if (call_start(&call, send_bytes, coid))
		return -1;
	/* Not at an address that suits anything but a word. */
	rcvid = receive_limited(chid, got + 4, sizeof(got) - 4, NULL);
	if (rcvid <= 0 || MsgReply(rcvid, EOK, NULL, 0) || call_join(&call))
		return -1;
	return rcvid;
}

/* Wherever a word of the first KiB stands, in messages of any length and for every kind. */
TEST_F(events, found_at_any_offset)
{
	static const uint32_t words[] = {
		SIGEV_PULSE, SIGEV_SIGNAL_CODE | SIGEV_FLAG_MASK, SIGEV_MEMORY, __SIGEV_MARK,
		SIGEV_SIGNAL | SIGEV_FLAG_HANDLE, SIGEV_THREAD | SIGEV_FLAG_HANDLE,
	};
	struct sigevent none;
	rcvid_t ids[256];
	size_t i, len;

	SIGEV_NONE_INIT(&none);
	for (i = 0; i < 256; i++) {
		len = i % 3 ? 1096 - i % 4 : 4 * i + 4 + i % 4;
		ids[i] = kept_candidate(self->chid, self->coid, len, 4 * i,
					words[i % (sizeof(words) / sizeof(words[0]))]);
		ASSERT_GT(ids[i], 0);
	}
	ASSERT_EQ(0, send_many(self->chid, self->coid, 40));
	for (i = 0; i < 256; i++)
		EXPECT_EQ(0, MsgDeliverEvent_r(ids[i], &none)) TH_LOG("offset %zu", 4 * i);
}

/* Nor is all the world an event, or what stands behind. */
TEST_F(events, not_found)
{
	static const uint32_t words[] = {
		SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD, SIGEV_FLAG_HANDLE | 1, 0x12000, 0x514d8004,
	};
	struct sigevent none;
	rcvid_t ids[sizeof(words) / sizeof(words[0]) + 1];
	size_t i, n = sizeof(words) / sizeof(words[0]);

	SIGEV_NONE_INIT(&none);
	for (i = 0; i < n; i++) {
		ids[i] = kept_candidate(self->chid, self->coid, 200, 64, words[i]);
		ASSERT_GT(ids[i], 0);
	}
	ids[n] = kept_candidate(self->chid, self->coid, 1090, 1024, SIGEV_PULSE);
	ASSERT_GT(ids[n], 0);
	ASSERT_EQ(0, send_many(self->chid, self->coid, 40));
	for (i = 0; i <= n; i++)
		EXPECT_EQ(ESRCH, MsgDeliverEvent_r(ids[i], &none)) TH_LOG("word %zu", i);
}

/* S8.4, S8.6, S8.7 */
TEST_F(events, errors)
{
	struct sigevent event;

	SIGEV_PULSE_INIT(&event, self->told_coid, 1, CODE, 1);
	EXPECT_PLUS(ESRCH, MsgDeliverEvent, 0x12345, &event);
	EXPECT_MINUS(ESRCH, MsgVerifyEvent, 0x12345, &event);
	EXPECT_PLUS(EFAULT, MsgDeliverEvent, 0, NULL);
	SIGEV_THREAD_INIT(&event, NULL, 0, NULL);
	EXPECT_PLUS(EACCES, MsgDeliverEvent, 0, &event);
	SIGEV_MEMORY_INIT(&event, &event, SIGEV_MEM_ADD, 1);
	EXPECT_PLUS(EACCES, MsgDeliverEvent, 0, &event);
	event.sigev_notify = 0x7070;
	EXPECT_PLUS(EINVAL, MsgDeliverEvent, 0, &event);
	SIGEV_PULSE_INIT(&event, self->told_coid, 1, 200, 1);
	EXPECT_PLUS(EINVAL, MsgDeliverEvent, 0, &event);
	SIGEV_NONE_INIT(&event);
	EXPECT_EQ(0, MsgDeliverEvent(0, &event));
	EXPECT_PLUS(EFAULT, MsgRegisterEvent, NULL, self->coid);
	EXPECT_PLUS(EINVAL, MsgUnregisterEvent, &event);
}

/* S8.9: 0 is the caller. SIGEV_INTR wakes InterruptWait(), and is not lost before it. */
TEST_F(events, to_oneself)
{
	struct sigevent event;

	SIGEV_INTR_INIT(&event);
	EXPECT_EQ(0, MsgDeliverEvent(0, &event));
	EXPECT_EQ(0, InterruptWait(0, NULL));
	SIGEV_PULSE_INIT(&event, self->told_coid, 1, CODE, 47);
	EXPECT_EQ(0, MsgDeliverEvent(0, &event));
	EXPECT_EQ(47, pulse_value(self->told));
}

/* A timer that wakes a thread of its process out of nothing but a wait. */
TEST_F(events, timer_to_a_thread)
{
	struct _itimer it = { 1000000, 0 };
	struct sigevent event;
	int id;

	SIGEV_INTR_INIT(&event);
	id = TimerCreate(CLOCK_MONOTONIC, &event);
	ASSERT_GT(id, 0);
	ASSERT_EQ(0, TimerSettime(id, 0, &it, NULL));
	EXPECT_EQ(0, InterruptWait(0, NULL));
}

/* S8.12, S8.13: the server gets a handle, and may change what it is allowed to change. */
TEST_F(events, registered)
{
	const int updateable = SIGEV_FLAG_UPDATEABLE | SIGEV_FLAG_CODE_UPDATEABLE;
	struct _pulse pulse;

	SIGEV_PULSE_INIT(&self->sent.event, self->told_coid, 1, CODE, 48);
	SIGEV_MAKE_UPDATEABLE(&self->sent.event);
	SIGEV_MAKE_CODE_UPDATEABLE(&self->sent.event);
	EXPECT_EQ(updateable, self->sent.event.sigev_notify & SIGEV_FLAG_MASK);
	ASSERT_EQ(0, MsgRegisterEvent(&self->sent.event, self->coid));
	EXPECT_NE(0, self->sent.event.sigev_notify & SIGEV_FLAG_HANDLE);
	EXPECT_EQ(SIGEV_PULSE, SIGEV_GET_TYPE(&self->sent.event));
	SEND_EVENT();
	self->got.event.sigev_value.sival_long = 0;
	self->got.event.sigev_value.sival_int = 49;
	EXPECT_EQ(0, MsgDeliverEvent(self->rcvid, &self->got.event));
	EXPECT_EQ(49, pulse_value(self->told));
	self->got.event.sigev_code = CODE + 1;
	EXPECT_EQ(0, MsgDeliverEvent(self->rcvid, &self->got.event));
	ASSERT_EQ(0, receive_limited(self->told, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(CODE + 1, pulse.code);
	ANSWER();
	EXPECT_EQ(0, MsgUnregisterEvent(&self->sent.event));
	EXPECT_PLUS(ESRCH, MsgUnregisterEvent, &self->sent.event);
	EXPECT_NE(0, MsgDeliverEvent_r(self->rcvid, &self->got.event));
	EXPECT_PLUS(EINVAL, MsgRegisterEvent, &self->sent.event, self->coid);
}

static atomic_int thread_value;
static atomic_int thread_blocks;

static void in_thread(union sigval value)
{
	sigset_t set;

	pthread_sigmask(SIG_BLOCK, NULL, &set);
	atomic_store(&thread_blocks, sigismember(&set, SIGUSR1));
	atomic_store(&thread_value, value.sival_int);
}

/* S8.6, S8.12: SIGEV_THREAD, if registered, makes a thread in the client. */
TEST_F(events, registered_thread)
{
	SIGEV_THREAD_INIT(&self->sent.event, in_thread, 50, NULL);
	ASSERT_EQ(0, MsgRegisterEvent(&self->sent.event, _NTO_REGEVENT_ALLOW_ANY_SERVER));
	SEND_EVENT();
	EXPECT_EQ(0, MsgDeliverEvent(self->rcvid, &self->got.event));
	EXPECT_TRUE(wait_until(atomic_load(&thread_value) == 50));
	EXPECT_EQ(0, atomic_load(&thread_blocks));
	ANSWER();
	EXPECT_EQ(0, MsgUnregisterEvent(&self->sent.event));
	EXPECT_PLUS(ESRCH, MsgUnregisterEvent, &self->sent.event);
	SIGEV_THREAD_INIT(&self->sent.event, NULL, 0, NULL);
	EXPECT_PLUS(EINVAL, MsgRegisterEvent, &self->sent.event, self->coid);
}

TEST_HARNESS_MAIN
