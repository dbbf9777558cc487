// SPDX-License-Identifier: GPL-2.0-only
/* The requests of a process: one server connection after the other, never two locks at once. */

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "proc.h"
#include "request.h"
#include "search.h"

struct search {
	qmsg_request_fn fn;
	void *arg;
	unsigned int steps;		/* that are left */
	bool gave_up;
};

/* By a thread: not those that it has left behind, nor questions that it only asks. */
static bool is_waited_for(const struct qmsg_request *req)
{
	return req->state != QMSG_ORPHAN && !req->over;
}

static bool search_sconn(struct qmsg_sconn *sconn, const struct search *s)
{
	struct qmsg_request *req;
	bool done = false;

	/* A client can have many of these, and few that it waits on. */
	if (hlist_empty(&sconn->requests))
		return false;
	spin_lock(sconn->channel->lock);
	hlist_for_each_entry(req, &sconn->requests, sconn_node) {
		done = is_waited_for(req) && s->fn(req, s->arg);
		if (done)
			break;
	}
	qmsg_channel_unlock(sconn->channel);
	return done;
}

static bool may_step(struct search *s)
{
	s->gave_up = !s->steps;
	s->steps--;
	return !s->gave_up;
}

static bool search_ctx(struct qmsg_ctx *ctx, struct search *s)
{
	struct qmsg_sconn *sconn = NULL;

	while ((sconn = qmsg_sconn_next_of_client(ctx, sconn))) {
		if (!may_step(s) || search_sconn(sconn, s)) {
			qmsg_sconn_put(sconn);
			return true;
		}
		cond_resched();
	}
	return false;
}

bool qmsg_search_requests(struct qmsg_proc *proc, qmsg_request_fn fn, void *arg,
			  unsigned int steps)
{
	struct search s = { .fn = fn, .arg = arg, .steps = steps };
	struct qmsg_ctx *ctx = NULL;

	while ((ctx = qmsg_proc_next_ctx(proc, ctx))) {
		if (!may_step(&s) || search_ctx(ctx, &s)) {
			qmsg_ctx_put(ctx);
			break;
		}
	}
	return !s.gave_up;
}
