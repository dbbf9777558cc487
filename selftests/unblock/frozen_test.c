// SPDX-License-Identifier: GPL-2.0-only
/* P6, E1, E3: a cgroup that is frozen and thawed, and the freezer of system suspend. */
#include "still_scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define ROOT	"/tmp/qmsg-cgroup"
#define GROUP	ROOT "/qmsg-frozen"

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static bool file_says(const char *path, const char *text)
{
	char buf[512] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, buf, sizeof(buf) - 1) < 0)
		buf[0] = 0;
	close(fd);
	return strstr(buf, text);
}

static int make_group(pid_t pid)
{
	char text[16];

	mkdir(ROOT, 0700);
	if (mount("none", ROOT, "cgroup2", 0, NULL) && errno != EBUSY)
		return -errno;
	if (mkdir(GROUP, 0700) && errno != EEXIST)
		return -errno;
	snprintf(text, sizeof(text), "%d", pid);
	return put(GROUP "/cgroup.procs", text);
}

static void leave_group(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	put(GROUP "/cgroup.freeze", "0");
	put(ROOT "/cgroup.procs", text);
	wait_until(!rmdir(GROUP) || errno != EBUSY);
	umount2(ROOT, MNT_DETACH);
}

/* Frozen means all of it: the blocked task too. */
static int freeze(void)
{
	int err = put(GROUP "/cgroup.freeze", "1");

	return err ?: wait_until(file_says(GROUP "/cgroup.events", "frozen 1")) ? 0 : -ETIMEDOUT;
}

static int thaw(void)
{
	int err = put(GROUP "/cgroup.freeze", "0");

	return err ?: wait_until(file_says(GROUP "/cgroup.events", "frozen 0")) ? 0 : -ETIMEDOUT;
}

/* Without the freezer there is nothing to test; with it a failure is one. */
#define MAKE_GROUP() do {							\
	int _err = make_group(self->peer->pid);					\
	if (_err || access(GROUP "/cgroup.freeze", W_OK))			\
		SKIP(return, "no cgroup v2 freezer");				\
} while (0)

TEST_F(still, cgroup_freeze_and_thaw)
{
	MAKE_GROUP();
	EXPECT_EQ(0, freeze());
	EXPECT_TRUE(undisturbed(self, variant));
	EXPECT_EQ(0, thaw());
	EXPECT_TRUE(undisturbed(self, variant));
	EXPECT_TRUE(goes_on(self, variant));
	leave_group(self->peer->pid);
}

TEST_F(still, answer_while_frozen_is_seen_after_thawing)
{
	MAKE_GROUP();
	EXPECT_EQ(0, freeze());
	if (variant->state == IN_RECEIVE) {
		EXPECT_EQ(0, send_to_receiver(self));
	} else {
		EXPECT_EQ(0, answer(self, variant));
	}
	EXPECT_TRUE(file_says(GROUP "/cgroup.events", "frozen 1"));
	EXPECT_FALSE(worker_is_done(self->r ? &self->r->w : &self->c->w));
	EXPECT_EQ(0, thaw());
	if (variant->state == IN_RECEIVE) {
		EXPECT_EQ(0, receiver_wait(self->r));
		EXPECT_LT(0, receiver_result(self->r));
	} else {
		EXPECT_EQ(0, client_wait(self->c));
		EXPECT_EQ(99, client_result(self->c));
	}
	leave_group(self->peer->pid);
}

/* cgroup v2: a killed task of a frozen group goes. */
TEST_F(still, SIGKILL_while_frozen)
{
	MAKE_GROUP();
	EXPECT_EQ(0, freeze());
	EXPECT_EQ(0, peer_kill(self->peer, SIGKILL));
	if (is_received(variant)) {
		EXPECT_TRUE(is_held_in_its_grace(self, variant));
	}
	EXPECT_EQ(0, peer_reap(self->peer, NULL));
	leave_group(self->peer->pid);
}

/* The first half of a suspend: every task of the machine is frozen, then thawed. */
static int suspend_freezer(void)
{
	int err = put("/sys/power/pm_test", "freezer");

	if (err)
		return -ENOENT;
	put("/sys/module/suspend/parameters/pm_test_delay", "1");
	err = put("/sys/power/state", "mem");
	if (err == -EINVAL || err == -ENODEV)
		err = put("/sys/power/state", "freeze");
	put("/sys/power/pm_test", "none");
	return err;
}

TEST_F(still, suspend_freezer)
{
	int err = suspend_freezer();

	if (err == -ENOENT)
		SKIP(return, "no /sys/power/pm_test");
	EXPECT_EQ(0, err);
	EXPECT_TRUE(undisturbed(self, variant));
	EXPECT_TRUE(goes_on(self, variant));
}

/* D6: a client that is held in its grace does not keep the machine from sleeping. */
TEST_F(still, suspend_freezer_with_a_killed_client)
{
	int err;

	if (!variant->flags || variant->state != IN_REPLY)
		SKIP(return, "only in REPLY on an UNBLOCK channel");
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	self->chid = peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, 60000);
	self->c = client_connect(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, self->c);
	ASSERT_EQ(0, client_send(self->c) ?: receive_it(self));
	ASSERT_EQ(0, peer_kill(self->peer, SIGKILL));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	err = suspend_freezer();
	if (err == -ENOENT)
		SKIP(return, "no /sys/power/pm_test");
	EXPECT_EQ(0, err);
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(0, peer_reap(self->peer, NULL));
}

TEST_HARNESS_MAIN
