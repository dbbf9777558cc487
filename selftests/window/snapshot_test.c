// SPDX-License-Identifier: GPL-2.0-only
/*
 * S2.15, D18: what a server is shown first does not change under it: the first 256 bytes of a
 * message, however long, and all of one that is too short to be shown from the client's memory.
 */
/* build: also -m32 */
#include "../hazards/hazard.h"
#include "window.h"

#define NEW	5		/* seed of what the client's other threads write */

/* For each byte: as sent, or as rewritten. */
static bool is_old_or_new(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != pattern(i, MESSAGE) && p[i] != pattern(i, NEW))
			return false;
	return true;
}

/* Rewritten in both states, with everything read in both. */
static void rewrite_and_read(struct __test_metadata *_metadata, scene *self, size_t len,
			     size_t fixed)
{
	set_lengths(self, len, 0);
	put_pattern(self->message, len, MESSAGE);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	put_pattern(self->message, len, NEW);
	self->rcvid = receive_soon(self->q, self->chid, self->buf, len, &self->info);
	ASSERT_LT(0, self->rcvid);
	ASSERT_TRUE(has_pattern(self->buf, fixed, 0, MESSAGE)) TH_LOG("%zu bytes", len);
	ASSERT_TRUE(is_old_or_new(self->buf, len)) TH_LOG("%zu bytes", len);
	put_pattern(self->message, len, NEW);
	for (size_t from = 0; from < fixed; from += 50) {
		ASSERT_EQ((ssize_t)(len - from),
			  qmsg_msg_read(self->q, self->rcvid, self->buf, len, from));
		ASSERT_TRUE(has_pattern(self->buf, fixed - from, from, MESSAGE))
			TH_LOG("%zu bytes from %zu", len, from);
	}
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	ASSERT_EQ(1, result(self));
}

TEST_F(pair, S2_15_D18_the_first_256_bytes_of_a_long_message)
{
	static const size_t lens[] = { WINDOW_MIN, WINDOW_MIN + 1, PAGE + 1, 100000 };

	for (size_t i = 0; i < COUNT(lens); i++)
		rewrite_and_read(_metadata, self, lens[i], SNAPSHOT);
}

TEST_F(pair, S2_15_all_of_a_message_that_is_not_shown)
{
	static const size_t lens[] = { 1, 255, 256, 257, 1000, WINDOW_MIN - 1 };

	for (size_t i = 0; i < COUNT(lens); i++)
		rewrite_and_read(_metadata, self, lens[i], lens[i]);
}

/* With the parameter at 0 nothing is shown. */
TEST_F(pair, S2_15_all_of_any_message_where_none_is_shown)
{
	ASSERT_EQ(0, write_param("window_min", 0));
	rewrite_and_read(_metadata, self, 100000, 100000);
	restore_params();
}

/* A threshold below the snapshot's size leaves it whole. */
TEST_F(pair, S2_15_where_almost_every_message_is_shown)
{
	ASSERT_EQ(0, write_param("window_min", 1));
	for (size_t len = 1; len < 600; len += 51)
		rewrite_and_read(_metadata, self, len, len < SNAPSHOT ? len : SNAPSHOT);
	restore_params();
}

/* ---- while another thread never stops rewriting it ---- */

struct writer {
	pthread_t thread;
	char *message;
	size_t len;
	atomic_int stop, times;
};

static void *rewrite(void *arg)
{
	struct writer *w = arg;

	while (!atomic_load(&w->stop)) {
		memset(w->message, atomic_fetch_add(&w->times, 1), w->len);
		sched_yield();
	}
	return NULL;
}

/* Whatever was sent, it is the same in the receive and in each read. */
TEST_F(pair, S2_15_D18_A16_what_was_shown_once_stays)
{
	struct writer w = { .message = self->message, .len = 3 * PAGE };
	char first[SNAPSHOT], again[SNAPSHOT];

	ASSERT_EQ(0, pthread_create(&w.thread, NULL, rewrite, &w));
	ASSERT_TRUE(wait_until(atomic_load(&w.times)));
	for (int i = 0; i < rounds_by(20); i++) {
		set_lengths(self, w.len, 0);
		ASSERT_EQ(0, deliver(self, w.len));
		memcpy(first, self->buf, sizeof(first));
		for (int j = 0; j < 5; j++) {
			ASSERT_EQ(SNAPSHOT, qmsg_msg_read(self->q, self->rcvid, again, SNAPSHOT, 0));
			ASSERT_EQ(0, memcmp(first, again, SNAPSHOT)) TH_LOG("round %d", i);
		}
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
		ASSERT_EQ(0, result(self));
	}
	atomic_store(&w.stop, 1);
	pthread_join(w.thread, NULL);
}

TEST_HARNESS_MAIN
