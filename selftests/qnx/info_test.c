// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* Connections' flags and ends: S2.40 to S2.42, S2.59, S2.60, section 3.4. */
#include <fcntl.h>
#include <grp.h>

#include "call.h"

FIXTURE(info) {
	int chid;
	int coid;
	struct call call;
};

FIXTURE_SETUP(info)
{
	self->chid = ChannelCreate(0);
	ASSERT_NE(-1, self->chid);
	self->coid = attach_self(self->chid);
	ASSERT_NE(-1, self->coid);
}

FIXTURE_TEARDOWN(info)
{
}

/* S2.40: the old flags; on a descriptor CLOEXEC is the descriptor's. */
TEST_F(info, connect_flags)
{
	int fd = ConnectAttach(0, 0, self->chid, 0, _NTO_COF_CLOEXEC);

	ASSERT_NE(-1, fd);
	EXPECT_EQ(_NTO_COF_CLOEXEC, ConnectFlags(0, fd, 0, 0));
	EXPECT_EQ(_NTO_COF_CLOEXEC, ConnectFlags(getpid(), fd, _NTO_COF_CLOEXEC, 0));
	EXPECT_EQ(0, fcntl(fd, F_GETFD));
	EXPECT_EQ(0, ConnectFlags(0, fd, _NTO_COF_CLOEXEC | _NTO_COF_NOEVENT, 0xffff));
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(_NTO_COF_CLOEXEC | _NTO_COF_NOEVENT, ConnectFlags(0, fd, 0, 0));
	EXPECT_EQ(0, ConnectFlags(0, self->coid, _NTO_COF_NOEVENT, _NTO_COF_NOEVENT));
	EXPECT_EQ(_NTO_COF_NOEVENT, ConnectFlags_r(0, self->coid, _NTO_COF_NOEVENT, 0));
	EXPECT_EQ(0, ConnectFlags(0, self->coid, 0, 0));
}

/* S3.27, S3.29, S3.30: from the start, and told. */
TEST_F(info, event_flags)
{
	const int both = _NTO_COF_REG_EVENTS | _NTO_COF_UNREG_EVENTS;
	int coid = ConnectAttach(0, 0, self->chid, _NTO_SIDE_CHANNEL, both);

	ASSERT_NE(-1, coid);
	EXPECT_EQ(both, ConnectFlags(0, coid, both, 0));
	EXPECT_EQ(0, ConnectFlags(0, coid, 0, 0));
}

TEST_F(info, connect_flags_errors)
{
	EXPECT_MINUS(EBADF, ConnectFlags, 0, _NTO_SIDE_CHANNEL | 0x3ff, 0, 0);
	EXPECT_MINUS(EBADF, ConnectFlags, 0, -1, 0, 0);
	EXPECT_MINUS(EINVAL, ConnectFlags, 0, self->coid, _NTO_COF_NOSHARE, 0);
	EXPECT_MINUS(ESRCH, ConnectFlags, 0x3fffffff, self->coid, 0, 0);
	EXPECT_MINUS(EPERM, ConnectFlags, getppid(), self->coid, 0, 0);
}

/* S2.41 */
TEST_F(info, server_info)
{
	struct _server_info info;

	EXPECT_EQ(self->coid, ConnectServerInfo(0, self->coid, &info));
	EXPECT_EQ(0, info.nd);
	EXPECT_EQ(getpid(), info.pid);
	EXPECT_EQ(self->chid, info.chid);
	EXPECT_EQ(self->coid, info.coid);
	EXPECT_NE(0, info.scoid & _NTO_SIDE_CHANNEL);
	EXPECT_EQ(0, info.flags);
	/* Not that one: the next. */
	EXPECT_EQ(self->coid, ConnectServerInfo(0, 0, &info));
	EXPECT_MINUS(EINVAL, ConnectServerInfo, 0, self->coid + 1, &info);
	EXPECT_MINUS(ESRCH, ConnectServerInfo, 0x3fffffff, self->coid, &info);
	EXPECT_MINUS(EPERM, ConnectServerInfo, getppid(), self->coid, &info);
}

/* S1.15, S2.41: a dead connection is told as such, and passed over without an info. */
TEST_F(info, dead_connection)
{
	struct _server_info info;

	ASSERT_EQ(0, ChannelDestroy(self->chid));
	EXPECT_EQ(self->coid, ConnectServerInfo(0, self->coid, &info));
	EXPECT_EQ(_NTO_COF_DEAD, info.flags & _NTO_COF_DEAD);
	EXPECT_MINUS(EINVAL, ConnectServerInfo, 0, self->coid, NULL);
}

static long send_nothing(struct call *call)
{
	return MsgSend(call->coid, NULL, 0, NULL, 0);
}

static int scoid_of(struct call *call, int chid, rcvid_t *rcvid)
{
	struct _msg_info info;

	*rcvid = receive_limited(chid, NULL, 0, &info);
	(void)call;
	return *rcvid > 0 ? info.scoid : -1;
}

/* S2.42, S9.3 */
TEST_F(info, client_info)
{
	const gid_t groups[] = { 11, 12, 13 };
	struct _client_info info;
	rcvid_t rcvid;
	int scoid;

	ASSERT_EQ(0, setgroups(3, groups));
	ASSERT_EQ(0, call_start(&self->call, send_nothing, self->coid));
	scoid = scoid_of(&self->call, self->chid, &rcvid);
	ASSERT_NE(-1, scoid);
	memset(&info, 0x5a, sizeof(info));
	EXPECT_EQ(0, ConnectClientInfo(scoid, &info, NGROUPS_MAX > 8 ? 8 : NGROUPS_MAX));
	EXPECT_EQ(0, info.nd);
	EXPECT_EQ(getpid(), info.pid);
	EXPECT_EQ(getsid(0), info.sid);
	EXPECT_EQ(getuid(), info.cred.ruid);
	EXPECT_EQ(geteuid(), info.cred.euid);
	EXPECT_EQ(getegid(), info.cred.egid);
	EXPECT_EQ(3, info.cred.ngroups);
	EXPECT_EQ(13, info.cred.grouplist[2]);
	info.cred.grouplist[1] = 77;
	EXPECT_EQ(0, ConnectClientInfo(scoid, &info, 1));
	EXPECT_EQ(3, info.cred.ngroups);
	EXPECT_EQ(77, info.cred.grouplist[1]);
	EXPECT_EQ(0, ConnectClientInfo(-1, &info, 0));
	EXPECT_EQ(getpid(), info.pid);
	EXPECT_PLUS(EINVAL, ConnectClientInfo, _NTO_SIDE_CHANNEL | 0x3ff, &info, 0);
	EXPECT_PLUS(EINVAL, ConnectClientInfo, scoid, &info, -1);
	EXPECT_PLUS(EFAULT, ConnectClientInfo, scoid, NULL, 0);
	EXPECT_EQ(0, MsgReply(rcvid, 0, NULL, 0));
	EXPECT_EQ(0, call_join(&self->call));
}

/* More groups than a struct _client_info has room for. */
TEST_F(info, client_info_ext)
{
	struct _client_able able = { .ability = 34 };
	struct _client_info *info = NULL;
	gid_t groups[100];
	unsigned i;

	for (i = 0; i < 100; i++)
		groups[i] = 1000 + i;
	ASSERT_EQ(0, setgroups(100, groups));
	ASSERT_EQ(0, ConnectClientInfoExt(-1, &info, _NTO_CLIENTINFO_GETGROUPS));
	ASSERT_EQ(100, info->cred.ngroups);
	for (i = 0; i < 100; i++)
		EXPECT_EQ(1000 + i, ((gid_t *)info->cred.grouplist)[i]);
	EXPECT_NE(0, info->flags & _NTO_CI_FULL_GROUPS);
	EXPECT_EQ(0, info->flags & (_NTO_CI_STOPPED | _NTO_CI_GROUPS_INFO_ONLY));
	EXPECT_EQ(0, ClientInfoExtFree(&info));
	EXPECT_EQ(NULL, info);
	EXPECT_PLUS(EINVAL, ConnectClientInfoExt, _NTO_SIDE_CHANNEL | 0x3ff, &info, 0);
	EXPECT_PLUS(EINVAL, ConnectClientInfoExt, -1, &info, 0x80);
	EXPECT_PLUS(EFAULT, ConnectClientInfoExt, -1, NULL, 0);
	ASSERT_EQ(0, ConnectClientInfoAble(-1, &info, 0, &able, 1));
	EXPECT_EQ(0, info->flags & _NTO_CI_UNABLE);
	ClientInfoExtFree(&info);
	ASSERT_EQ(0, seteuid(65534));
	ASSERT_EQ(0, ConnectClientInfoAble(-1, &info, 0, &able, 1));
	EXPECT_NE(0, info->flags & _NTO_CI_UNABLE);
	ClientInfoExtFree(&info);
	EXPECT_EQ(0, seteuid(0));
}

TEST_HARNESS_MAIN
