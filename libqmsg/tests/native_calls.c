// SPDX-License-Identifier: MIT
/*
 * Every native call, from C and from C++, without a device: each returns its error
 * negated and leaves errno alone.
 */
#include <string.h>

#include <qmsg.h>

#include "expect.h"

#define ZERO(type, name) \
	type name; \
	memset(&name, 0, sizeof(name))

static void context(void)
{
	struct qmsg_query query;

	EXPECT(qmsg_open(), -ENOENT, 0);
	EXPECT(qmsg_close(-1), -EBADF, 0);
	EXPECT(qmsg_query(-1, &query), -EBADF, 0);
	EXPECT(qmsg_setup(-1, 31), -EBADF, 0);
}

static void channel(void)
{
	ZERO(struct qmsg_channel_create, create);

	EXPECT(qmsg_channel_create(-1, 0), -EBADF, 0);
	EXPECT(qmsg_channel_create_with(-1, &create), -EBADF, 0);
	EXPECT(create.size, (long long)sizeof(create), 0);
	EXPECT(qmsg_channel_access(-1, 1, 0002, 0), -EBADF, 0);
	EXPECT(qmsg_channel_fd(-1, 1, QMSG_CHANNEL_FD_CLOEXEC), -EBADF, 0);
	EXPECT(qmsg_channel_destroy(-1, 1), -EBADF, 0);
}

static void connection(void)
{
	EXPECT(qmsg_connect_attach(-1, 0, 1, QMSG_SIDE_CHANNEL, 0), -EBADF, 0);
	EXPECT(qmsg_connect_attach(-1, 0, 1, 0, 0), -EBADF, 0);
	EXPECT(qmsg_connect_attach(-1, 0, 1, 0x3fffffff, 0), -EINVAL, 0);
	EXPECT(qmsg_connect_detach(-1, QMSG_SIDE_CHANNEL | 1), -EBADF, 0);
	EXPECT(qmsg_connect_detach(-1, 0x3fffffff), -EBADF, 0);
	EXPECT(qmsg_pulse_send(-1, 1, QMSG_PRIORITY_SELF, 0, 0), -EBADF, 0);
}

static void name(void)
{
	EXPECT(qmsg_name_attach(-1, 1, "a"), -EBADF, 0);
	EXPECT(qmsg_name_detach(-1, 1, "a"), -EBADF, 0);
	EXPECT(qmsg_name_connect(-1, "a", QMSG_SIDE_CHANNEL, 0), -EBADF, 0);
	EXPECT(qmsg_name_connect(-1, "a", 0x3fffffff, 0), -EINVAL, 0);
}

static void client(void)
{
	ZERO(struct qmsg_msg_send, send);

	EXPECT(qmsg_msg_send(-1, 1, "x", 1, NULL, 0), -EBADF, 0);
	EXPECT(qmsg_msg_send_with(-1, &send), -EBADF, 0);
	EXPECT(send.size, (long long)sizeof(send), 0);
}

static void receiving(void)
{
	struct qmsg_msg_info info;
	struct qmsg_pulse pulse;
	ZERO(struct qmsg_msg_receive, receive);
	ZERO(struct qmsg_msg_reply_receive, both);

	EXPECT(qmsg_msg_receive(-1, 1, &pulse, sizeof(pulse), &info), -EBADF, 0);
	EXPECT(qmsg_msg_receive_pulse(-1, 1, &pulse, sizeof(pulse), NULL), -EBADF, 0);
	EXPECT(qmsg_msg_receive_with(-1, &receive), -EBADF, 0);
	EXPECT(receive.size, (long long)sizeof(receive), 0);
	EXPECT(qmsg_msg_reply_receive(-1, 0, 0, NULL, 0, 1, &pulse, sizeof(pulse), &info), -EBADF, 0);
	EXPECT(qmsg_msg_reply_receive_with(-1, &both), -EBADF, 0);
	EXPECT(both.size, (long long)sizeof(both), 0);
}

static void received(void)
{
	struct qmsg_msg_info info;
	char buf[1];
	ZERO(struct qmsg_msg_reply, reply);
	ZERO(struct qmsg_msg_copy, copy);

	EXPECT(qmsg_msg_reply(-1, 1, 0, NULL, 0), -EBADF, 0);
	EXPECT(qmsg_msg_reply_with(-1, &reply), -EBADF, 0);
	EXPECT(reply.size, (long long)sizeof(reply), 0);
	EXPECT(qmsg_msg_error(-1, 1, EINTR), -EBADF, 0);
	EXPECT(qmsg_msg_read(-1, 1, buf, sizeof(buf), 0), -EBADF, 0);
	EXPECT(qmsg_msg_write(-1, 1, "x", 1, 0), -EBADF, 0);
	EXPECT(qmsg_msg_copy_with(-1, QMSG_IOC_MSG_WRITE, &copy), -EBADF, 0);
	EXPECT(copy.size, (long long)sizeof(copy), 0);
	EXPECT(qmsg_msg_copy_with(-1, QMSG_IOC_MSG_REPLY, &copy), -EINVAL, 0);
	EXPECT(qmsg_msg_info(-1, 1, &info), -EBADF, 0);
	EXPECT(qmsg_msg_current(-1, 1), -EBADF, 0);
}

int main(void)
{
	context();
	channel();
	connection();
	name();
	client();
	receiving();
	received();
	return failures != 0;
}
