// SPDX-License-Identifier: GPL-2.0-only
/*
 * D20: whatever happens at the same time, at the end everybody has his own priority again.
 * Clients of all priorities send and give up, pulses come, servers change channels, answer
 * for each other and take requests up again.
 */
#include "scene.h"

#include <stdlib.h>

#define CHANNELS	2
#define SERVERS		3
#define CLIENTS		4

static int chids[CHANNELS];
static atomic_bool over;
static _Atomic int64_t handed;	/* a request that somebody is to answer */

static unsigned int luck(struct server *s, unsigned int n)
{
	return rand_r((unsigned int *)&s->priority) % n;
}

static void serve(struct server *s)
{
	int64_t rcvid = s->rcvid;
	int q = s->w.peer->q;

	if (!rcvid)
		return;
	if (luck(s, 3) == 0)
		rcvid = atomic_exchange(&handed, rcvid);
	if (luck(s, 3) == 0)
		qmsg_msg_current(q, luck(s, 2) ? rcvid : 0);
	if (rcvid)
		qmsg_msg_reply(q, rcvid, 0, NULL, 0);
}

/* It may find that there is nothing more; then it stops. */
static int64_t step_server(struct server *s)
{
	int64_t ret;

	while (!atomic_load(&over)) {
		s->chid = chids[luck(s, CHANNELS)];
		s->deadline = luck(s, 4) ? deadline_in_ms(1 + luck(s, 3)) : 0;
		ret = step_receive(s);
		if (!ret)
			serve(s);
		else if (ret != -ETIMEDOUT && ret != -ESRCH)
			return ret;
	}
	return 0;
}

static int64_t send_once(struct server *s, int coid)
{
	struct qmsg_msg_send args = send_args(coid, "", 1, NULL, 0);
	int ret;

	args.send_deadline = deadline_in_ms(luck(s, 5));
	args.reply_deadline = deadline_in_ms(1 + luck(s, 20));
	ret = qmsg_msg_send_with(s->w.peer->q, &args);
	return ret == -ETIMEDOUT || ret == -ESRCH || ret == -EBADF ? 0 : ret;
}

static int64_t step_client(struct server *s)
{
	int64_t ret = 0;
	int i, coid[CHANNELS];

	for (i = 0; i < CHANNELS; i++)
		coid[i] = qmsg_connect_attach(s->w.peer->q, 0, chids[i], QMSG_SIDE_CHANNEL, 0);
	for (i = few_rounds(200); i && !ret; i--) {
		set_fifo_priority(0, luck(s, 2) ? luck(s, 50) : 0);
		if (luck(s, 8))
			ret = send_once(s, coid[luck(s, CHANNELS)]);
		else
			qmsg_pulse_send(s->w.peer->q, coid[luck(s, CHANNELS)], 1 + luck(s, 60),
					luck(s, 2), 0);
	}
	set_fifo_priority(0, 0);
	return ret;
}

static bool all_done(struct server **s, int n)
{
	for (int i = 0; i < n; i++)
		if (!worker_is_done(&s[i]->w))
			return false;
	return true;
}

static int finish(struct server **s, int n)
{
	for (int i = 0; i < n; i++)
		if (!s[i] || worker_wait(&s[i]->w) || s[i]->ret)
			return -1;
	return 0;
}

/* Always true: for a wait that does something meanwhile. */
static bool answer_handed(scene *self)
{
	qmsg_msg_error(self->q, atomic_exchange(&handed, 0), EAGAIN);
	return true;
}

TEST_F_TIMEOUT(priority, everybody_has_his_own_at_the_end, IN_COMPANY)
{
	struct server *server[SERVERS], *client[CLIENTS];
	int i;

	for (i = 0; i < CHANNELS; i++)
		chids[i] = qmsg_channel_create(self->q, i ? QMSG_CHF_UNBLOCK : 0);
	for (i = 0; i < SERVERS; i++) {
		server[i] = server_new(self->me, 0);
		server[i]->priority = i;
		ASSERT_EQ(0, set_fifo_priority(server[i]->w.tid, i * 20));
		ASSERT_EQ(0, go(server[i], step_server));
	}
	for (i = 0; i < CLIENTS; i++) {
		client[i] = server_new(self->me, 0);
		client[i]->priority = 100 + i;
		ASSERT_EQ(0, go(client[i], step_client));
	}
	/* The last one that was handed over may be nobody's. */
	ASSERT_TRUE(wait_until(all_done(client, CLIENTS) || !answer_handed(self)));
	ASSERT_EQ(0, finish(client, CLIENTS));
	atomic_store(&over, true);
	ASSERT_EQ(0, finish(server, SERVERS));
	for (i = 0; i < CHANNELS; i++)
		qmsg_channel_destroy(self->q, chids[i]);
	for (i = 0; i < SERVERS; i++)
		EXPECT_EQ(0, wait_for_sched(server[i]->w.tid, i ? SCHED_FIFO : SCHED_OTHER, i * 20));
}

TEST_HARNESS_MAIN
