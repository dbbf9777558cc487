// SPDX-License-Identifier: GPL-2.0-only
/*
 * S2.11, S2.12: of writes and the reply, long ones that go to the client's memory at once and
 * short ones that wait in the kernel, the later counts wherever they overlap.
 */
/* build: also -m32 */
#include "../hazards/hazard.h"
#include "window.h"

#define LEN	16384UL

struct write {
	size_t at, len;
};

/* What the room should look like: the numbers of the writes, or FILL. */
struct expected {
	char room[LEN];
	char data[LEN];
};

static int write_one(scene *self, struct expected *e, struct write w, char number)
{
	memset(e->data, number, w.len);
	memset(e->room + w.at, number, w.len);
	return qmsg_msg_write(self->q, self->rcvid, e->data, w.len, w.at) == (ssize_t)w.len ?
	       0 : -EIO;
}

/* @n writes and then a reply of @reply bytes, over a connection with LEN bytes shown, or none. */
static void check(struct __test_metadata *_metadata, scene *self, const struct write *w, int n,
		  size_t reply)
{
	struct expected *e = malloc(sizeof(*e));

	memset(e->room, FILL, LEN);
	memset(self->room, FILL, LEN);
	set_lengths(self, 1, LEN);
	ASSERT_EQ(0, deliver(self, 1));
	for (int i = 0; i < n; i++) {
		ASSERT_EQ(0, write_one(self, e, w[i], i + 1));
	}
	memset(e->data, n + 1, reply);
	memset(e->room, n + 1, reply);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, e->data, reply));
	ASSERT_EQ(0, result(self));
	EXPECT_EQ(reply, self->c->args.out_reply_len);
	for (size_t i = 0; i < LEN; i++) {
		ASSERT_EQ(e->room[i], self->room[i]) TH_LOG("byte %zu of %d writes", i, n);
	}
	ASSERT_TRUE(has_fill(self->room + LEN, GUARD));
	free(e);
}

static void check_both(struct __test_metadata *_metadata, scene *self, const struct write *w,
		       int n, size_t reply)
{
	ASSERT_EQ(0, have_room_shown(self, LEN));
	check(_metadata, self, w, n, reply);
	ASSERT_EQ(0, write_param("window_min", 0));
	check(_metadata, self, w, n, reply);
	restore_params();
}

TEST_F(pair, S2_11_a_short_write_over_a_long_one)
{
	static const struct write w[] = { { 0, LEN }, { 100, 10 } };

	check_both(_metadata, self, w, 2, 0);
}

TEST_F(pair, S2_11_a_long_write_over_a_short_one)
{
	static const struct write w[] = { { 100, 10 }, { 0, LEN } };

	check_both(_metadata, self, w, 2, 0);
}

/* The short one is covered by another, and does not come back over the long one. */
TEST_F(pair, S2_11_a_long_write_over_a_short_one_that_is_covered)
{
	static const struct write w[] = { { 100, 10 }, { 90, 30 }, { 0, 8192 }, { 50, 100 } };

	check_both(_metadata, self, w, 4, 0);
}

TEST_F(pair, S2_11_long_ones_that_overlap)
{
	static const struct write w[] = { { 0, 8192 }, { 4000, 8192 }, { 2000, 3000 }, { 9000, 7000 } };

	check_both(_metadata, self, w, 4, 0);
}

TEST_F(pair, S2_12_a_long_reply_over_a_short_write)
{
	static const struct write w[] = { { 3000, 10 }, { 12000, 10 } };

	check_both(_metadata, self, w, 2, 8192);
}

TEST_F(pair, S2_12_a_long_reply_over_a_long_write)
{
	static const struct write w[] = { { 4000, 8192 } };

	check_both(_metadata, self, w, 1, 8192);
}

TEST_F(pair, S2_12_a_short_reply_over_a_long_write)
{
	static const struct write w[] = { { 0, 8192 } };

	check_both(_metadata, self, w, 1, 100);
}

/* The writes of one reply of the next one, and those of a request that was left. */
TEST_F(pair, S2_11_writes_of_an_earlier_request_do_not_come_back)
{
	static const struct write many[] = { { 10, 10 }, { 3000, 3000 }, { 7000, 10 } };

	for (int i = 0; i < 5; i++) {
		check_both(_metadata, self, many, 3, 0);
		check_both(_metadata, self, NULL, 0, 5);
	}
}

static unsigned int next(unsigned int *n)
{
	*n = *n * 1103515245 + 12345;
	return *n >> 12;
}

static struct write any_write(unsigned int *n)
{
	struct write w = { .at = next(n) % LEN };
	size_t most = next(n) % 3 ? 300 : LEN;

	w.len = 1 + next(n) % most;
	if (w.len > LEN - w.at)
		w.len = LEN - w.at;
	return w;
}

TEST_F(pair, S2_11_S2_12_anything_in_any_order)
{
	unsigned int n = 7;
	struct write w[9];

	for (int i = 0; i < rounds_by(40); i++) {
		int k = next(&n) % 10;

		for (int j = 0; j < k; j++)
			w[j] = any_write(&n);
		/* what was long before decides how much is shown now */
		check(_metadata, self, w, k, next(&n) % 4 ? next(&n) % LEN : 0);
	}
}

TEST_HARNESS_MAIN
