// SPDX-License-Identifier: GPL-2.0-only
/* S2.40, S3.19 - S3.30: the flags of a connection. */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "../hazards/hazard.h"

#define SIDE		QMSG_SIDE_CHANNEL
#define EVENT_FLAGS	(QMSG_COF_NOEVENT | QMSG_COF_REG_EVENTS | QMSG_COF_UNREG_EVENTS)

FIXTURE(flags) {
	int chid;
};

FIXTURE_SETUP(flags)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	ASSERT_LT(0, self->chid);
}

FIXTURE_TEARDOWN(flags)
{
	close(Q);
}

static int flags_of(int coid)
{
	return qmsg_connect_flags(Q, coid, 0, 0);
}

TEST_F(flags, S2_40_the_old_ones_are_returned_and_those_in_the_mask_change)
{
	int coid = qmsg_connect_attach(Q, 0, self->chid, SIDE, QMSG_COF_NOEVENT);

	EXPECT_EQ(QMSG_COF_NOEVENT, flags_of(coid));
	EXPECT_EQ(QMSG_COF_NOEVENT, qmsg_connect_flags(Q, coid, QMSG_COF_REG_EVENTS,
						       QMSG_COF_REG_EVENTS));
	EXPECT_EQ(QMSG_COF_NOEVENT | QMSG_COF_REG_EVENTS,
		  qmsg_connect_flags(Q, coid, EVENT_FLAGS, QMSG_COF_UNREG_EVENTS));
	EXPECT_EQ(QMSG_COF_UNREG_EVENTS, qmsg_connect_flags(Q, coid, QMSG_COF_NOEVENT, 0));
	EXPECT_EQ(QMSG_COF_UNREG_EVENTS, flags_of(coid));
}

TEST_F(flags, what_was_asked_for_at_attach_is_kept)
{
	static const unsigned int asked[] = {
		0, QMSG_COF_NOSHARE, QMSG_COF_NOEVENT, QMSG_COF_REG_EVENTS,
		QMSG_COF_UNREG_EVENTS, QMSG_COF_CLOEXEC, QMSG_COF_NOSHARE | EVENT_FLAGS,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(asked); i++) {
		EXPECT_EQ(asked[i], flags_of(qmsg_connect_attach(Q, 0, self->chid, SIDE, asked[i])));
		EXPECT_EQ(asked[i], flags_of(qmsg_connect_attach(Q, 0, self->chid, 0, asked[i])));
	}
}

/* Each connection has its own, whatever server connection it shares. */
TEST_F(flags, another_connection_keeps_its_own)
{
	int a = qmsg_connect_attach(Q, 0, self->chid, SIDE, 0);
	int b = qmsg_connect_attach(Q, 0, self->chid, SIDE, 0);

	EXPECT_EQ(0, qmsg_connect_flags(Q, a, EVENT_FLAGS, EVENT_FLAGS));
	EXPECT_EQ(0, flags_of(b));
	EXPECT_EQ(EVENT_FLAGS, flags_of(a));
}

TEST_F(flags, S3_20_a_dead_one_says_so)
{
	int side = qmsg_connect_attach(Q, 0, self->chid, SIDE, QMSG_COF_NOEVENT);
	int fd = qmsg_connect_attach(Q, 0, self->chid, 0, 0);

	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_EQ(QMSG_COF_NOEVENT | QMSG_COF_DEAD, flags_of(side));
	EXPECT_EQ(QMSG_COF_DEAD, flags_of(fd));
	EXPECT_EQ(QMSG_COF_DEAD, qmsg_connect_flags(Q, fd, QMSG_COF_NOEVENT, QMSG_COF_NOEVENT));
	EXPECT_EQ(QMSG_COF_DEAD | QMSG_COF_NOEVENT, flags_of(fd));
}

/* S3.19: of a descriptor it is the descriptor's, and the library changes it there. */
TEST_F(flags, S3_19_CLOEXEC_of_a_descriptor)
{
	int fd = qmsg_connect_attach(Q, 0, self->chid, 0, 0);

	EXPECT_EQ(0, qmsg_connect_flags(Q, fd, QMSG_COF_CLOEXEC, QMSG_COF_CLOEXEC));
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(QMSG_COF_CLOEXEC, flags_of(fd));
	EXPECT_EQ(0, fcntl(fd, F_SETFD, 0));
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(0, fcntl(fd, F_SETFD, FD_CLOEXEC));
	EXPECT_EQ(QMSG_COF_CLOEXEC, qmsg_connect_flags(Q, fd, QMSG_COF_CLOEXEC | EVENT_FLAGS,
						       QMSG_COF_NOEVENT));
	EXPECT_EQ(0, fcntl(fd, F_GETFD));
	EXPECT_EQ(QMSG_COF_NOEVENT, flags_of(fd));
}

TEST_F(flags, CLOEXEC_of_a_descriptor_is_not_the_devices_to_change)
{
	struct qmsg_connect_flags args = {
		.size = sizeof(args), .mask = QMSG_COF_CLOEXEC, .bits = QMSG_COF_CLOEXEC,
	};

	args.coid = qmsg_connect_attach(Q, 0, self->chid, 0, 0);
	EXPECT_EQ(-EINVAL, raw_ioctl(Q, QMSG_IOC_CONNECT_FLAGS, &args));
	EXPECT_EQ(0, fcntl(args.coid, F_GETFD));
	args.coid = qmsg_connect_attach(Q, 0, self->chid, SIDE, 0);
	EXPECT_EQ(0, raw_ioctl(Q, QMSG_IOC_CONNECT_FLAGS, &args));
	EXPECT_EQ(QMSG_COF_CLOEXEC, flags_of(args.coid));
}

TEST_F(flags, others_cannot_be_changed)
{
	unsigned int may = QMSG_COF_CLOEXEC | EVENT_FLAGS;
	int coid = qmsg_connect_attach(Q, 0, self->chid, SIDE, QMSG_COF_NOSHARE);
	int bit;

	for (bit = 0; bit < 32; bit++) {
		unsigned int flag = 1U << bit;

		if (!(flag & may)) {
			EXPECT_EQ(-EINVAL, qmsg_connect_flags(Q, coid, flag, flag));
			EXPECT_EQ(-EINVAL, qmsg_connect_flags(Q, coid, flag, 0));
		}
		EXPECT_EQ(-EINVAL, qmsg_connect_flags(Q, coid, may & ~flag, flag));
	}
	EXPECT_EQ(QMSG_COF_NOSHARE, flags_of(coid));
}

TEST_F(flags, what_is_no_connection_is_EBADF)
{
	int gone = qmsg_connect_attach(Q, 0, self->chid, SIDE, 0);

	ASSERT_EQ(0, qmsg_connect_detach(Q, gone));
	EXPECT_EQ(-EBADF, flags_of(gone));
	EXPECT_EQ(-EBADF, flags_of(SIDE | 0xffff));
	EXPECT_EQ(-EBADF, flags_of(-1));
	EXPECT_EQ(-EBADF, flags_of(0));
	EXPECT_EQ(-EBADF, flags_of(Q));
	EXPECT_EQ(-EBADF, flags_of(12345));
}

/* D1: every process' use of a descriptor has its own, as the attach asked for. */
static int64_t do_change(void *arg)
{
	int coid = ((struct numbers *)arg)->n[0];

	if (qmsg_connect_flags(Q, coid, QMSG_COF_NOEVENT, 0) != QMSG_COF_NOEVENT)
		return -EPROTO;
	return flags_of(coid);
}

static int64_t do_open(void *arg)
{
	(void)arg;
	return Q = qmsg_open();
}

TEST_F(flags, a_childs_use_of_a_descriptor_has_its_own)
{
	int fd = qmsg_connect_attach(Q, 0, self->chid, 0, QMSG_COF_NOEVENT);
	struct peer *child = peer_fork();

	ASSERT_LE(0, in_peer(child, do_open));
	EXPECT_EQ(0, in_peer(child, do_change, fd));
	EXPECT_EQ(QMSG_COF_NOEVENT, flags_of(fd));
	EXPECT_EQ(0, peer_end(child));
}

/* EFAULT leaves nothing behind. */
TEST_F(flags, out_member_that_cannot_be_written)
{
	struct qmsg_connect_flags *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int coid = qmsg_connect_attach(Q, 0, self->chid, SIDE, 0);

	args->size = sizeof(*args);
	args->coid = coid;
	args->mask = args->bits = QMSG_COF_NOEVENT;
	ASSERT_EQ(0, mprotect(args, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, raw_ioctl(Q, QMSG_IOC_CONNECT_FLAGS, args));
	EXPECT_EQ(0, flags_of(coid));
}

TEST_HARNESS_MAIN
