/* SPDX-License-Identifier: GPL-2.0-only */
/* A channel of this process, a connection to it, and timers that send pulses over it. */
#ifndef SCENE_H
#define SCENE_H

#include "kselftest_harness.h"
#include "qmsg_test.h"

#include <time.h>

#define MS	1000000ULL
#define HOUR	(3600ULL * 1000 * MS)

FIXTURE(timer) {
	struct peer *me;
	int q;
	int chid;
	int coid;
};

FIXTURE_SETUP(timer)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create(self->q, QMSG_CHF_FIXED_PRIORITY);
	self->coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LT(0, self->coid);
}

FIXTURE_TEARDOWN(timer)
{
	restore_params();
	close(self->q);
}

typedef FIXTURE_DATA(timer) scene;

static inline struct qmsg_event pulse_event(int coid, int priority, int code, uint64_t value)
{
	return (struct qmsg_event){
		.notify = QMSG_EVENT_PULSE,
		.id = coid,
		.code = code,
		.priority = priority,
		.value = value,
	};
}

/* A timer on @clock with a pulse of @code, which is also its value. */
static inline int make_on(scene *s, int clock, int code)
{
	struct qmsg_event ev = pulse_event(s->coid, 10, code, code);

	return qmsg_timer_create(s->q, clock, &ev);
}

static inline int make(scene *s, int code)
{
	return make_on(s, CLOCK_MONOTONIC, code);
}

static inline int set_flags(scene *s, int timer, unsigned int flags, uint64_t value,
			    uint64_t interval)
{
	struct qmsg_timer_settime args = {
		.flags = flags, .timer = timer, .value = value, .interval = interval,
	};

	return qmsg_timer_settime(s->q, &args);
}

static inline int set(scene *s, int timer, uint64_t value, uint64_t interval)
{
	return set_flags(s, timer, 0, value, interval);
}

/* What gettime says: 0 or -errno */
static inline int look(scene *s, int timer, struct qmsg_timer_gettime *out)
{
	*out = (struct qmsg_timer_gettime){ .timer = timer };
	return qmsg_timer_gettime(s->q, out);
}

static inline uint64_t clock_ns(int clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static inline bool has_pulse(scene *s, int n)
{
	return read_channel(getpid(), s->q, s->chid, "pulses") == n;
}

/*
 * Lets time pass by another timer's count: @n expiries, @ms milliseconds apart, over a
 * channel of their own.
 */
static inline int let_pass(scene *s, int n, uint64_t ms)
{
	int chid = qmsg_channel_create(s->q, 0);
	int coid = qmsg_connect_attach(s->q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	struct qmsg_event ev = pulse_event(coid, 10, 99, 0);
	int timer = qmsg_timer_create(s->q, CLOCK_MONOTONIC, &ev);
	int err = set(s, timer, ms * MS, ms * MS);

	while (!err && n--)
		err = expect_pulse(s->q, chid, 99, NULL);
	qmsg_timer_delete(s->q, timer);
	qmsg_connect_detach(s->q, coid);
	qmsg_channel_destroy(s->q, chid);
	return err;
}

#endif
