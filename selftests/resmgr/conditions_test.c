// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll() and what a manager answers to it: errors, conditions that there are not; and what it tells
 * of itself, for a file that is its own. Rules: S10.24, S10.25, S10.26.
 */
#include "saying.h"

#include <poll.h>

FIXTURE(conditions) {
	struct saying *s;
	pthread_t thread;
	struct pollfd file;
	int control;
};

/* In this process: so it can tell of conditions. */
static void *serve(void *s)
{
	be_saying(s);
	return NULL;
}

FIXTURE_SETUP(conditions)
{
	self->s = shared_alloc(sizeof(*self->s));
	self->s->mode = S_IFREG | 0666;
	ASSERT_EQ(0, module_load());
	ASSERT_EQ(0, top_mount());
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, serve, self->s));
	ASSERT_TRUE(wait_until(self->s->ready));
	self->control = open("/dev/qmsgfs", O_RDWR | O_CLOEXEC);
	self->file = (struct pollfd) { open(SAID, O_RDWR | O_CLOEXEC), POLLIN | POLLPRI, 0 };
	ASSERT_LE(0, self->file.fd);
}

FIXTURE_TEARDOWN(conditions)
{
	close(self->file.fd);
	close(self->control);
	EXPECT_EQ(0, ChannelDestroy(self->s->chid));
	EXPECT_EQ(0, pthread_join(self->thread, NULL));
	EXPECT_TRUE(wait_until(top_unmounted()));
	EXPECT_TRUE(module_unload());
}

static void say_conditions(struct saying *s, uint32_t flags)
{
	const struct qmsgfs_notify_reply reply = { .flags = flags };

	say(s, QMSGFS_NOTIFY, &reply, sizeof(reply));
}

static int tell(int control, int chid, int scoid, uint32_t flags)
{
	struct qmsgfs_tell args = {
		.size = sizeof(args), .flags = flags, .chid = chid, .scoid = scoid,
	};

	return errno_of(ioctl(control, QMSGFS_IOC_NOTIFY, &args));
}

/* An error is told once, to who waits; then the manager is asked again. */
TEST_F(conditions, errors)
{
	struct pollfd *file = &self->file;

	say_error(self->s, QMSGFS_NOTIFY, EACCES);
	ASSERT_EQ(1, poll(file, 1, -1));
	EXPECT_EQ(POLLERR, file->revents);
	EXPECT_EQ(1, said_to(self->s, QMSGFS_NOTIFY)->asked);
	say_error(self->s, QMSGFS_NOTIFY, EIO);
	ASSERT_EQ(1, poll(file, 1, -1));
	EXPECT_EQ(POLLERR | POLLHUP, file->revents);
	EXPECT_EQ(2, said_to(self->s, QMSGFS_NOTIFY)->asked);
	say_conditions(self->s, QMSGFS_COND_INPUT);
	ASSERT_EQ(1, poll(file, 1, -1));
	EXPECT_EQ(POLLIN, file->revents);
	EXPECT_EQ(3, said_to(self->s, QMSGFS_NOTIFY)->asked);
}

/* Of what an answer says only what was asked for counts, and what there is. */
TEST_F(conditions, unknown_ones)
{
	say_conditions(self->s, 0x0fffffff | QMSGFS_COND_OBAND | QMSGFS_COND_OUTPUT);
	ASSERT_EQ(1, poll(&self->file, 1, -1));
	EXPECT_EQ(POLLPRI, self->file.revents);
}

/*
 * What holds counts for a moment after it has been given to one who only looks: then it may have
 * been read by another, and is asked for.
 */
TEST_F(conditions, for_a_moment)
{
	struct said *to = said_to(self->s, QMSGFS_NOTIFY);
	int asked;

	say_conditions(self->s, QMSGFS_COND_INPUT);
	ASSERT_EQ(1, poll(&self->file, 1, -1));
	asked = to->asked;
	say_conditions(self->s, 0);
	EXPECT_TRUE(wait_until(poll(&self->file, 1, 0) == 0));
	EXPECT_TRUE(wait_until(to->asked > asked));
}

/* Of its own files, and by their own channel. */
TEST_F(conditions, told_of)
{
	int other = ChannelCreate(0), control = self->control;

	say_conditions(self->s, 0);
	EXPECT_EQ(0, poll(&self->file, 1, 0));
	ASSERT_TRUE(wait_until(said_to(self->s, QMSGFS_NOTIFY)->asked));
	EXPECT_EQ(ENOENT, tell(control, self->s->chid, self->s->scoid + 1, QMSGFS_COND_INPUT));
	EXPECT_EQ(ENOENT, tell(control, other, self->s->scoid, QMSGFS_COND_INPUT));
	EXPECT_EQ(ESRCH, tell(control, other + 1, self->s->scoid, QMSGFS_COND_INPUT));
	EXPECT_EQ(0, poll(&self->file, 1, 0));
	EXPECT_EQ(0, tell(control, self->s->chid, self->s->scoid, QMSGFS_COND_OBAND | 1));
	EXPECT_EQ(1, poll(&self->file, 1, 0));
	EXPECT_EQ(POLLPRI, self->file.revents);
	ChannelDestroy(other);
}

TEST_HARNESS_MAIN
