// SPDX-License-Identifier: GPL-2.0-only
/*
 * F15, G5: what is shown is locked memory of the client's user. Beyond his RLIMIT_MEMLOCK
 * nothing is shown, and everything works; and however a call ends, nothing of the limit is
 * used up by it.
 */
#include "../hazards/fault.h"
#include "pins.h"
#include "user.h"

#define USER	60011
#define OTHER	60012
#define LIMIT	16UL		/* pages */
#define SPACE	(3 * LIMIT * PAGE)

#define USERFAULTFD_FOR_ALL	"/proc/sys/vm/unprivileged_userfaultfd"

FIXTURE(locked)
{
	struct peer *p;
	struct client *c, *second;
	char *memory, *answer;
	int chid;
};

FIXTURE_SETUP(locked)
{
	self->memory = page_aligned(shared_alloc(SPACE + PAGE));
	self->answer = shared_alloc(SPACE);
	memset(self->answer, 'r', SPACE);
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = open_channel(0);
	ASSERT_LT(0, self->chid);
	self->p = user_new(USER, LIMIT);
	ASSERT_NE(NULL, self->p);
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, 0));
	self->c = client_connect(self->p, getpid(), self->chid);
	self->second = client_connect(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->c != NULL && self->second != NULL);
}

FIXTURE_TEARDOWN_PARENT(locked)
{
	put_text(USERFAULTFD_FOR_ALL, "0");
	EXPECT_EQ(0, wait_for_no_objects());
	EXPECT_EQ(0, wait_for_no_pins());
}

/* All of it is sent and received, all of the room is written; whether they were shown. */
struct shown {
	bool message, room;
};

static struct shown round_trip(struct __test_metadata *_metadata, FIXTURE_DATA(locked) *self,
			       struct client *c)
{
	char *message = (char *)(uintptr_t)c->args.send_ptr, *in = malloc(SPACE);
	char *room = (char *)(uintptr_t)c->args.reply_ptr;
	size_t len = c->args.send_len, room_len = c->args.reply_len;
	struct shown shown = { false, false };
	int64_t rcvid;

	memset(message, 'm', len);
	rcvid = client_send_received(c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ((ssize_t)len, qmsg_msg_read(Q, rcvid, in, len, 0));
	ASSERT_EQ(0, memcmp(message, in, len));
	if (len)
		shown.message = message_is_shown(Q, rcvid, message, len);
	if (room_len)
		shown.room = room_is_shown(Q, rcvid, room, room_len);
	ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 8, self->answer, room_len));
	ASSERT_EQ(0, client_wait(c));
	ASSERT_EQ(8, client_result(c));
	ASSERT_EQ(0, memcmp(room, self->answer, room_len));
	free(in);
	return shown;
}

/* The limit and not a page more can be shown: of messages, and of room. */
static void expect_limit_is_free(struct __test_metadata *_metadata, FIXTURE_DATA(locked) *self)
{
	use_pages(self->c, self->memory, LIMIT, 0);
	EXPECT_TRUE(round_trip(_metadata, self, self->c).message);
	use_pages(self->c, self->memory, LIMIT + 1, 0);
	EXPECT_FALSE(round_trip(_metadata, self, self->c).message);
	use_pages(self->c, self->memory, 0, LIMIT);
	round_trip(_metadata, self, self->c);
	EXPECT_TRUE(round_trip(_metadata, self, self->c).room);
	use_pages(self->c, self->memory, 0, LIMIT + 1);
	round_trip(_metadata, self, self->c);
	EXPECT_FALSE(round_trip(_metadata, self, self->c).room);
}

TEST_F(locked, F15_the_limit_and_not_a_page_more)
{
	for (int i = 0; i < 3; i++)
		expect_limit_is_free(_metadata, self);
}

/* A page that is shared by two pieces counts, wherever a message begins. */
TEST_F(locked, F15_a_page_that_is_used_in_part)
{
	use_pages(self->c, self->memory + 1, LIMIT, 0);
	EXPECT_FALSE(round_trip(_metadata, self, self->c).message);
	self->c->args.send_len -= PAGE;
	EXPECT_TRUE(round_trip(_metadata, self, self->c).message);
}

TEST_F(locked, F15_a_limit_of_nothing)
{
	ASSERT_EQ(0, in_peer(self->p, do_limit_pages, 0));
	for (int i = 0; i < 3; i++) {
		struct shown shown;

		use_pages(self->c, self->memory, LIMIT, LIMIT);
		shown = round_trip(_metadata, self, self->c);
		EXPECT_FALSE(shown.message || shown.room);
	}
}

/* Message and room of one call, and all calls of the user's processes, add up. */
TEST_F(locked, F15_G5_a_limit_that_is_used_up)
{
	struct peer *again = user_new(USER, LIMIT), *other = user_new(OTHER, LIMIT);
	struct client *third = client_connect(again, getpid(), self->chid);
	struct client *theirs = client_connect(other, getpid(), self->chid);
	struct shown shown;
	int64_t rcvid;

	use_pages(self->c, self->memory, 1, LIMIT);
	round_trip(_metadata, self, self->c);
	shown = round_trip(_metadata, self, self->c);
	EXPECT_TRUE(shown.message);
	EXPECT_FALSE(shown.room);
	use_pages(self->c, self->memory, LIMIT, 0);
	rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	use_pages(self->second, self->memory, 1, 0);
	use_pages(third, self->memory, 1, 0);
	use_pages(theirs, self->memory, LIMIT, 0);
	EXPECT_FALSE(round_trip(_metadata, self, self->second).message);
	EXPECT_FALSE(round_trip(_metadata, self, third).message);
	EXPECT_TRUE(round_trip(_metadata, self, theirs).message);
	ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_TRUE(round_trip(_metadata, self, self->second).message);
	EXPECT_TRUE(round_trip(_metadata, self, third).message);
}

/* CAP_IPC_LOCK */
TEST_F(locked, F15_who_may_lock_without_limit)
{
	struct peer *root = peer_fork();
	struct client *c;

	ASSERT_EQ(0, in_peer(root, do_limit_pages, 0));
	ASSERT_LE(0, peer_open(root));
	c = client_connect(root, getpid(), self->chid);
	use_pages(c, self->memory, LIMIT, LIMIT);
	round_trip(_metadata, self, c);
	EXPECT_TRUE(round_trip(_metadata, self, c).room);
	EXPECT_TRUE(round_trip(_metadata, self, c).message);
}

/* ---- calls that end in every way; then the limit is free ---- */

TEST_F(locked, F15_thousands_of_answers)
{
	for (int i = 0; i < rounds_by(10); i++) {
		use_pages(self->c, self->memory, 1 + i % (LIMIT / 2), 1 + i % LIMIT);
		round_trip(_metadata, self, self->c);
	}
	expect_limit_is_free(_metadata, self);
}

TEST_F(locked, F15_clients_that_leave)
{
	use_pages(self->c, self->memory, LIMIT, 0);
	for (int i = 0; i < rounds_by(50); i++) {
		int64_t rcvid = 0;

		ASSERT_EQ(0, client_send(self->c));
		if (i & 1)
			rcvid = receive_any(Q, self->chid);
		ASSERT_LE(0, rcvid);
		ASSERT_EQ(0, wait_for_client(self->c, i & 1 ? "REPLY" : "SEND"));
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
		ASSERT_EQ(0, client_wait(self->c));
		ASSERT_EQ(-EINTR, client_result(self->c));
	}
	expect_limit_is_free(_metadata, self);
}

/* In both states; held for their grace, and not. */
TEST_F(locked, F15_clients_that_are_killed)
{
	int held = open_channel(QMSG_CHF_UNBLOCK);

	for (int i = 0; i < few_rounds(20); i++) {
		struct peer *p = user_new(USER, LIMIT);
		int chid = i & 2 ? held : self->chid;
		struct client *c = client_connect(p, getpid(), chid);

		use_pages(c, self->memory, LIMIT / 2, LIMIT / 2);
		ASSERT_EQ(0, client_send(c));
		if (i & 1) {
			ASSERT_LT(0, receive_any(Q, chid));
		}
		ASSERT_EQ(0, wait_for_client(c, i & 1 ? "REPLY" : "SEND"));
		ASSERT_EQ(0, peer_kill(p, SIGKILL));
		ASSERT_EQ(0, peer_reap(p, NULL));
		/* the unblock pulse */
		if ((i & 3) == 3) {
			ASSERT_EQ(0, receive_any(Q, chid));
		}
	}
	expect_limit_is_free(_metadata, self);
	EXPECT_EQ(0, qmsg_channel_destroy(Q, held));
}

/* Stopped, killed while it is; and its context closed by another thread meanwhile. */
TEST_F(locked, F15_clients_that_step_aside)
{
	for (int i = 0; i < few_rounds(10); i++) {
		struct peer *p = user_new(USER, LIMIT);
		struct client *c = client_connect(p, getpid(), self->chid);

		use_pages(c, self->memory, LIMIT, 0);
		ASSERT_EQ(0, client_send(c));
		ASSERT_EQ(0, wait_for_client(c, "SEND"));
		ASSERT_EQ(0, peer_kill(p, SIGSTOP));
		ASSERT_EQ(0, wait_for_task_state(p->pid, c->w.tid, 'T'));
		if (i & 1) {
			ASSERT_EQ(0, peer_kill(p, SIGCONT));
			ASSERT_EQ(0, wait_for_client(c, "SEND"));
			ASSERT_EQ(0, peer_close(p, p->q));
			ASSERT_EQ(0, client_wait(c));
			/* the latter where it had not come back to its call yet */
			EXPECT_TRUE(c->ret == -EBADF || c->ret == -EINTR) TH_LOG("%d", c->ret);
		}
		ASSERT_EQ(0, peer_kill(p, SIGKILL));
		ASSERT_EQ(0, peer_reap(p, NULL));
	}
	expect_limit_is_free(_metadata, self);
}

TEST_F(locked, F15_channels_that_end)
{
	for (int i = 0; i < rounds_by(50); i++) {
		int chid = open_channel(i & 2 ? QMSG_CHF_UNBLOCK : 0);
		struct client *c = client_connect(self->p, getpid(), chid);

		use_pages(c, self->memory, LIMIT / 2, LIMIT / 2);
		ASSERT_EQ(0, client_send(c));
		if (i & 1) {
			ASSERT_LT(0, receive_any(Q, chid));
		}
		ASSERT_EQ(0, qmsg_channel_destroy(Q, chid));
		ASSERT_EQ(0, client_wait(c));
		ASSERT_TRUE(c->ret == -ESRCH || c->ret == -EBADF) TH_LOG("%d", c->ret);
		ASSERT_EQ(0, peer_detach(self->p, c->args.coid));
		client_free(c);
	}
	expect_limit_is_free(_metadata, self);
}

/* Nobody is there, and the time is over: ETIMEDOUT after the message has been taken over. */
TEST_F(locked, F15_deadlines_that_are_past)
{
	use_pages(self->c, self->memory, LIMIT, 0);
	self->c->args.send_deadline = 0;
	for (int i = 0; i < rounds_by(10); i++) {
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, client_wait(self->c));
		ASSERT_EQ(-ETIMEDOUT, client_result(self->c));
	}
	self->c->args.send_deadline = QMSG_NO_DEADLINE;
	expect_limit_is_free(_metadata, self);
}

/* In the user: n: times. Sends from read-only arguments, which cannot have the outcome. */
static struct qmsg_msg_send *shared_args;

static int64_t do_send_read_only(void *arg)
{
	struct qmsg_msg_send *args = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int n = ((struct numbers *)arg)->n[0];

	*args = *shared_args;
	mprotect(args, PAGE, PROT_READ);
	while (n--)
		if (raw_ioctl(Q, QMSG_IOC_MSG_SEND, args) != -EFAULT)
			return -1;
	return munmap(args, PAGE);
}

TEST_F(locked, F15_A5_outcomes_that_cannot_be_told)
{
	struct client *c;

	shared_args = shared_alloc(sizeof(*shared_args));
	self->p = user_new(USER, LIMIT);
	c = client_connect(self->p, getpid(), self->chid);
	use_pages(c, self->memory, LIMIT, 0);
	*shared_args = c->args;
	shared_args->size = sizeof(*shared_args);
	EXPECT_EQ(0, in_peer(self->p, do_send_read_only, rounds_by(10)));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	expect_limit_is_free(_metadata, self);
}

/* The last page is not there: those before were pinned already. */
static int64_t do_edge(void *arg)
{
	return (int64_t)(uintptr_t)edge_page(((struct numbers *)arg)->n[0] * PAGE);
}

TEST_F(locked, F15_F1_messages_that_end_in_bad_memory)
{
	use_pages(self->c, (char *)(uintptr_t)in_peer(self->p, do_edge, LIMIT - 1), LIMIT, 0);
	for (int i = 0; i < rounds_by(10); i++) {
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, client_wait(self->c));
		ASSERT_EQ(-EFAULT, client_result(self->c));
	}
	expect_limit_is_free(_metadata, self);
}

TEST_F(locked, F15_F3_room_that_ends_in_bad_memory)
{
	struct client *c = self->second;
	int64_t rcvid;

	use_pages(c, self->memory, 0, LIMIT);
	round_trip(_metadata, self, c);
	c->args.reply_ptr = in_peer(self->p, do_edge, LIMIT - 1);
	for (int i = 0; i < rounds_by(50); i++) {
		rcvid = client_send_received(c, Q, self->chid, NULL);
		ASSERT_LT(0, rcvid);
		ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, self->answer, LIMIT * PAGE));
		ASSERT_EQ(0, client_wait(c));
		ASSERT_EQ(-EFAULT, client_result(c));
	}
	expect_limit_is_free(_metadata, self);
}

/* A connection that goes while the message's last page is awaited: EBADF at the post. */
TEST_F(locked, F15_F7_connections_that_go_while_pages_come)
{
	put_text(USERFAULTFD_FOR_ALL, "1");
	for (int i = 0; i < few_rounds(10); i++) {
		struct peer *p = user_new(USER, LIMIT);
		struct client *c = client_connect(p, getpid(), self->chid);
		int64_t at = in_peer(p, do_make_region, LIMIT);

		if (at < 0)
			SKIP(return, "no userfaultfd for users: %lld", (long long)at);
		for (unsigned int j = 0; j < LIMIT - 1; j++) {
			ASSERT_EQ(0, in_peer(p, do_fill_page, j, 'x'));
		}
		use_pages(c, (char *)(uintptr_t)at, LIMIT, 0);
		ASSERT_EQ(0, client_send(c));
		ASSERT_EQ(LIMIT - 1, in_peer(p, do_wait_for_fault, 0));
		if (i & 1) {
			ASSERT_EQ(0, peer_kill(p, SIGKILL));
			ASSERT_EQ(0, peer_reap(p, NULL));
			continue;
		}
		ASSERT_EQ(0, peer_detach(p, c->args.coid));
		ASSERT_EQ(0, in_peer(p, do_fill_page, LIMIT - 1, 'x'));
		ASSERT_EQ(0, client_wait(c));
		ASSERT_EQ(-EBADF, client_result(c));
		ASSERT_EQ(0, peer_end(p));
	}
	expect_limit_is_free(_metadata, self);
}

TEST_HARNESS_MAIN
