/* SPDX-License-Identifier: GPL-2.0-only */
/* Ordinary users, each a process with limits of its own, that send to this one. */
#ifndef SELFTESTS_WINDOW_USER_H
#define SELFTESTS_WINDOW_USER_H

#include <sys/mman.h>
#include <sys/resource.h>

#include "../hazards/hazard.h"
#include "window.h"

/* The device may be closed to him: it is opened by his real user with root's rights. */
static inline int64_t do_take_real_user(void *arg)
{
	return setresuid(((struct numbers *)arg)->n[0], 0, 0) ? -errno : 0;
}

/* n: pages that may be locked, by all of his processes together. */
static inline int64_t do_limit_pages(void *arg)
{
	size_t bytes = ((struct numbers *)arg)->n[0] * PAGE;
	struct rlimit limit = { bytes, bytes };

	return setrlimit(RLIMIT_MEMLOCK, &limit) ? -errno : 0;
}

static inline struct peer *user_new(uid_t uid, long pages)
{
	struct peer *p = peer_fork();

	if (!p || in_peer(p, do_limit_pages, pages) || in_peer(p, do_take_real_user, uid) ||
	    peer_open(p) < 0 || in_peer(p, do_give_up_root, uid))
		return NULL;
	return p;
}

static inline char *page_aligned(void *p)
{
	return (char *)(((uintptr_t)p + PAGE - 1) & ~(PAGE - 1));
}

/* Everybody may send to it. */
static inline int open_channel(unsigned int flags)
{
	struct qmsg_channel_create args = { .flags = flags, .mode = 0202, .kill_grace_ms = 100 };

	return qmsg_channel_create_with(Q, &args);
}

/* Sends @pages pages at @message, with room for as many behind them, which all can see. */
static inline void use_pages(struct client *c, char *message, size_t pages, size_t room)
{
	c->args.flags = 0;
	c->args.send_ptr = (uintptr_t)message;
	c->args.send_len = pages * PAGE;
	c->args.reply_ptr = (uintptr_t)message + pages * PAGE;
	c->args.reply_len = room * PAGE;
}

#endif
