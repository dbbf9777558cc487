// SPDX-License-Identifier: GPL-2.0-only
/* P6: a deadline that passes while the client is stopped is acted on when it goes on. */
#include "kselftest_harness.h"
#include "qmsg_test.h"

FIXTURE(stopped) {
	struct peer *peer;
	struct client *c;
	int64_t rcvid;
	uint64_t deadline;
	int q;
	int chid;
};

FIXTURE_SETUP(stopped)
{
	self->q = peer_open(peer_self());
	ASSERT_LE(0, self->q);
	self->peer = peer_fork();
	ASSERT_NE(NULL, self->peer);
	ASSERT_LE(0, peer_open(self->peer));
	self->deadline = deadline_in_ms(wait_limit_ms() / 16);
}

FIXTURE_TEARDOWN(stopped)
{
	close(self->q);
	kill(self->peer->pid, SIGKILL);
	reap(self->peer->pid, NULL);
}

typedef FIXTURE_DATA(stopped) scene;

static int send_it(scene *s, unsigned int flags, bool receive)
{
	int err;

	s->chid = peer_channel(peer_self(), flags);
	s->c = client_connect(s->peer, getpid(), s->chid);
	if (!s->c)
		return -ECONNREFUSED;
	if (receive)
		s->c->args.reply_deadline = s->deadline;
	else
		s->c->args.send_deadline = s->deadline;
	err = client_send(s->c) ?: wait_for_channel(getpid(), s->q, s->chid, "queued", 1);
	if (!err && receive)
		s->rcvid = receive_now(s->q, s->chid, NULL, 0, NULL);
	return err ?: receive && s->rcvid <= 0 ? -EBADMSG : 0;
}

/* Stopped before the deadline, continued after it. */
static int sleep_through_deadline(scene *s)
{
	pid_t pid = s->peer->pid;
	int err = peer_kill(s->peer, SIGSTOP) ?: wait_for_task_state(pid, s->c->w.tid, 'T');

	if (err)
		return err;
	if (now_ns() >= s->deadline)
		return -EAGAIN;
	if (!wait_until(now_ns() > s->deadline))
		return -ETIMEDOUT;
	if (task_state(pid, s->c->w.tid) != 'T' || client_done(s->c))
		return -EPROTO;
	return peer_kill(s->peer, SIGCONT);
}

#define SLEEP_THROUGH() do {							\
	int _err = sleep_through_deadline(self);				\
	if (_err == -EAGAIN)							\
		SKIP(return, "too slow to stop the client before its deadline");	\
	ASSERT_EQ(0, _err);							\
} while (0)

TEST_F(stopped, send_deadline)
{
	ASSERT_EQ(0, send_it(self, QMSG_CHF_UNBLOCK, false));
	SLEEP_THROUGH();
	EXPECT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ETIMEDOUT, client_result(self->c));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

TEST_F(stopped, reply_deadline)
{
	ASSERT_EQ(0, send_it(self, 0, true));
	SLEEP_THROUGH();
	EXPECT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ETIMEDOUT, client_result(self->c));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
}

TEST_F(stopped, reply_deadline_on_UNBLOCK_channel)
{
	struct qmsg_msg_info info;

	ASSERT_EQ(0, send_it(self, QMSG_CHF_UNBLOCK, true));
	SLEEP_THROUGH();
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	ASSERT_EQ(0, qmsg_msg_info(self->q, self->rcvid, &info));
	EXPECT_EQ(QMSG_UNBLOCK_TIMEOUT, info.unblock_reasons);
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, QMSG_ERROR_REASON));
	EXPECT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ETIMEDOUT, client_result(self->c));
}

/* The answer came first: a deadline that passed later has nothing to end (R10). */
TEST_F(stopped, answer_before_the_deadline)
{
	ASSERT_EQ(0, send_it(self, 0, true));
	ASSERT_EQ(0, peer_kill(self->peer, SIGSTOP));
	ASSERT_EQ(0, wait_for_task_state(self->peer->pid, self->c->w.tid, 'T'));
	if (qmsg_msg_reply(self->q, self->rcvid, 5, NULL, 0))
		SKIP(return, "too slow to stop the client before its deadline");
	ASSERT_TRUE(wait_until(now_ns() > self->deadline));
	ASSERT_EQ(0, peer_kill(self->peer, SIGCONT));
	EXPECT_EQ(0, client_wait(self->c));
	EXPECT_EQ(5, client_result(self->c));
}

TEST_HARNESS_MAIN
