// SPDX-License-Identifier: GPL-2.0-only
/* D16: names taken, looked up and lost by many at once. */
#include "kselftest_harness.h"

#include <poll.h>
#include <stdio.h>

#include "scene.h"

#define THREADS	4
#define NAME	"raced"

struct round {
	int q;
	int chid[THREADS];
	int coid, fd;		/* to and of the first channel */
	int (*till_end)(struct round *r);
	int result[THREADS];
	pthread_barrier_t start, end;
	atomic_int n;		/* rounds left; 0: over */
	int (*fn)(struct round *r, int i);
};

struct racer {
	struct round *r;
	int i;
};

static void *race_thread(void *arg)
{
	struct racer *me = arg;
	struct round *r = me->r;

	for (;;) {
		pthread_barrier_wait(&r->start);
		if (!atomic_load(&r->n))
			return NULL;
		r->result[me->i] = r->fn(r, me->i);
		pthread_barrier_wait(&r->end);
	}
}

/* @fn in THREADS threads at once, for each round; @judge looks at the results. */
static bool race(struct round *r, int n, int (*fn)(struct round *, int),
		 bool (*judge)(struct round *))
{
	pthread_t thread[THREADS];
	struct racer racer[THREADS];
	bool ok = true;

	r->fn = fn;
	pthread_barrier_init(&r->start, NULL, THREADS + 1);
	pthread_barrier_init(&r->end, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++) {
		racer[i] = (struct racer){ r, i };
		if (pthread_create(&thread[i], NULL, race_thread, &racer[i]))
			return false;
	}
	for (; n > 0 && ok; n--) {
		atomic_store(&r->n, n);
		pthread_barrier_wait(&r->start);
		pthread_barrier_wait(&r->end);
		ok = judge(r);
	}
	atomic_store(&r->n, 0);
	pthread_barrier_wait(&r->start);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return ok;
}

static int results(const struct round *r, int value)
{
	int n = 0;

	for (int i = 0; i < THREADS; i++)
		n += r->result[i] == value;
	return n;
}

static bool complain(const struct round *r)
{
	fprintf(stderr, "# results:");
	for (int i = 0; i < THREADS; i++)
		fprintf(stderr, " %d", r->result[i]);
	fprintf(stderr, "\n");
	return false;
}

FIXTURE(race) {
	struct round r;
};

FIXTURE_SETUP(race)
{
	self->r.q = qmsg_open();
	ASSERT_LE(0, self->r.q);
	for (int i = 0; i < THREADS; i++) {
		self->r.chid[i] = qmsg_channel_create(self->r.q, 0);
		ASSERT_LT(0, self->r.chid[i]);
	}
}

FIXTURE_TEARDOWN_PARENT(race)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* ------------------------------------------------------------------ attach and attach */

static int attach_mine(struct round *r, int i)
{
	return qmsg_name_attach(r->q, r->chid[i], NAME);
}

/* Exactly one has it, and that one can give it back. */
static bool one_won(struct round *r)
{
	int detached = 0;

	if (results(r, 0) != 1 || results(r, -EEXIST) != THREADS - 1)
		return complain(r);
	for (int i = 0; i < THREADS; i++)
		detached += (qmsg_name_detach(r->q, r->chid[i], NAME) == 0) == !r->result[i];
	return detached == THREADS;
}

TEST_F(race, attach_and_attach)
{
	EXPECT_TRUE(race(&self->r, rounds_by(20), attach_mine, one_won));
}

/* ------------------------------------------------------------------ attach and destroy */

/* The first one ends the channel of all others. */
static int attach_or_destroy(struct round *r, int i)
{
	char name[8] = NAME;

	name[0] += i;
	return i ? qmsg_name_attach(r->q, r->chid[0], name) :
		   qmsg_channel_destroy(r->q, r->chid[0]);
}

/* Whoever came before the end has lost the name by now, whoever came later never had it. */
static bool all_are_free(struct round *r)
{
	if (r->result[0] || results(r, 0) + results(r, -ESRCH) != THREADS)
		return complain(r);
	if (object_count("names"))
		return false;
	r->chid[0] = qmsg_channel_create(r->q, 0);
	return r->chid[0] > 0;
}

TEST_F(race, attach_and_destroy)
{
	EXPECT_TRUE(race(&self->r, rounds_by(20), attach_or_destroy, all_are_free));
}

/* ------------------------------------------------------------------ attach and detach */

static int attach_or_detach(struct round *r, int i)
{
	return i & 1 ? qmsg_name_attach(r->q, r->chid[0], NAME) :
		       qmsg_name_detach(r->q, r->chid[0], NAME);
}

/* The books balance: the name is there if it was given once more than it was taken. */
static bool balanced(struct round *r)
{
	int given = 0;

	for (int i = 0; i < THREADS; i++) {
		if (r->result[i] && r->result[i] != (i & 1 ? -EEXIST : -ENOENT))
			return complain(r);
		given += r->result[i] ? 0 : i & 1 ? 1 : -1;
	}
	if (qmsg_name_detach(r->q, r->chid[0], NAME) == 0)
		given--;
	return given == 0 && !object_count("names");
}

TEST_F(race, attach_and_detach)
{
	EXPECT_TRUE(race(&self->r, rounds_by(20), attach_or_detach, balanced));
}

/* ------------------------------------------------------------------ connect and destroy */

static int connect_or_destroy(struct round *r, int i)
{
	return i ? qmsg_name_connect(r->q, NAME, i & 1 ? SIDE : 0, 0) :
		   qmsg_channel_destroy(r->q, r->chid[0]);
}

/* Connected in time, or told that there is nobody; and never to what comes next. */
static bool connected_or_not(struct round *r)
{
	if (r->result[0])
		return complain(r);
	for (int i = 1; i < THREADS; i++) {
		int coid = r->result[i];

		if (coid < 0 && coid != -ENOENT && coid != -ESRCH)
			return complain(r);
		if (coid >= 0 && (qmsg_pulse_send(r->q, coid, 10, 1, 1) != -EBADF ||
				  qmsg_connect_detach(r->q, coid)))
			return complain(r);
	}
	if (qmsg_name_connect(r->q, NAME, SIDE, 0) != -ENOENT)
		return false;
	r->chid[0] = qmsg_channel_create(r->q, 0);
	return !qmsg_name_attach(r->q, r->chid[0], NAME);
}

TEST_F(race, connect_and_destroy)
{
	ASSERT_EQ(0, qmsg_name_attach(self->r.q, self->r.chid[0], NAME));
	EXPECT_TRUE(race(&self->r, rounds_by(20), connect_or_destroy, connected_or_not));
}

/* ------------------------------------------------------------------ hand over */

/* What the one who is to be the next server does until it hears that there is none. */
static int send_till_end(struct round *r)
{
	return qmsg_msg_send(r->q, r->coid, "x", 1, NULL, 0);
}

static int receive_till_end(struct round *r)
{
	char buf[8];

	return qmsg_msg_receive(r->q, r->chid[0], buf, sizeof(buf), NULL);
}

static int poll_till_end(struct round *r)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	return poll(&p, 1, -1) == 1 && p.revents == POLLHUP ? -ESRCH : -EIO;
}

static int take_over(struct round *r, int i)
{
	int ret;

	if (i > 1)
		return 0;
	if (!i) {
		for (int n = r->n % 8; n; n--)
			sched_yield();
		return qmsg_channel_destroy(r->q, r->chid[0]);
	}
	ret = r->till_end(r);
	if (ret != -ESRCH && ret != -EBADF)
		return ret;
	return qmsg_name_attach(r->q, r->chid[1], NAME);
}

static bool next_server(struct round *r)
{
	r->chid[0] = qmsg_channel_create(r->q, 0);
	r->coid = qmsg_connect_attach(r->q, 0, r->chid[0], SIDE, 0);
	r->fd = qmsg_channel_fd(r->q, r->chid[0], 0);
	return r->coid > 0 && r->fd >= 0 && !qmsg_name_attach(r->q, r->chid[0], NAME);
}

static bool taken_over(struct round *r)
{
	if (results(r, 0) != THREADS)
		return complain(r);
	close(r->fd);
	return !qmsg_connect_detach(r->q, r->coid) &&
	       !qmsg_name_detach(r->q, r->chid[1], NAME) && next_server(r);
}

FIXTURE_VARIANT(handover) {
	int (*till_end)(struct round *r);
};

FIXTURE(handover) {
	struct round r;
};

FIXTURE_VARIANT_ADD(handover, from_a_client) { .till_end = send_till_end };
FIXTURE_VARIANT_ADD(handover, from_a_receiver) { .till_end = receive_till_end };
FIXTURE_VARIANT_ADD(handover, from_a_poller) { .till_end = poll_till_end };

FIXTURE_SETUP(handover)
{
	self->r.q = qmsg_open();
	ASSERT_LE(0, self->r.q);
	self->r.till_end = variant->till_end;
	ASSERT_TRUE(next_server(&self->r));
	self->r.chid[1] = qmsg_channel_create(self->r.q, 0);
	ASSERT_LT(0, self->r.chid[1]);
}

FIXTURE_TEARDOWN_PARENT(handover)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* Who is told that the server has gone can have its name at once. */
TEST_F(handover, at_once)
{
	EXPECT_TRUE(race(&self->r, rounds_by(20), take_over, taken_over));
}

TEST_HARNESS_MAIN
