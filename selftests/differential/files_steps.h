/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of calls on files. Each is one message; the rest is what the rules of files add to
 * those of messages: whom a message is for, when a call begins anew, when a file is closed, and
 * what an answer is to who has called.
 */
#ifndef QMSG_FILES_STEPS_H
#define QMSG_FILES_STEPS_H

#include "files_model.h"

/* --------------------------------------------------------- what happens to them */

/* Who closes waits no longer than who is killed does, whatever comes meanwhile. */
static inline bool is_bounded(const struct task *t, int o)
{
	return op_of(t, o)->type == OP_CLOSE && (op_of(t, o)->late || !has_result(t, o));
}

/*
 * SA_RESTART: the manager is asked all the same, but only where it can let go (a channel that
 * holds its clients). A close is ended by no signal.
 */
static inline bool file_is_signalled(const struct task *t, struct model *m, int o)
{
	const struct op *op = op_of(t, o);
	const uint8_t *signals = m->signals[op->thread];

	if (op->type == OP_CLOSE || m->req[o].where == DYING)
		return false;
	if (!signals[0] && !(signals[1] && holds_clients(t)))
		return false;
	return unblock_event(t, m, o, QMSG_UNBLOCK_SIGNAL, EINTR);
}

/* Its request is over, without an answer: nothing was done if nobody has received it. */
static inline bool file_leaves(const struct task *t, struct model *m, int o, int error)
{
	const struct op *op = op_of(t, o);

	m->phase[o] = ANSWERED;
	if (op->type == OP_CLOSE)
		return true;
	if (error == EINTR && !m->req[o].delivered) {
		m->phase[o] = LEAVING;
		return true;
	}
	return !has_result(t, o) || op->ret == -error;
}

static inline bool call_is_answered(const struct task *t, struct model *m, int o,
				    const struct op *answer)
{
	struct model_desc *d = &m->desc[m->req[o].via];
	const struct op *op = op_of(t, o);
	uint16_t cell[CELLS] = { 0 };
	int32_t ret = file_does(&m->file[d->file], &d->at, &op->call, answer->part, cell);

	if (!has_result(t, o))
		return true;
	if (op->call.kind == C_DEVCTL && op->got != answer->value)
		return false;
	return op->ret == ret && !op->garbled && !memcmp(op->cell, cell, sizeof(cell));
}

/* An answer of EINTR to who has been asked to leave by a signal says that nothing was done. */
static inline bool file_is_answered(const struct task *t, struct model *m, int o,
				    const struct op *answer)
{
	struct model_request *r = &m->req[o];
	const struct op *op = op_of(t, o);
	int error = answer->how == BY_ERROR ? answer->error :
		    answer->how == BY_REASON ? r->error : 0;

	m->phase[o] = ANSWERED;
	if (op->type == OP_CLOSE)
		return true;
	if (answer->how == BY_RESTART) {
		m->phase[o] = RESTARTING;
		return true;
	}
	if (error == EINTR && r->reasons & QMSG_UNBLOCK_SIGNAL) {
		m->phase[o] = LEAVING;
		return true;
	}
	if (error)
		return !has_result(t, o) || op->ret == -error;
	if (op->type == OP_CALL)
		return call_is_answered(t, m, o, answer);
	r->opens = true;
	return !has_result(t, o) || op->ret >= 0;
}

/* ----------------------------------------------------------------- their steps */

/* Over the connection of description @c, and of no other. */
static inline bool file_posts(const struct task *t, struct model *m, int o, int c)
{
	struct model_request *r = &m->req[o];

	*r = (struct model_request){ .where = SEND, .runs = r->runs + 1, .via = c,
				     .sconn = m->conn[c].sconn };
	m->sconn[r->sconn].links++;
	queue_add(m, A_MESSAGE, o, op_of(t, o)->prio);
	m->phase[o] = BEGUN;
	return true;
}

static inline bool step_open(const struct task *t, struct model *m, int o)
{
	const struct op *op = op_of(t, o);

	return file_posts(t, m, o, desc_new(m, op->process, op->call.place));
}

/* What the descriptor is when the call begins, it is for the call until that ends. */
static inline bool step_call(const struct task *t, struct model *m, int o)
{
	int c = desc_find(m, op_of(t, o)->process, op_of(t, o)->coid);

	if (c < 0)
		return false;
	m->desc[c].refs++;
	return file_posts(t, m, o, c);
}

/* Somebody may close it before there is a message: then the two are not one step. */
static inline bool step_only_finds(const struct task *t, struct model *m, int o)
{
	const struct op *op = op_of(t, o);
	int c = desc_find(m, op->process, op->coid);

	for (int i = 0; i < t->h->n && c >= 0 && op->type == OP_CALL; i++) {
		const struct op *close = op_of(t, i);

		if (close->type != OP_CLOSE || close->process != op->process ||
		    close->coid != op->coid || m->phase[i] != BEFORE ||
		    close->begin > end_of(t, o))
			continue;
		m->desc[c].refs++;
		m->req[o].via = c;
		m->phase[o] = FOUND;
		return true;
	}
	return false;
}

/* The number of a descriptor that its process was not told. */
static inline int32_t fd_told(const struct task *t, int o)
{
	return has_result(t, o) ? op_of(t, o)->ret : -2 - o;
}

static inline bool step_dup(const struct task *t, struct model *m, int o)
{
	const struct op *op = op_of(t, o);
	int c = desc_find(m, op->process, op->coid);

	if (c < 0 || (has_result(t, o) && op->ret < 0))
		return false;
	m->desc[c].refs++;
	m->phase[o] = FINISHED;
	return fd_add(m, op->process, fd_told(t, o), c);
}

static inline bool step_close(const struct task *t, struct model *m, int o)
{
	int i = fd_find(m, op_of(t, o)->process, op_of(t, o)->coid);

	if (i < 0)
		return false;
	m->req[o].via = fd_del(m, i);
	m->phase[o] = CLOSING;
	return true;
}

/* The manager is told by who has it last, and knows then that nobody can come by it any more. */
static inline bool step_closing(const struct task *t, struct model *m, int o)
{
	int c = m->req[o].via;

	if (m->desc[c].refs == 1)
		return file_posts(t, m, o, c);
	m->phase[o] = ANSWERED;
	return true;
}

/* The call lets go of the description, or leaves it to a descriptor that it has made. */
static inline bool step_lets_go(const struct task *t, struct model *m, int o)
{
	const struct model_request *r = &m->req[o];
	const struct op *op = op_of(t, o);

	if (r->opens && !fd_add(m, op->process, fd_told(t, o), r->via))
		return false;
	if (!r->opens)
		desc_put(t, m, r->via);
	m->phase[o] = m->phase[o] == ANSWERED ? FINISHED :
		      m->phase[o] == LEAVING ? LEFT : BEFORE;
	return op->type != OP_CLOSE || !has_result(t, o) || !op->ret;
}

/* On the way out: is the handler that runs first one with SA_RESTART? */
static inline bool step_left(const struct task *t, struct model *m, int o, enum way way)
{
	const struct op *op = op_of(t, o);
	const uint8_t *signals = m->signals[op->thread];

	if (m->killed[op->process] && !has_result(t, o)) {
		m->phase[o] = FINISHED;
		return way == WAY_ONLY;
	}
	if (way == WAY_ONLY)
		return signals[0] && finished(t, m, o, -EINTR);
	m->phase[o] = BEFORE;
	m->owed[op->thread] = true;
	return signals[1];
}

static inline bool step_file_begins(const struct task *t, struct model *m, int o, enum way way)
{
	const struct op *op = op_of(t, o);

	if (m->owed[op->thread])
		return false;
	if (way == WAY_REFUSED && fd_find(m, op->process, op->coid) >= 0)
		return step_only_finds(t, m, o);
	if (way == WAY_REFUSED)
		return op->type != OP_OPEN && finished(t, m, o, -EBADF);
	switch (op->type) {
	case OP_OPEN:
		return step_open(t, m, o);
	case OP_DUP:
		return step_dup(t, m, o);
	case OP_CLOSE:
		return step_close(t, m, o);
	default:
		return step_call(t, m, o);
	}
}

static inline bool step_file(const struct task *t, struct model *m, int o, enum way way)
{
	if (m->phase[o] == BEFORE)
		return step_file_begins(t, m, o, way);
	if (m->phase[o] == LEFT)
		return step_left(t, m, o, way);
	if (way != WAY_ONLY || m->phase[o] == BEGUN)
		return false;
	if (m->phase[o] == FOUND)
		return file_posts(t, m, o, m->req[o].via);
	return m->phase[o] == CLOSING ? step_closing(t, m, o) : step_lets_go(t, m, o);
}

static inline bool step_inherit(const struct task *t, struct model *m, int o)
{
	int process = op_of(t, o)->process;

	for (int i = 0; i < FDS_MAX; i++) {
		struct model_fd fd = m->fd[i];

		if (!fd.desc || fd.process)
			continue;
		m->desc[fd.desc - 1].refs++;
		fd_add(m, process, fd.fd, fd.desc - 1);
	}
	return finished(t, m, o, 0);
}

/* Handlers run before a call, or after it, and not while it has a message on its way. */
static inline bool step_handled(const struct task *t, struct model *m, int o)
{
	int thread = op_of(t, o)->thread;
	uint8_t *signals = &m->signals[thread][op_of(t, o)->restarts];

	if (!*signals)
		return false;
	for (int i = 0; i < t->h->n; i++)
		if (op_of(t, i)->thread == thread && is_of_file(op_of(t, i)) &&
		    m->phase[i] != BEFORE && m->phase[i] != FINISHED)
			return false;
	--*signals;
	m->owed[thread] = false;
	return finished(t, m, o, 0);
}

/* ------------------------------------------------------------------- the search */

/*
 * There is a descriptor, and nobody who closes anything meanwhile: so nothing depends on whether
 * the call still has the description.
 */
static inline bool lets_go_unseen(const struct task *t, const struct model *m, int o)
{
	if (m->phase[o] != ANSWERED || !desc_has_fd(m, m->req[o].via))
		return false;
	for (int i = 0; i < t->h->n; i++) {
		uint8_t type = op_of(t, i)->type;

		if ((type == OP_CLOSE || type == OP_KILL || type == OP_EXIT) &&
		    m->phase[i] != FINISHED && op_of(t, i)->begin < end_of(t, o))
			return false;
	}
	return true;
}

static inline bool is_harmless_of_file(const struct task *t, const struct model *m, int o,
				       enum way way)
{
	if (m->phase[o] == BEFORE)
		return way == WAY_REFUSED && has_result(t, o) &&
		       fd_find(m, op_of(t, o)->process, op_of(t, o)->coid) < 0;
	return op_of(t, o)->type == OP_CALL && way == WAY_ONLY && lets_go_unseen(t, m, o);
}

#endif /* QMSG_FILES_STEPS_H */
