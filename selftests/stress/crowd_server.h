/* SPDX-License-Identifier: GPL-2.0-only */
/* The crowd's server: threads that answer every request, in all sorts of manners. */
#ifndef QMSG_CROWD_SERVER_H
#define QMSG_CROWD_SERVER_H

#include "crowd.h"

struct crowd_server {
	struct crowd *c;
	int q;
	pthread_t thread[CROWD_SERVERS];
};

static inline void crowd_count(struct crowd *c, struct entry *e, int ret)
{
	if (ret && ret != -ESRCH)
		crowd_strange(c, "an answer returned", ret);
	atomic_fetch_add(ret ? &e->stale : &e->answers, 1);
}

static inline void crowd_answer(struct crowd_server *s, unsigned int number, int64_t rcvid)
{
	struct note note = { .number = number, .rcvid = rcvid };

	crowd_count(s->c, &s->c->book[number],
		    qmsg_msg_reply(s->q, rcvid, number, &note, sizeof(note)));
}

static inline int crowd_abort(struct crowd_server *s, int64_t rcvid)
{
	struct note note = { .rcvid = rcvid };

	if (race_random() % 2)
		return qmsg_msg_error(s->q, rcvid, QMSG_ERROR_REASON);
	return qmsg_msg_reply(s->q, rcvid, BOOK_ABORTED, &note, sizeof(note));
}

/* 1: asked to unblock, 0: not, -ESRCH: over. The info is about this request. */
static inline int crowd_asked(struct crowd_server *s, unsigned int number, int64_t rcvid)
{
	struct qmsg_msg_info info;
	int ret = qmsg_msg_info(s->q, rcvid, &info);

	if (ret)
		return ret;
	if (info.rcvid != rcvid || (number && info.srcmsglen != note_len(number)))
		crowd_strange(s->c, "info about another request than", number);
	return !!(info.flags & QMSG_MI_UNBLOCK_REQ);
}

static inline void crowd_abort_if_asked(struct crowd_server *s, unsigned int number,
					int64_t rcvid)
{
	int asked = crowd_asked(s, number, rcvid);

	if (asked == 1) {
		atomic_store(&s->c->book[number].seen, 1);
		crowd_count(s->c, &s->c->book[number], crowd_abort(s, rcvid));
	} else {
		crowd_answer(s, number, rcvid);
	}
}

/* The bytes are the ones of this request, or there is none. */
static inline void crowd_copy(struct crowd_server *s, unsigned int number, int64_t rcvid)
{
	uint64_t word = 0;
	ssize_t n = qmsg_msg_read(s->q, rcvid, &word, sizeof(word), 0);

	if (n != -ESRCH && (n != sizeof(word) || word != number))
		crowd_strange(s->c, "read something else than", number);
	n = qmsg_msg_write(s->q, rcvid, &word, sizeof(word), 0);
	if (n != -ESRCH && n != sizeof(word))
		crowd_strange(s->c, "write returned", n);
}

/* The client sends again from the start, under a new id (T13, T23). */
static inline void crowd_restart(struct crowd_server *s, unsigned int number, int64_t rcvid)
{
	struct entry *e = &s->c->book[number];
	int ret = qmsg_msg_error(s->q, rcvid, ERESTART);

	if (ret)
		crowd_count(s->c, e, ret);
	else
		atomic_fetch_add(&e->restarts, 1);
}

/* False: the answer is to be given with the next receive, in one call. */
static inline bool crowd_message(struct crowd_server *s, unsigned int number, int64_t rcvid)
{
	struct entry *e = &s->c->book[number];

	atomic_store(&e->rcvid, rcvid);
	crowd_write_down(s->c, number, rcvid);
	atomic_fetch_add(&e->received, 1);
	switch (race_random() % 8) {
	case 0:
		race_spin(race_random() % 100000);
		crowd_answer(s, number, rcvid);
		return true;
	case 1:
		race_await_briefly(&s->c->issued, atomic_load(&s->c->issued.at) + 4, 300000);
		crowd_abort_if_asked(s, number, rcvid);
		return true;
	case 2:
		crowd_answer(s, number, rcvid);
		crowd_answer(s, number, rcvid);
		return true;
	case 3:
		crowd_copy(s, number, rcvid);
		crowd_answer(s, number, rcvid);
		return true;
	case 4:
		if (race_random() % 4)
			crowd_answer(s, number, rcvid);
		else
			crowd_restart(s, number, rcvid);
		return true;
	case 5:
		crowd_answer(s, number, rcvid);
		return true;
	default:
		return false;
	}
}

/* Whoever received it writes the id down soon, if not yet. */
static inline struct entry *crowd_find(struct crowd *c, int64_t rcvid)
{
	const uint64_t until = now_ns() + 10000000000ULL;
	unsigned int number;

	do {
		number = atomic_load(&crowd_place(c, rcvid)->number);
		if (number)
			return &c->book[number];
		sched_yield();
	} while (now_ns() < until);
	crowd_strange(c, "pulse for an id that nobody received", rcvid);
	return NULL;
}

static inline void crowd_unblock(struct crowd_server *s, int64_t rcvid)
{
	bool aborts = race_random() % 2;
	int ret = aborts ? crowd_abort(s, rcvid) : crowd_asked(s, 0, rcvid);
	struct entry *e = crowd_find(s->c, rcvid);

	if (!e)
		return;
	if (aborts)
		crowd_count(s->c, e, ret);
	else if (!ret)
		crowd_strange(s->c, "pulse without UNBLOCK_REQ", rcvid);
	atomic_fetch_add(&e->pulses, 1);
}

/* Whose is it? */
static inline void crowd_print(struct crowd *c)
{
	char dir[64];

	race_print_state();
	for (int i = 0; i < CROWD_PROCESSES; i++) {
		snprintf(dir, sizeof(dir), "/proc/%d/fdinfo", c->process[i].pid);
		race_print_each(dir, "", "connection:");
		race_print_each(dir, "", "request:");
	}
}

static inline void crowd_pulse(struct crowd_server *s, const struct qmsg_pulse *pulse)
{
	int ret;

	if (pulse->code == QMSG_PULSE_CODE_UNBLOCK) {
		crowd_unblock(s, pulse->value);
		return;
	}
	if (pulse->code != QMSG_PULSE_CODE_DISCONNECT) {
		crowd_strange(s->c, "pulse with code", pulse->code);
		return;
	}
	ret = qmsg_connect_detach(s->q, pulse->scoid);
	if (!ret)
		return;
	crowd_strange(s->c, "detaching a scoid returned", ret);
	printf("# scoid %#x\n", pulse->scoid);
	crowd_print(s->c);
}

/* Receives; first gives the answer to @number, if there is one to give. */
static inline int64_t crowd_receive(struct crowd_server *s, unsigned int number, int64_t rcvid,
				    void *buf, size_t size)
{
	struct note note = { .number = number, .rcvid = rcvid };
	struct qmsg_msg_reply_receive args = {
		.rcvid = rcvid,
		.status = number,
		.reply_ptr = (uintptr_t)&note,
		.reply_len = sizeof(note),
		.chid = s->c->chid,
		.buf_ptr = (uintptr_t)buf,
		.buf_len = size,
		.deadline = QMSG_NO_DEADLINE,
	};
	int ret = qmsg_msg_reply_receive_with(s->q, &args);

	if (args.rcvid)
		crowd_strange(s->c, "an answer was neither given nor refused", ret);
	if (rcvid)
		crowd_count(s->c, &s->c->book[number], -args.out_reply_error);
	return ret ?: args.out_rcvid;
}

static inline void *crowd_serve(void *arg)
{
	struct crowd_server *s = arg;
	union {
		struct note note;
		struct qmsg_pulse pulse;
	} buf;
	unsigned int number = 0;
	int64_t rcvid = 0;

	while ((rcvid = crowd_receive(s, number, rcvid, &buf, sizeof(buf))) >= 0) {
		number = buf.note.number;
		if (!rcvid) {
			crowd_pulse(s, &buf.pulse);
		} else if (!number || number > s->c->requests) {
			crowd_strange(s->c, "message", number);
			rcvid = 0;
		} else if (crowd_message(s, number, rcvid)) {
			rcvid = 0;
		}
	}
	if (rcvid != -ESRCH)
		crowd_strange(s->c, "receive returned", rcvid);
	return NULL;
}

static inline int crowd_listen(struct crowd_server *s, struct crowd *c)
{
	struct qmsg_channel_create args = {
		.flags = c->flags | QMSG_CHF_DISCONNECT,
		.kill_grace_ms = 50,
	};

	*s = (struct crowd_server){ .c = c, .q = qmsg_open() };
	c->chid = qmsg_channel_create_with(s->q, &args);
	if (c->chid < 0)
		return c->chid;
	for (int i = 0; i < CROWD_SERVERS; i++)
		pthread_create(&s->thread[i], NULL, crowd_serve, s);
	return 0;
}

/* A notice that is being dealt with would find its scoid gone with the channel. */
static inline void crowd_hang_up(struct crowd_server *s)
{
	if (wait_for_channel(getpid(), s->q, s->c->chid, "receivers", CROWD_SERVERS))
		crowd_strange(s->c, "a server thread does not receive", s->c->chid);
	qmsg_channel_destroy(s->q, s->c->chid);
	for (int i = 0; i < CROWD_SERVERS; i++)
		pthread_join(s->thread[i], NULL);
	qmsg_close(s->q);
}

#endif /* QMSG_CROWD_SERVER_H */
