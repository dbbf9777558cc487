/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Players for message sequence charts: threads that make one call when told to, so
 * that a test reads like the chart. C is the client thread, W the server's worker,
 * P the server thread that gets the pulse, V whoever receives the next request.
 *
 * Every request carries its number; every answer carries the number it is for.
 *
 * Include after kselftest_harness.h.
 */
#ifndef QMSG_CHART_H
#define QMSG_CHART_H

#include "qmsg_test.h"

struct player {
	struct worker w;		/* first: the worker's thread finds the player by it */
	void (*act)(struct player *p);
	int q;
	int chid;
	int coid;
	/* arguments and results of the act */
	int64_t rcvid;
	int64_t status;
	int error;
	int ret;
	uint64_t number;		/* of the request sent or received */
	uint64_t answer;		/* number the reply data carried */
	uint64_t reply_deadline;
	struct qmsg_msg_info info;
	struct qmsg_pulse pulse;
};

/* A server's context and a client's context in one process, and four players. */
struct chart {
	int qs, qc;
	int chid, coid;
	struct player c, w, p, v;
};

/* --------------------------------------------------------------------- acts */

/* ret: 0 when the server answered (status, error), else the kernel's -errno */
static inline void act_send(struct player *p)
{
	struct qmsg_msg_send send = send_args(p->coid, &p->number, sizeof(p->number),
					      &p->answer, sizeof(p->answer));

	send.reply_deadline = p->reply_deadline;
	p->answer = 0;
	p->ret = qmsg_msg_send_with(p->q, &send);
	p->status = send.out_status;
	p->error = send.out_error;
}

static inline void act_receive(struct player *p)
{
	union {
		uint64_t number;
		struct qmsg_pulse pulse;
	} buf = { 0 };
	int64_t rcvid = qmsg_msg_receive(p->q, p->chid, &buf, sizeof(buf), &p->info);

	p->ret = rcvid < 0 ? (int)rcvid : 0;
	p->rcvid = rcvid < 0 ? -1 : rcvid;
	if (rcvid > 0)
		p->number = buf.number;
	else if (!rcvid)
		p->pulse = buf.pulse;
}

/* Status and data both say which request it is for. */
static inline void act_reply(struct player *p)
{
	p->ret = qmsg_msg_reply(p->q, p->rcvid, p->number, &p->number, sizeof(p->number));
}

static inline void act_error(struct player *p)
{
	p->ret = qmsg_msg_error(p->q, p->rcvid, p->error);
}

static inline void act_info(struct player *p)
{
	p->ret = qmsg_msg_info(p->q, p->rcvid, &p->info);
}

/* ------------------------------------------------------------------ players */

static inline void player_run(struct worker *w)
{
	struct player *p = (struct player *)w;

	p->act(p);
}

static inline void player_join(struct player *p, int q, int chid, int coid)
{
	*p = (struct player){ .w = { .peer = peer_self(), .run = player_run },
			      .q = q, .chid = chid, .coid = coid,
			      .reply_deadline = QMSG_NO_DEADLINE };
}

static inline int player_start(struct player *p, void (*act)(struct player *))
{
	p->act = act;
	return worker_go(&p->w);
}

/* What the act returned; -ETIME if it does not come back. */
static inline int player_end(struct player *p)
{
	return worker_wait(&p->w) ? -ETIME : p->ret;
}

static inline int player_do(struct player *p, void (*act)(struct player *))
{
	return player_start(p, act) ?: player_end(p);
}

/* ------------------------------------------------- the lines of the charts */

static inline int sends(struct player *c, uint64_t number)
{
	c->number = number;
	return player_start(c, act_send);
}

static inline int ends(struct player *c)
{
	return player_end(c);
}

static inline int receives(struct player *s)
{
	return player_do(s, act_receive);
}

static inline int replies(struct player *s)
{
	return player_do(s, act_reply);
}

static inline int fails(struct player *s, int64_t rcvid, int error)
{
	s->rcvid = rcvid;
	s->error = error;
	return player_do(s, act_error);
}

static inline int asks_info(struct player *s, int64_t rcvid)
{
	s->rcvid = rcvid;
	return player_do(s, act_info);
}

/* SEND, REPLY, REPLY+R, REPLY+K, ORPHAN or NONE */
static inline int becomes(const struct player *c, const char *state)
{
	return wait_for_request_state(getpid(), c->q, c->w.tid, state);
}

static inline bool is_now(const struct player *c, const char *state)
{
	struct request_view view;

	return !read_request(getpid(), c->q, c->w.tid, &view) && !strcmp(view.state, state);
}

static inline int is_hit(const struct player *c)
{
	return send_signal(getpid(), c->w.tid, SIGUSR1);
}

/* A signal to C, which is received on an UNBLOCK channel: it is seen to be held. */
static inline int asks_to_leave(const struct player *c)
{
	return is_hit(c) ?: becomes(c, "REPLY+R");
}

/* The answer to @number arrived, and it is the one written for it. */
static inline bool answered(const struct player *c, uint64_t number)
{
	return !c->ret && !c->error && c->status == (int64_t)number && c->answer == number;
}

static inline bool aborted(const struct player *c, int error)
{
	return !c->ret && c->error == error;
}

/* The last receive took an unblock pulse for this request. */
static inline bool got_unblock(const struct player *s, int64_t rcvid)
{
	return !s->ret && !s->rcvid && s->pulse.code == QMSG_PULSE_CODE_UNBLOCK &&
	       (int64_t)s->pulse.value == rcvid;
}

static inline bool no_pulse(const struct chart *s)
{
	return read_channel(getpid(), s->qs, s->chid, "pulses") == 0;
}

/* -------------------------------------------------------------------- stage */

static inline int chart_open(struct chart *s, unsigned int flags, unsigned int bits)
{
	int err;

	s->qs = qmsg_open();
	s->qc = qmsg_open();
	if (s->qs < 0 || s->qc < 0)
		return -ENODEV;
	err = qmsg_setup(s->qs, bits) ?: peer_handle(peer_self(), SIGUSR1, SA_RESTART);
	if (err)
		return err;
	s->chid = qmsg_channel_create(s->qs, flags);
	if (s->chid < 0)
		return s->chid;
	s->coid = qmsg_connect_attach(s->qc, 0, s->chid, QMSG_SIDE_CHANNEL, 0);
	if (s->coid < 0)
		return s->coid;
	player_join(&s->c, s->qc, -1, s->coid);
	player_join(&s->w, s->qs, s->chid, -1);
	player_join(&s->p, s->qs, s->chid, -1);
	player_join(&s->v, s->qs, s->chid, -1);
	return 0;
}

/* A test that failed leaves players in their calls: the end of the process sees to them. */
static inline void chart_close(struct chart *s)
{
	qmsg_close(s->qc);
	qmsg_close(s->qs);
}

#endif /* QMSG_CHART_H */
