// SPDX-License-Identifier: GPL-2.0-only
/* S8.12, S8.13, S8.14, S8.15: registered events. */
#include "scene.h"

/* The event is the stored one, and the handle is all that the server has. */
TEST_F(event, handle)
{
	int64_t h = registers(self, self->coid, pulse_event(self->own_coid, 10, 5, 77));

	ASSERT_LT(0, h);
	ASSERT_EQ(0, deliver(self, handle_event(h, 9, 99)));
	ASSERT_EQ(0, take_pulse(self, 5));
	EXPECT_EQ(77U, self->n->pulse.value);
	EXPECT_EQ(0, check(self, handle_event(h, 9, 99)));
	EXPECT_EQ(0, pulses(self));
}

/* The handle says who it is for: no id is needed, and none after the sixteenth. */
TEST_F(event, handle_without_id)
{
	int64_t h = registers(self, self->coid, pulse_event(self->own_coid, 10, 5, 0));
	int64_t old = self->rcvid;
	int i;

	ASSERT_EQ(0, answer(self));
	for (i = 0; i < 20; i++)
		ASSERT_LT(0, another(self));
	EXPECT_EQ(-ESRCH, deliver_to(self, old, plain_event(0)));
	EXPECT_EQ(0, deliver_to(self, old, handle_event(h, 0, 0)));
	EXPECT_EQ(0, take_pulse(self, 5));
}

/* A known id must be of the process whose event it is. */
TEST_F(event, handle_of_another_client)
{
	scene other = { .q = self->q, .chid = self->chid };
	int64_t h = registers(self, self->coid, pulse_event(self->own_coid, 10, 5, 0));

	ASSERT_EQ(0, client_begin(&other, self->chid));
	EXPECT_EQ(-EACCES, deliver_to(self, other.rcvid, handle_event(h, 0, 0)));
	EXPECT_EQ(-EACCES, deliver_to(self, 0, handle_event(h, 0, 0)));
	EXPECT_EQ(0, pulses(self));
	EXPECT_EQ(0, pulses(&other));
}

TEST_F(event, handle_updateable)
{
	static const struct {
		unsigned int bits;
		int code;
		uint64_t value;
	} rows[] = {
		{ 0, 5, 77 },
		{ QMSG_EVENT_UPDATEABLE, 5, 99 },
		{ QMSG_EVENT_CODE_UPDATEABLE, 9, 77 },
		{ QMSG_EVENT_UPDATEABLE | QMSG_EVENT_CODE_UPDATEABLE, 9, 99 },
	};
	struct qmsg_event ev = pulse_event(self->own_coid, 10, 5, 77);
	int64_t h;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ev.notify = QMSG_EVENT_PULSE | rows[i].bits;
		h = registers(self, self->coid, ev);
		ASSERT_LT(0, h);
		ASSERT_EQ(0, deliver(self, handle_event(h, 9, 99)));
		ASSERT_EQ(0, take_pulse(self, rows[i].code));
		EXPECT_EQ(rows[i].value, self->n->pulse.value);
	}
	/* What it brings must be good. */
	EXPECT_EQ(-EINVAL, deliver(self, handle_event(h, -1, 0)));
	EXPECT_EQ(-EINVAL, deliver(self, handle_event(h, 128, 0)));
}

TEST_F(event, no_such_handle)
{
	int64_t h = registers(self, self->coid, plain_event(0));

	EXPECT_EQ(-EINVAL, deliver(self, handle_event(0, 0, 0)));
	EXPECT_EQ(-EINVAL, deliver(self, handle_event(-1, 0, 0)));
	EXPECT_EQ(-EINVAL, deliver(self, handle_event(h ^ 1, 0, 0)));
	EXPECT_EQ(0, deliver(self, handle_event(h, 0, 0)));
}

TEST_F(event, unregister)
{
	int64_t h = registers(self, self->coid, plain_event(0));

	/* Only by its owner. */
	EXPECT_EQ(-ESRCH, qmsg_event_unregister(self->q, h));
	ASSERT_EQ(0, deliver(self, handle_event(h, 0, 0)));
	EXPECT_EQ(0, peer_call(self->p, do_unregister, self->n));
	EXPECT_EQ(-EINVAL, deliver(self, handle_event(h, 0, 0)));
	EXPECT_EQ(-ESRCH, peer_call(self->p, do_unregister, self->n));
	EXPECT_EQ(0, object_count("registered_events"));
}

/* S8.13: it ends with the connection it is for. */
TEST_F(event, connection_closed)
{
	int64_t h = registers(self, self->coid, plain_event(0));
	int64_t any = registers(self, QMSG_REGISTER_ANY_SERVER, plain_event(0));
	int second = peer_attach(self->p, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0);

	ASSERT_LT(0, second);
	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, peer_detach(self->p, self->coid));
	EXPECT_EQ(-EINVAL, deliver(self, handle_event(h, 0, 0)));
	EXPECT_EQ(1, object_count("registered_events"));
	EXPECT_EQ(0, deliver(self, handle_event(any, 0, 0)));
	ASSERT_EQ(0, peer_detach(self->p, second));
	EXPECT_EQ(-EACCES, deliver(self, handle_event(any, 0, 0)));
}

/* … and with its process. */
TEST_F(event, owner_gone)
{
	int64_t h = registers(self, self->coid, plain_event(0));
	int64_t any = registers(self, QMSG_REGISTER_ANY_SERVER, plain_event(0));

	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, peer_end(self->p));
	EXPECT_EQ(-EINVAL, deliver(self, handle_event(h, 0, 0)));
	EXPECT_EQ(-EINVAL, deliver(self, handle_event(any, 0, 0)));
	EXPECT_EQ(0, object_count("registered_events"));
}

struct other_server {
	struct peer *p;
	int chid;
	int64_t handle;
};

static int64_t delivers(void *arg)
{
	struct other_server *s = arg;
	struct qmsg_event ev = handle_event(s->handle, 0, 0);

	return qmsg_event_deliver(s->p->q, 12345, &ev);
}

/* S8.13: another server that got hold of the handle. */
TEST_F(event, wrong_server)
{
	struct other_server *s = shared_alloc(sizeof(*s));
	int64_t mine = registers(self, self->coid, pulse_event(self->own_coid, 10, 5, 0));
	int64_t any = registers(self, QMSG_REGISTER_ANY_SERVER,
				pulse_event(self->own_coid, 10, 6, 0));
	int64_t own = registers(self, QMSG_REGISTER_SELF,
				pulse_event(self->own_coid, 10, 7, 0));

	s->p = peer_fork();
	ASSERT_LE(0, peer_open(s->p));
	s->chid = peer_channel(s->p, 0);
	s->handle = mine;
	EXPECT_EQ(-EACCES, peer_call(s->p, delivers, s));
	/* The client is not connected to it. */
	s->handle = any;
	EXPECT_EQ(-EACCES, peer_call(s->p, delivers, s));
	ASSERT_LT(0, peer_attach(self->p, s->p->pid, s->chid, QMSG_SIDE_CHANNEL, 0));
	EXPECT_EQ(0, peer_call(s->p, delivers, s));
	EXPECT_EQ(0, take_pulse(self, 6));
	s->handle = mine;
	EXPECT_EQ(-EACCES, peer_call(s->p, delivers, s));
	s->handle = own;
	EXPECT_EQ(-EACCES, peer_call(s->p, delivers, s));
	EXPECT_EQ(-EACCES, deliver(self, handle_event(own, 0, 0)));
	EXPECT_EQ(0, pulses(self));
}

/* -2: only the process itself. */
TEST_F(event, for_self)
{
	int coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	struct qmsg_event ev = pulse_event(coid, 10, 8, 3);
	uint32_t h = 0;

	ASSERT_EQ(0, qmsg_event_register(self->q, QMSG_REGISTER_SELF, &ev, &h));
	ASSERT_NE(0U, h);
	EXPECT_EQ(0, deliver_to(self, 0, handle_event(h, 0, 0)));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 8, NULL));
	/* Also through another context of it. */
	coid = qmsg_open();
	EXPECT_EQ(0, qmsg_event_deliver(coid, 0, &(struct qmsg_event){
		.notify = QMSG_EVENT_HANDLE, .id = h }));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 8, NULL));
	close(coid);
}

/* S8.5: the connection of the pulse, not another one with its number. */
TEST_F(event, pulse_connection_replaced)
{
	int64_t h = registers(self, self->coid, pulse_event(self->own_coid, 10, 5, 0));
	int chid = peer_channel(self->p, 0);

	ASSERT_EQ(0, peer_detach(self->p, self->own_coid));
	ASSERT_EQ(self->own_coid, peer_attach(self->p, 0, chid, QMSG_SIDE_CHANNEL, 0));
	EXPECT_EQ(-ESRCH, deliver(self, handle_event(h, 0, 0)));
	EXPECT_EQ(0, read_channel(self->p->pid, self->p->q, chid, "pulses"));
}

TEST_F(event, bad_register)
{
	struct qmsg_event good = plain_event(0), ev;
	uint32_t h;

	EXPECT_EQ(-EBADF, qmsg_event_register(self->q, -3, &good, &h));
	EXPECT_EQ(-EBADF, qmsg_event_register(self->q, 0x40001234, &good, &h));
	EXPECT_EQ(-EBADF, qmsg_event_register(self->q, 0, &good, &h));
	ev = handle_event(1, 0, 0);
	EXPECT_EQ(-EINVAL, qmsg_event_register(self->q, QMSG_REGISTER_SELF, &ev, &h));
	ev = signal_event(QMSG_EVENT_SIGNAL, 0, 0, 0);
	EXPECT_EQ(-EINVAL, qmsg_event_register(self->q, QMSG_REGISTER_SELF, &ev, &h));
	ev = pulse_event(0x40001234, 10, 5, 0);
	EXPECT_EQ(-EBADF, qmsg_event_register(self->q, QMSG_REGISTER_SELF, &ev, &h));
	EXPECT_EQ(0, object_count("registered_events"));
}

/* Different from all others, and not one after the other. */
TEST_F(event, handles_are_random)
{
	struct qmsg_event ev = plain_event(0);
	uint32_t h[200];
	int i, k, near = 0;

	for (i = 0; i < 200; i++) {
		ASSERT_EQ(0, qmsg_event_register(self->q, QMSG_REGISTER_SELF, &ev, &h[i]));
		ASSERT_NE(0U, h[i]);
		for (k = 0; k < i; k++) {
			ASSERT_NE(h[k], h[i]);
			near += h[i] - h[k] + 8 < 16;
		}
	}
	EXPECT_GE(2, near);
	EXPECT_EQ(200, object_count("registered_events"));
}

TEST_F(event, registered_quota)
{
	struct qmsg_event ev = plain_event(0);
	uint32_t h;

	ASSERT_EQ(0, write_param("user_events", 1));
	ASSERT_EQ(0, qmsg_event_register(self->q, QMSG_REGISTER_SELF, &ev, &h));
	EXPECT_EQ(-EAGAIN, qmsg_event_register(self->q, QMSG_REGISTER_SELF, &ev, &h));
	ASSERT_EQ(0, qmsg_event_unregister(self->q, h));
	EXPECT_EQ(0, qmsg_event_register(self->q, QMSG_REGISTER_SELF, &ev, &h));
}

/* S4.20: the owner of a channel is told when its pool is full. */
#define LIMIT 4

static int fill(scene *s, int coid, int n)
{
	int err = 0;

	while (!err && n--)
		err = qmsg_pulse_send(s->q, coid, 1, 1, n);
	return err;
}

TEST_F(event, pool_event)
{
	int told = qmsg_channel_create(self->q, 0), i;
	int told_coid = qmsg_connect_attach(self->q, 0, told, QMSG_SIDE_CHANNEL, 0);
	struct qmsg_channel_create how = {
		.pulse_limit = LIMIT, .pool_rearm = 2,
		.pool_event = pulse_event(told_coid, 10, 9, 55),
	};
	int chid = qmsg_channel_create_with(self->q, &how);
	int coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);

	ASSERT_EQ(0, fill(self, coid, LIMIT));
	EXPECT_EQ(0, expect_nothing(self->q, told));
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(self->q, coid, 1, 2, 0));
	EXPECT_EQ(0, expect_pulse(self->q, told, 9, NULL));
	/* Once. */
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(self->q, coid, 1, 2, 0));
	EXPECT_EQ(0, expect_nothing(self->q, told));
	/* Two places are not more than two … */
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, expect_pulse(self->q, chid, 1, NULL));
	ASSERT_EQ(0, fill(self, coid, 2));
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(self->q, coid, 1, 2, 0));
	EXPECT_EQ(0, expect_nothing(self->q, told));
	/* … three are. */
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, expect_pulse(self->q, chid, 1, NULL));
	ASSERT_EQ(0, fill(self, coid, 3));
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(self->q, coid, 1, 2, 0));
	EXPECT_EQ(0, expect_pulse(self->q, told, 9, NULL));
}

TEST_F(event, pool_event_signal)
{
	struct qmsg_channel_create how = {
		.pulse_limit = LIMIT,
		.pool_event = signal_event(QMSG_EVENT_SIGNAL, SIGUSR1, 0, 66),
	};
	int chid, coid;

	ASSERT_EQ(0, do_handle(self->n));
	chid = qmsg_channel_create_with(self->q, &how);
	coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, fill(self, coid, LIMIT));
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(self->q, coid, 1, 2, 0));
	EXPECT_EQ(0, take_signal(self, 1));
	EXPECT_EQ(66U, self->n->value);
	EXPECT_EQ(getpid(), self->n->pid);
}

/* Where it cannot be delivered the next full pool tries again. */
TEST_F(event, pool_event_undeliverable)
{
	struct qmsg_channel_create how = { .pulse_limit = 1 };
	int told = qmsg_channel_create_with(self->q, &how), chid, coid;
	int told_coid = qmsg_connect_attach(self->q, 0, told, QMSG_SIDE_CHANNEL, 0);

	how.pool_event = pulse_event(told_coid, 10, 9, 0);
	chid = qmsg_channel_create_with(self->q, &how);
	coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, fill(self, told_coid, 1));
	ASSERT_EQ(0, fill(self, coid, 1));
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(self->q, coid, 1, 2, 0));
	ASSERT_EQ(0, expect_pulse(self->q, told, 1, NULL));
	EXPECT_EQ(0, expect_nothing(self->q, told));
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(self->q, coid, 1, 2, 0));
	EXPECT_EQ(0, expect_pulse(self->q, told, 9, NULL));
}

TEST_F(event, pool_event_bad)
{
	int coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	const struct {
		struct qmsg_event ev;
		unsigned int rearm;
		int error;
	} rows[] = {
		{ plain_event(0), 1, -EINVAL },
		{ pulse_event(coid, 10, 1, 0), LIMIT, -EINVAL },
		{ pulse_event(coid, 0, 1, 0), 0, -EINVAL },
		{ pulse_event(coid + 50, 10, 1, 0), 0, -EBADF },
		{ plain_event(QMSG_EVENT_UNBLOCK), 0, -EINVAL },
		{ plain_event(QMSG_EVENT_INTR), 0, -EINVAL },
		{ signal_event(QMSG_EVENT_SIGNAL_THREAD, SIGUSR1, 0, 0), 0, -EINVAL },
		{ handle_event(1, 0, 0), 0, -EINVAL },
		{ plain_event(7), 0, -EINVAL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct qmsg_channel_create how = {
			.pulse_limit = LIMIT, .pool_event = rows[i].ev, .pool_rearm = rows[i].rearm,
		};

		EXPECT_EQ(rows[i].error, qmsg_channel_create_with(self->q, &how));
	}
}

/* Its connection is let go with the channel, however many refer to each other. */
TEST_F(event, pool_event_chain)
{
	struct qmsg_channel_create how = { .pulse_limit = 1 };
	int i, chid;

	for (i = 0; i < 2000; i++) {
		chid = qmsg_channel_create_with(self->q, &how);
		ASSERT_LT(0, chid);
		how.pool_event = pulse_event(qmsg_connect_attach(self->q, 0, chid,
								 QMSG_SIDE_CHANNEL, 0), 1, 1, 0);
	}
	close(self->q);
	self->q = qmsg_open();
	/* The client has one, and a dead connection to the one that it had sent to. */
	EXPECT_TRUE(wait_until(object_count("channels") == 2));
}

TEST_HARNESS_MAIN
