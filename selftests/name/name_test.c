// SPDX-License-Identifier: GPL-2.0-only
/* D16, S9.9, S10.29: names of channels: giving, taking back, what is no name, their end. */
#include "kselftest_harness.h"

#include <stdio.h>

#include "scene.h"

#define TASK "QMSG_TEST_TASK"

static __attribute__((constructor)) void new_image(void)
{
	if (!getenv(TASK))
		return;
	for (;;)
		pause();
}

FIXTURE(name) {
	struct peer *me, *server;
	int q;
	int mine, theirs;	/* channels */
};

FIXTURE_SETUP(name)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->server = peer_fork();
	ASSERT_NE(NULL, self->server);
	ASSERT_LE(0, peer_open(self->server));
	self->mine = peer_channel(self->me, 0);
	self->theirs = peer_channel(self->server, 0);
	ASSERT_LT(0, self->mine);
	ASSERT_LT(0, self->theirs);
}

FIXTURE_TEARDOWN(name)
{
	restore_params();
	close(self->q);
	peer_kill(self->server, SIGKILL);
	peer_reap(self->server, NULL);
	EXPECT_EQ(0, wait_for_object_count("names", 0));
}

typedef FIXTURE_DATA(name) scene;

TEST_F(name, leads_to_its_channel)
{
	int coid;

	ASSERT_EQ(0, attach_name(self->server, self->theirs, "a/b"));
	ASSERT_EQ(0, attach_name(self->me, self->mine, "a/bc"));
	coid = connect_name(self->me, "a/b", SIDE, 0);
	ASSERT_LT(0, coid);
	EXPECT_EQ(0, reaches(self->me, coid, self->server, self->theirs, NULL));
	EXPECT_EQ(-ENOENT, nobody_has(self->me, "a"));
	EXPECT_EQ(-ENOENT, nobody_has(self->me, "a/"));
	EXPECT_EQ(-ENOENT, nobody_has(self->me, "A/b"));
	EXPECT_EQ(-ENOENT, nobody_has(self->me, "a/bcd"));
}

TEST_F(name, a_channel_can_have_several)
{
	int one, two;

	ASSERT_EQ(0, attach_name(self->server, self->theirs, "one"));
	ASSERT_EQ(0, attach_name(self->server, self->theirs, "two"));
	one = connect_name(self->me, "one", SIDE, 0);
	two = connect_name(self->me, "two", SIDE, 0);
	EXPECT_EQ(0, reaches(self->me, one, self->server, self->theirs, NULL));
	EXPECT_EQ(0, reaches(self->me, two, self->server, self->theirs, NULL));
	ASSERT_EQ(0, detach_name(self->server, self->theirs, "one"));
	EXPECT_EQ(-ENOENT, nobody_has(self->me, "one"));
	EXPECT_LT(0, nobody_has(self->me, "two"));
}

/* S10.29: EEXIST, whoever has it. */
TEST_F(name, taken)
{
	int second = peer_channel(self->server, 0);

	ASSERT_EQ(0, attach_name(self->server, self->theirs, "srv"));
	EXPECT_EQ(-EEXIST, attach_name(self->server, self->theirs, "srv"));
	EXPECT_EQ(-EEXIST, attach_name(self->server, second, "srv"));
	EXPECT_EQ(-EEXIST, attach_name(self->me, self->mine, "srv"));
	EXPECT_EQ(1, object_count("names"));
	ASSERT_EQ(0, detach_name(self->server, self->theirs, "srv"));
	EXPECT_EQ(0, attach_name(self->me, self->mine, "srv"));
}

TEST_F(name, detach_is_for_the_channel_that_has_it)
{
	int second = peer_channel(self->server, 0);

	ASSERT_EQ(self->theirs, self->mine);
	ASSERT_EQ(0, attach_name(self->server, self->theirs, "srv"));
	EXPECT_EQ(-ENOENT, detach_name(self->me, self->mine, "srv"));
	EXPECT_EQ(-ENOENT, detach_name(self->server, second, "srv"));
	EXPECT_EQ(-ENOENT, detach_name(self->server, 77, "srv"));
	EXPECT_EQ(-ENOENT, detach_name(self->server, -1, "srv"));
	EXPECT_EQ(-ENOENT, detach_name(self->server, self->theirs, "srv2"));
	EXPECT_LT(0, nobody_has(self->me, "srv"));
	EXPECT_EQ(0, detach_name(self->server, self->theirs, "srv"));
	EXPECT_EQ(-ENOENT, detach_name(self->server, self->theirs, "srv"));
}

TEST_F(name, detach_leaves_connections_alone)
{
	int coid;

	ASSERT_EQ(0, attach_name(self->server, self->theirs, "srv"));
	coid = connect_name(self->me, "srv", SIDE, 0);
	ASSERT_EQ(0, detach_name(self->server, self->theirs, "srv"));
	EXPECT_EQ(0, reaches(self->me, coid, self->server, self->theirs, NULL));
}

TEST_F(name, needs_a_channel_of_this_context)
{
	int other = qmsg_open();

	EXPECT_EQ(-ESRCH, qmsg_name_attach(self->q, 77, "srv"));
	EXPECT_EQ(-ESRCH, qmsg_name_attach(self->q, 0, "srv"));
	EXPECT_EQ(-ESRCH, qmsg_name_attach(self->q, -1, "srv"));
	EXPECT_EQ(-ESRCH, qmsg_name_attach(other, self->mine, "srv"));
	EXPECT_EQ(0, object_count("names"));
	close(other);
}

/* ------------------------------------------------------------------ what is a name */

struct bytes {
	const void *ptr;
	unsigned int len;
};

static int raw_attach(scene *s, struct bytes b)
{
	struct qmsg_name_attach args = { .size = sizeof(args), .chid = s->mine,
					 .name_len = b.len, .name_ptr = (uintptr_t)b.ptr };

	return raw_ioctl(s->q, QMSG_IOC_NAME_ATTACH, &args);
}

static int raw_detach(scene *s, struct bytes b)
{
	struct qmsg_name_detach args = { .size = sizeof(args), .chid = s->mine,
					 .name_len = b.len, .name_ptr = (uintptr_t)b.ptr };

	return raw_ioctl(s->q, QMSG_IOC_NAME_DETACH, &args);
}

static int raw_connect(scene *s, struct bytes b)
{
	struct qmsg_name_connect args = { .size = sizeof(args), .index = SIDE,
					  .name_len = b.len, .name_ptr = (uintptr_t)b.ptr };
	int err = raw_ioctl(s->q, QMSG_IOC_NAME_CONNECT, &args);

	return err ?: qmsg_connect_detach(s->q, args.out_coid);
}

static int (* const raw_calls[])(scene *s, struct bytes b) = {
	raw_attach, raw_connect, raw_detach,
};

static char long_name[QMSG_NAME_MAX + 1];

#define LITERAL(s)	{ s, sizeof(s) - 1 }

TEST_F(name, what_is_no_name)
{
	struct bytes bad[] = {
		LITERAL(""), LITERAL("/"), LITERAL("/a"), LITERAL(".."), LITERAL("../a"),
		LITERAL("a/.."), LITERAL("a/../b"), LITERAL("a//.."), LITERAL("\0"),
		LITERAL("\0a"), LITERAL("a\0b"), LITERAL("a\0"),
		{ long_name, sizeof(long_name) }, { long_name, UINT32_MAX }, { NULL, 0 },
	};

	memset(long_name, 'x', sizeof(long_name));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		for (size_t call = 0; call < ARRAY_SIZE(raw_calls); call++) {
			EXPECT_EQ(-EINVAL, raw_calls[call](self, bad[i]))
				TH_LOG("name %zu, call %zu", i, call);
		}
	EXPECT_EQ(0, object_count("names"));
}

TEST_F(name, what_is_one)
{
	struct bytes good[] = {
		LITERAL("a"), LITERAL("."), LITERAL("..."), LITERAL("..a"), LITERAL("a.."),
		LITERAL("a..b"), LITERAL("a/...//..b"), LITERAL("a b\n"), LITERAL("\xff\x01"),
		LITERAL("a/"), { long_name, QMSG_NAME_MAX }, { long_name, QMSG_NAME_MAX - 1 },
	};

	memset(long_name, 'x', sizeof(long_name));
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, raw_attach(self, good[i])) TH_LOG("name %zu", i);
	}
	EXPECT_EQ((long long)ARRAY_SIZE(good), object_count("names"));
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, raw_connect(self, good[i])) TH_LOG("name %zu", i);
		EXPECT_EQ(0, raw_detach(self, good[i])) TH_LOG("name %zu", i);
	}
}

TEST_F(name, at_a_bad_address)
{
	char *edge = edge_page(4);

	memcpy(edge, "name", 4);
	for (size_t call = 0; call < ARRAY_SIZE(raw_calls); call++) {
		EXPECT_EQ(-EFAULT, raw_calls[call](self, (struct bytes){ unmapped_page(), 1 }));
		EXPECT_EQ(-EFAULT, raw_calls[call](self, (struct bytes){ edge, 5 }));
		EXPECT_EQ(-EFAULT, raw_calls[call](self, (struct bytes){ NULL, 1 }));
	}
	EXPECT_EQ(0, object_count("names"));
	/* no terminating zero is looked for */
	EXPECT_EQ(0, raw_attach(self, (struct bytes){ edge, 4 }));
	EXPECT_EQ(0, raw_connect(self, (struct bytes){ edge, 4 }));
	EXPECT_EQ(0, raw_detach(self, (struct bytes){ edge, 4 }));
}

TEST_F(name, fdinfo_shows_it)
{
	char path[64], line[512];
	bool shown = false;
	FILE *f;

	ASSERT_EQ(0, qmsg_name_attach(self->q, self->mine, "line\nbreak"));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->q);
	f = fopen(path, "r");
	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f))
		shown |= !strcmp(line, "name:\tchid=1 name=line\\nbreak\n");
	fclose(f);
	EXPECT_TRUE(shown);
}

/* D21: a quota per user, and only his own calls fail. */
TEST_F(name, quota)
{
	ASSERT_EQ(0, write_param("user_names", 2));
	EXPECT_EQ(0, qmsg_name_attach(self->q, self->mine, "1"));
	EXPECT_EQ(0, attach_name(self->server, self->theirs, "2"));
	EXPECT_EQ(-EAGAIN, qmsg_name_attach(self->q, self->mine, "3"));
	EXPECT_EQ(-ENOENT, nobody_has(self->me, "3"));
	EXPECT_EQ(0, detach_name(self->server, self->theirs, "2"));
	/* a call that fails for another reason uses nothing up */
	EXPECT_EQ(-EEXIST, qmsg_name_attach(self->q, self->mine, "1"));
	EXPECT_EQ(0, qmsg_name_attach(self->q, self->mine, "3"));
}

/* ------------------------------------------------------------------ the end of a name */

/* The name was @server's and is to be had by us at once. */
static int is_free(scene *s, const char *name)
{
	int err = nobody_has(s->me, name);

	return err != -ENOENT ? err : attach_name(s->me, s->mine, name);
}

TEST_F(name, ends_with_destroy)
{
	ASSERT_EQ(0, attach_name(self->server, self->theirs, "srv"));
	ASSERT_EQ(0, attach_name(self->server, self->theirs, "srv2"));
	ASSERT_EQ(0, peer_destroy(self->server, self->theirs));
	EXPECT_EQ(0, is_free(self, "srv"));
	EXPECT_EQ(0, is_free(self, "srv2"));
}

TEST_F(name, other_channels_keep_theirs)
{
	int second = peer_channel(self->server, 0);

	ASSERT_EQ(0, attach_name(self->server, self->theirs, "srv"));
	ASSERT_EQ(0, attach_name(self->server, second, "srv2"));
	ASSERT_EQ(0, peer_destroy(self->server, self->theirs));
	EXPECT_EQ(-EEXIST, attach_name(self->me, self->mine, "srv2"));
	EXPECT_LT(0, nobody_has(self->me, "srv2"));
}

TEST_F(name, ends_with_close)
{
	ASSERT_EQ(0, attach_name(self->server, self->theirs, "srv"));
	ASSERT_EQ(0, peer_close(self->server, self->server->q));
	EXPECT_EQ(0, is_free(self, "srv"));
}

TEST_F(name, ends_with_exit)
{
	ASSERT_EQ(0, attach_name(self->server, self->theirs, "srv"));
	ASSERT_EQ(0, peer_end(self->server));
	EXPECT_EQ(0, is_free(self, "srv"));
}

TEST_F(name, ends_with_kill)
{
	ASSERT_EQ(0, attach_name(self->server, self->theirs, "srv"));
	ASSERT_EQ(0, peer_kill(self->server, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->server, NULL));
	EXPECT_EQ(0, is_free(self, "srv"));
}

static int64_t do_exec(void *arg __attribute__((unused)))
{
	setenv(TASK, "pause", 1);
	execl("/proc/self/exe", "name_test", NULL);
	return -errno;
}

TEST_F(name, ends_with_exec)
{
	ASSERT_EQ(0, attach_name(self->server, self->theirs, "srv"));
	ASSERT_EQ(0, peer_start(self->server, do_exec, NULL));
	EXPECT_EQ(0, wait_for_object_count("names", 0));
	EXPECT_EQ(0, is_free(self, "srv"));
	EXPECT_FALSE(is_reapable(self->server->pid));
}

static int child_of_owner(void *arg)
{
	int q = *(int *)arg;

	return qmsg_name_attach(q, 1, "child") == -EBADF &&
	       qmsg_name_detach(q, 1, "srv") == -EBADF &&
	       qmsg_name_connect(q, "srv", SIDE, 0) == -EBADF ? 0 : 1;
}

/* D2: a forked child has no part in it; neither its calls nor its end touch the name. */
TEST_F(name, is_not_the_forked_childs)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, qmsg_name_attach(self->q, self->mine, "srv"));
	pid = fork_child(child_of_owner, &self->q);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(-EEXIST, attach_name(self->server, self->theirs, "srv"));
	EXPECT_LT(0, nobody_has(self->server, "srv"));
}

TEST_HARNESS_MAIN
