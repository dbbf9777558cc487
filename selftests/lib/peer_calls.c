// SPDX-License-Identifier: GPL-2.0-only
/* The library's calls, made in a peer on its context. */
#include "qmsg_test.h"

struct call {
	struct peer *p;
	pid_t pid;
	int id;
	unsigned int index;
	unsigned int flags;
	unsigned int grace_ms;
};

static int call_in(struct peer *p, int64_t (*fn)(void *), struct call call)
{
	struct call *c = shared_alloc(sizeof(*c));
	int ret;

	*c = call;
	c->p = p;
	ret = peer_call(p, fn, c);
	/* a peer that does not come back may still look at it */
	if (ret != -ETIMEDOUT)
		shared_free(c, sizeof(*c));
	return ret;
}

static int64_t do_open(void *arg)
{
	struct call *c = arg;

	return c->p->q = qmsg_open();
}

int peer_open(struct peer *p)
{
	return call_in(p, do_open, (struct call){ 0 });
}

static int64_t do_close(void *arg)
{
	struct call *c = arg;

	return close(c->id) ? -errno : 0;
}

int peer_close(struct peer *p, int fd)
{
	return call_in(p, do_close, (struct call){ .id = fd });
}

static int64_t do_channel(void *arg)
{
	struct call *c = arg;
	struct qmsg_channel_create args = {
		.flags = c->flags,
		.kill_grace_ms = c->grace_ms,
	};

	return qmsg_channel_create_with(c->p->q, &args);
}

int peer_channel_grace(struct peer *p, unsigned int flags, unsigned int grace_ms)
{
	return call_in(p, do_channel, (struct call){ .flags = flags, .grace_ms = grace_ms });
}

int peer_channel(struct peer *p, unsigned int flags)
{
	return peer_channel_grace(p, flags, 0);
}

static int64_t do_destroy(void *arg)
{
	struct call *c = arg;

	return qmsg_channel_destroy(c->p->q, c->id);
}

int peer_destroy(struct peer *p, int chid)
{
	return call_in(p, do_destroy, (struct call){ .id = chid });
}

static int64_t do_attach(void *arg)
{
	struct call *c = arg;

	return qmsg_connect_attach(c->p->q, c->pid, c->id, c->index, c->flags);
}

int peer_attach(struct peer *p, pid_t pid, int chid, unsigned int index, unsigned int flags)
{
	return call_in(p, do_attach, (struct call){ .pid = pid, .id = chid, .index = index,
						    .flags = flags });
}

static int64_t do_detach(void *arg)
{
	struct call *c = arg;

	return qmsg_connect_detach(c->p->q, c->id);
}

int peer_detach(struct peer *p, int coid)
{
	return call_in(p, do_detach, (struct call){ .id = coid });
}
