// SPDX-License-Identifier: GPL-2.0-only
/*
 * B16, G5, P5: what is shown counts as bytes held for its user. A message beyond the quota
 * fails with EAGAIN; room for a reply beyond it is not shown, and the reply comes all the same.
 */
#include "pins.h"
#include "user.h"

#define ALICE	60021
#define BOB	60022
#define PAGES	16UL
#define QUOTA	(PAGES * PAGE + 2048)	/* and a snapshot */
#define SPACE	(4 * PAGES * PAGE)

FIXTURE(quota)
{
	struct peer *alice, *bob;
	struct client *first, *second, *theirs;
	long old;
	char *memory, *answer, *in;
	int chid;
};

FIXTURE_SETUP(quota)
{
	self->old = read_param("user_bytes");
	self->memory = page_aligned(shared_alloc(SPACE + PAGE));
	self->answer = malloc(SPACE);
	self->in = malloc(SPACE);
	memset(self->answer, 'r', SPACE);
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = open_channel(QMSG_CHF_UNBLOCK);
	self->alice = user_new(ALICE, 1024);
	self->bob = user_new(BOB, 1024);
	ASSERT_TRUE(self->alice != NULL && self->bob != NULL);
	self->first = client_connect(self->alice, getpid(), self->chid);
	self->second = client_new(self->alice, self->first->args.coid);
	self->theirs = client_connect(self->bob, getpid(), self->chid);
	ASSERT_EQ(0, write_param("user_bytes", QUOTA));
}

FIXTURE_TEARDOWN_PARENT(quota)
{
	EXPECT_EQ(0, write_param("user_bytes", self->old));
	EXPECT_EQ(0, wait_for_no_objects());
	EXPECT_EQ(0, wait_for_no_pins());
}

static int64_t received(FIXTURE_DATA(quota) *self, struct client *c)
{
	return client_send_received(c, Q, self->chid, NULL);
}

static void answer(struct __test_metadata *_metadata, struct client *c, int64_t rcvid,
		   const char *bytes, size_t len)
{
	ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 6, bytes, len));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(6, client_result(c));
	EXPECT_EQ(0, memcmp((char *)(uintptr_t)c->args.reply_ptr, bytes, len));
}

TEST_F(quota, B16_messages_that_are_shown)
{
	int64_t mine, their;

	for (int i = 0; i < 3; i++) {
		use_pages(self->first, self->memory, PAGES, 0);
		use_pages(self->second, self->memory, 1, 0);
		use_pages(self->theirs, self->memory, PAGES, 0);
		mine = received(self, self->first);
		ASSERT_LT(0, mine);
		EXPECT_TRUE(message_is_shown(Q, mine, self->memory, PAGES * PAGE));
		EXPECT_LE((long long)(PAGES * PAGE), object_count("bytes"));
		EXPECT_GE((long long)QUOTA, object_count("bytes"));
		ASSERT_EQ(0, client_send(self->second));
		ASSERT_EQ(0, client_wait(self->second));
		EXPECT_EQ(-EAGAIN, client_result(self->second));
		their = received(self, self->theirs);
		ASSERT_LT(0, their);
		answer(_metadata, self->first, mine, NULL, 0);
		answer(_metadata, self->theirs, their, NULL, 0);
		EXPECT_EQ(0, object_count("bytes"));
		/* what was refused took nothing of the quota */
		mine = received(self, self->second);
		ASSERT_LT(0, mine);
		answer(_metadata, self->second, mine, NULL, 0);
	}
}

/* Alone, and too much. */
TEST_F(quota, B16_a_message_beyond_the_quota)
{
	use_pages(self->first, self->memory, PAGES + 1, 0);
	for (int i = 0; i < rounds_by(20); i++) {
		ASSERT_EQ(0, client_send(self->first));
		ASSERT_EQ(0, client_wait(self->first));
		ASSERT_EQ(-EAGAIN, client_result(self->first));
	}
	EXPECT_EQ(0, object_count("bytes"));
	use_pages(self->first, self->memory, PAGES, 0);
	ASSERT_LT(0, received(self, self->first));
}

/* Pages are paid for whole; what would fit if it were copied is copied. */
TEST_F(quota, B16_pages_that_are_used_in_part)
{
	int64_t rcvid;

	use_pages(self->first, self->memory + 1, PAGES, 0);
	rcvid = received(self, self->first);
	ASSERT_LT(0, rcvid);
	EXPECT_FALSE(message_is_shown(Q, rcvid, self->memory + 1, PAGES * PAGE));
	answer(_metadata, self->first, rcvid, NULL, 0);
}

TEST_F(quota, B16_room_that_is_shown)
{
	int64_t rcvid;

	use_pages(self->first, self->memory, 0, PAGES);
	answer(_metadata, self->first, received(self, self->first), self->answer, PAGES * PAGE);
	rcvid = received(self, self->first);
	ASSERT_LT(0, rcvid);
	EXPECT_TRUE(room_is_shown(Q, rcvid, self->memory, PAGES * PAGE));
	use_pages(self->second, self->memory + SPACE / 2, 1, 0);
	ASSERT_EQ(0, client_send(self->second));
	ASSERT_EQ(0, client_wait(self->second));
	EXPECT_EQ(-EAGAIN, client_result(self->second));
	answer(_metadata, self->first, rcvid, self->answer, PAGES * PAGE);
	EXPECT_EQ(0, object_count("bytes"));
}

/* The reply is not the client's doing: it comes, whatever his quota. */
TEST_F(quota, P5_room_beyond_the_quota)
{
	int64_t rcvid;

	use_pages(self->first, self->memory, 1, PAGES);
	for (int i = 0; i < 5; i++) {
		memset(self->memory, FILL, SPACE);
		rcvid = received(self, self->first);
		ASSERT_LT(0, rcvid);
		EXPECT_TRUE(message_is_shown(Q, rcvid, self->memory, PAGE));
		if (i) {
			EXPECT_FALSE(room_is_shown(Q, rcvid, self->memory + PAGE, PAGES * PAGE));
		}
		answer(_metadata, self->first, rcvid, self->answer, PAGES * PAGE);
		EXPECT_EQ(0, object_count("bytes"));
	}
}

/* Clients that are killed, held and not, shown in both directions. */
TEST_F(quota, B16_clients_that_are_killed)
{
	for (int i = 0; i < few_rounds(10); i++) {
		struct peer *p = user_new(ALICE, 1024);
		struct client *c = client_connect(p, getpid(), self->chid);
		int64_t rcvid;

		use_pages(c, self->memory, PAGES / 2, PAGES / 2);
		rcvid = received(self, c);
		ASSERT_LT(0, rcvid);
		if (i & 1) {
			answer(_metadata, c, rcvid, self->answer, PAGES / 2 * PAGE);
			rcvid = received(self, c);
			ASSERT_LT(0, rcvid);
		}
		ASSERT_EQ(0, peer_kill(p, SIGKILL));
		ASSERT_EQ(0, peer_reap(p, NULL));
		ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
		EXPECT_EQ(-ESRCH, qmsg_msg_read(Q, rcvid, self->in, PAGE, 0));
		/* an orphan has nothing of it any more */
		EXPECT_EQ(0, object_count("bytes"));
		if (i & 2) {
			EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, self->answer, PAGE));
		}
	}
	use_pages(self->first, self->memory, PAGES, 0);
	ASSERT_LT(0, received(self, self->first));
}

TEST_HARNESS_MAIN
