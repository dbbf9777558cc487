// SPDX-License-Identifier: GPL-2.0-only
/* D10: an eventfd that tells when a request should be abandoned. */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/eventfd.h>

#include "../hazards/hazard.h"

FIXTURE(efd) {
	struct peer *peer;
	struct client *c;
	int64_t rcvid;
	int chid;
	int fd;
};

FIXTURE_VARIANT(efd) {
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(efd, held) { .flags = QMSG_CHF_UNBLOCK };
FIXTURE_VARIANT_ADD(efd, free) { .flags = 0 };

FIXTURE_SETUP(efd)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, variant->flags);
	ASSERT_LT(0, self->chid);
	self->peer = peer_fork();
	ASSERT_NE(NULL, self->peer);
	ASSERT_LE(0, peer_open(self->peer));
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	self->c = client_connect(self->peer, getpid(), self->chid);
	ASSERT_NE(NULL, self->c);
	self->rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, self->rcvid);
	self->fd = eventfd(0, EFD_NONBLOCK);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN_PARENT(efd)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* What has been added since the last look. */
static uint64_t added(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

static uint64_t added_soon(int fd)
{
	uint64_t n = 0;

	wait_until((n = added(fd)) != 0);
	return n;
}

/* The client asks, or leaves; once, whatever comes after. */
TEST_F(efd, D10_a_signal)
{
	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, self->fd));
	EXPECT_EQ(0U, added(self->fd));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_EQ(1U, added_soon(self->fd));
	if (variant->flags) {
		ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
		ASSERT_EQ(0, wait_for_request_reasons(self->peer->pid, self->peer->q,
						      self->c->w.tid,
						      QMSG_UNBLOCK_SIGNAL | QMSG_UNBLOCK_DETACH));
		EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 0, NULL, 0));
	}
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(0U, added(self->fd));
}

TEST_F(efd, D10_a_detach)
{
	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, self->fd));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_EQ(1U, added(self->fd));
}

TEST_F(efd, D10_the_clients_death)
{
	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, self->fd));
	ASSERT_EQ(0, peer_kill(self->peer, SIGKILL));
	EXPECT_EQ(1U, added_soon(self->fd));
	ASSERT_EQ(0, peer_reap(self->peer, NULL));
	EXPECT_EQ(0U, added(self->fd));
}

TEST_F(efd, D10_the_end_of_the_channel)
{
	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, self->fd));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_EQ(1U, added(self->fd));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(0U, added(self->fd));
}

TEST_F(efd, D10_an_answer_adds_nothing)
{
	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, self->fd));
	ASSERT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 3, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(3, client_result(self->c));
	EXPECT_EQ(0U, added(self->fd));
	EXPECT_EQ(-ESRCH, qmsg_msg_eventfd(Q, self->rcvid, self->fd));
}

TEST_F(efd, D10_at_once_if_it_has_asked_already)
{
	if (!variant->flags)
		SKIP(return, "it leaves");
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, self->fd));
	EXPECT_EQ(1U, added(self->fd));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_EQ(0U, added(self->fd));
}

TEST_F(efd, D10_at_once_for_an_orphan)
{
	if (!variant->flags)
		SKIP(return, "it leaves");
	ASSERT_EQ(0, write_param("kill_grace_ms", 1));
	ASSERT_EQ(0, peer_kill(self->peer, SIGKILL));
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->chid, "orphans", 1));
	restore_params();
	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, self->fd));
	EXPECT_EQ(1U, added(self->fd));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(0U, added(self->fd));
}

/* One eventfd; a second replaces it, -1 takes it away. */
TEST_F(efd, second_replaces_the_first)
{
	int other = eventfd(0, EFD_NONBLOCK);

	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, self->fd));
	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, other));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_EQ(1U, added_soon(other));
	EXPECT_EQ(0U, added(self->fd));
}

TEST_F(efd, minus_1_takes_it_away)
{
	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, -1));
	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, self->fd));
	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, -1));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_EQ(0U, added(self->fd));
}

/* It is the eventfd that is kept, not the descriptor; and a full one is no harm. */
TEST_F(efd, descriptor_may_be_closed)
{
	int other = dup(self->fd);
	uint64_t full = UINT64_MAX - 1;

	ASSERT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, other));
	close(other);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_EQ(1U, added_soon(self->fd));
	(void)!write(self->fd, &full, sizeof(full));
	qmsg_msg_eventfd(Q, self->rcvid, self->fd);
	close(self->fd);
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
}

TEST_F(efd, bad_input)
{
	struct qmsg_msg_eventfd args = {
		.size = sizeof(args), .rcvid = self->rcvid, .fd = self->fd, .__reserved = 1,
	};
	int file = open("/dev/null", O_RDWR);

	EXPECT_EQ(-EINVAL, raw_ioctl(Q, QMSG_IOC_MSG_EVENTFD, &args));
	EXPECT_EQ(-EBADF, qmsg_msg_eventfd(Q, self->rcvid, 12345));
	EXPECT_EQ(-EBADF, qmsg_msg_eventfd(Q, self->rcvid, -2));
	EXPECT_EQ(-EINVAL, qmsg_msg_eventfd(Q, self->rcvid, file));
	EXPECT_EQ(-EINVAL, qmsg_msg_eventfd(Q, self->rcvid, Q));
	EXPECT_EQ(-ESRCH, qmsg_msg_eventfd(Q, self->rcvid + 1, self->fd));
	EXPECT_EQ(-ESRCH, qmsg_msg_eventfd(Q, 0, self->fd));
	EXPECT_EQ(-ESRCH, qmsg_msg_eventfd(Q, -1, -1));
	EXPECT_EQ(0, qmsg_msg_eventfd(Q, self->rcvid, self->fd));
}

/* Set and taken away while the request ends: one event or none, and nothing is leaked. */
struct race {
	pthread_barrier_t gate;
	int64_t rcvid;
	int rounds, fd, wrong;
};

static void *set_and_take(void *arg)
{
	struct race *r = arg;
	int i;

	for (i = 0; i < r->rounds; i++) {
		int ret;

		pthread_barrier_wait(&r->gate);
		ret = qmsg_msg_eventfd(Q, r->rcvid, r->fd);
		r->wrong += ret && ret != -ESRCH;
		if (i & 1) {
			ret = qmsg_msg_eventfd(Q, r->rcvid, -1);
			r->wrong += ret && ret != -ESRCH;
		}
		pthread_barrier_wait(&r->gate);
	}
	return NULL;
}

TEST_F(efd, race_with_the_end_of_the_request)
{
	struct race r = { .rounds = rounds_by(100), .fd = self->fd };
	struct qmsg_pulse pulse;
	pthread_t thread;
	int i;

	ASSERT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 0, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	pthread_barrier_init(&r.gate, NULL, 2);
	ASSERT_EQ(0, pthread_create(&thread, NULL, set_and_take, &r));
	for (i = 0; i < r.rounds; i++) {
		uint64_t n;

		r.rcvid = client_send_received(self->c, Q, self->chid, NULL);
		ASSERT_LT(0, r.rcvid);
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
		pthread_barrier_wait(&r.gate);
		if (i & 2)
			qmsg_msg_reply(Q, r.rcvid, 0, NULL, 0);
		pthread_barrier_wait(&r.gate);
		qmsg_msg_reply(Q, r.rcvid, 0, NULL, 0);
		ASSERT_EQ(0, client_wait(self->c));
		n = added(self->fd);
		r.wrong += n > 1;
		while (!receive_now(Q, self->chid, &pulse, sizeof(pulse), NULL))
			;
	}
	pthread_join(thread, NULL);
	EXPECT_EQ(0, r.wrong);
}

TEST_HARNESS_MAIN
