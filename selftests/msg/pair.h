/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A server (this process) and one client, a thread of it or of another process, with
 * buffers that both can name: large, shared, filled with a pattern of their offsets.
 */
#ifndef PAIR_H
#define PAIR_H

#include "kselftest_harness.h"
#include "qmsg_test.h"

#include <sys/uio.h>

#define BIG	(1024 * 1024)
#define FILL	0xa5

FIXTURE(pair) {
	struct peer *me;
	struct peer *peer;
	struct client *c;
	struct qmsg_msg_info info;
	int64_t rcvid;
	int q;
	int chid;
	char *message;		/* the client's, BIG bytes, pattern 1 */
	char *room;		/* the client's, for the reply, FILL */
	char *buf;		/* the server's, for what it receives, FILL */
	char *answer;		/* the server's, pattern 2 */
	struct iovec *siov;	/* the client's, room for 1100 */
	struct iovec *riov;
};

FIXTURE_VARIANT(pair) {
	bool process;
};

FIXTURE_VARIANT_ADD(pair, thread) { .process = false };
FIXTURE_VARIANT_ADD(pair, process) { .process = true };

static inline char pattern(size_t offset, int seed)
{
	return (char)(offset * 7 + offset / 251 + seed * 101);
}

/* From here on it repeats itself, which the C library looks after faster than we could. */
#define PERIOD	((size_t)251 * 256)

static inline void put_pattern(char *p, size_t n, int seed)
{
	size_t i;

	for (i = 0; i < n && i < PERIOD; i++)
		p[i] = pattern(i, seed);
	for (; i < n; i += PERIOD)
		memcpy(p + i, p, n - i < PERIOD ? n - i : PERIOD);
}

/* p[0 … n) is the pattern from @offset on. */
static inline bool has_pattern(const char *p, size_t n, size_t offset, int seed)
{
	size_t i;

	for (i = 0; i < n && i < PERIOD; i++)
		if (p[i] != pattern(offset + i, seed))
			return false;
	return i == n || !memcmp(p, p + i, n - i);
}

static inline bool has_fill(const char *p, size_t n)
{
	return !n || (p[0] == (char)FILL && !memcmp(p, p + 1, n - 1));
}

#define MESSAGE	1
#define ANSWER	2

FIXTURE_SETUP(pair)
{
	self->message = shared_alloc(BIG);
	self->room = shared_alloc(BIG);
	self->buf = shared_alloc(BIG);
	self->answer = shared_alloc(BIG);
	self->siov = shared_alloc(1100 * sizeof(struct iovec));
	self->riov = shared_alloc(1100 * sizeof(struct iovec));
	put_pattern(self->message, BIG, MESSAGE);
	put_pattern(self->answer, BIG, ANSWER);
	memset(self->room, FILL, BIG);
	memset(self->buf, FILL, BIG);
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->peer = self->me;
	if (variant->process) {
		self->peer = peer_fork();
		ASSERT_NE(NULL, self->peer);
		ASSERT_LE(0, peer_open(self->peer));
	}
	self->chid = peer_channel(self->me, 0);
	self->c = client_connect(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, self->c);
}

FIXTURE_TEARDOWN(pair)
{
	restore_params();
	close(self->q);
	EXPECT_EQ(0, peer_end(self->peer));
}

typedef FIXTURE_DATA(pair) scene;

/* The next send is of @slen bytes of the message with room for @rlen. */
static inline void set_lengths(scene *s, size_t slen, size_t rlen)
{
	s->c->args.flags = 0;
	s->c->args.send_ptr = (uintptr_t)s->message;
	s->c->args.send_len = slen;
	s->c->args.reply_ptr = (uintptr_t)s->room;
	s->c->args.reply_len = rlen;
}

/* Send and receive into the first @len bytes of buf. 0 or -errno. */
static inline int deliver(scene *s, size_t len)
{
	int err = client_send(s->c);

	s->rcvid = err ?: receive_soon(s->q, s->chid, s->buf, len, &s->info);
	return s->rcvid > 0 ? 0 : s->rcvid ?: -EBADMSG;
}

static inline int64_t result(scene *s)
{
	return client_wait(s->c) ?: client_result(s->c);
}

static inline bool is_waiting(scene *s)
{
	return !wait_for_client(s->c, "REPLY") && !client_done(s->c);
}

#endif
