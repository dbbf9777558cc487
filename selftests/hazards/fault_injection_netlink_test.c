// SPDX-License-Identifier: GPL-2.0-only
/*
 * G1 for those who only look: every allocation and every user copy of asking for a picture of the
 * module (the netlink family) fails once. The answer is an error then, or the picture, whole;
 * nothing is left behind; the next one gets it.
 */
#include "kselftest_harness.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/qmsg_netlink.h>

#include "injection.h"

#define N_MAX	500

static const uint8_t commands[] = {
	QMSG_NL_CMD_CHANNEL_GET, QMSG_NL_CMD_CONNECTION_GET, QMSG_NL_CMD_REQUEST_GET,
	QMSG_NL_CMD_RECEIVER_GET, QMSG_NL_CMD_NAME_GET, QMSG_NL_CMD_LIMIT_GET,
	QMSG_NL_CMD_STATS_GET,
};

struct question {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	struct nlattr attr;
	char name[GENL_NAMSIZ];
};

FIXTURE(looking)
{
	int sock, family;
	struct client *c;
};

/* Of any netlink family. */
static int ask(int sock, int family, uint8_t command, uint16_t flags, const char *name)
{
	struct question q = {
		.nl = { .nlmsg_type = family, .nlmsg_flags = NLM_F_REQUEST | flags },
		.genl = { .cmd = command, .version = 1 },
		.attr = { .nla_type = CTRL_ATTR_FAMILY_NAME },
	};
	size_t len = offsetof(struct question, attr);

	if (name) {
		q.attr.nla_len = sizeof(q.attr) + strlen(name) + 1;
		snprintf(q.name, sizeof(q.name), "%s", name);
		len += NLA_ALIGN(q.attr.nla_len);
	}
	q.nl.nlmsg_len = len;
	return send(sock, &q, len, 0) == (ssize_t)len ? 0 : -errno;
}

static int family_in(const struct nlmsghdr *nl)
{
	const char *at = (const char *)NLMSG_DATA(nl) + GENL_HDRLEN;
	const char *end = (const char *)nl + nl->nlmsg_len;
	const struct nlattr *attr;

	for (; at + NLA_HDRLEN < end; at += NLA_ALIGN(attr->nla_len)) {
		attr = (const void *)at;
		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(const uint16_t *)(at + NLA_HDRLEN);
	}
	return -ENOENT;
}

static int find_family(int sock)
{
	_Alignas(struct nlmsghdr) char buf[8192];
	int err = ask(sock, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, QMSG_NL_FAMILY_NAME);

	if (err)
		return err;
	if (recv(sock, buf, sizeof(buf), 0) < (ssize_t)NLMSG_HDRLEN)
		return -EIO;
	return family_in((const void *)buf);
}

/* How many items there were in the dump that was asked for, or its error. */
static int read_dump(int sock)
{
	_Alignas(struct nlmsghdr) char buf[32768];
	int items = 0;

	for (;;) {
		ssize_t len = recv(sock, buf, sizeof(buf), 0);
		const struct nlmsghdr *nl = (const void *)buf;

		if (len < 0)
			return -errno;
		for (; NLMSG_OK(nl, len); nl = NLMSG_NEXT(nl, len)) {
			/* Of both the first word is an error, or 0. */
			if (nl->nlmsg_type == NLMSG_DONE || nl->nlmsg_type == NLMSG_ERROR)
				return *(const int *)NLMSG_DATA(nl) ?: items;
			items++;
		}
	}
}

static int look(FIXTURE_DATA(looking) *self, uint8_t command)
{
	return ask(self->sock, self->family, command, NLM_F_DUMP, NULL) ?: read_dump(self->sock);
}

/* Something of each kind, so that there is something to say. */
static int furnish(struct client **c)
{
	int chid = peer_channel(peer_self(), QMSG_CHF_UNBLOCK);
	struct peer *p = peer_fork();
	int err;

	if (chid < 0 || !p)
		return -EIO;
	/* this thread has received */
	err = expect_nothing(Q, chid) ?: qmsg_name_attach(Q, chid, "looked/at");
	err = err ?: peer_open(p) < 0 ? -EIO : 0;
	*c = err ? NULL : client_blocked(p, getpid(), chid);
	return *c ? 0 : -EIO;
}

FIXTURE_SETUP(looking)
{
	struct timeval limit = { .tv_sec = 20 };
	int err = injection_open();

	if (err == -ENOENT)
		SKIP(return, "this kernel has no fault injection");
	ASSERT_EQ(0, err);
	self->sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	ASSERT_LE(0, self->sock);
	ASSERT_EQ(0, setsockopt(self->sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
	self->family = find_family(self->sock);
	ASSERT_LT(0, self->family);
	ASSERT_LE(0, peer_open(peer_self()));
	ASSERT_EQ(0, furnish(&self->c));
}

FIXTURE_TEARDOWN_PARENT(looking)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* Asking takes the picture and sends its first part; nobody else does that. */
static int ask_injected(FIXTURE_DATA(looking) *self, uint8_t command, int n, bool *hit)
{
	int err;

	if (!injection_begin(n))
		return -EIO;
	err = ask(self->sock, self->family, command, NLM_F_DUMP, NULL);
	*hit = injection_end();
	return err;
}

static bool is_clean(int err)
{
	return err == -ENOMEM || err == -ENOBUFS || err == -EFAULT;
}

static void sweep(struct __test_metadata *_metadata, FIXTURE_DATA(looking) *self, uint8_t command)
{
	int items = look(self, command), failed = 0, n, got;
	bool hit = true;

	ASSERT_LT(0, items) TH_LOG("command %d", command);
	for (n = 1; hit && n < N_MAX; n++) {
		got = ask_injected(self, command, n, &hit) ?: read_dump(self->sock);
		ASSERT_TRUE(got == items || (hit && is_clean(got)))
			TH_LOG("command %d, step %d: %d", command, n, got);
		failed += got < 0;
		ASSERT_EQ(items, look(self, command)) TH_LOG("command %d, step %d", command, n);
	}
	EXPECT_GT(N_MAX, n) TH_LOG("command %d", command);
	EXPECT_LT(2, failed) TH_LOG("command %d: only %d steps failed", command, failed);
}

TEST_F(looking, G1_every_step_of_looking_fails_once)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		sweep(_metadata, self, commands[i]);
}

TEST_HARNESS_MAIN
