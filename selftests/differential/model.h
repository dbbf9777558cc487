/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of message passing as a program: a channel, its connections, its queue and its
 * requests, changed by one step at a time. It is written from the rules (S… and T… are their
 * numbers) and shares no line with the module.
 *
 * A step is a part of an operation, or something that happens to a request by itself. It is
 * impossible (false) where the rules forbid it, or where it leads to another result than the
 * history has.
 */
#ifndef QMSG_MODEL_H
#define QMSG_MODEL_H

#include <errno.h>
#include <string.h>

#include <linux/qmsg.h>

#include "history.h"

#define QUEUE_MAX	64
#define CONNS_MAX	24
#define SCONNS_MAX	40
#define FDS_MAX		40

#ifndef ERESTART
#define ERESTART 85
#endif

enum where { NOWHERE, SEND, REPLY, HELD, ASKED, DYING, ORPHAN, DONE };

/*
 * What an operation has come to; a few have a middle. Those of files are not over when their
 * message is: they have the description for a little longer, and may begin anew.
 */
enum phase { BEFORE, BEGUN, FINISHED, FOUND, CLOSING, ANSWERED, RESTARTING, LEAVING, LEFT };

enum entry_kind { A_MESSAGE, A_PULSE, AN_UNBLOCK, A_DISCONNECT };

struct entry {
	uint8_t kind;
	uint8_t of;		/* operation, or server connection */
	uint16_t prio;
};

#define PRIO_FRONT	1000	/* S4.4 */

struct model_request {
	uint8_t where;
	uint8_t reasons;
	uint8_t error;		/* of the first of them */
	uint8_t runs;		/* executions: more than one after ERESTART */
	uint8_t via;		/* connection */
	uint8_t sconn;
	bool delivered, told_detach;
	bool opens;		/* of a file: it is open */
};

struct model_conn {
	int32_t coid;
	uint8_t process, sconn;
	enum { NO_CONN, LIVE, GOING, OF_FILE } state;
};

/* What an open has made; its connection is the one with the same number. */
struct model_desc {
	uint8_t refs;		/* descriptors, and calls that have it */
	uint8_t file;
	uint8_t at;		/* its offset, in cells */
};

struct model_fd {
	int32_t fd;
	uint8_t process;
	uint8_t desc;		/* 1 + description; 0: there is none */
};

struct model_sconn {
	int32_t scoid;		/* 0: not seen yet */
	uint8_t process, links;
	bool over;		/* has had its notice */
	bool freed;
	bool of_file;
};

/* Compared byte by byte: nothing in it may depend on how it came about. */
struct model {
	uint8_t phase[OPS_MAX];
	uint8_t run_of[OPS_MAX];	/* OP_RECEIVE: which execution it has received */
	uint8_t keep[OPS_MAX];		/* OP_RECEIVE: 1 + whose entry it looks at in vain;
					 * OP_DETACH, OP_PULSE: connection, server connection */
	struct model_request req[OPS_MAX];
	struct entry queue[QUEUE_MAX];
	struct model_conn conn[CONNS_MAX];
	struct model_sconn sconn[SCONNS_MAX];
	struct model_desc desc[CONNS_MAX];
	struct model_fd fd[FDS_MAX];
	struct small_file file[FILES];
	uint8_t signals[THREADS][2];	/* sent, and not known to be handled; [1]: SA_RESTART */
	bool owed[THREADS];		/* its handler runs before its call begins anew */
	bool killed[PROCESSES];
	uint8_t length, conns, sconns, pulses;
	uint8_t channel;		/* enum phase of its end */
};

/* The history as far as it is to be explained: what came back later did not come back. */
struct task {
	const struct history *h;
	uint32_t until;
	int16_t by_end[OPS_MAX];	/* operations, the one that ends first before others */
	int16_t send_of[OPS_MAX];	/* OP_RECEIVE: whose message it is, or -1 */
};

static inline const struct op *op_of(const struct task *t, int o)
{
	return &t->h->op[o];
}

static inline uint32_t end_of(const struct task *t, int o)
{
	uint32_t end = t->h->op[o].end;

	return end && end <= t->until ? end : NEVER;
}

/* It has to have happened. */
static inline bool came_back(const struct task *t, int o)
{
	return end_of(t, o) != NEVER;
}

/* If it happens, then with this result: true also of what comes back only later. */
static inline bool has_result(const struct task *t, int o)
{
	return t->h->op[o].end;
}

/* Files have rules of their own: see files_steps.h. */
static inline bool is_of_file(const struct op *op)
{
	return op->type == OP_OPEN || op->type == OP_CLOSE || op->type == OP_CALL;
}

static inline bool has_message(const struct op *op)
{
	return op->type == OP_SEND || is_of_file(op);
}

static inline bool file_leaves(const struct task *t, struct model *m, int o, int error);
static inline bool file_is_signalled(const struct task *t, struct model *m, int o);
static inline bool is_bounded(const struct task *t, int o);

static inline bool holds_clients(const struct task *t)
{
	return t->h->flags & QMSG_CHF_UNBLOCK;
}

/* ------------------------------------------------------------------ queue */

static inline void queue_add(struct model *m, enum entry_kind kind, int of, int prio)
{
	int at = m->length++;

	if (m->length > QUEUE_MAX)
		__builtin_trap();
	for (; at > 0 && m->queue[at - 1].prio < prio; at--)
		m->queue[at] = m->queue[at - 1];
	m->queue[at] = (struct entry){ kind, of, prio };
}

static inline void queue_del(struct model *m, int at)
{
	m->length--;
	for (; at < m->length; at++)
		m->queue[at] = m->queue[at + 1];
	m->queue[at] = (struct entry){ 0 };
}

static inline void queue_forget(struct model *m, enum entry_kind kind, int of)
{
	for (int at = 0; at < m->length; at++)
		if (m->queue[at].kind == kind && m->queue[at].of == of) {
			queue_del(m, at);
			return;
		}
}

/* S4.10: what a receive would find, or -1. */
static inline int queue_first(const struct model *m, bool pulse_only)
{
	for (int at = 0; at < m->length; at++)
		if (!pulse_only || m->queue[at].kind != A_MESSAGE)
			return at;
	return -1;
}

/* ------------------------------------------------- connections and their links */

/* A number that is seen is the same each time, and nobody else's. */
static inline bool scoid_is(struct model *m, int s, int32_t scoid)
{
	if (m->sconn[s].scoid)
		return m->sconn[s].scoid == scoid;
	if (m->sconn[s].freed)
		return true;
	for (int i = 0; i < m->sconns; i++)
		if (m->sconn[i].scoid == scoid && !m->sconn[i].freed)
			return false;
	m->sconn[s].scoid = scoid;
	return true;
}

static inline int sconn_new(struct model *m, int process)
{
	if (m->sconns == SCONNS_MAX)
		__builtin_trap();
	m->sconn[m->sconns].process = process;
	return m->sconns++;
}

/* S1.11 S1.12: one for all connections of a process, until the last link goes. */
static inline int sconn_link(struct model *m, int process)
{
	int s;

	for (s = 0; s < m->sconns; s++)
		if (m->sconn[s].process == process && !m->sconn[s].over && !m->sconn[s].of_file)
			break;
	if (s == m->sconns)
		sconn_new(m, process);
	m->sconn[s].links++;
	return s;
}

static inline void sconn_unlink(const struct task *t, struct model *m, int s)
{
	if (--m->sconn[s].links)
		return;
	m->sconn[s].over = true;
	if (m->channel != BEFORE)
		return;
	if (t->h->flags & QMSG_CHF_DISCONNECT)
		queue_add(m, A_DISCONNECT, s, PRIO_FRONT);
	else
		m->sconn[s].freed = true;
}

/* One that is going may still be found by who is faster. */
static inline int conn_find(const struct model *m, int process, int32_t coid, bool live_only)
{
	int found = -1;

	for (int c = 0; c < m->conns; c++) {
		if (m->conn[c].process != process || m->conn[c].coid != coid)
			continue;
		if (m->conn[c].state == LIVE)
			return c;
		if (m->conn[c].state == GOING && !live_only)
			found = c;
	}
	return found;
}

static inline int conn_free_place(struct model *m)
{
	int c;

	for (c = 0; c < m->conns && m->conn[c].state != NO_CONN; c++)
		;
	if (c == CONNS_MAX)
		__builtin_trap();
	if (c == m->conns)
		m->conns++;
	return c;
}

static inline int conn_add(struct model *m, int process, int32_t coid)
{
	int c = conn_free_place(m);

	m->conn[c] = (struct model_conn){ coid, process, sconn_link(m, process), LIVE };
	return c;
}

static inline void conn_drop(const struct task *t, struct model *m, int c)
{
	int s = m->conn[c].sconn;

	m->conn[c] = (struct model_conn){ 0 };
	sconn_unlink(t, m, s);
}

/* --------------------------------------------------------------- requests */

/* The end of a request: its pulse is withdrawn (S5.12), its link goes. */
static inline void request_over(const struct task *t, struct model *m, int o)
{
	struct model_request *r = &m->req[o];

	queue_forget(m, A_MESSAGE, o);
	queue_forget(m, AN_UNBLOCK, o);
	for (int i = 0; i < t->h->n; i++)
		if (op_of(t, i)->type == OP_RECEIVE && m->keep[i] == 1 + o)
			m->keep[i] = 0;
	r->where = DONE;
	sconn_unlink(t, m, r->sconn);
}

/* The client returns with an error of the kernel's. */
static inline bool request_leaves(const struct task *t, struct model *m, int o, int error)
{
	const struct op *send = op_of(t, o);

	request_over(t, m, o);
	if (is_of_file(send))
		return file_leaves(t, m, o, error);
	m->phase[o] = FINISHED;
	return !has_result(t, o) ||
	       (send->ret == -error && send->undelivered == !m->req[o].delivered);
}

/* T15 T16 T20: one pulse for a request, whatever comes. */
static inline void request_asks(const struct task *t, struct model *m, int o, int reason,
				int error)
{
	struct model_request *r = &m->req[o];

	if (!r->reasons) {
		r->error = error;
		queue_add(m, AN_UNBLOCK, o, op_of(t, o)->prio);
	}
	r->reasons |= reason;
	if (r->where == HELD)
		r->where = ASKED;
}

/* T8 T14 T15 T20 */
static inline bool unblock_event(const struct task *t, struct model *m, int o, int reason,
				 int error)
{
	switch (m->req[o].where) {
	case SEND:
	case REPLY:
		return request_leaves(t, m, o, error);
	case HELD:
	case ASKED:
	case DYING:
		if (m->req[o].reasons & reason)
			return false;	/* changes nothing */
		request_asks(t, m, o, reason, error);
		return true;
	}
	return false;
}

/* ----------------------------------------- what happens to a request by itself */

enum event { EV_SIGNAL, EV_SEND_TIMEOUT, EV_REPLY_TIMEOUT, EV_DETACH, EV_KILL, EV_GRACE_OVER,
	     EV_GONE, NR_EVENT };

static inline bool event_signal(const struct task *t, struct model *m, int o)
{
	uint8_t *signals = &m->signals[op_of(t, o)->thread][0];

	if (is_of_file(op_of(t, o)))
		return file_is_signalled(t, m, o);
	if (!*signals || m->req[o].where == DYING)
		return false;
	--*signals;
	return unblock_event(t, m, o, QMSG_UNBLOCK_SIGNAL, EINTR);
}

/* T7: in SEND only by somebody who receives. */
static inline bool event_reply_timeout(const struct task *t, struct model *m, int o,
				       bool somebody_receives)
{
	const struct model_request *r = &m->req[o];

	if (!op_of(t, o)->reply_deadline || r->where == DYING)
		return false;
	if (r->where == SEND && !somebody_receives)
		return false;
	return unblock_event(t, m, o, QMSG_UNBLOCK_TIMEOUT, ETIMEDOUT);
}

static inline bool event_detach(const struct task *t, struct model *m, int o)
{
	struct model_request *r = &m->req[o];

	if (r->told_detach || r->where == ORPHAN)
		return false;
	if (m->conn[r->via].state != GOING)
		return false;
	r->told_detach = true;
	return unblock_event(t, m, o, QMSG_UNBLOCK_DETACH, EBADF);
}

static inline bool event_kill(const struct task *t, struct model *m, int o)
{
	if (!m->killed[op_of(t, o)->process] && !is_bounded(t, o))
		return false;
	if (m->req[o].where == DYING || m->req[o].where == ORPHAN)
		return false;
	if (!unblock_event(t, m, o, QMSG_UNBLOCK_KILL, EINTR))
		return false;
	if (m->req[o].where == ASKED)
		m->req[o].where = DYING;
	return true;
}

/* T29, bounded: the client goes, its request stays. */
static inline bool event_grace_over(const struct task *t, struct model *m, int o)
{
	if (m->req[o].where != DYING)
		return false;
	m->req[o].where = ORPHAN;
	m->phase[o] = is_of_file(op_of(t, o)) ? ANSWERED : FINISHED;
	return true;
}

/* T11 T25 */
static inline bool event_gone(const struct task *t, struct model *m, int o)
{
	if (m->channel != BEGUN)
		return false;
	if (m->req[o].where != ORPHAN)
		return request_leaves(t, m, o, ESRCH);
	request_over(t, m, o);
	return true;
}

static inline bool has_request(const struct model *m, int o)
{
	return m->req[o].where != NOWHERE && m->req[o].where != DONE;
}

/* Something that happens to a request that there is. */
static inline bool step_event(const struct task *t, struct model *m, int o, enum event ev,
			      bool somebody_receives)
{
	switch (ev) {
	case EV_SIGNAL:
		return event_signal(t, m, o);
	case EV_SEND_TIMEOUT:
		return op_of(t, o)->send_deadline && m->req[o].where == SEND &&
		       request_leaves(t, m, o, ETIMEDOUT);
	case EV_REPLY_TIMEOUT:
		return event_reply_timeout(t, m, o, somebody_receives);
	case EV_DETACH:
		return event_detach(t, m, o);
	case EV_KILL:
		return event_kill(t, m, o);
	case EV_GRACE_OVER:
		return event_grace_over(t, m, o);
	case EV_GONE:
		return event_gone(t, m, o);
	default:
		return false;
	}
}

#endif /* QMSG_MODEL_H */
