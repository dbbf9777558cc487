// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* name_attach() and its kin: rules S10.29 to S10.31, S9.9, S3.17. */
#include <sys/dispatch.h>
#include <sys/stat.h>

#include "call.h"

#define NAME		"selftest/name"
#define NOBODY		65534

FIXTURE(names) {
	name_attach_t *attach;
	struct call call;
};

FIXTURE_SETUP(names)
{
	self->attach = name_attach(NULL, NAME, 0);
	ASSERT_NE(NULL, self->attach);
}

FIXTURE_TEARDOWN(names)
{
	if (self->attach)
		name_detach(self->attach, 0);
}

static long open_name(struct call *call)
{
	return name_open(NAME, call->form);
}

static long flags_of(int chid)
{
	return read_channel(getpid(), qmsg_qnx_context(), chid, "flags");
}

/* What name_open() sent, received by a server that is written for QNX. */
static rcvid_t receive_open(int chid, void *buf, size_t len)
{
	return receive_limited(chid, buf, len, NULL);
}

/* S3.17: the pulses servers expect. A second channel of the process cannot have COIDDEATH. */
TEST_F(names, flags_of_the_channel)
{
	long all = _NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT | _NTO_CHF_COID_DISCONNECT;
	name_attach_t *second = name_attach(NULL, "selftest/second", 0);

	EXPECT_EQ(1, self->attach->chid);
	EXPECT_EQ(NULL, self->attach->dpp);
	EXPECT_EQ(all, flags_of(self->attach->chid));
	ASSERT_NE(NULL, second);
	EXPECT_EQ(all & ~_NTO_CHF_COID_DISCONNECT, flags_of(second->chid));
	EXPECT_EQ(0, name_detach(second, 0));
}

/* S10.30, S10.31: an _IO_CONNECT of subtype OPEN with the name; EOK is consent. */
TEST_F(names, open_asks_the_server)
{
	union {
		uint16_t type;
		struct _io_connect connect;
		char bytes[128];
	} msg;
	rcvid_t rcvid;

	ASSERT_EQ(0, call_start(&self->call, open_name, 0));
	rcvid = receive_open(self->attach->chid, &msg, sizeof(msg));
	ASSERT_GT(rcvid, 0);
	EXPECT_EQ(_IO_CONNECT, msg.type);
	EXPECT_EQ(_IO_CONNECT_OPEN, msg.connect.subtype);
	EXPECT_EQ(sizeof(NAME), msg.connect.path_len);
	EXPECT_STREQ(NAME, msg.bytes + offsetof(struct _io_connect, path));
	EXPECT_EQ(0, MsgReply(rcvid, EOK, NULL, 0));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_NE(0, self->call.result & _NTO_SIDE_CHANNEL);
	EXPECT_EQ(0, name_close((int)self->call.result));
}

FIXTURE(answer) {
	name_attach_t *attach;
	struct call call;
};
FIXTURE_VARIANT(answer) {
	int error;
	long status;		/* instead, if not 0 */
	bool opens;
};
/* S10.31: a server that does not know the message. */
FIXTURE_VARIANT_ADD(answer, enosys) { ENOSYS, 0, true };
FIXTURE_VARIANT_ADD(answer, error_eok) { EOK, 0, true };
FIXTURE_VARIANT_ADD(answer, status) { 0, 17, true };
FIXTURE_VARIANT_ADD(answer, refused) { EACCES, 0, false };
FIXTURE_VARIANT_ADD(answer, busy) { EBUSY, 0, false };

FIXTURE_SETUP(answer)
{
	self->attach = name_attach(NULL, NAME, 0);
	ASSERT_NE(NULL, self->attach);
}

FIXTURE_TEARDOWN(answer)
{
	name_detach(self->attach, 0);
}

TEST_F(answer, decides_about_open)
{
	int before = count_connections(getpid(), qmsg_qnx_context());
	uint16_t type;
	rcvid_t rcvid;

	ASSERT_EQ(0, call_start(&self->call, open_name, 0));
	rcvid = receive_open(self->attach->chid, &type, sizeof(type));
	ASSERT_GT(rcvid, 0);
	ASSERT_EQ(0, variant->status ? MsgReply(rcvid, variant->status, NULL, 0) :
				       MsgError(rcvid, variant->error));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(before + variant->opens, count_connections(getpid(), qmsg_qnx_context()));
	if (variant->opens) {
		EXPECT_GT(self->call.result, 0);
		EXPECT_EQ(0, self->call.error);
	} else {
		EXPECT_EQ(-1, self->call.result);
		EXPECT_EQ(variant->error, self->call.error);
	}
}

#define EXPECT_NO_NAME(number, name, flags) \
	do { \
		errno = 0; \
		EXPECT_EQ(NULL, name_attach(NULL, name, flags)); \
		EXPECT_EQ(number, errno); \
	} while (0)
#define EXPECT_NO_COID(number, name, flags) \
	do { \
		errno = 0; \
		EXPECT_EQ(-1, name_open(name, flags)); \
		EXPECT_EQ(number, errno); \
	} while (0)

/* S10.29 */
TEST_F(names, bad_names)
{
	char longest[NAME_MAX + 2];

	memset(longest, 'n', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	EXPECT_NO_NAME(EINVAL, NULL, 0);
	EXPECT_NO_NAME(EINVAL, "", 0);
	EXPECT_NO_NAME(EINVAL, "/absolute", 0);
	EXPECT_NO_NAME(EINVAL, "a/../b", 0);
	EXPECT_NO_NAME(ENAMETOOLONG, longest, 0);
	EXPECT_NO_NAME(EINVAL, "flags", 0x40);
	EXPECT_NO_NAME(EEXIST, NAME, 0);
	/* None of them has left its channel behind. */
	EXPECT_EQ(2, ChannelCreate(0));
	EXPECT_NO_COID(EINVAL, NULL, 0);
	EXPECT_NO_COID(EINVAL, "", 0);
	EXPECT_NO_COID(EINVAL, "/absolute", 0);
	EXPECT_NO_COID(EINVAL, NAME, 0x40);
	EXPECT_NO_COID(ENOENT, "selftest/nobody", 0);
	errno = 0;
	EXPECT_EQ(-1, name_detach(NULL, 0));
	EXPECT_EQ(EINVAL, errno);
}

/* S10.29: the name goes with its channel, or alone if the channel is to stay. */
TEST_F(names, detach)
{
	int chid = self->attach->chid;

	EXPECT_EQ(0, name_detach(self->attach, NAME_FLAG_DETACH_SAVEDPP));
	EXPECT_NO_COID(ENOENT, NAME, 0);
	EXPECT_NE(-1, attach_self(chid));
	EXPECT_EQ(0, ChannelDestroy(chid));
	self->attach = name_attach(NULL, NAME, 0);
	ASSERT_NE(NULL, self->attach);
	EXPECT_EQ(0, name_detach(self->attach, 0));
	self->attach = NULL;
	EXPECT_NO_COID(ENOENT, NAME, 0);
	EXPECT_EQ(1, ChannelCreate(0));
}

static int answer_open(int chid)
{
	char buf[128];
	rcvid_t rcvid = receive_open(chid, buf, sizeof(buf));

	return rcvid > 0 ? MsgReply(rcvid, EOK, NULL, 0) : -1;
}

/* S10.30: the server sees the last close as a DISCONNECT pulse. */
TEST_F(names, close_disconnects)
{
	struct _pulse pulse;

	ASSERT_EQ(0, call_start(&self->call, open_name, 0));
	ASSERT_EQ(0, answer_open(self->attach->chid));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(0, name_close((int)self->call.result));
	ASSERT_EQ(0, receive_poll(self->attach->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(_PULSE_CODE_DISCONNECT, pulse.code);
	EXPECT_EQ(0, ConnectDetach(pulse.scoid));
}

/* S9.9: a global name is root's; who asks for one is also shown the local ones. */
TEST_F(names, global_names)
{
	name_attach_t *global = name_attach(NULL, "selftest/global", NAME_FLAG_ATTACH_GLOBAL);

	ASSERT_NE(NULL, global);
	EXPECT_NO_COID(ENOENT, "selftest/global", 0);
	self->call.form = NAME_FLAG_ATTACH_GLOBAL;
	ASSERT_EQ(0, call_start(&self->call, open_name, 0));
	ASSERT_EQ(0, answer_open(self->attach->chid));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_GT(self->call.result, 0);
	EXPECT_EQ(0, name_detach(global, 0));
}

static int open_as_nobody(void *arg)
{
	(void)arg;
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		return 10;
	errno = 0;
	if (name_attach(NULL, "selftest/nobody", NAME_FLAG_ATTACH_GLOBAL) || errno != EPERM)
		return 11;
	if (ConnectAttach(0, getppid(), 2, _NTO_SIDE_CHANNEL, 0) != -1 || errno != EACCES)
		return 12;
	return name_open(NAME, 0) == -1 ? errno : 0;
}

/* S9.1, S9.9: to publish a name is to let everybody in; a channel without one is its user's. */
TEST_F(names, another_user)
{
	struct stat st;
	int status;
	pid_t pid;

	ASSERT_EQ(0, stat("/dev/qmsg", &st));
	ASSERT_EQ(0, chmod("/dev/qmsg", 0666));
	ASSERT_EQ(2, ChannelCreate(0));
	pid = fork_child(open_as_nobody, NULL);
	ASSERT_GT(pid, 0);
	EXPECT_EQ(0, answer_open(self->attach->chid));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, chmod("/dev/qmsg", st.st_mode & 0777));
}

static int nothing(void *arg)
{
	(void)arg;
	errno = 0;
	if (name_attach(NULL, NAME, 0) || errno != EEXIST)
		return 1;
	return 0;
}

/* S1.4: a forked child has no part in the name, and its end is not the name's. */
TEST_F(names, fork_leaves_it_alone)
{
	int status;
	pid_t pid = fork_child(nothing, NULL);

	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
	EXPECT_NO_NAME(EEXIST, NAME, 0);
}

TEST_HARNESS_MAIN
