/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program is played on the module: two processes of clients with two threads each, three
 * threads of a server, one that makes trouble, and the first thread, which winds up: it
 * answers what has been left lying, until all clients have gone.
 */
#ifndef QMSG_PLAY_H
#define QMSG_PLAY_H

#include <linux/qmsgfs.h>

#include "stage.h"

union message {
	uint16_t type;
	int64_t number;			/* of a message that is no file's: all of it */
	struct qmsg_pulse pulse;
	struct qmsgfs_connect connect;
	struct qmsgfs_io io;
	struct qmsgfs_lseek lseek;
	struct qmsgfs_devctl devctl;
	struct qmsgfs_space space;
	char bytes[128];
};

/* ------------------- what messages_play.h has, and files_play.h likewise */

/* A process of clients, by the first of its threads or in its place. */
static inline void clients_begin(struct stage *s, int thread);
static inline void play_client(struct stage *s, int thread, const struct act *a);
static inline void clients_end(struct stage *s, int thread);

/* Before and after there are clients. */
static inline void stage_begin(struct stage *s);
static inline void stage_begun(struct stage *s);

/* What was received: @op->got is the number of who has sent it, @held what has to be kept. */
static inline void read_message(struct stage *s, struct op *op, const union message *msg,
				const struct qmsg_msg_info *info, struct held *held);
/* Of a message that was received, all @n bytes once more. */
static inline void read_again(struct op *op, const struct held *held, const union message *msg,
			      size_t n);
static inline int reply_to(struct stage *s, const struct op *op, const struct held *held,
			   struct qmsg_msg_reply *args);
/* Its disconnect pulse was received. */
static inline void client_gone(int32_t scoid);

/* ----------------------------------------------------------------- server */

/* The client of a pulse has gone: its number is given back at once. */
static inline void play_free_scoid(struct stage *s, int thread, int32_t scoid)
{
	struct op *op = op_begin(s, thread, OP_FREE_SCOID);

	op->scoid = scoid;
	op_end(s, op, qmsg_connect_detach(s->q, scoid));
}

/* 1: there was something, 0: nothing, -errno */
static inline int play_receive(struct stage *s, int thread, bool pulse_only, uint64_t deadline)
{
	union message buf = { .bytes = { 0 } };
	struct qmsg_msg_info info;
	struct op *op = op_begin(s, thread, OP_RECEIVE);
	struct qmsg_msg_receive args = receive_args(s->chid, &buf, sizeof(buf), &info);
	struct held held = { .of = op_id(s, thread, op) };
	int ret;

	op->pulse_only = pulse_only;
	args.flags = pulse_only ? QMSG_RECEIVE_PULSE : 0;
	args.deadline = deadline;
	ret = qmsg_msg_receive_with(s->q, &args);
	op->rcvid = ret ? 0 : args.out_rcvid;
	if (op->rcvid) {
		read_message(s, op, &buf, &info, &held);
		held.rcvid = op->rcvid;
		op->scoid = info.scoid;
		op->prio = info.priority;
		op->garbled |= info.rcvid != op->rcvid;
	} else if (!ret) {
		op->got = (int64_t)buf.pulse.value;
		op->code = buf.pulse.code;
		op->scoid = buf.pulse.scoid;
	}
	op_end(s, op, ret);
	if (op->rcvid)
		keep_id(s, &held);
	if (!ret && op->code == QMSG_PULSE_CODE_DISCONNECT) {
		client_gone(op->scoid);
		play_free_scoid(s, thread, op->scoid);
	}
	return ret == -ETIMEDOUT ? 0 : ret ?: 1;
}

static inline int answer_by_error(struct stage *s, struct op *op, int64_t rcvid, int error)
{
	op->error = op->how == BY_ERROR ? error : op->how == BY_RESTART ? ERESTART :
		    QMSG_ERROR_REASON;
	return qmsg_msg_error(s->q, rcvid, op->error);
}

static inline int answer_by_reply(struct stage *s, const struct op *op, const struct held *held)
{
	struct qmsg_msg_reply args = {
		.flags = op->how == BY_REPLY_IF_ASKED ? QMSG_REPLY_IF_ASKED :
			 op->how == BY_REPLY_IF_NOT_ASKED ? QMSG_REPLY_IF_NOT_ASKED : 0,
		.rcvid = held->rcvid,
	};

	return reply_to(s, op, held, &args);
}

static inline int play_answer(struct stage *s, int thread, const struct held *held,
			      const struct act *a)
{
	struct op *op = op_begin(s, thread, OP_ANSWER);
	int ret;

	op->of = held->of;
	op->how = a->how;
	op->part = a->part;
	op->value = op_id(s, thread, op);
	if (a->how == BY_ERROR || a->how == BY_REASON || a->how == BY_RESTART)
		ret = answer_by_error(s, op, held->rcvid, a->error);
	else
		ret = answer_by_reply(s, op, held);
	op_end(s, op, ret);
	return ret;
}

static inline int play_info(struct stage *s, int thread, const struct held *held)
{
	struct op *op = op_begin(s, thread, OP_INFO);
	struct qmsg_msg_info info = { 0 };
	int ret;

	op->of = held->of;
	ret = qmsg_msg_info(s->q, held->rcvid, &info);
	op->flags = info.flags & (QMSG_MI_UNBLOCK_REQ | QMSG_MI_CLIENT_GONE);
	op->reasons = info.unblock_reasons;
	op->garbled = !ret && info.rcvid != held->rcvid;
	op_end(s, op, ret);
	return ret ?: !!(op->flags & QMSG_MI_UNBLOCK_REQ);
}

static inline void play_read(struct stage *s, int thread, const struct held *held)
{
	struct op *op = op_begin(s, thread, OP_READ);
	union message buf = { .bytes = { 0 } };
	ssize_t n;

	op->of = held->of;
	n = qmsg_msg_read(s->q, held->rcvid, &buf, sizeof(buf), 0);
	if (n >= 0)
		read_again(op, held, &buf, n);
	op_end(s, op, n < 0 ? n : 0);
}

static inline void play_server(struct stage *s, int thread, const struct act *a)
{
	struct held *held = pick_id(s, a->pick);

	if (a->type == OP_RECEIVE)
		play_receive(s, thread, a->pulse_only, a->at_once ? 0 : now_ns() + SOON_NS);
	else if (!held)
		return;
	else if (a->type == OP_ANSWER)
		play_answer(s, thread, held, a);
	else if (a->type == OP_INFO)
		play_info(s, thread, held);
	else if (a->type == OP_READ)
		play_read(s, thread, held);
}

/* ---------------------------------------------------------------- trouble */

/* SIGUSR2's handlers have SA_RESTART, where there are such. */
static inline void play_signal(struct stage *s, int thread, int target, bool restarts)
{
	pid_t tid = atomic_load(&s->tid[target]);
	struct op *op = op_begin(s, thread, OP_SIGNAL);

	op->target = target;
	op->restarts = restarts;
	send_signal(s->process[process_of(target)].pid, tid, restarts ? SIGUSR2 : SIGUSR1);
	op_end(s, op, 0);
}

/* Waits for the end of a process, which nothing may keep for longer than the grace. */
static inline void play_end(struct stage *s, int thread, int process, enum op_type how)
{
	struct client_process *p = &s->process[process];
	struct op *op;

	if (p->reaped)
		return;
	p->reaped = true;
	op = op_begin(s, thread, how);
	op->process = process;
	if (how == OP_KILL)
		kill(p->pid, SIGKILL);
	if (reap(p->pid, NULL))
		stage_strange(s, "a process does not end, in play", p->pid);
	/* It may have begun to end by itself long before. */
	if (atomic_load(&p->leaves) && atomic_load(&p->leaves) < op->begin)
		op->begin = atomic_load(&p->leaves);
	op_end(s, op, 0);
}

static inline void play_destroy(struct stage *s, int thread)
{
	struct op *op = op_begin(s, thread, OP_DESTROY);

	op_end(s, op, qmsg_channel_destroy(s->q, s->chid));
}

static inline void play_trouble(struct stage *s, const struct act *a)
{
	if (a->type == OP_SIGNAL)
		play_signal(s, TROUBLE, a->target, a->restarts);
	else if (a->type == OP_KILL)
		play_end(s, TROUBLE, a->target, OP_KILL);
	else if (a->type == OP_DESTROY)
		play_destroy(s, TROUBLE);
}

/* ---------------------------------------------------------------- threads */

struct part {
	struct stage *s;
	int thread;
};

/* What the current thread is there for: its handlers want to know. */
static __thread struct part my_part;

static inline void play_acts(struct stage *s, int thread)
{
	for (int i = 0; i < ACTS_MAX; i++) {
		const struct act *a = &s->p.act[thread][i];

		race_spin(a->pause * 1000L);
		if (thread >= CLIENTS)
			play_client(s, thread, a);
		else if (thread == TROUBLE)
			play_trouble(s, a);
		else
			play_server(s, thread, a);
	}
}

static inline void *play_part(void *arg)
{
	struct part *part = arg;
	struct stage *s = part->s;

	my_part = *part;
	atomic_store(&s->tid[part->thread], this_tid());
	if (s->p.prio[part->thread])
		set_fifo_priority(0, s->p.prio[part->thread]);
	race_reach(&s->ready, atomic_fetch_add(&s->over, 1) + 1);
	race_await(&s->go, 1);
	play_acts(s, part->thread);
	return NULL;
}

struct cast {
	struct part part[THREADS];
	pthread_t thread[THREADS];
	int first, last;
};

static inline void cast_start(struct cast *c, struct stage *s, int first, int last)
{
	c->first = first;
	c->last = last;
	for (int i = first; i <= last; i++) {
		c->part[i] = (struct part){ s, i };
		if (pthread_create(&c->thread[i], NULL, play_part, &c->part[i]))
			abort();
	}
}

static inline void cast_join(struct cast *c)
{
	for (int i = c->first; i <= c->last; i++)
		pthread_join(c->thread[i], NULL);
}

/* ----------------------------------------------------- a process of clients */

/* Its first thread's part is played by itself, before that begins and after it has ended. */
static inline int be_clients(void *arg)
{
	struct part *first = arg;
	struct stage *s = first->s;
	struct cast c;

	my_part = *first;
	clients_begin(s, first->thread);
	cast_start(&c, s, first->thread, first->thread + 1);
	cast_join(&c);
	clients_end(s, first->thread);
	atomic_store(&s->process[process_of(first->thread)].leaves,
		     atomic_fetch_add(&s->clock, 1) + 1);
	return 0;
}

/* What descriptors there are it has, too. */
static inline void play_clients(struct stage *s, int process)
{
	struct part first = { s, CLIENTS + 2 * (process - 1) };
	struct op *op = op_begin(s, 0, OP_INHERIT);

	op->process = process;
	s->process[process].pid = fork_child(be_clients, &first);
	op_end(s, op, 0);
}

/* --------------------------------------------------------------- wind up */

static const struct act plain_answer = { .type = OP_ANSWER, .how = BY_REPLY, .part = CELLS };

/* Everything that there is at the moment; true if that was anything. If not it is OP_LOOK. */
static inline bool receive_all(struct stage *s)
{
	bool any = false;

	while (play_receive(s, 0, false, 0) > 0)
		any = true;
	if (any)
		return true;
	op_forget(s, 0);
	return false;
}

/*
 * That a client has asked for @reason, whatever it had asked for before, can be seen sooner or
 * later, but not of who is killed; and when it can be seen its pulse is on the way.
 */
static inline void await_reason(struct stage *s, const struct held *held, uint32_t reason)
{
	struct backoff b = backoff_start();
	struct qmsg_msg_info info;
	bool seen;
	int ret;

	do {
		ret = qmsg_msg_info(s->q, held->rcvid, &info);
		seen = ret || info.unblock_reasons & (reason | QMSG_UNBLOCK_KILL);
	} while (!seen && backoff_pause(&b));
	if (!seen)
		stage_strange(s, "a client does not ask, operation", held->number);
	play_info(s, 0, held);
	receive_all(s);
}

static inline bool has_deadline(const struct stage *s, const struct held *held)
{
	return s->slot[held->number / SLOT_OPS].op[held->number % SLOT_OPS].reply_deadline;
}

/* Who closes a file is not made to ask by anything. */
static inline bool can_ask(const struct stage *s, const struct held *held)
{
	return s->p.flags & QMSG_CHF_UNBLOCK && held->call.kind != C_CLOSE;
}

/*
 * Every third one is made to ask, and every one that asks anyway: of one more reason the server
 * can know, but it is not told again.
 */
static inline bool make_it_ask(struct stage *s, const struct held *held, bool has_asked)
{
	if (!can_ask(s, held))
		return false;
	if (has_deadline(s, held))
		await_reason(s, held, QMSG_UNBLOCK_TIMEOUT);
	else if (!has_asked && held->rcvid % 3)
		return false;
	play_signal(s, 0, held->number / SLOT_OPS, false);
	await_reason(s, held, QMSG_UNBLOCK_SIGNAL);
	return true;
}

/* Under a condition that does not hold, as far as anybody knows; then without one. */
static inline void answer_in_two(struct stage *s, const struct held *held, bool has_asked)
{
	struct act a = plain_answer;

	a.how = has_asked ? BY_REPLY_IF_NOT_ASKED : BY_REPLY_IF_ASKED;
	if (play_answer(s, 0, held, &a) == -ECANCELED)
		play_answer(s, 0, held, &plain_answer);
}

/* Those of a process that is killed only now have nobody left to be answered. */
static inline void answer_last(struct stage *s, const struct held *held, bool has_asked)
{
	int process = process_of(held->number / SLOT_OPS);

	has_asked = make_it_ask(s, held, has_asked);
	if (process && process == s->p.dies)
		play_end(s, 0, process, OP_KILL);
	play_info(s, 0, held);
	if (held->rcvid % 3 == 2)
		play_answer(s, 0, held, &plain_answer);
	else
		answer_in_two(s, held, has_asked);
}

static inline void answer_all(struct stage *s, int *answered)
{
	for (; *answered < atomic_load(&s->nheld); ++*answered) {
		const struct held *held = &s->held[*answered];
		struct qmsg_msg_info info;

		if (!qmsg_msg_info(s->q, held->rcvid, &info))
			answer_last(s, held, info.flags & QMSG_MI_UNBLOCK_REQ);
	}
}

static inline bool clients_have_ended(struct stage *s)
{
	for (int i = 1; i < PROCESSES; i++)
		if (!s->process[i].reaped && !is_reapable(s->process[i].pid))
			return false;
	return true;
}

static inline void check_nothing_is_left(struct stage *s)
{
	static const char * const field[] = { "queued", "pulses", "received", "orphans" };

	for (unsigned int i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		long left = read_channel(getpid(), s->q, s->chid, field[i]);

		if (left > 0) {
			printf("# %s=%ld\n", field[i], left);
			stage_strange(s, "something is left on channel", s->chid);
		}
	}
}

static inline void wind_up(struct stage *s)
{
	struct backoff b = backoff_start();
	int answered = 0;

	op_begin(s, 0, OP_LOOK);
	do {
		if (receive_all(s))
			b = backoff_start();
		answer_all(s, &answered);
	} while (!clients_have_ended(s) && backoff_pause(&b));
	if (!clients_have_ended(s))
		stage_strange(s, "clients hang", s->p.seed);
	for (int i = 1; i < PROCESSES; i++) {
		if (!clients_have_ended(s))
			kill(s->process[i].pid, SIGKILL);
		play_end(s, 0, i, OP_EXIT);
	}
	receive_all(s);
	answer_all(s, &answered);
	/* This one is to find nothing, and says so. */
	while (play_receive(s, 0, false, 0) > 0)
		;
	check_nothing_is_left(s);
}

/* ------------------------------------------------------------------- all */

static inline int stage_channel(struct stage *s)
{
	struct qmsg_channel_create args = {
		.flags = s->p.flags,
		.pulse_limit = s->p.pulse_limit,
		.kill_grace_ms = GRACE_MS,
	};

	return qmsg_channel_create_with(s->q, &args);
}

static inline void stage_play(struct stage *s, int q, const struct program *p)
{
	struct cast c;

	memset(s, 0, sizeof(*s));
	s->p = *p;
	/* Operation 0 is none: so that 0 can stand for that. */
	s->slot[0].n = 1;
	s->q = q;
	s->server = getpid();
	s->chid = stage_channel(s);
	stage_begin(s);
	for (int i = 1; i < PROCESSES; i++)
		play_clients(s, i);
	stage_begun(s);
	cast_start(&c, s, 1, TROUBLE);
	race_await(&s->ready, THREADS - 1);
	race_reach(&s->go, 1);
	cast_join(&c);
	wind_up(s);
	qmsg_channel_destroy(q, s->chid);
}

#endif /* QMSG_PLAY_H */
