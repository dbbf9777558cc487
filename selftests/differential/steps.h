/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps of operations: what each may do next, and whether it comes to what the history has. */
#ifndef QMSG_STEPS_H
#define QMSG_STEPS_H

#include "files_steps.h"

/* Is it over by now, or about to be? Somebody else's end takes a while. */
static inline bool channel_may_be_gone(const struct model *m)
{
	return m->channel != BEFORE;
}

static inline bool channel_may_be_there(const struct model *m)
{
	return m->channel != FINISHED;
}

/* ------------------------------------------------------------ clients */

static inline bool step_attach(const struct task *t, struct model *m, int o, enum way way)
{
	const struct op *op = op_of(t, o);

	if (way == WAY_REFUSED)
		return channel_may_be_gone(m) && finished(t, m, o, -ESRCH);
	if (!channel_may_be_there(m) || op->ret < 0 ||
	    conn_find(m, op->process, op->ret, true) >= 0)
		return false;
	conn_add(m, op->process, op->ret);
	return finished(t, m, o, op->ret);
}

/* All that wait on it have been told (S1.30 e-h). */
static inline bool all_are_told(const struct model *m, const struct task *t, int c)
{
	for (int o = 0; o < t->h->n; o++) {
		const struct model_request *r = &m->req[o];

		if (r->where != NOWHERE && r->where != DONE && r->where != ORPHAN && r->via == c &&
		    !r->told_detach)
			return false;
	}
	return true;
}

static inline bool step_detach(const struct task *t, struct model *m, int o)
{
	const struct op *op = op_of(t, o);
	int c = conn_find(m, op->process, op->coid, m->phase[o] == BEFORE);

	if (m->phase[o] == BEFORE) {
		if (c < 0)
			return finished(t, m, o, -EINVAL);
		m->conn[c].state = GOING;
		m->phase[o] = BEGUN;
		m->keep[o] = c;
		return true;
	}
	c = m->keep[o];
	if (!all_are_told(m, t, c))
		return false;
	conn_drop(t, m, c);
	m->keep[o] = 0;
	return finished(t, m, o, 0);
}

/* T2, T3 */
static inline bool step_send(const struct task *t, struct model *m, int o, enum way way)
{
	const struct op *op = op_of(t, o);
	struct model_request *r = &m->req[o];
	int c = conn_find(m, op->process, op->coid, way == WAY_REFUSED);

	if (m->phase[o] != BEFORE)
		return false;
	if (way == WAY_REFUSED)
		return (c < 0 || channel_may_be_gone(m)) && op->undelivered == !r->delivered &&
		       finished(t, m, o, -EBADF);
	if (c < 0 || !channel_may_be_there(m))
		return false;
	*r = (struct model_request){ .where = SEND, .runs = r->runs + 1, .via = c,
				     .sconn = m->conn[c].sconn, .delivered = r->delivered };
	m->sconn[r->sconn].links++;
	queue_add(m, A_MESSAGE, o, op->prio);
	m->phase[o] = BEGUN;
	return true;
}

/* S4.2, S4.21 */
static inline bool step_pulse(const struct task *t, struct model *m, int o, enum way way)
{
	const struct op *op = op_of(t, o);
	int c = conn_find(m, op->process, op->coid, way == WAY_REFUSED);

	if (way == WAY_REFUSED) {
		if (c < 0 || channel_may_be_gone(m))
			return finished(t, m, o, -EBADF);
		return m->pulses == t->h->pulse_limit && finished(t, m, o, -EAGAIN);
	}
	if (c < 0 || !channel_may_be_there(m) || m->pulses == t->h->pulse_limit)
		return false;
	m->pulses++;
	m->keep[o] = m->conn[c].sconn;
	queue_add(m, A_PULSE, o, op->prio);
	return finished(t, m, o, 0);
}

/* ------------------------------------------------------------- server */

/* The request that a receive has received, or -1 if that is over. */
static inline int request_of(const struct task *t, const struct model *m, int receive)
{
	int o = t->send_of[receive];

	if (m->phase[receive] != FINISHED || o < 0 || m->req[o].where == DONE ||
	    m->req[o].where == SEND || m->req[o].runs != m->run_of[receive])
		return -1;
	return o;
}

/* T1, T6 */
static inline bool take_message(const struct task *t, struct model *m, int o, int send)
{
	const struct op *op = op_of(t, o), *from = op_of(t, send);
	struct model_request *r = &m->req[send];

	if (op->rcvid <= 0 || op->got != from->value || op->prio != from->prio || op->garbled ||
	    !scoid_is(m, r->sconn, op->scoid))
		return false;
	r->where = holds_clients(t) ? HELD : REPLY;
	r->delivered = true;
	m->run_of[o] = r->runs;
	return true;
}

static inline bool pulse_is(const struct op *op, int code, int64_t value)
{
	return op->rcvid == 0 && op->code == code && op->got == value;
}

static inline bool take_pulse(const struct task *t, struct model *m, int o, int pulse)
{
	return pulse_is(op_of(t, o), 1, op_of(t, pulse)->value) &&
	       scoid_is(m, m->keep[pulse], op_of(t, o)->scoid);
}

/* Its value is the receive id of this very execution. */
static inline bool take_unblock(const struct task *t, struct model *m, int o, int send)
{
	const struct op *op = op_of(t, o);

	for (int r = 0; r < t->h->n; r++)
		if (t->send_of[r] == send && m->run_of[r] == m->req[send].runs &&
		    m->phase[r] == FINISHED)
			return pulse_is(op, QMSG_PULSE_CODE_UNBLOCK, op_of(t, r)->rcvid) &&
			       scoid_is(m, m->req[send].sconn, op->scoid);
	return false;
}

static inline bool take_disconnect(const struct task *t, struct model *m, int o, int s)
{
	return pulse_is(op_of(t, o), QMSG_PULSE_CODE_DISCONNECT, op_of(t, o)->got) &&
	       scoid_is(m, s, op_of(t, o)->scoid);
}

static inline bool take_entry(const struct task *t, struct model *m, int o, struct entry e)
{
	switch (e.kind) {
	case A_MESSAGE:
		return take_message(t, m, o, e.of);
	case A_PULSE:
		return take_pulse(t, m, o, e.of);
	case AN_UNBLOCK:
		return take_unblock(t, m, o, e.of);
	default:
		return take_disconnect(t, m, o, e.of);
	}
}

static inline bool step_receive(const struct task *t, struct model *m, int o, enum way way)
{
	const struct op *op = op_of(t, o);
	int at = queue_first(m, op->pulse_only);
	struct entry e;

	if (m->phase[o] == BEGUN) {
		m->pulses--;
		return way == WAY_ONLY && finished(t, m, o, 0);
	}
	/* What it looks at in vain has to have gone before it goes on. */
	if (m->keep[o])
		return false;
	if (way == WAY_REFUSED) {
		if (op->ret == -ESRCH)
			return channel_may_be_gone(m) && finished(t, m, o, -ESRCH);
		return at < 0 && channel_may_be_there(m) && finished(t, m, o, -ETIMEDOUT);
	}
	if (at < 0 || !channel_may_be_there(m) || !has_result(t, o))
		return false;
	e = m->queue[at];
	queue_del(m, at);
	if (!take_entry(t, m, o, e))
		return false;
	/* A user's pulse has its place in the pool until it has been copied. */
	if (e.kind != A_PULSE)
		return finished(t, m, o, 0);
	m->phase[o] = BEGUN;
	return true;
}

/*
 * A receive takes the first message, or the first unblock pulse, but before it has copied that
 * the client leaves, or is answered: then it takes another. Meanwhile nobody else finds it.
 */
static inline bool step_in_vain(const struct task *t, struct model *m, int o)
{
	int at = queue_first(m, op_of(t, o)->pulse_only);

	if (at < 0 || m->keep[o] || m->phase[o] != BEFORE)
		return false;
	if (m->queue[at].kind != A_MESSAGE && m->queue[at].kind != AN_UNBLOCK)
		return false;
	m->keep[o] = 1 + m->queue[at].of;
	queue_del(m, at);
	return true;
}

/* The client's result is what its server said, and that of nobody else. */
static inline bool answer_is(const struct task *t, int send, const struct op *answer, int reason)
{
	const struct op *op = op_of(t, send);

	if (!has_result(t, send))
		return true;
	switch (answer->how) {
	case BY_ERROR:
		return op->ret == 0 && op->error == answer->error;
	case BY_REASON:
		return op->ret == 0 && op->error == reason;
	default:
		return op->ret == 0 && !op->error && op->got == answer->value && !op->garbled;
	}
}

/* T12 T21-T24 */
static inline bool answer_request(const struct task *t, struct model *m, int o, int send)
{
	const struct op *op = op_of(t, o);
	struct model_request *r = &m->req[send];

	request_over(t, m, send);
	if (is_of_file(op_of(t, send)))
		return file_is_answered(t, m, send, op) && finished(t, m, o, 0);
	if (op->how == BY_RESTART) {
		m->phase[send] = BEFORE;	/* T13 T23 */
		return finished(t, m, o, 0);
	}
	m->phase[send] = FINISHED;
	return answer_is(t, send, op, r->error) && finished(t, m, o, 0);
}

/* D7: whatever the condition, there is nobody to be answered, and the request is over. */
static inline bool answer_orphan(const struct task *t, struct model *m, int o, int send)
{
	request_over(t, m, send);
	return finished(t, m, o, -ESRCH);
}

static inline bool step_answer(const struct task *t, struct model *m, int o, enum way way)
{
	const struct op *op = op_of(t, o);
	int send = request_of(t, m, op->of);
	bool asked;

	if (send < 0)
		return way == WAY_REFUSED && finished(t, m, o, -ESRCH);
	if (m->req[send].where == ORPHAN)
		return way != WAY_REFUSED && answer_orphan(t, m, o, send);
	asked = m->req[send].reasons;
	if ((op->how == BY_REPLY_IF_ASKED && !asked) || (op->how == BY_REPLY_IF_NOT_ASKED && asked))
		return way == WAY_REFUSED && finished(t, m, o, -ECANCELED);
	if (op->how == BY_REASON && !asked)
		return way == WAY_REFUSED && finished(t, m, o, -EINVAL);
	if (way == WAY_REFUSED)
		return false;
	return answer_request(t, m, o, send);
}

/* T28, D7, D9 */
static inline bool step_info(const struct task *t, struct model *m, int o)
{
	const struct op *op = op_of(t, o);
	int send = request_of(t, m, op->of);
	uint32_t flags = 0;

	if (send < 0)
		return finished(t, m, o, -ESRCH);
	if (m->req[send].reasons)
		flags |= QMSG_MI_UNBLOCK_REQ;
	if (m->req[send].where == ORPHAN)
		flags |= QMSG_MI_CLIENT_GONE;
	return !has_result(t, o) ||
	       (op->flags == flags && op->reasons == m->req[send].reasons && !op->garbled &&
		finished(t, m, o, 0));
}

static inline bool step_read(const struct task *t, struct model *m, int o)
{
	const struct op *op = op_of(t, o);
	int send = request_of(t, m, op->of);

	if (send < 0 || m->req[send].where == ORPHAN)
		return finished(t, m, o, -ESRCH);
	return !has_result(t, o) || (op->got == op_of(t, send)->value && finished(t, m, o, 0));
}

/* S1.13: one that has had its notice. They all go with the channel. */
static inline bool step_free_scoid(const struct task *t, struct model *m, int o, enum way way)
{
	int s;

	if (way == WAY_REFUSED)
		return channel_may_be_gone(m) && finished(t, m, o, -EINVAL);
	for (s = 0; s < m->sconns; s++)
		if (m->sconn[s].scoid == op_of(t, o)->scoid && !m->sconn[s].freed)
			break;
	if (s == m->sconns || !m->sconn[s].over)
		return false;
	m->sconn[s].freed = true;
	return finished(t, m, o, 0);
}

/* ---------------------------------------------------- ends of processes */

/* Nothing of it is left to happen: what has not been done by now never will be. */
static inline bool process_is_over(const struct task *t, struct model *m, int process)
{
	for (int o = 0; o < t->h->n; o++) {
		const struct op *op = op_of(t, o);

		if (op->process != process || m->phase[o] == FINISHED || op->type == OP_KILL ||
		    op->type == OP_EXIT || op->type == OP_INHERIT)
			continue;
		if (has_result(t, o) || (has_message(op) && m->phase[o] != BEFORE))
			return false;
		m->phase[o] = FINISHED;
	}
	return true;
}

/*
 * Its context ends, and its connections with it (S1.34); and its descriptors are closed, in any
 * order: @way is the first of them.
 */
static inline bool step_end_process(const struct task *t, struct model *m, int o, enum way way)
{
	int process = op_of(t, o)->process;

	if (m->phase[o] == BEFORE) {
		m->killed[process] = op_of(t, o)->type == OP_KILL;
		m->phase[o] = BEGUN;
		return way == WAY_ONLY;
	}
	if (!process_is_over(t, m, process))
		return false;
	if (fd_of_process(m, process, 0) >= 0)
		return fd_drop(t, m, fd_of_process(m, process, way));
	for (int c = 0; c < m->conns; c++)
		if (m->conn[c].process == process &&
		    (m->conn[c].state == LIVE || m->conn[c].state == GOING))
			conn_drop(t, m, c);
	return way == WAY_ONLY && finished(t, m, o, 0);
}

static inline bool step_destroy(const struct task *t, struct model *m, int o)
{
	if (m->phase[o] == BEFORE) {
		if (m->channel != BEFORE)
			return finished(t, m, o, -EINVAL);
		m->channel = BEGUN;
		m->phase[o] = BEGUN;
		return true;
	}
	for (int r = 0; r < t->h->n; r++)
		if (m->req[r].where != NOWHERE && m->req[r].where != DONE)
			return false;
	m->channel = FINISHED;
	m->length = 0;
	memset(m->queue, 0, sizeof(m->queue));
	return finished(t, m, o, 0);
}

/* ------------------------------------------------------------- all of them */

static inline bool step_signal(const struct task *t, struct model *m, int o)
{
	uint8_t *signals = &m->signals[op_of(t, o)->target][op_of(t, o)->restarts];

	if (*signals < 200)
		++*signals;
	m->phase[o] = FINISHED;
	return true;
}

static inline bool step_op(const struct task *t, struct model *m, int o, enum way way)
{
	switch (op_of(t, o)->type) {
	case OP_ATTACH:
		return step_attach(t, m, o, way);
	case OP_SEND:
		return step_send(t, m, o, way);
	case OP_PULSE:
		return step_pulse(t, m, o, way);
	case OP_RECEIVE:
		return step_receive(t, m, o, way);
	case OP_ANSWER:
		return step_answer(t, m, o, way);
	case OP_FREE_SCOID:
		return step_free_scoid(t, m, o, way);
	case OP_OPEN:
	case OP_CLOSE:
	case OP_CALL:
	case OP_DUP:
		return step_file(t, m, o, way);
	case OP_KILL:
	case OP_EXIT:
		return step_end_process(t, m, o, way);
	}
	if (way != WAY_ONLY)
		return false;
	switch (op_of(t, o)->type) {
	case OP_DETACH:
		return step_detach(t, m, o);
	case OP_FORK:
		return finished(t, m, o, -EBADF);
	case OP_INFO:
		return step_info(t, m, o);
	case OP_READ:
		return step_read(t, m, o);
	case OP_SIGNAL:
		return step_signal(t, m, o);
	case OP_DESTROY:
		return step_destroy(t, m, o);
	case OP_INHERIT:
		return step_inherit(t, m, o);
	case OP_HANDLED:
		return step_handled(t, m, o);
	}
	return false;
}

static inline enum way ways_of(const struct task *t, int o)
{
	uint8_t type = op_of(t, o)->type;

	return type == OP_KILL || type == OP_EXIT ? NR_WAYS : WAY_REFUSED + 1;
}

/*
 * Steps that take nothing away from what may come: there is no need to try without them. A
 * refusal is one where the history has it; of what never came back nobody knows.
 */
static inline bool is_harmless(const struct task *t, const struct model *m, int o, enum way way)
{
	switch (op_of(t, o)->type) {
	case OP_FORK:
	case OP_INFO:
	case OP_READ:
	case OP_SIGNAL:
		return true;
	/* But not the beginning of the channel's end, after which no client's end is told. */
	case OP_KILL:
	case OP_EXIT:
		return m->phase[o] == BEFORE;
	case OP_ANSWER:
	case OP_PULSE:
	case OP_SEND:
	case OP_ATTACH:
		return way == WAY_REFUSED && has_result(t, o);
	case OP_CALL:
	case OP_CLOSE:
	case OP_DUP:
		return is_harmless_of_file(t, m, o, way);
	}
	return false;
}

#endif /* QMSG_STEPS_H */
