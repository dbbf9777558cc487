/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The impatient customer: TimerTimeout() on send, receive and reply.
 */
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <string.h>
#include <errno.h>
#include <time.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/neutrino.h>

#define MSEC(n) ((uint64_t)(n) * 1000000)

static int fail(const char *what)
{
	fprintf(stderr, "impatient: %s (errno %d, %s)\n", what, errno, strerror(errno));
	exit(EXIT_FAILURE);
}

static uint64_t now(void)
{
	uint64_t t;

	if (ClockTime(CLOCK_MONOTONIC, NULL, &t) == -1)
		fail("ClockTime");
	return t;
}

/* ---------------------------------------------------------- the shop -- */

static int shop;
static sem_t go_on, on_duty;
static int late_reply, late_errno, pulse_seen;

/* Takes one order, is slow, and answers when nobody wants it any more. */
static void *slow_waiter(void *arg)
{
	char order[16];
	int rcvid;

	sem_post(&on_duty);
	rcvid = MsgReceive(shop, order, sizeof(order), NULL);
	if (rcvid <= 0)
		fail("waiter got no order");
	sem_wait(&go_on);
	late_reply = MsgReply(rcvid, EOK, "soup", 5);
	late_errno = errno;
	return NULL;
}

/* Has been told (_NTO_CHF_UNBLOCK) and says sorry. */
static void *polite_waiter(void *arg)
{
	union {
		struct _pulse pulse;
		char order[16];
	} m;
	struct _msg_info info;
	int rcvid, customer = 0;

	sem_post(&on_duty);
	for (;;) {
		rcvid = MsgReceive(shop, &m, sizeof(m), NULL);
		if (rcvid > 0) {
			customer = rcvid;
			continue;
		}
		if (rcvid == -1 || m.pulse.code != _PULSE_CODE_UNBLOCK)
			fail("polite waiter");
		pulse_seen = 1;
		if (m.pulse.value.sival_int != customer)
			fail("unblock pulse for somebody else");
		if (MsgInfo(customer, &info) == -1 || !(info.flags & _NTO_MI_UNBLOCK_REQ))
			fail("_NTO_MI_UNBLOCK_REQ is not set");
		MsgError(customer, ETIMEDOUT);
		return NULL;
	}
}

int main(void)
{
	struct sigevent event;
	struct _pulse pulse;
	char dish[16];
	uint64_t timeout, start, elapsed;
	pthread_t waiter;
	timer_t timer;
	struct itimerspec its;
	int coid;

	sem_init(&go_on, 0, 0);
	sem_init(&on_duty, 0, 0);
	SIGEV_UNBLOCK_INIT(&event);
	shop = ChannelCreate(0);
	coid = ConnectAttach(0, 0, shop, _NTO_SIDE_CHANNEL, 0);

	/* 1. nobody comes: receive gives up */
	timeout = MSEC(30);
	start = now();
	if (TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, &event, &timeout, NULL) == -1)
		fail("TimerTimeout");
	if (MsgReceive(shop, dish, sizeof(dish), NULL) != -1 || errno != ETIMEDOUT)
		fail("MsgReceive did not time out");
	elapsed = now() - start;
	if (elapsed < MSEC(30))
		fail("too early");

	/* 2. the same with the absolute time, already over */
	timeout = MSEC(1);
	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE | TIMER_ABSTIME, &event, &timeout, NULL);
	if (MsgReceivePulse(shop, &pulse, sizeof(pulse), NULL) != -1 || errno != ETIMEDOUT)
		fail("MsgReceivePulse, absolute");

	/* 3. a timeout is for one call: the next one waits for the timer */
	MsgSendPulse(coid, -1, 5, 55);
	timeout = MSEC(20);
	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, &timeout, NULL);
	if (MsgReceive(shop, &pulse, sizeof(pulse), NULL) != 0 || pulse.code != 5)
		fail("no pulse");
	SIGEV_PULSE_INIT(&event, coid, SIGEV_PULSE_PRIO_INHERIT, 6, 66);
	memset(&its, 0, sizeof(its));
	its.it_value.tv_nsec = MSEC(60);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) == -1
	    || timer_settime(timer, 0, &its, NULL) == -1)
		fail("timer");
	if (MsgReceive(shop, &pulse, sizeof(pulse), NULL) != 0 || pulse.code != 6)
		fail("the timeout of the call before was still there");
	timer_delete(timer);

	/* 4. nobody receives: send gives up, the message is withdrawn */
	SIGEV_UNBLOCK_INIT(&event);
	timeout = MSEC(30);
	TimerTimeout(CLOCK_REALTIME, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, &event, &timeout, NULL);
	if (MsgSend(coid, "menu", 5, dish, sizeof(dish)) != -1 || errno != ETIMEDOUT)
		fail("MsgSend did not time out");
	TimerTimeout(CLOCK_REALTIME, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL);
	if (MsgReceive(shop, dish, sizeof(dish), NULL) != -1 || errno != ETIMEDOUT)
		fail("the withdrawn message was still there");

	/* 5. received but not answered, no _NTO_CHF_UNBLOCK: we just leave */
	pthread_create(&waiter, NULL, slow_waiter, NULL);
	sem_wait(&on_duty);
	timeout = MSEC(200);
	start = now();
	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_REPLY, &event, &timeout, NULL);
	if (MsgSend(coid, "soup please", 12, dish, sizeof(dish)) != -1 || errno != ETIMEDOUT)
		fail("the waiter was not slow");
	if (now() - start < MSEC(200))
		fail("too early");
	sem_post(&go_on);
	pthread_join(waiter, NULL);
	if (late_reply != -1 || late_errno != ESRCH)
		fail("the late reply was taken");
	ConnectDetach(coid);
	ChannelDestroy(shop);

	/* 6. with _NTO_CHF_UNBLOCK it is the waiter who lets us go */
	shop = ChannelCreate(_NTO_CHF_UNBLOCK);
	coid = ConnectAttach(0, 0, shop, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&waiter, NULL, polite_waiter, NULL);
	sem_wait(&on_duty);
	timeout = MSEC(200);
	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_REPLY, NULL, &timeout, NULL);
	if (MsgSend(coid, "fish please", 12, dish, sizeof(dish)) != -1 || errno != ETIMEDOUT)
		fail("polite waiter did not say sorry");
	pthread_join(waiter, NULL);
	if (!pulse_seen)
		fail("no unblock pulse");
	ConnectDetach(coid);
	ChannelDestroy(shop);
	return EXIT_SUCCESS;
}
