// SPDX-License-Identifier: GPL-2.0-only
/* S2.55, S2.56, S8.3 - S8.5: which client an id means, how long, and never another. */
#include "scene.h"

static struct qmsg_event none;

/* The last sixteen of a connection. */
TEST_F(event, last_sixteen)
{
	int64_t ids[17];
	int i;

	ASSERT_EQ(0, answer(self));
	for (i = 0; i < 17; i++) {
		ids[i] = another(self);
		ASSERT_LT(0, ids[i]);
	}
	EXPECT_EQ(-ESRCH, deliver(self, none));
	EXPECT_EQ(-ESRCH, deliver_to(self, ids[0], none));
	for (i = 1; i < 17; i++)
		EXPECT_EQ(0, deliver_to(self, ids[i], none));
}

/* One that was used, checked or kept is known for ever. */
TEST_F(event, used_ids_are_kept)
{
	int64_t used = self->rcvid, checked, kept, forgotten;
	int i;

	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, deliver_to(self, used, none));
	checked = another(self);
	ASSERT_EQ(0, qmsg_event_check(self->q, checked, &none));
	kept = another(self);
	ASSERT_EQ(0, qmsg_event_keep(self->q, kept));
	forgotten = another(self);
	for (i = 0; i < 40; i++)
		ASSERT_LT(0, another(self));
	EXPECT_EQ(0, deliver_to(self, used, none));
	EXPECT_EQ(0, deliver_to(self, checked, none));
	EXPECT_EQ(0, deliver_to(self, kept, none));
	EXPECT_EQ(-ESRCH, deliver_to(self, forgotten, none));
	EXPECT_EQ(-ESRCH, qmsg_event_keep(self->q, forgotten));
	EXPECT_EQ(3, object_count("kept_rcvids"));
}

/* Before the answer too. */
TEST_F(event, kept_while_outstanding)
{
	int i;

	ASSERT_EQ(0, qmsg_event_keep(self->q, self->rcvid));
	ASSERT_EQ(0, answer(self));
	for (i = 0; i < 20; i++)
		ASSERT_LT(0, another(self));
	EXPECT_EQ(0, deliver(self, none));
}

/* 256; of more the one that was not used for longest goes. */
TEST_F(event, kept_256)
{
	int64_t ids[256];
	int i;

	ASSERT_EQ(0, answer(self));
	for (i = 0; i < 256; i++) {
		ids[i] = another(self);
		ASSERT_EQ(0, qmsg_event_keep(self->q, ids[i]));
	}
	ASSERT_EQ(0, deliver_to(self, ids[0], none));
	ASSERT_EQ(0, qmsg_event_keep(self->q, another(self)));
	EXPECT_EQ(256, object_count("kept_rcvids"));
	for (i = 0; i < 20; i++)
		ASSERT_LT(0, another(self));
	EXPECT_EQ(0, deliver_to(self, ids[0], none));
	EXPECT_EQ(-ESRCH, deliver_to(self, ids[1], none));
	EXPECT_EQ(0, deliver_to(self, ids[2], none));
}

TEST_F(event, kept_quota)
{
	int64_t second;

	ASSERT_EQ(0, answer(self));
	second = another(self);
	ASSERT_EQ(0, write_param("user_events", 1));
	ASSERT_EQ(0, qmsg_event_keep(self->q, self->rcvid));
	EXPECT_EQ(-EAGAIN, qmsg_event_keep(self->q, second));
	/* Delivered all the same. */
	EXPECT_EQ(0, deliver_to(self, second, pulse_event(self->own_coid, 1, 1, 0)));
	EXPECT_EQ(1, pulses(self));
}

/* S8.4: the thread is gone, another one of its process has it; but not what is for it alone. */
TEST_F(event, thread_gone)
{
	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, worker_stop(&self->c->w));
	ASSERT_TRUE(wait_until(!task_state(self->p->pid, self->c->w.tid)));
	ASSERT_EQ(0, deliver(self, pulse_event(self->own_coid, QMSG_PRIORITY_SELF, 5, 0)));
	EXPECT_EQ(0, take_pulse(self, 5));
	ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL, SIGUSR1, 0, 0)));
	EXPECT_EQ(0, take_signal(self, 1));
	EXPECT_EQ(-ESRCH, deliver(self, signal_event(QMSG_EVENT_SIGNAL_THREAD, SIGUSR1, 0, 0)));
	EXPECT_EQ(-ESRCH, deliver(self, plain_event(QMSG_EVENT_UNBLOCK)));
	EXPECT_EQ(-ESRCH, deliver(self, plain_event(QMSG_EVENT_INTR)));
	EXPECT_EQ(-ESRCH, check(self, plain_event(QMSG_EVENT_INTR)));
}

TEST_F(event, process_gone)
{
	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, qmsg_event_keep(self->q, self->rcvid));
	ASSERT_EQ(0, peer_end(self->p));
	EXPECT_EQ(-ESRCH, deliver(self, none));
	EXPECT_EQ(-ESRCH, deliver(self, pulse_event(self->own_coid, 10, 5, 0)));
	EXPECT_TRUE(wait_until(!object_count("kept_rcvids")));
}

/* The client has detached: the id is dead at once. */
TEST_F(event, detached)
{
	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, deliver(self, none));
	ASSERT_EQ(0, peer_detach(self->p, self->coid));
	EXPECT_EQ(-ESRCH, deliver(self, none));
}

/* S8.4: a zombie is nobody. */
TEST_F(event, zombie)
{
	int chid = qmsg_channel_create(self->q, QMSG_CHF_DISCONNECT);
	int coid = peer_attach(self->p, getpid(), chid, QMSG_SIDE_CHANNEL, 0);
	struct client *c = client_new(self->p, coid);
	int64_t rcvid = client_send_received(c, self->q, chid, NULL);
	struct qmsg_pulse pulse;

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
	ASSERT_EQ(0, qmsg_event_keep(self->q, rcvid));
	ASSERT_EQ(0, peer_detach(self->p, coid));
	EXPECT_EQ(-ESRCH, deliver_to(self, rcvid, none));
	ASSERT_EQ(0, expect_pulse(self->q, chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(-ESRCH, deliver_to(self, rcvid, none));
	ASSERT_EQ(0, qmsg_connect_detach(self->q, pulse.scoid));
	EXPECT_EQ(-ESRCH, deliver_to(self, rcvid, none));
}

/* S8.5: another client with the same scoid does not have its predecessor's events. */
TEST_F(event, scoid_reused)
{
	scene *s = self, other = { .q = self->q, .chid = self->chid };
	int64_t old = self->rcvid;

	ASSERT_EQ(0, answer(s));
	ASSERT_EQ(0, qmsg_event_keep(s->q, old));
	ASSERT_EQ(0, peer_end(s->p));
	ASSERT_EQ(0, client_begin(&other, self->chid));
	ASSERT_EQ(s->info.scoid, other.info.scoid);
	EXPECT_EQ(-ESRCH, deliver_to(&other, old, pulse_event(other.own_coid, 10, 5, 0)));
	EXPECT_EQ(0, pulses(&other));
	EXPECT_EQ(0, deliver(&other, pulse_event(other.own_coid, 10, 5, 0)));
}

/* Ids of 8 bits, and a client whose request has been received. */
static int narrow_begin(scene *narrow)
{
	int err = qmsg_setup(narrow->q, 8);

	narrow->chid = err ? err : qmsg_channel_create(narrow->q, 0);
	return narrow->chid < 0 ? narrow->chid : client_begin(narrow, narrow->chid);
}

/* Another client of the same channel, which has been answered once. */
static int other_begin(scene *other, const scene *narrow)
{
	int err;

	*other = (scene){ .q = narrow->q, .chid = narrow->chid };
	err = client_begin(other, narrow->chid);
	return err ? err : answer(other);
}

/* A context whose ids come round quickly: a kept one is not given to another client. */
TEST_F(event, narrow_ids)
{
	scene narrow = { .q = qmsg_open() }, other;
	int64_t id;
	int i;

	ASSERT_EQ(0, narrow_begin(&narrow));
	ASSERT_EQ(0, answer(&narrow));
	ASSERT_EQ(0, qmsg_event_keep(narrow.q, narrow.rcvid));
	ASSERT_EQ(0, other_begin(&other, &narrow));
	for (i = 0; i < 600; i++) {
		id = another(&other);
		ASSERT_LT(0, id);
		ASSERT_NE(narrow.rcvid, id);
	}
	EXPECT_EQ(0, deliver(&narrow, pulse_event(narrow.own_coid, 10, 5, 0)));
	EXPECT_EQ(1, pulses(&narrow));
	close(narrow.q);
}

/* … and one that is only remembered is not believed when it may be another's by now. */
TEST_F(event, narrow_ids_forgotten)
{
	scene narrow = { .q = qmsg_open() }, other;
	int i;

	ASSERT_EQ(0, narrow_begin(&narrow));
	ASSERT_EQ(0, answer(&narrow));
	ASSERT_EQ(0, other_begin(&other, &narrow));
	/* Once round, but for a few. */
	for (i = 0; i < 200; i++)
		ASSERT_LT(0, another(&other));
	EXPECT_EQ(0, qmsg_event_deliver(narrow.q, narrow.rcvid, &none));
	close(narrow.q);

	narrow = (scene){ .q = qmsg_open() };
	ASSERT_EQ(0, narrow_begin(&narrow));
	ASSERT_EQ(0, answer(&narrow));
	ASSERT_EQ(0, other_begin(&other, &narrow));
	for (i = 0; i < 300; i++)
		ASSERT_LT(0, another(&other));
	/* It is the other's again, or nobody's; not the first client's. */
	qmsg_event_deliver(narrow.q, narrow.rcvid,
			   &(struct qmsg_event){ .notify = QMSG_EVENT_PULSE, .code = 1,
						 .priority = 1, .id = narrow.own_coid });
	EXPECT_EQ(0, pulses(&narrow));
	close(narrow.q);
}

/* … nor is one forgotten whose request has waited so long that the ids have come round. */
TEST_F(event, narrow_ids_of_a_long_wait)
{
	scene narrow = { .q = qmsg_open() }, other;
	int i;

	ASSERT_EQ(0, narrow_begin(&narrow));
	ASSERT_EQ(0, other_begin(&other, &narrow));
	for (i = 0; i < 600; i++)
		ASSERT_NE(narrow.rcvid, another(&other));
	ASSERT_EQ(0, answer(&narrow));
	EXPECT_EQ(0, deliver(&narrow, pulse_event(narrow.own_coid, 10, 5, 0)));
	EXPECT_EQ(1, pulses(&narrow));
	close(narrow.q);
}

/* A table full of kept ids still gives ids. */
TEST_F(event, narrow_ids_all_kept)
{
	scene narrow = { .q = qmsg_open() };
	int i;

	ASSERT_EQ(0, narrow_begin(&narrow));
	ASSERT_EQ(0, answer(&narrow));
	for (i = 0; i < 600; i++)
		ASSERT_EQ(0, qmsg_event_keep(narrow.q, another(&narrow)));
	EXPECT_GE(64, object_count("kept_rcvids"));
	close(narrow.q);
}

/* ---- D15, S3.27, S3.29, S3.30, S8.8, S8.14: who may ---- */

struct stranger {
	struct peer *p;
	int chid;
	int64_t rcvid;
	struct qmsg_event ev;
};

static int64_t become_nobody(void *arg)
{
	(void)arg;
	if (setresuid(65534, 65534, 65534))
		return -errno;
	/* Another user does not die with its parent unless it says so again. */
	die_with_parent(getppid());
	return 0;
}

static int64_t stranger_receives(void *arg)
{
	struct stranger *s = arg;
	char buf[256];

	s->rcvid = receive_soon(s->p->q, s->chid, buf, sizeof(buf), NULL);
	return s->rcvid;
}

static int64_t stranger_delivers(void *arg)
{
	struct stranger *s = arg;

	return qmsg_event_deliver(s->p->q, s->rcvid, &s->ev);
}

/* A server of another user: 0. */
static int stranger_begin(struct stranger *s, scene *client, struct client **c)
{
	int coid;

	s->p = peer_fork();
	if (peer_open(s->p) < 0)
		return -1;
	s->chid = peer_channel(s->p, 0);
	coid = peer_attach(client->p, s->p->pid, s->chid, QMSG_SIDE_CHANNEL, 0);
	if (coid < 0)
		return -2;
	if (peer_call(s->p, become_nobody, NULL))
		return -3;
	*c = client_new(client->p, coid);
	if (client_send(*c))
		return -4;
	return peer_call(s->p, stranger_receives, s) > 0 ? 0 : -5;
}

static int stranger_deliver(struct stranger *s, struct qmsg_event ev)
{
	s->ev = ev;
	return peer_call(s->p, stranger_delivers, s);
}

/* D15: a signal only from who could kill(2) the client; a pulse from any server. */
TEST_F(event, other_user)
{
	struct stranger *s = shared_alloc(sizeof(*s));
	struct client *c;
	int64_t handle;

	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	ASSERT_EQ(0, stranger_begin(s, self, &c));
	EXPECT_EQ(-EPERM, stranger_deliver(s, signal_event(QMSG_EVENT_SIGNAL, SIGUSR1, 0, 0)));
	EXPECT_EQ(-EPERM, stranger_deliver(s, signal_event(QMSG_EVENT_SIGNAL_CODE, SIGKILL, 0, 0)));
	EXPECT_EQ(-EPERM, stranger_deliver(s, signal_event(QMSG_EVENT_SIGNAL_THREAD, SIGUSR1,
							   0, 0)));
	EXPECT_EQ(0, stranger_deliver(s, pulse_event(self->own_coid, 10, 5, 0)));
	EXPECT_EQ(0, take_pulse(self, 5));
	EXPECT_EQ(0, self->n->signals);
	/* Unless the client has asked for it. */
	handle = registers(self, (int)c->args.coid,
			   signal_event(QMSG_EVENT_SIGNAL, SIGUSR1, 0, 77));
	ASSERT_LT(0, handle);
	EXPECT_EQ(0, stranger_deliver(s, handle_event(handle, 0, 0)));
	EXPECT_EQ(0, take_signal(self, 1));
	EXPECT_EQ(77U, self->n->value);
}

/* S3.27, S3.29 */
TEST_F(event, connection_flags)
{
	static const struct {
		unsigned int flags;
		int raw, registered;
	} rows[] = {
		{ 0, 0, 0 },
		{ QMSG_COF_UNREG_EVENTS, 0, 0 },
		{ QMSG_COF_REG_EVENTS, -EACCES, 0 },
		{ QMSG_COF_NOEVENT, -EACCES, -EACCES },
		{ QMSG_COF_NOEVENT | QMSG_COF_REG_EVENTS, -EACCES, -EACCES },
	};
	size_t i;

	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, peer_detach(self->p, self->coid));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int coid = peer_attach(self->p, getpid(), self->chid, QMSG_SIDE_CHANNEL,
				       rows[i].flags);
		int64_t handle, any;

		ASSERT_LT(0, coid);
		self->c = client_new(self->p, coid);
		self->rcvid = client_send_received(self->c, self->q, self->chid, NULL);
		handle = registers(self, coid, pulse_event(self->own_coid, 10, 6, 0));
		any = registers(self, QMSG_REGISTER_ANY_SERVER,
				pulse_event(self->own_coid, 10, 7, 0));
		EXPECT_EQ(rows[i].raw, deliver(self, pulse_event(self->own_coid, 10, 5, 0)));
		EXPECT_EQ(rows[i].raw, check(self, none));
		EXPECT_EQ(rows[i].registered, deliver(self, handle_event(handle, 0, 0)));
		EXPECT_EQ(rows[i].registered, deliver(self, handle_event(any, 0, 0)));
		ASSERT_EQ(0, answer(self));
		/* Answered: what any of the connections permits. */
		EXPECT_EQ(rows[i].raw, deliver(self, none));
		ASSERT_EQ(0, peer_detach(self->p, coid));
	}
}

/* Two connections that share a scoid: the one that was used decides while it is outstanding. */
TEST_F(event, shared_connection_flags)
{
	int quiet = peer_attach(self->p, getpid(), self->chid, QMSG_SIDE_CHANNEL,
				QMSG_COF_NOEVENT);
	struct client *c = client_new(self->p, quiet);
	struct qmsg_msg_info info;
	int64_t rcvid = client_send_received(c, self->q, self->chid, &info);

	ASSERT_EQ(self->info.scoid, info.scoid);
	EXPECT_EQ(0, deliver(self, none));
	EXPECT_EQ(-EACCES, deliver_to(self, rcvid, none));
	ASSERT_EQ(0, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(0, deliver_to(self, rcvid, none));
	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, peer_detach(self->p, self->coid));
	EXPECT_EQ(-EACCES, deliver_to(self, rcvid, none));
}

TEST_HARNESS_MAIN
