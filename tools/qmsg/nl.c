// SPDX-License-Identifier: GPL-2.0-only
/* All there is of libnl here: a dump, and numbers out of attributes. */

#include <stdio.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "nl.h"
#include "tool.h"

struct dump {
	void (*fn)(struct nlattr **attrs, void *arg);
	void *arg;
};

/* One connection for all dumps. */
static struct nl_sock *sock;
static int family;

static void connect_once(void)
{
	int err;

	if (sock)
		return;
	sock = nl_socket_alloc();
	if (!sock)
		die(QMSG_ERROR, "out of memory");
	err = genl_connect(sock);
	if (err)
		die(QMSG_ERROR, "netlink: %s", nl_geterror(err));
	family = genl_ctrl_resolve(sock, QMSG_NL_FAMILY_NAME);
	if (family < 0)
		die(QMSG_ERROR, "the kernel has no netlink family \"%s\": is the module loaded?",
		    QMSG_NL_FAMILY_NAME);
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[NL_ATTRS];
	struct dump *d = arg;

	if (!genlmsg_parse(nlmsg_hdr(msg), 0, attrs, NL_ATTRS - 1, NULL))
		d->fn(attrs, d->arg);
	return NL_OK;
}

void kernel_dump(int cmd, void (*fn)(struct nlattr **attrs, void *arg), void *arg)
{
	struct dump d = { .fn = fn, .arg = arg };
	int err;

	connect_once();
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, &d);
	err = genl_send_simple(sock, family, cmd, QMSG_NL_FAMILY_VERSION, NLM_F_DUMP);
	if (err >= 0)
		err = nl_recvmsgs_default(sock);
	if (err < 0)
		die(QMSG_ERROR, "netlink: %s", nl_geterror(err));
}

struct listener {
	bool (*fn)(struct nlattr **attrs, void *arg);
	void *arg;
	bool done;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[NL_ATTRS];
	struct listener *l = arg;

	if (!l->done && !genlmsg_parse(nlmsg_hdr(msg), 0, attrs, NL_ATTRS - 1, NULL))
		l->done = !l->fn(attrs, l->arg);
	return NL_OK;
}

static void join_events(void)
{
	int group = genl_ctrl_resolve_grp(sock, QMSG_NL_FAMILY_NAME, QMSG_NL_MCGRP_EVENTS);
	int err = group < 0 ? group : nl_socket_add_membership(sock, group);

	if (err < 0)
		die(QMSG_ERROR, "events: %s", nl_geterror(err));
}

void kernel_listen(void (*ready)(void), bool (*fn)(struct nlattr **attrs, void *arg), void *arg)
{
	struct listener l = { .fn = fn, .arg = arg };
	int err;

	connect_once();
	join_events();
	nl_socket_disable_seq_check(sock);
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_event, &l);
	ready();
	while (!l.done) {
		err = nl_recvmsgs_default(sock);
		/* Too slow: some are lost, others come. */
		if (err == -NLE_NOMEM)
			fputs("qmsg: some events were lost\n", stderr);
		else if (err < 0)
			die(QMSG_ERROR, "netlink: %s", nl_geterror(err));
	}
}

int64_t nl_number(struct nlattr **attrs, int type)
{
	const struct nlattr *a = attrs[type];

	switch (a ? nla_len(a) : 0) {
	case 1:
		return nla_get_u8(a);
	case 4:
		return nla_get_s32(a);
	case 8:
		return nla_get_u64(a);
	}
	return 0;
}

const void *nl_bytes(struct nlattr **attrs, int type, size_t *len)
{
	*len = attrs[type] ? nla_len(attrs[type]) : 0;
	return attrs[type] ? nla_data(attrs[type]) : "";
}
