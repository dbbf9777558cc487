/* SPDX-License-Identifier: GPL-2.0-only */
/* A channel of this process and one of another, and who is behind a name. */
#ifndef SELFTESTS_NAME_SCENE_H
#define SELFTESTS_NAME_SCENE_H

#include "../hazards/hazard.h"

#define SIDE	QMSG_SIDE_CHANNEL

struct peer_name {
	struct peer *p;
	int chid;
	unsigned int index, flags;
	char name[QMSG_NAME_MAX + 2];
};

static inline int64_t do_attach_name(void *arg)
{
	struct peer_name *n = arg;

	return qmsg_name_attach(n->p->q, n->chid, n->name);
}

static inline int64_t do_detach_name(void *arg)
{
	struct peer_name *n = arg;

	return qmsg_name_detach(n->p->q, n->chid, n->name);
}

static inline int64_t do_connect_name(void *arg)
{
	struct peer_name *n = arg;

	return qmsg_name_connect(n->p->q, n->name, n->index, n->flags);
}

static inline int name_call(int64_t (*fn)(void *), struct peer *p, int chid, const char *name,
			    unsigned int index, unsigned int flags)
{
	struct peer_name *n = shared_alloc(sizeof(*n));
	int ret;

	*n = (struct peer_name){ .p = p, .chid = chid, .index = index, .flags = flags };
	strcpy(n->name, name);
	ret = peer_call(p, fn, n);
	if (ret != -ETIMEDOUT)
		shared_free(n, sizeof(*n));
	return ret;
}

static inline int attach_name(struct peer *p, int chid, const char *name)
{
	return name_call(do_attach_name, p, chid, name, 0, 0);
}

static inline int detach_name(struct peer *p, int chid, const char *name)
{
	return name_call(do_detach_name, p, chid, name, 0, 0);
}

static inline int connect_name(struct peer *p, const char *name, unsigned int index,
			       unsigned int flags)
{
	return name_call(do_connect_name, p, 0, name, index, flags);
}

/* Nobody has it: -ENOENT, and no connection is left. */
static inline int nobody_has(struct peer *p, const char *name)
{
	int coid = connect_name(p, name, SIDE, 0);

	if (coid > 0)
		peer_detach(p, coid);
	return coid;
}

/*
 * A message of @client over @coid comes out at @server's channel @chid, and its answer comes
 * back. @info may be NULL.
 */
static inline int reaches(struct peer *client, int coid, struct peer *server, int chid,
			  struct qmsg_msg_info *info)
{
	struct client *c = client_new(client, coid);
	struct receiver *r = receiver_new(server, chid);
	int err;

	err = receiver_go(r) ?: client_send(c) ?: receiver_wait(r);
	if (err)
		return err;
	if (receiver_result(r) <= 0)
		return receiver_result(r) ?: -EBADMSG;
	if (info)
		*info = r->info;
	return r->info.coid == coid ? 0 : -EPROTO;
}

#endif
