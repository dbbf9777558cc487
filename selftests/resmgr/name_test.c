// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of channels in a mount: where QNX has them, for as long as they are names; to open one is
 * to be told of to its server as name_open() does. Rules: S10.29, S10.30, S10.31.
 */
#include "parking.h"

#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define TOP	"/tmp/qnx"
#define LOCAL	TOP "/dev/name/local"
#define NAME	"selftest/seen"
#define OWN	0x400

/* What the tests see of the server, and tell it. */
struct server {
	atomic_int ready;
	atomic_int refuse;	/* opens, with this error */
	atomic_int opened, gone, others;
	char told[64];		/* the path of the last open */
	pid_t pid;
};

union message {
	uint16_t type;
	struct _pulse pulse;
	struct _io_connect connect;
	char bytes[128];
};

static void on_message(struct server *s, rcvid_t rcvid, const union message *msg)
{
	if (msg->type == OWN) {
		MsgReply(rcvid, 7, "own", 4);
		return;
	}
	if (msg->type != _IO_CONNECT) {
		s->others++;
		MsgError(rcvid, ENOSYS);
		return;
	}
	s->opened++;
	strncpy(s->told, msg->bytes + offsetof(struct _io_connect, path), sizeof(s->told) - 1);
	if (msg->connect.file_type != _FTYPE_NAME || msg->connect.subtype != _IO_CONNECT_OPEN)
		MsgError(rcvid, EINVAL);
	else if (s->refuse)
		MsgError(rcvid, s->refuse);
	else
		MsgReply(rcvid, EOK, NULL, 0);
}

/* As S10.31 has it. */
static int be_server(void *arg)
{
	name_attach_t *attach = name_attach(NULL, NAME, 0);
	struct server *s = arg;
	union message msg;
	rcvid_t rcvid;

	if (!attach)
		return 1;
	s->ready = 1;
	while ((rcvid = MsgReceive(attach->chid, &msg, sizeof(msg), NULL)) != -1) {
		if (rcvid) {
			on_message(s, rcvid, &msg);
		} else if (msg.pulse.code == _PULSE_CODE_DISCONNECT) {
			ConnectDetach(msg.pulse.scoid);
			s->gone++;
		}
	}
	return 1;
}

FIXTURE(seen) {
	struct server *s;
};

FIXTURE_SETUP(seen)
{
	self->s = shared_alloc(sizeof(*self->s));
	ASSERT_EQ(0, module_load());
	mkdir(TOP, 0755);
	ASSERT_EQ(0, mount("none", TOP, "qmsgfs", 0, NULL));
}

FIXTURE_TEARDOWN(seen)
{
	if (self->s->pid > 0) {
		kill(self->s->pid, SIGKILL);
		EXPECT_EQ(0, reap(self->s->pid, NULL));
	}
	EXPECT_TRUE(wait_until(!umount(TOP) || errno == EINVAL));
	EXPECT_TRUE(module_unload());
}

static bool server_start(struct server *s)
{
	s->pid = fork_child(be_server, s);
	return s->pid > 0 && wait_until(s->ready);
}

static bool is_there(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISCHR(st.st_mode);
}

static bool lists(const char *path, const char *name)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	while (dir && (entry = readdir(dir)))
		found |= !strcmp(entry->d_name, name);
	if (dir)
		closedir(dir);
	return found;
}

/* The server is not asked by who only looks, and there is no device file. */
TEST_F(seen, looked_at)
{
	ASSERT_TRUE(server_start(self->s));
	EXPECT_TRUE(is_there(LOCAL "/" NAME));
	EXPECT_TRUE(lists(TOP "/dev/name", "local"));
	EXPECT_TRUE(lists(LOCAL "/selftest", "seen"));
	EXPECT_EQ(-1, chmod(LOCAL "/" NAME, 0600));
	EXPECT_EQ(EPERM, errno);
	EXPECT_NE(0, access("/dev/name/local/" NAME, F_OK));
	EXPECT_EQ(0, self->s->opened);
	EXPECT_EQ(0, self->s->others);
}

/* The descriptor is a connection; the server has to know no more than _IO_CONNECT. */
TEST_F(seen, opened)
{
	struct pollfd pfd = { .events = POLLIN };
	uint16_t type = OWN;
	char reply[8];

	ASSERT_TRUE(server_start(self->s));
	pfd.fd = open(LOCAL "/" NAME, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, pfd.fd);
	EXPECT_EQ(1, self->s->opened);
	EXPECT_STREQ(NAME, self->s->told);
	EXPECT_EQ(7, MsgSend(pfd.fd, &type, sizeof(type), reply, sizeof(reply)));
	EXPECT_STREQ("own", reply);
	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_EQ(0, self->s->others);
	EXPECT_EQ(-1, read(pfd.fd, reply, 1));
	EXPECT_EQ(ENOSYS, errno);
	EXPECT_EQ(1, self->s->others);
	close(pfd.fd);
	EXPECT_TRUE(wait_until(self->s->gone));
	EXPECT_EQ(1, self->s->others);
	/* Here is ENOSYS consent. */
	self->s->refuse = ENOSYS;
	pfd.fd = open(LOCAL "/" NAME, O_RDWR | O_CLOEXEC);
	EXPECT_LE(0, pfd.fd);
	close(pfd.fd);
	self->s->refuse = EBUSY;
	EXPECT_EQ(-1, open(LOCAL "/" NAME, O_RDWR | O_CLOEXEC));
	EXPECT_EQ(EBUSY, errno);
}

/* It goes with the server, */
TEST_F(seen, server_dies)
{
	int fd;

	ASSERT_TRUE(server_start(self->s));
	fd = open(LOCAL "/" NAME, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	kill(self->s->pid, SIGKILL);
	EXPECT_EQ(0, reap(self->s->pid, NULL));
	self->s->pid = 0;
	EXPECT_FALSE(is_there(LOCAL "/" NAME));
	EXPECT_FALSE(lists(TOP, "dev"));
	EXPECT_EQ(-1, read(fd, &(char){ 0 }, 1));
	EXPECT_EQ(EIO, errno);
	close(fd);
}

/* or with the name, though the channel stays, or with the channel. */
TEST_F(seen, detached)
{
	name_attach_t *attach = name_attach(NULL, NAME, 0);
	int chid;

	ASSERT_NE(NULL, attach);
	EXPECT_TRUE(is_there(LOCAL "/" NAME));
	chid = attach->chid;
	EXPECT_EQ(0, name_detach(attach, NAME_FLAG_DETACH_SAVEDPP));
	EXPECT_FALSE(is_there(LOCAL "/" NAME));
	EXPECT_EQ(0, ChannelDestroy(chid));
	attach = name_attach(NULL, NAME, NAME_FLAG_ATTACH_GLOBAL);
	ASSERT_NE(NULL, attach);
	EXPECT_TRUE(is_there(TOP "/dev/name/global/" NAME));
	EXPECT_FALSE(is_there(LOCAL "/" NAME));
	EXPECT_EQ(0, name_detach(attach, 0));
	EXPECT_FALSE(is_there(TOP "/dev/name/global/" NAME));
}

/* A name is one of the pid namespace, and there can be two: the first one is seen. */
static int be_other_namespace(void *unused)
{
	name_attach_t *attach = name_attach(NULL, NAME, 0);

	(void)unused;
	if (!attach)
		return 1;
	/* Its own goes, not the one that is seen. */
	if (name_detach(attach, NAME_FLAG_DETACH_SAVEDPP))
		return 2;
	return is_there(LOCAL "/" NAME) ? 0 : 3;
}

TEST_F(seen, namesake)
{
	int status;
	pid_t pid;

	ASSERT_TRUE(server_start(self->s));
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid = fork_child(be_other_namespace, NULL);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_TRUE(is_there(LOCAL "/" NAME));
}

/* Others' servers can be named, and not be seen: see who may be a manager. */
static int be_nobody(void *unused)
{
	(void)unused;
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 1;
	if (!name_attach(NULL, NAME, 0))
		return 2;
	return is_there(LOCAL "/" NAME) ? 3 : 0;
}

TEST_F(seen, unprivileged)
{
	int status;

	ASSERT_EQ(0, chmod("/dev/qmsg", 0666));
	ASSERT_EQ(0, reap(fork_child(be_nobody, NULL), &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(0, chmod("/dev/qmsg", 0600));
}

/* Names that programs of Linux have given are none of QNX's, nor do they take one away. */
TEST_F(seen, names_of_others)
{
	static const char *const others[] = { "x", "name", "name/", "other/long_name", "named/x" };
	name_attach_t *attach = name_attach(NULL, NAME, 0);
	int q = qmsg_open(), chid = qmsg_channel_create(q, 0), i;

	ASSERT_NE(NULL, attach);
	ASSERT_LT(0, chid);
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(0, qmsg_name_attach(q, chid, others[i])) TH_LOG("%s", others[i]);
		EXPECT_FALSE(lists(TOP "/dev/name", "x"));
		EXPECT_EQ(0, qmsg_name_detach(q, chid, others[i]));
		EXPECT_TRUE(is_there(LOCAL "/" NAME));
	}
	EXPECT_TRUE(lists(TOP, "dev"));
	EXPECT_EQ(0, name_detach(attach, 0));
	EXPECT_FALSE(lists(TOP, "dev"));
	close(q);
}

/* What is a name, but no path, is a name all the same; so is what is above another. */
TEST_F(seen, no_path)
{
	name_attach_t *a = name_attach(NULL, "a\nb", 0), *b = name_attach(NULL, "above/below", 0);
	name_attach_t *c = name_attach(NULL, "above", 0);

	ASSERT_NE(NULL, a);
	ASSERT_NE(NULL, b);
	ASSERT_NE(NULL, c);
	EXPECT_FALSE(lists(LOCAL, "a\nb"));
	EXPECT_TRUE(is_there(LOCAL "/above/below"));
	EXPECT_EQ(0, name_detach(c, 0));
	EXPECT_TRUE(is_there(LOCAL "/above/below"));
	EXPECT_EQ(0, name_detach(b, 0));
	EXPECT_EQ(0, name_detach(a, 0));
}

/* The module goes, and the name stays. */
TEST_F(seen, module_unloaded)
{
	name_attach_t *attach = name_attach(NULL, NAME, 0);

	ASSERT_NE(NULL, attach);
	ASSERT_EQ(0, umount(TOP));
	EXPECT_TRUE(module_unload());
	errno = 0;
	EXPECT_EQ(NULL, name_attach(NULL, NAME, 0));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(0, name_detach(attach, 0));
	ASSERT_EQ(0, module_load());
}

TEST_HARNESS_MAIN
