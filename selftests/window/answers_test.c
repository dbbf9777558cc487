// SPDX-License-Identifier: GPL-2.0-only
/*
 * P1, D10, T21: several threads answer the same request with long replies at the same time:
 * one does, the others have ESRCH, and what the client finds is that reply and no other. An
 * answer on a condition that does not hold writes nothing.
 */
/* build: also -m32 */
#include "../hazards/hazard.h"
#include "window.h"

#define LEN	30000UL
#define NTHREADS	2

struct answerer {
	pthread_t thread;
	pthread_barrier_t *gate;
	scene *s;
	int number, rounds, ret;
	size_t len;
	char data[LEN];
};

static void *answer(void *arg)
{
	struct answerer *a = arg;

	for (int i = 0; i < a->rounds; i++) {
		pthread_barrier_wait(a->gate);
		a->ret = qmsg_msg_reply(a->s->q, a->s->rcvid, a->number, a->data, a->len);
		pthread_barrier_wait(a->gate);
	}
	return NULL;
}

/* All of what the client was told is the winner's; the rest nobody has promised anything of. */
static bool is_reply_of(const scene *s, const struct answerer *a)
{
	if (s->c->args.out_reply_len != a->len)
		return false;
	return !memcmp(s->room, a->data, a->len) && has_fill(s->room + LEN, GUARD);
}

static void answer_at_once(struct __test_metadata *_metadata, scene *self, const size_t *lens)
{
	struct answerer *a = calloc(NTHREADS, sizeof(*a));
	int wins[NTHREADS] = { 0, 0 };
	pthread_barrier_t gate;

	pthread_barrier_init(&gate, NULL, NTHREADS + 1);
	ASSERT_EQ(0, have_room_shown(self, LEN));
	for (int i = 0; i < NTHREADS; i++) {
		a[i] = (struct answerer){ .gate = &gate, .s = self, .number = i, .len = lens[i],
					  .rounds = rounds_by(10) };
		memset(a[i].data, 'A' + i, LEN);
		ASSERT_EQ(0, pthread_create(&a[i].thread, NULL, answer, &a[i]));
	}
	for (int i = 0; i < a[0].rounds; i++) {
		set_lengths(self, 1, LEN);
		ASSERT_EQ(0, deliver(self, 1));
		memset(self->room, FILL, LEN);
		pthread_barrier_wait(&gate);
		pthread_barrier_wait(&gate);
		ASSERT_EQ(-ESRCH, a[0].ret + a[1].ret) TH_LOG("%d, %d", a[0].ret, a[1].ret);
		ASSERT_TRUE(!a[0].ret || !a[1].ret);
		ASSERT_EQ(!!a[0].ret, result(self));
		ASSERT_TRUE(is_reply_of(self, &a[!!a[0].ret])) TH_LOG("round %d", i);
		wins[!!a[0].ret]++;
	}
	for (int i = 0; i < NTHREADS; i++)
		pthread_join(a[i].thread, NULL);
	TH_LOG("%d won by one, %d by the other", wins[0], wins[1]);
	free(a);
}

TEST_F(pair, P1_two_long_answers_at_once)
{
	static const size_t lens[] = { LEN, LEN };

	answer_at_once(_metadata, self, lens);
}

TEST_F(pair, P1_two_long_answers_of_different_length_at_once)
{
	static const size_t lens[] = { LEN, WINDOW_MIN };

	answer_at_once(_metadata, self, lens);
}

TEST_F(pair, P1_a_long_and_a_short_answer_at_once)
{
	static const size_t lens[] = { LEN, 100 };

	answer_at_once(_metadata, self, lens);
}

/* ---- on a condition ---- */

/* A second channel, whose clients are held until they are answered. */
static void deliver_held(struct __test_metadata *_metadata, scene *self)
{
	self->chid = peer_channel(self->me, QMSG_CHF_UNBLOCK);
	self->c = client_connect(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, self->c);
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, have_room_shown(self, LEN));
	set_lengths(self, 1, LEN);
	ASSERT_EQ(0, deliver(self, 1));
	ASSERT_TRUE(room_is_shown(self->q, self->rcvid, self->room, LEN));
}

static int answer_if(scene *self, unsigned int flags)
{
	struct qmsg_msg_reply args = {
		.flags = flags, .rcvid = self->rcvid, .status = 6,
		.buf_ptr = (uintptr_t)self->answer, .buf_len = LEN,
	};

	return qmsg_msg_reply_with(self->q, &args);
}

static int answer_and_receive_if(scene *self, unsigned int flags)
{
	struct qmsg_msg_reply_receive args = {
		.reply_flags = flags, .rcvid = self->rcvid, .chid = self->chid,
		.reply_ptr = (uintptr_t)self->answer, .reply_len = LEN,
		.buf_ptr = (uintptr_t)self->buf, .buf_len = LEN,
	};

	return qmsg_msg_reply_receive_with(self->q, &args);
}

TEST_F(pair, D10_refused_because_nobody_has_asked)
{
	deliver_held(_metadata, self);
	EXPECT_EQ(-ECANCELED, answer_if(self, QMSG_REPLY_IF_ASKED));
	EXPECT_EQ(-ECANCELED, answer_and_receive_if(self, QMSG_REPLY_IF_ASKED));
	EXPECT_TRUE(is_waiting(self));
	EXPECT_TRUE(has_fill(self->room, LEN + GUARD));
	EXPECT_EQ(0, answer_if(self, QMSG_REPLY_IF_NOT_ASKED));
	ASSERT_EQ(6, result(self));
	EXPECT_TRUE(has_pattern(self->room, LEN, 0, ANSWER));
}

TEST_F(pair, D10_refused_because_somebody_has_asked)
{
	deliver_held(_metadata, self);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_EQ(-ECANCELED, answer_if(self, QMSG_REPLY_IF_NOT_ASKED));
	EXPECT_EQ(-ECANCELED, answer_and_receive_if(self, QMSG_REPLY_IF_NOT_ASKED));
	EXPECT_TRUE(has_fill(self->room, LEN + GUARD));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(0, answer_if(self, QMSG_REPLY_IF_ASKED));
	ASSERT_EQ(6, result(self));
	EXPECT_TRUE(has_pattern(self->room, LEN, 0, ANSWER));
}

/* A server's bad buffer leaves the client where it is (S11.15), and the next answer counts. */
TEST_F(pair, S2_24_S11_15_an_answer_from_bad_memory_and_a_good_one)
{
	char *bad = edge_page(3000);

	ASSERT_EQ(0, have_room_shown(self, LEN));
	for (int i = 0; i < 3; i++) {
		memset(self->room, FILL, LEN);
		set_lengths(self, 1, LEN);
		ASSERT_EQ(0, deliver(self, 1));
		EXPECT_EQ(-EFAULT, qmsg_msg_reply(self->q, self->rcvid, 1, bad, 4000));
		EXPECT_EQ(-EFAULT, qmsg_msg_write(self->q, self->rcvid, bad, 4000, 0));
		EXPECT_EQ(-EFAULT, qmsg_msg_reply(self->q, self->rcvid, 1, unmapped_page(), LEN));
		EXPECT_TRUE(is_waiting(self));
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 2, self->answer, LEN));
		ASSERT_EQ(2, result(self));
		EXPECT_TRUE(has_pattern(self->room, LEN, 0, ANSWER));
	}
}

TEST_HARNESS_MAIN
