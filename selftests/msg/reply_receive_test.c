// SPDX-License-Identifier: GPL-2.0-only
/* The fused call: exactly one answer, then exactly a receive. */
#include "pair.h"

static struct qmsg_msg_reply_receive fused(scene *self, int64_t rcvid)
{
	return (struct qmsg_msg_reply_receive){
		.size = sizeof(struct qmsg_msg_reply_receive),
		.rcvid = rcvid,
		.status = 5,
		.reply_ptr = (uintptr_t)self->answer,
		.reply_len = 100,
		.chid = self->chid,
		.info_len = sizeof(self->info),
		.info_ptr = (uintptr_t)&self->info,
		.buf_ptr = (uintptr_t)self->buf,
		.buf_len = BIG,
		.deadline = 0,
		.out_reply_error = -1,
		.out_rcvid = -1,
	};
}

static int send_and_take(scene *self)
{
	set_lengths(self, 100, 100);
	return deliver(self, 100);
}

static struct client *second_client(scene *self)
{
	return client_blocked(self->peer, self->me->pid, self->chid);
}

TEST_F(pair, answers_and_receives_the_next)
{
	struct qmsg_msg_reply_receive args;
	struct client *next;

	ASSERT_EQ(0, send_and_take(self));
	next = second_client(self);
	ASSERT_NE(NULL, next);
	args = fused(self, self->rcvid);
	ASSERT_EQ(0, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(5, result(self));
	EXPECT_TRUE(has_pattern(self->room, 100, 0, ANSWER));
	EXPECT_EQ(0, args.out_reply_error);
	EXPECT_EQ(0, args.rcvid);
	EXPECT_LT(0, args.out_rcvid);
	EXPECT_EQ(args.out_rcvid, self->info.rcvid);
	EXPECT_EQ(next->w.tid, self->info.tid);
	EXPECT_STREQ("ping", self->buf);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, args.out_rcvid, 6, NULL, 0));
	EXPECT_EQ(0, client_wait(next));
	EXPECT_EQ(6, client_result(next));
}

/* The library's plain form. */
TEST_F(pair, plain_call)
{
	struct client *next;
	int64_t rcvid;

	ASSERT_EQ(0, send_and_take(self));
	next = second_client(self);
	ASSERT_NE(NULL, next);
	rcvid = qmsg_msg_reply_receive(self->q, self->rcvid, 9, self->answer, 10, self->chid,
				       self->buf, BIG, &self->info);
	EXPECT_LT(0, rcvid);
	EXPECT_EQ(9, result(self));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
}

/* rcvid 0: nothing to answer. */
TEST_F(pair, without_a_request_it_only_receives)
{
	struct qmsg_msg_reply_receive args = fused(self, 0);
	struct client *next = second_client(self);

	ASSERT_NE(NULL, next);
	ASSERT_EQ(0, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(0, args.out_reply_error);
	EXPECT_LT(0, args.out_rcvid);
	EXPECT_FALSE(client_done(next));
}

struct sender {
	pthread_t thread;
	scene *self;
	int rounds;
	int wrong;
};

static void *send_all(void *arg)
{
	struct sender *s = arg;
	char out[64], in[64];
	int i;

	for (i = 0; i < s->rounds; i++) {
		memset(out, i, sizeof(out));
		if (qmsg_msg_send(s->self->q, s->self->c->args.coid, out, sizeof(out), in,
				  sizeof(in)) != i || memcmp(in, out, sizeof(out)))
			s->wrong++;
	}
	return NULL;
}

/* A server's loop: each answer goes with the next receive. */
TEST_F(pair, loop)
{
	struct sender s = { .self = self, .rounds = few_rounds(500) };
	int64_t rcvid = 0;
	int i;

	if (variant->process)
		SKIP(return, "the sender is a thread");
	ASSERT_EQ(0, pthread_create(&s.thread, NULL, send_all, &s));
	for (i = 0; i < s.rounds; i++) {
		rcvid = qmsg_msg_reply_receive(self->q, rcvid, i - 1, self->buf, 64, self->chid,
					       self->buf, BIG, &self->info);
		ASSERT_LT(0, rcvid);
	}
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, i - 1, self->buf, 64));
	pthread_join(s.thread, NULL);
	EXPECT_EQ(0, s.wrong);
}

/* A stale id: told, and the receive goes on as if nothing had been. */
TEST_F(pair, stale_receive_id_is_reported_and_the_receive_goes_on)
{
	struct qmsg_msg_reply_receive args;
	struct client *next;
	int64_t stale;

	ASSERT_EQ(0, send_and_take(self));
	stale = self->rcvid;
	ASSERT_EQ(0, qmsg_msg_reply(self->q, stale, 1, NULL, 0));
	ASSERT_EQ(1, result(self));
	next = second_client(self);
	ASSERT_NE(NULL, next);
	args = fused(self, stale);
	ASSERT_EQ(0, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(ESRCH, args.out_reply_error);
	EXPECT_EQ(0, args.rcvid);
	EXPECT_LT(0, args.out_rcvid);
	EXPECT_EQ(next->w.tid, self->info.tid);
	EXPECT_FALSE(client_done(next));
}

/* A past deadline polls: the answer is given, the receive finds nothing. */
TEST_F(pair, nothing_to_receive_is_ETIMEDOUT_after_the_answer)
{
	struct qmsg_msg_reply_receive args;

	ASSERT_EQ(0, send_and_take(self));
	args = fused(self, self->rcvid);
	EXPECT_EQ(-ETIMEDOUT, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(0, args.rcvid);
	EXPECT_EQ(0, args.out_reply_error);
	EXPECT_EQ(5, result(self));
}

/* The reply's own fault: nothing received, the id kept, the client still there (S2.28). */
TEST_F(pair, bad_reply_buffer_receives_nothing_and_keeps_the_id)
{
	struct qmsg_msg_reply_receive args;
	struct client *next;

	ASSERT_EQ(0, send_and_take(self));
	next = second_client(self);
	ASSERT_NE(NULL, next);
	args = fused(self, self->rcvid);
	args.reply_ptr = 16;
	EXPECT_EQ(-EFAULT, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(self->rcvid, args.rcvid);
	EXPECT_TRUE(is_waiting(self));
	EXPECT_EQ(0, wait_for_client(next, "SEND"));
	args.reply_ptr = (uintptr_t)self->answer;
	EXPECT_EQ(0, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(5, result(self));
}

/* The receive's fault: the answer stands, the id is zeroed, the message keeps its place. */
TEST_F(pair, bad_receive_buffer_after_the_answer)
{
	struct qmsg_msg_reply_receive args;
	struct client *next;

	ASSERT_EQ(0, send_and_take(self));
	next = second_client(self);
	ASSERT_NE(NULL, next);
	args = fused(self, self->rcvid);
	args.buf_ptr = (uintptr_t)unmapped_page();
	EXPECT_EQ(-EFAULT, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(0, args.rcvid);
	EXPECT_EQ(5, result(self));
	EXPECT_EQ(0, wait_for_client(next, "SEND"));
}

/* Likewise a length of the information that nobody can have. */
TEST_F(pair, bad_info_length_after_the_answer)
{
	struct qmsg_msg_reply_receive args;

	ASSERT_EQ(0, send_and_take(self));
	args = fused(self, self->rcvid);
	args.info_len = sysconf(_SC_PAGESIZE) + 1;
	EXPECT_EQ(-EINVAL, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(0, args.rcvid);
	EXPECT_EQ(5, result(self));
}

TEST_F(pair, no_such_channel_after_the_answer)
{
	struct qmsg_msg_reply_receive args;

	ASSERT_EQ(0, send_and_take(self));
	args = fused(self, self->rcvid);
	args.chid = self->chid + 1;
	EXPECT_EQ(-ESRCH, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(0, args.rcvid);
	EXPECT_EQ(5, result(self));
}

struct fused_call {
	struct worker w;
	struct qmsg_msg_reply_receive args;
	int ret;
};

static void run_fused(struct worker *w)
{
	struct fused_call *f = (struct fused_call *)w;

	f->ret = qmsg_msg_reply_receive_with(w->peer->q, &f->args);
}

/* Interrupted while receiving: repeated as it is, it answers nobody a second time. */
TEST_F(pair, interrupted_receive_does_not_answer_twice)
{
	struct fused_call *f = shared_alloc(sizeof(*f));

	ASSERT_EQ(0, peer_handle(self->me, SIGUSR2, SA_RESTART));
	ASSERT_EQ(0, send_and_take(self));
	f->w.peer = self->me;
	f->w.run = run_fused;
	f->args = fused(self, self->rcvid);
	f->args.deadline = QMSG_NO_DEADLINE;
	ASSERT_EQ(0, worker_go(&f->w));
	EXPECT_EQ(5, result(self));
	ASSERT_EQ(0, wait_for_channel(self->me->pid, self->q, self->chid, "receivers", 1));
	ASSERT_EQ(0, worker_signal(&f->w, SIGUSR2));
	ASSERT_EQ(0, worker_wait(&f->w));
	EXPECT_EQ(-EINTR, f->ret);
	EXPECT_EQ(0, f->args.rcvid);
	/* The same struct once more, as a loop around EINTR does. */
	ASSERT_EQ(0, worker_go(&f->w));
	ASSERT_EQ(0, wait_for_channel(self->me->pid, self->q, self->chid, "receivers", 1));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, worker_wait(&f->w));
	EXPECT_EQ(0, f->ret);
	EXPECT_EQ(0, f->args.out_reply_error);
	EXPECT_LT(0, f->args.out_rcvid);
	self->rcvid = f->args.out_rcvid;
	EXPECT_TRUE(is_waiting(self));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 8, NULL, 0));
	EXPECT_EQ(8, result(self));
}

/* T21: the answer withdraws the pulse before the receive looks. */
TEST_F(pair, answer_withdraws_the_unblock_pulse_first)
{
	struct qmsg_msg_reply_receive args;

	self->chid = peer_channel(self->me, QMSG_CHF_UNBLOCK);
	self->c->args.coid = peer_attach(self->peer, self->me->pid, self->chid,
					 QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, send_and_take(self));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	args = fused(self, self->rcvid);
	EXPECT_EQ(-ETIMEDOUT, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(5, result(self));
}

/* A pulse is received as by MsgReceive: id 0, info zeroed. */
TEST_F(pair, receives_a_pulse)
{
	struct qmsg_msg_reply_receive args;
	struct qmsg_pulse *pulse = (struct qmsg_pulse *)self->buf;
	int coid = peer_attach(self->me, 0, self->chid, QMSG_SIDE_CHANNEL, 0);

	ASSERT_EQ(0, send_and_take(self));
	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 1, 33, 44));
	args = fused(self, self->rcvid);
	args.flags = QMSG_RECEIVE_PULSE;
	ASSERT_EQ(0, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(0, args.out_rcvid);
	EXPECT_EQ(33, pulse->code);
	EXPECT_EQ(44U, pulse->value);
	EXPECT_EQ(0, self->info.pid);
	EXPECT_EQ(5, result(self));
}

/* Answer a request of one channel, receive on another. */
TEST_F(pair, receives_on_another_channel)
{
	struct qmsg_msg_reply_receive args;
	int other = peer_channel(self->me, 0);
	struct client *next = client_blocked(self->peer, self->me->pid, other);

	ASSERT_NE(NULL, next);
	ASSERT_EQ(0, send_and_take(self));
	args = fused(self, self->rcvid);
	args.chid = other;
	ASSERT_EQ(0, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(5, result(self));
	EXPECT_EQ(other, self->info.chid);
	EXPECT_EQ(next->w.tid, self->info.tid);
}

TEST_HARNESS_MAIN
