/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of messages: what is said by whom, and what it looks like. */
#ifndef QMSG_MESSAGES_PLAY_H
#define QMSG_MESSAGES_PLAY_H

#include "play.h"

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

static inline void clients_begin(struct stage *s, int thread)
{
	race_catch(SIGUSR1, 0);
	s->process[process_of(thread)].q = qmsg_open();
	play_attach(s, thread);
}

static inline void clients_end(struct stage *s, int thread)
{
	(void)s;
	(void)thread;
}

/* ----------------------------------------------------------------- server */

static inline void stage_begin(struct stage *s)
{
	(void)s;
}

static inline void stage_begun(struct stage *s)
{
	(void)s;
}

static inline void read_message(struct stage *s, struct op *op, const union message *msg,
				const struct qmsg_msg_info *info, struct held *held)
{
	(void)s;
	op->got = msg->number;
	op->garbled = info->srcmsglen != sizeof(msg->number);
	held->number = op->got;
}

static inline void read_again(struct op *op, const struct held *held, const union message *msg,
			      size_t n)
{
	(void)held;
	op->got = msg->number;
	op->garbled = n != sizeof(msg->number);
}

static inline int reply_to(struct stage *s, const struct op *op, const struct held *held,
			   struct qmsg_msg_reply *args)
{
	struct told told = { held->number, op->value };

	args->status = op->value;
	args->buf_ptr = (uintptr_t)&told;
	args->buf_len = sizeof(told);
	return qmsg_msg_reply_with(s->q, args);
}

static inline void client_gone(int32_t scoid)
{
	(void)scoid;
}

#endif /* QMSG_MESSAGES_PLAY_H */
