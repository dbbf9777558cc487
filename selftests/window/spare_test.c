// SPDX-License-Identifier: GPL-2.0-only
/*
 * G9, F17: requests and short buffers are kept for the next call of the same context. The next
 * one has nothing of the one before; and what is in use goes back to none, whoever used it:
 * threads that have ended, connections that are gone, contexts that end in the middle.
 */
/* build: also -m32 */
#include "../hazards/hazard.h"
#include "window.h"

static void expect_none_in_use(struct __test_metadata *_metadata)
{
	EXPECT_EQ(0, wait_for_object_count("requests", 0));
	EXPECT_EQ(0, wait_for_object_count("buffers", 0));
	EXPECT_EQ(0, wait_for_object_count("bytes", 0));
}

/* ---- nothing of the one before ---- */

/* Longer and shorter ones in turn, around the room that is kept. */
static const size_t lens[] = { 200, 1, 4000, 0, 300, 256, 100, 1500, 3, 5000, 20, 0, 255, 257 };

TEST_F(pair, F17_a_message_has_nothing_of_the_one_before)
{
	for (size_t i = 0; i < 5 * COUNT(lens); i++) {
		size_t len = lens[i % COUNT(lens)];

		put_pattern(self->message, len, i);
		set_lengths(self, len, 0);
		memset(self->buf, FILL, 8192);
		ASSERT_EQ(0, deliver(self, 8192));
		EXPECT_EQ(len, self->info.msglen);
		ASSERT_TRUE(has_pattern(self->buf, len, 0, i)) TH_LOG("%zu bytes", len);
		ASSERT_TRUE(has_fill(self->buf + len, 8192 - len)) TH_LOG("%zu bytes", len);
		memset(self->buf, FILL, 8192);
		ASSERT_EQ((ssize_t)len, qmsg_msg_read(self->q, self->rcvid, self->buf, 8192, 0));
		ASSERT_TRUE(has_fill(self->buf + len, 8192 - len)) TH_LOG("%zu bytes", len);
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
		ASSERT_EQ(0, result(self));
	}
}

TEST_F(pair, F17_a_reply_has_nothing_of_the_one_before)
{
	for (size_t i = 0; i < 5 * COUNT(lens); i++) {
		size_t len = lens[i % COUNT(lens)], at = i % 3 ? 0 : 100;

		put_pattern(self->answer, len, i);
		set_lengths(self, 1, 8192);
		memset(self->room, FILL, 8192);
		ASSERT_EQ(0, deliver(self, 1));
		if (at) {
			ASSERT_EQ((ssize_t)len, qmsg_msg_write(self->q, self->rcvid, self->answer,
							       len, at));
		}
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, self->answer, at ? 0 : len));
		ASSERT_EQ(0, result(self));
		ASSERT_TRUE(has_fill(self->room, at));
		ASSERT_TRUE(has_pattern(self->room + at, len, 0, i)) TH_LOG("%zu bytes", len);
		ASSERT_TRUE(has_fill(self->room + at + len, 8192 - len - at));
	}
}

/* Left after parts of a reply were written: the next one does not get them. */
TEST_F(pair, F17_a_reply_has_nothing_of_one_that_was_left)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	for (int i = 0; i < 20; i++) {
		set_lengths(self, 1, 8192);
		memset(self->room, FILL, 8192);
		ASSERT_EQ(0, deliver(self, 1));
		ASSERT_EQ(100, qmsg_msg_write(self->q, self->rcvid, self->answer, 100, 50));
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
		ASSERT_EQ(-EINTR, result(self));
		ASSERT_EQ(0, deliver(self, 1));
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, "x", 1));
		ASSERT_EQ(0, result(self));
		EXPECT_EQ('x', self->room[0]);
		EXPECT_TRUE(has_fill(self->room + 1, 8191));
	}
}

/* ---- threads that send once ---- */

#define WAVE	32

struct once {
	int q, coid;
	size_t len;
	atomic_int wrong;
};

static void *send_once(void *arg)
{
	struct once *o = arg;
	char message[3000], reply[3000];

	memset(message, this_tid(), o->len);
	if (qmsg_msg_send(o->q, o->coid, message, o->len, reply, o->len) != (int64_t)o->len ||
	    memcmp(message, reply, o->len))
		atomic_fetch_add(&o->wrong, 1);
	return NULL;
}

/* In a peer: n: the pid and channel to send to, threads. A connection for each wave. */
static int64_t do_send_often(void *arg)
{
	static const size_t sizes[] = { 8, 250, 1000, 2999 };
	struct numbers *n = arg;
	struct once o = { .q = Q };

	for (int i = 0; i < n->n[2] / WAVE; i++) {
		pthread_t thread[WAVE];

		o.coid = qmsg_connect_attach(Q, n->n[0], n->n[1], QMSG_SIDE_CHANNEL, 0);
		o.len = sizes[i % COUNT(sizes)];
		for (int j = 0; j < WAVE; j++)
			if (pthread_create(&thread[j], NULL, send_once, &o))
				return -EAGAIN;
		for (int j = 0; j < WAVE; j++)
			pthread_join(thread[j], NULL);
		qmsg_connect_detach(Q, o.coid);
	}
	return atomic_load(&o.wrong);
}

/* Answers with the message itself. */
static void *mirror(void *arg)
{
	scene *s = arg;
	struct qmsg_msg_info info;
	char buf[3000];
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(s->q, s->chid, buf, sizeof(buf), &info)) > 0)
		qmsg_msg_reply(s->q, rcvid, info.msglen, buf, info.msglen);
	return NULL;
}

TEST_F_TIMEOUT(pair, G9_threads_that_send_once, 120)
{
	struct numbers *n = shared_alloc(sizeof(*n));
	struct peer *p = peer_fork();
	pthread_t server;

	*n = (struct numbers){ { getpid(), self->chid, few_rounds(5 * WAVE) } };
	ASSERT_LE(0, peer_open(p));
	ASSERT_EQ(0, pthread_create(&server, NULL, mirror, self));
	ASSERT_EQ(0, peer_start(p, do_send_often, n));
	while (atomic_load(&p->finished) != atomic_load(&p->started))
		sched_yield();
	EXPECT_EQ(0, p->result);
	expect_none_in_use(_metadata);
	/* and once more, with what is kept of the threads before */
	EXPECT_EQ(0, peer_call(p, do_send_often, n));
	expect_none_in_use(_metadata);
	ASSERT_EQ(0, peer_end(p));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	pthread_join(server, NULL);
}

/* ---- contexts that end ---- */

#define CLIENTS	12

/* Some are queued, some received, some have long messages and room that are shown. */
static struct peer *many_in_flight(struct __test_metadata *_metadata, scene *self,
				   struct client **c, int64_t *rcvid)
{
	struct peer *p = peer_fork();

	ASSERT_LE(0, peer_open(p));
	for (int i = 0; i < CLIENTS; i++) {
		c[i] = client_connect(p, getpid(), self->chid);
		ASSERT_NE(NULL, c[i]);
		c[i]->args.send_ptr = (uintptr_t)self->message;
		c[i]->args.send_len = i % 3 ? 50000 : 50;
		c[i]->args.reply_ptr = (uintptr_t)self->room;
		c[i]->args.reply_len = 50000;
		rcvid[i] = 0;
		if (i % 2) {
			rcvid[i] = client_send_received(c[i], self->q, self->chid, NULL);
			ASSERT_LT(0, rcvid[i]);
			ASSERT_EQ(0, qmsg_msg_reply(self->q, rcvid[i], 0, self->answer, 50000));
			ASSERT_EQ(0, client_wait(c[i]));
			rcvid[i] = client_send_received(c[i], self->q, self->chid, NULL);
			ASSERT_LT(0, rcvid[i]);
			ASSERT_EQ(10, qmsg_msg_write(self->q, rcvid[i], self->answer, 10, 0));
		}
	}
	for (int i = 0; i < CLIENTS; i += 2)
		ASSERT_EQ(0, client_send(c[i]) ?: wait_for_client(c[i], "SEND"));
	return p;
}

static void expect_all_gone(struct __test_metadata *_metadata, scene *self, const int64_t *rcvid)
{
	for (int i = 0; i < CLIENTS; i++) {
		if (rcvid[i]) {
			EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, rcvid[i], 0, self->answer, 50000));
		}
	}
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	expect_none_in_use(_metadata);
}

TEST_F(pair, G9_a_context_that_is_closed_with_requests_in_flight)
{
	for (int turn = 0; turn < few_rounds(5); turn++) {
		struct client *c[CLIENTS];
		int64_t rcvid[CLIENTS];
		struct peer *p = many_in_flight(_metadata, self, c, rcvid);

		ASSERT_EQ(0, peer_close(p, p->q));
		for (int i = 0; i < CLIENTS; i++) {
			ASSERT_EQ(0, client_wait(c[i]));
			EXPECT_EQ(-EBADF, client_result(c[i])) TH_LOG("client %d", i);
		}
		expect_all_gone(_metadata, self, rcvid);
		ASSERT_EQ(0, peer_end(p));
	}
}

TEST_F(pair, G9_a_process_that_is_killed_with_requests_in_flight)
{
	for (int turn = 0; turn < few_rounds(5); turn++) {
		struct client *c[CLIENTS];
		int64_t rcvid[CLIENTS];
		struct peer *p = many_in_flight(_metadata, self, c, rcvid);

		ASSERT_EQ(0, peer_kill(p, SIGKILL));
		ASSERT_EQ(0, peer_reap(p, NULL));
		expect_all_gone(_metadata, self, rcvid);
	}
}

/* The requests are the clients'; the channel goes with what was written for them. */
TEST_F(pair, G9_a_channel_that_ends_with_requests_in_flight)
{
	for (int turn = 0; turn < few_rounds(5); turn++) {
		struct client *c[CLIENTS];
		int64_t rcvid[CLIENTS];
		struct peer *p = many_in_flight(_metadata, self, c, rcvid);

		ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
		for (int i = 0; i < CLIENTS; i++) {
			ASSERT_EQ(0, client_wait(c[i]));
			EXPECT_EQ(-ESRCH, client_result(c[i])) TH_LOG("client %d", i);
		}
		expect_none_in_use(_metadata);
		/* those of its clients that are left send to another */
		self->chid = peer_channel(self->me, 0);
		for (int i = 0; i < CLIENTS; i++)
			c[i]->args.coid = peer_attach(p, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0);
		rcvid[0] = client_send_received(c[0], self->q, self->chid, NULL);
		ASSERT_LT(0, rcvid[0]);
		ASSERT_EQ(0, qmsg_msg_reply(self->q, rcvid[0], 4, NULL, 0));
		ASSERT_EQ(0, client_wait(c[0]));
		EXPECT_EQ(4, client_result(c[0]));
		ASSERT_EQ(0, peer_end(p));
	}
}

TEST_HARNESS_MAIN
