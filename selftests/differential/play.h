/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program is played on the module: two processes of clients with two threads each, three
 * threads of a server, one that makes trouble, and the first thread, which winds up: it
 * answers what has been left lying, until all clients have gone.
 */
#ifndef QMSG_PLAY_H
#define QMSG_PLAY_H

#include "../races/race.h"

#include "program.h"

#define SLOT_OPS	128	/* operations of one thread */
#define HELD_MAX	96
#define SOON_NS		1500000
#define GRACE_MS	20

struct slot {
	unsigned int n;
	struct op op[SLOT_OPS];
};

/* A receive id that has been seen, and which operation has. */
struct held {
	int64_t rcvid, number;
	int16_t of;
};

struct client_process {
	pid_t pid;
	_Atomic int coid;
	int q;
	_Atomic uint32_t leaves;	/* when it begins to end by itself */
	bool reaped;
};

/* Shared by all processes. */
struct stage {
	struct program p;
	_Atomic uint32_t clock;
	struct race_step go;
	struct race_step ready;
	_Atomic int over;		/* threads of the server's process */
	_Atomic int nheld;
	struct held held[HELD_MAX];
	struct client_process process[PROCESSES];
	_Atomic pid_t tid[THREADS];
	_Atomic bool strange;
	int q, chid;
	pid_t server;
	struct slot slot[THREADS];
};

static inline void stage_strange(struct stage *s, const char *what, int64_t value)
{
	if (!atomic_exchange(&s->strange, true))
		printf("# strange: %s %lld\n", what, (long long)value);
}

/* An operation's name in a stage, which a history then replaces by its place there. */
static inline int16_t op_id(const struct stage *s, int thread, const struct op *op)
{
	return thread * SLOT_OPS + (op - s->slot[thread].op);
}

static inline struct op *op_begin(struct stage *s, int thread, enum op_type type)
{
	struct slot *slot = &s->slot[thread];
	struct op *op = &slot->op[slot->n++];

	if (slot->n > SLOT_OPS)
		abort();
	*op = (struct op){ .type = type, .thread = thread, .process = process_of(thread) };
	op->begin = atomic_fetch_add(&s->clock, 1) + 1;
	return op;
}

static inline void op_end(struct stage *s, struct op *op, int ret)
{
	op->ret = ret;
	atomic_thread_fence(memory_order_release);
	op->end = atomic_fetch_add(&s->clock, 1) + 1;
}

/* One that has come to nothing, and need not be known of. */
static inline void op_forget(struct stage *s, int thread)
{
	s->slot[thread].n--;
}

/* ---------------------------------------------------------------- clients */

struct told {
	int64_t number, status;
};

static inline uint64_t deadline_of(int kind)
{
	return kind == 0 ? QMSG_NO_DEADLINE : kind == 1 ? 0 : now_ns() + SOON_NS;
}

static inline void play_send(struct stage *s, int thread, const struct act *a)
{
	struct client_process *me = &s->process[process_of(thread)];
	struct op *op = op_begin(s, thread, OP_SEND);
	struct told back = { 0 };
	struct qmsg_msg_send args;
	int ret;

	op->coid = atomic_load(&me->coid);
	op->value = op_id(s, thread, op);
	op->prio = s->p.prio[thread];
	op->send_deadline = a->send_deadline;
	op->reply_deadline = a->reply_deadline;
	args = send_args(op->coid, &op->value, sizeof(op->value), &back, sizeof(back));
	args.send_deadline = deadline_of(a->send_deadline);
	args.reply_deadline = deadline_of(a->reply_deadline);
	ret = qmsg_msg_send_with(me->q, &args);
	op->undelivered = ret && args.out_flags & QMSG_SENT_UNDELIVERED;
	op->error = args.out_error;
	op->got = args.out_status;
	op->garbled = !ret && !op->error &&
		      (back.number != op->value || back.status != op->got);
	op_end(s, op, ret);
}

static inline void play_pulse(struct stage *s, int thread, const struct act *a)
{
	struct client_process *me = &s->process[process_of(thread)];
	struct op *op = op_begin(s, thread, OP_PULSE);

	op->coid = atomic_load(&me->coid);
	op->value = op_id(s, thread, op);
	op->prio = a->prio;
	op_end(s, op, qmsg_pulse_send(me->q, op->coid, a->prio, 1, op->value));
}

static inline void play_attach(struct stage *s, int thread)
{
	struct client_process *me = &s->process[process_of(thread)];
	struct op *op = op_begin(s, thread, OP_ATTACH);
	int coid = qmsg_connect_attach(me->q, s->server, s->chid, QMSG_SIDE_CHANNEL, 0);

	op_end(s, op, coid);
	if (coid >= 0)
		atomic_store(&me->coid, coid);
}

static inline void play_detach(struct stage *s, int thread)
{
	struct client_process *me = &s->process[process_of(thread)];
	struct op *op = op_begin(s, thread, OP_DETACH);

	op->coid = atomic_load(&me->coid);
	op_end(s, op, qmsg_connect_detach(me->q, op->coid));
}

/* A child has no use of its parent's context; and its end is none of it (S1.19). */
static inline void play_fork(struct stage *s, int thread)
{
	struct client_process *me = &s->process[process_of(thread)];
	struct op *op = op_begin(s, thread, OP_FORK);
	int status = 0;
	pid_t child = fork();

	if (!child)
		_exit(-qmsg_pulse_send(me->q, atomic_load(&me->coid), 1, 1, 0));
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	op_end(s, op, child < 0 ? -errno : -WEXITSTATUS(status));
}

static inline void play_client(struct stage *s, int thread, const struct act *a)
{
	switch (a->type) {
	case OP_SEND:
		play_send(s, thread, a);
		break;
	case OP_PULSE:
		play_pulse(s, thread, a);
		break;
	case OP_ATTACH:
		play_attach(s, thread);
		break;
	case OP_DETACH:
		play_detach(s, thread);
		break;
	case OP_FORK:
		play_fork(s, thread);
		break;
	}
}

/* ----------------------------------------------------------------- server */

static inline void keep_id(struct stage *s, int64_t rcvid, int64_t number, int16_t of)
{
	int at = atomic_load(&s->nheld);

	do {
		if (at == HELD_MAX)
			abort();
	} while (!atomic_compare_exchange_weak(&s->nheld, &at, at + 1));
	s->held[at].rcvid = rcvid;
	s->held[at].number = number;
	__atomic_store_n(&s->held[at].of, of, __ATOMIC_RELEASE);
}

/* One that has been received at some time, answered or not; NULL: none has. */
static inline struct held *pick_id(struct stage *s, uint32_t pick)
{
	int n = atomic_load(&s->nheld);
	struct held *held = n ? &s->held[pick % n] : NULL;

	/* of: 0 until it is all there; operation 0 is never one. */
	return held && __atomic_load_n(&held->of, __ATOMIC_ACQUIRE) ? held : NULL;
}

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
	union {
		int64_t number;
		struct qmsg_pulse pulse;
	} buf = { 0 };
	struct qmsg_msg_info info;
	struct op *op = op_begin(s, thread, OP_RECEIVE);
	struct qmsg_msg_receive args = receive_args(s->chid, &buf, sizeof(buf), &info);
	int ret;

	op->pulse_only = pulse_only;
	args.flags = pulse_only ? QMSG_RECEIVE_PULSE : 0;
	args.deadline = deadline;
	ret = qmsg_msg_receive_with(s->q, &args);
	if (!ret) {
		op->rcvid = args.out_rcvid;
		op->got = op->rcvid ? buf.number : (int64_t)buf.pulse.value;
		op->code = op->rcvid ? 0 : buf.pulse.code;
		op->scoid = op->rcvid ? info.scoid : buf.pulse.scoid;
		op->prio = info.priority;
		op->garbled = op->rcvid && (info.rcvid != op->rcvid ||
					    info.srcmsglen != sizeof(buf.number));
	}
	op_end(s, op, ret);
	if (!ret && op->rcvid)
		keep_id(s, op->rcvid, op->got, op_id(s, thread, op));
	if (!ret && op->code == QMSG_PULSE_CODE_DISCONNECT)
		play_free_scoid(s, thread, op->scoid);
	return ret == -ETIMEDOUT ? 0 : ret ?: 1;
}

static inline int answer_by_error(struct stage *s, struct op *op, int64_t rcvid)
{
	op->error = op->how == BY_ERROR ? EIO : op->how == BY_RESTART ? ERESTART : QMSG_ERROR_REASON;
	return qmsg_msg_error(s->q, rcvid, op->error);
}

static inline int answer_by_reply(struct stage *s, struct op *op, const struct held *held)
{
	struct told told = { held->number, op->value };
	struct qmsg_msg_reply args = {
		.flags = op->how == BY_REPLY_IF_ASKED ? QMSG_REPLY_IF_ASKED :
			 op->how == BY_REPLY_IF_NOT_ASKED ? QMSG_REPLY_IF_NOT_ASKED : 0,
		.rcvid = held->rcvid,
		.status = op->value,
		.buf_ptr = (uintptr_t)&told,
		.buf_len = sizeof(told),
	};

	return qmsg_msg_reply_with(s->q, &args);
}

static inline int play_answer(struct stage *s, int thread, const struct held *held, enum how how)
{
	struct op *op = op_begin(s, thread, OP_ANSWER);
	int ret;

	op->of = held->of;
	op->how = how;
	op->value = op_id(s, thread, op);
	if (how == BY_ERROR || how == BY_REASON || how == BY_RESTART)
		ret = answer_by_error(s, op, held->rcvid);
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
	ssize_t n;

	op->of = held->of;
	n = qmsg_msg_read(s->q, held->rcvid, &op->got, sizeof(op->got), 0);
	op_end(s, op, n == sizeof(op->got) ? 0 : n < 0 ? n : -EMSGSIZE);
}

static inline void play_server(struct stage *s, int thread, const struct act *a)
{
	struct held *held = pick_id(s, a->pick);

	if (a->type == OP_RECEIVE)
		play_receive(s, thread, a->pulse_only, a->at_once ? 0 : now_ns() + SOON_NS);
	else if (!held)
		return;
	else if (a->type == OP_ANSWER)
		play_answer(s, thread, held, a->how);
	else if (a->type == OP_INFO)
		play_info(s, thread, held);
	else if (a->type == OP_READ)
		play_read(s, thread, held);
}

/* ---------------------------------------------------------------- trouble */

static inline void play_signal(struct stage *s, int thread, int target)
{
	pid_t tid = atomic_load(&s->tid[target]);
	struct op *op = op_begin(s, thread, OP_SIGNAL);

	op->target = target;
	send_signal(s->process[process_of(target)].pid, tid, SIGUSR1);
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
		play_signal(s, TROUBLE, a->target);
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

static inline int be_clients(void *arg)
{
	struct part *first = arg;
	struct stage *s = first->s;
	struct cast c;

	race_catch(SIGUSR1, 0);
	s->process[process_of(first->thread)].q = qmsg_open();
	play_attach(s, first->thread);
	cast_start(&c, s, first->thread, first->thread + 1);
	cast_join(&c);
	atomic_store(&s->process[process_of(first->thread)].leaves,
		     atomic_fetch_add(&s->clock, 1) + 1);
	return 0;
}

/* --------------------------------------------------------------- wind up */

/* A client that has been told so asks; if that can be seen its pulse is on the way. */
static inline void make_it_ask(struct stage *s, const struct held *held)
{
	const struct backoff start = backoff_start();
	struct backoff b = start;
	struct qmsg_msg_info info;
	int ret;

	play_signal(s, 0, held->number / SLOT_OPS);
	do {
		ret = qmsg_msg_info(s->q, held->rcvid, &info);
	} while (!ret && !(info.flags & QMSG_MI_UNBLOCK_REQ) && backoff_pause(&b));
	if (!ret && !(info.flags & QMSG_MI_UNBLOCK_REQ))
		stage_strange(s, "a client does not ask, operation", held->number);
	play_info(s, 0, held);
}

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

/* Every third one is made to ask before it is answered. */
static inline void answer_all(struct stage *s, int *answered)
{
	for (; *answered < atomic_load(&s->nheld); ++*answered) {
		const struct held *held = &s->held[*answered];
		struct qmsg_msg_info info;

		if (qmsg_msg_info(s->q, held->rcvid, &info))
			continue;
		if (held->rcvid % 3 == 0 && s->p.flags & QMSG_CHF_UNBLOCK) {
			make_it_ask(s, held);
			receive_all(s);
		}
		play_answer(s, 0, held, BY_REPLY);
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
	for (int i = 1; i < PROCESSES; i++) {
		struct part first = { s, CLIENTS + 2 * (i - 1) };

		s->process[i].pid = fork_child(be_clients, &first);
	}
	cast_start(&c, s, 1, TROUBLE);
	race_await(&s->ready, THREADS - 1);
	race_reach(&s->go, 1);
	cast_join(&c);
	wind_up(s);
	qmsg_channel_destroy(q, s->chid);
}

/* What was done, in one row; receives are named by their places there. */
static inline void stage_history(const struct stage *s, struct history *h)
{
	int16_t id[OPS_MAX], place[THREADS * SLOT_OPS];

	*h = (struct history){ .flags = s->p.flags, .pulse_limit = s->p.pulse_limit };
	for (int thread = 0; thread < THREADS; thread++) {
		for (unsigned int i = 0; i < s->slot[thread].n; i++) {
			const struct op *op = &s->slot[thread].op[i];
			int at = h->n;

			if (!op->begin)
				continue;
			if (++h->n > OPS_MAX)
				abort();
			for (; at > 0 && h->op[at - 1].begin > op->begin; at--) {
				h->op[at] = h->op[at - 1];
				id[at] = id[at - 1];
			}
			h->op[at] = *op;
			id[at] = thread * SLOT_OPS + i;
		}
	}
	for (int at = 0; at < h->n; at++)
		place[id[at]] = at;
	for (int at = 0; at < h->n; at++)
		if (h->op[at].of)
			h->op[at].of = place[h->op[at].of];
}

#endif /* QMSG_PLAY_H */
