// SPDX-License-Identifier: GPL-2.0-only
/* D10: answers on a condition, decided under the lock of the request. */
#include "kselftest_harness.h"

#include "../hazards/hazard.h"

#define NOT_ASKED	QMSG_REPLY_IF_NOT_ASKED
#define ASKED		QMSG_REPLY_IF_ASKED

FIXTURE(conditional) {
	struct peer *peer;
	struct client *c;
	struct qmsg_msg_info info;
	int64_t rcvid;
	int chid;
};

FIXTURE_SETUP(conditional)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, QMSG_CHF_UNBLOCK);
	ASSERT_LT(0, self->chid);
	self->peer = peer_fork();
	ASSERT_NE(NULL, self->peer);
	ASSERT_LE(0, peer_open(self->peer));
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	self->c = client_connect(self->peer, getpid(), self->chid);
	ASSERT_NE(NULL, self->c);
	self->rcvid = client_send_received(self->c, Q, self->chid, &self->info);
	ASSERT_LT(0, self->rcvid);
}

FIXTURE_TEARDOWN(conditional)
{
	close(Q);
	peer_kill(self->peer, SIGKILL);
	peer_reap(self->peer, NULL);
}

typedef FIXTURE_DATA(conditional) scene;

static int reply_if(scene *s, unsigned int flags, int64_t status)
{
	struct qmsg_msg_reply args = { .flags = flags, .rcvid = s->rcvid, .status = status };

	return qmsg_msg_reply_with(Q, &args);
}

static int error_if(scene *s, unsigned int flags, int error)
{
	struct qmsg_msg_error args = { .flags = flags, .rcvid = s->rcvid, .error = error };

	return qmsg_msg_error_with(Q, &args);
}

static int ask(scene *s)
{
	return client_signal(s->c, SIGUSR1) ?:
	       expect_pulse(Q, s->chid, QMSG_PULSE_CODE_UNBLOCK, NULL);
}

TEST_F(conditional, D10_reply_while_nobody_asked)
{
	EXPECT_EQ(-ECANCELED, reply_if(self, ASKED, 1));
	EXPECT_EQ(-ECANCELED, error_if(self, ASKED, EPROTO));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, reply_if(self, NOT_ASKED, 2));
	EXPECT_EQ(0, client_wait(self->c));
	EXPECT_EQ(2, client_result(self->c));
}

TEST_F(conditional, D10_error_while_nobody_asked)
{
	EXPECT_EQ(0, error_if(self, NOT_ASKED, EPROTO));
	EXPECT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EPROTO, client_result(self->c));
}

TEST_F(conditional, D10_reply_after_somebody_asked)
{
	ASSERT_EQ(0, ask(self));
	EXPECT_EQ(-ECANCELED, reply_if(self, NOT_ASKED, 1));
	EXPECT_EQ(-ECANCELED, error_if(self, NOT_ASKED, EPROTO));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(0, reply_if(self, ASKED, 2));
	EXPECT_EQ(0, client_wait(self->c));
	EXPECT_EQ(2, client_result(self->c));
}

TEST_F(conditional, D10_error_after_somebody_asked)
{
	ASSERT_EQ(0, ask(self));
	EXPECT_EQ(0, error_if(self, ASKED, QMSG_ERROR_REASON));
	EXPECT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EINTR, client_result(self->c));
}

TEST_F(conditional, both_at_once_are_EINVAL)
{
	struct qmsg_msg_reply_receive both = {
		.reply_flags = ASKED | NOT_ASKED, .chid = self->chid,
	};

	EXPECT_EQ(-EINVAL, reply_if(self, ASKED | NOT_ASKED, 1));
	EXPECT_EQ(-EINVAL, error_if(self, ASKED | NOT_ASKED, EPROTO));
	EXPECT_EQ(-EINVAL, qmsg_msg_reply_receive_with(Q, &both));
	both.rcvid = self->rcvid;
	EXPECT_EQ(-EINVAL, qmsg_msg_reply_receive_with(Q, &both));
	EXPECT_EQ(self->rcvid, both.rcvid);
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
}

/* What is over has its own error, whatever the condition. */
TEST_F(conditional, no_such_request_is_ESRCH)
{
	ASSERT_EQ(0, reply_if(self, 0, 1));
	EXPECT_EQ(-ESRCH, reply_if(self, ASKED, 1));
	EXPECT_EQ(-ESRCH, reply_if(self, NOT_ASKED, 1));
	EXPECT_EQ(-ESRCH, error_if(self, ASKED, EPROTO));
	EXPECT_EQ(-ESRCH, error_if(self, NOT_ASKED, EPROTO));
	EXPECT_EQ(0, client_wait(self->c));
}

static void make_orphan(struct __test_metadata *_metadata, scene *self)
{
	ASSERT_EQ(0, write_param("kill_grace_ms", 1));
	ASSERT_EQ(0, peer_kill(self->peer, SIGKILL));
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->chid, "orphans", 1));
	restore_params();
}

/* D7: ESRCH ends it. */
TEST_F(conditional, D7_orphan_if_asked)
{
	make_orphan(_metadata, self);
	EXPECT_EQ(-ESRCH, reply_if(self, ASKED, 1));
	EXPECT_EQ(0, read_channel(getpid(), Q, self->chid, "orphans"));
}

TEST_F(conditional, D7_orphan_if_not_asked)
{
	make_orphan(_metadata, self);
	EXPECT_EQ(-ESRCH, error_if(self, NOT_ASKED, EPROTO));
	EXPECT_EQ(0, read_channel(getpid(), Q, self->chid, "orphans"));
}

/* The data of an answer that is refused does not reach the client. */
TEST_F(conditional, refused_data_is_dropped)
{
	struct qmsg_msg_reply args = {
		.flags = ASKED, .rcvid = self->rcvid, .buf_ptr = (uintptr_t)"wrong", .buf_len = 5,
	};

	EXPECT_EQ(-ECANCELED, qmsg_msg_reply_with(Q, &args));
	args.flags = NOT_ASKED;
	args.buf_ptr = (uintptr_t)"ok";
	args.buf_len = 2;
	EXPECT_EQ(0, qmsg_msg_reply_with(Q, &args));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(2U, self->c->args.out_reply_len);
	EXPECT_EQ(0, memcmp("ok\x5a", self->c->reply, 3));
}

/* Refused before anything is received, and the id is kept. */
TEST_F(conditional, reply_and_receive)
{
	struct qmsg_pulse pulse;
	struct qmsg_msg_reply_receive args = {
		.reply_flags = ASKED, .rcvid = self->rcvid, .status = 3, .chid = self->chid,
		.buf_ptr = (uintptr_t)&pulse, .buf_len = sizeof(pulse),
	};
	int coid = qmsg_connect_attach(Q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);

	ASSERT_EQ(0, qmsg_pulse_send(Q, coid, 1, 9, 0));
	EXPECT_EQ(-ECANCELED, qmsg_msg_reply_receive_with(Q, &args));
	EXPECT_EQ(self->rcvid, args.rcvid);
	EXPECT_EQ(1, read_channel(getpid(), Q, self->chid, "pulses"));
	args.reply_flags = NOT_ASKED;
	EXPECT_EQ(0, qmsg_msg_reply_receive_with(Q, &args));
	EXPECT_EQ(0, args.rcvid);
	EXPECT_EQ(9, pulse.code);
	EXPECT_EQ(0, client_wait(self->c));
	EXPECT_EQ(3, client_result(self->c));
}

/* ---- exactly one of the two wins, whenever the signal comes ---- */

struct race {
	pthread_barrier_t gate;
	scene *s;
	int rounds, ret;
};

static void *answer_if_asked(void *arg)
{
	struct race *r = arg;
	int i;

	for (i = 0; i < r->rounds; i++) {
		pthread_barrier_wait(&r->gate);
		r->ret = reply_if(r->s, ASKED, 2);
		pthread_barrier_wait(&r->gate);
	}
	return NULL;
}

TEST_F(conditional, race_of_both_with_a_signal)
{
	struct race r = { .s = self, .rounds = rounds_by(50) };
	struct qmsg_pulse pulse;
	int i, ret, late = 0, wins[2] = { 0, 0 }, wrong = 0;
	pthread_t thread;

	ASSERT_EQ(0, reply_if(self, 0, 0));
	ASSERT_EQ(0, client_wait(self->c));
	pthread_barrier_init(&r.gate, NULL, 2);
	ASSERT_EQ(0, pthread_create(&thread, NULL, answer_if_asked, &r));
	for (i = 0; i < r.rounds; i++) {
		self->rcvid = client_send_received(self->c, Q, self->chid, NULL);
		ASSERT_LT(0, self->rcvid);
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
		pthread_barrier_wait(&r.gate);
		ret = reply_if(self, NOT_ASKED, 1);
		pthread_barrier_wait(&r.gate);
		/* Neither, if it was asked between them; never both. */
		wrong += !ret && !r.ret;
		wrong += (ret && ret != -ECANCELED && ret != -ESRCH) ||
			 (r.ret && r.ret != -ECANCELED && r.ret != -ESRCH);
		wrong += (ret == -ESRCH) && r.ret;
		wrong += (r.ret == -ESRCH) && ret;
		if (ret && r.ret) {
			ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
			wrong += reply_if(self, NOT_ASKED, 1) != -ECANCELED;
			r.ret = reply_if(self, ASKED, 2);
			wrong += r.ret != 0;
			late++;
		}
		ASSERT_EQ(0, client_wait(self->c));
		wrong += client_result(self->c) != (ret ? 2 : 1);
		wins[ret ? 1 : 0]++;
		while (!receive_now(Q, self->chid, &pulse, sizeof(pulse), NULL))
			;
	}
	pthread_join(thread, NULL);
	EXPECT_EQ(0, wrong);
	printf("# not asked won %d, asked won %d, %d later\n", wins[0], wins[1], late);
}

TEST_HARNESS_MAIN
