/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One client thread, struck round after round while it sends, and a server of three
 * threads that make what a race asks of them out of the messages and pulses they get.
 *
 * Every request has a number and an entry in a book. All who touch a request write
 * down what they saw; the book is audited when everybody has gone. So the threads
 * never wait for each other to check anything, and a stale reply can really be late.
 */
#ifndef QMSG_ARENA_H
#define QMSG_ARENA_H

#include "book.h"
#include "race.h"

#define ARENA_SERVERS	3	/* unless a race wants fewer */
struct arena;

/* What wants the client out of its send; in every eighth round nothing does. */
enum strike {
	BY_SIGNAL,	/* of a timer, mostly: it is there on time; or of another thread */
	BY_SIGNALS,	/* again until the send returns; who sees it first is the race */
	BY_DEADLINE,	/* the reply deadline */
	BY_DETACH,	/* another thread gives the connection up; each round has its own */
};

struct arena_race {
	unsigned int flags;		/* of the channel */
	unsigned int bits;		/* of receive ids */
	unsigned int servers;		/* threads, 0: ARENA_SERVERS */
	enum strike strike;
	int left_errno;			/* what the unblock event makes of a send */
	unsigned int index;		/* of connections: descriptors or not */
	void (*on_message)(struct arena *a, struct entry *e, int64_t rcvid);
	void (*on_pulse)(struct arena *a, int64_t rcvid);
	/* Ends threads of the race's own, whose books the audit reads. */
	void (*settle)(void);
	const char *(*audit)(const struct arena *a, const struct entry *e);
};

struct arena {
	const struct arena_race *race;
	int qs, qc;
	int chid, coid;
	unsigned int requests;
	struct entry *book;		/* of requests 1 … requests */
	_Atomic unsigned int newest;
	pid_t client;
	timer_t timer;			/* sends the client its signals */
	struct race_step called;	/* newest, to wait for */
	struct race_step summoned;	/* round in which the other thread strikes */
	struct race_step struck;	/* and when it has */
	struct race_aim aim;
	long delay_strike, delay_answer;
	bool strikes;			/* in this round */
	_Atomic unsigned int disconnects;
	_Atomic unsigned int strange;	/* things that fit no request */
};

static inline bool is_held(const struct arena *a)
{
	return a->race->flags & QMSG_CHF_UNBLOCK;
}

static inline unsigned int number_of(const struct arena *a, const struct entry *e)
{
	return e - a->book;
}

static inline void arena_strange(struct arena *a, const char *what, int64_t value)
{
	if (atomic_fetch_add(&a->strange, 1) < 5)
		printf("# strange: %s %lld\n", what, (long long)value);
}

/* ------------------------------------------------------------------ servers */

/* How far back a number may still be in somebody's hands; ids of 8 bits come again. */
static inline unsigned int arena_reach(const struct arena *a)
{
	return a->race->bits < 16 ? 64 : 4096;
}

/* Its receiver may not have written the id down yet: the pulse can be the faster one. */
static inline struct entry *arena_find(struct arena *a, int64_t rcvid)
{
	for (unsigned int turn = 0; turn < 100000; turn++) {
		unsigned int newest = atomic_load(&a->newest);

		for (unsigned int i = 0; i < arena_reach(a) && i < newest; i++)
			if (atomic_load(&a->book[newest - i].rcvid) == rcvid)
				return &a->book[newest - i];
		sched_yield();
	}
	arena_strange(a, "pulse for an id that nobody received", rcvid);
	return NULL;
}

static inline void arena_count(struct arena *a, struct entry *e, int ret)
{
	if (!ret)
		atomic_fetch_add(&e->answers, 1);
	else if (ret == -ESRCH)
		atomic_fetch_add(&e->stale, 1);
	else
		arena_strange(a, "an answer returned", ret);
}

static inline void arena_answer(struct arena *a, struct entry *e, int64_t rcvid)
{
	struct note note = { .number = number_of(a, e), .rcvid = rcvid };

	arena_count(a, e, qmsg_msg_reply(a->qs, rcvid, note.number, &note, sizeof(note)));
}

/* An abort is for whatever @rcvid means; whoever has it checks that it was meant. */
static inline int arena_abort(struct arena *a, int64_t rcvid)
{
	struct note note = { .rcvid = rcvid };

	switch (race_random() % 3) {
	case 0:
		return qmsg_msg_error(a->qs, rcvid, a->race->left_errno);
	case 1:
		return qmsg_msg_error(a->qs, rcvid, QMSG_ERROR_REASON);
	default:
		return qmsg_msg_reply(a->qs, rcvid, BOOK_ABORTED, &note, sizeof(note));
	}
}

/* The truth about a request: 1 asked to unblock, 0 not, -ESRCH it is over. */
static inline int arena_asked(struct arena *a, const struct entry *e, int64_t rcvid)
{
	struct qmsg_msg_info info;
	int ret = qmsg_msg_info(a->qs, rcvid, &info);

	if (ret)
		return ret;
	if (info.rcvid != rcvid || info.chid != a->chid)
		arena_strange(a, "info about another id", info.rcvid);
	if (e && info.srcmsglen != note_len(number_of(a, e)))
		arena_strange(a, "info about another request than", number_of(a, e));
	if (!!(info.flags & QMSG_MI_UNBLOCK_REQ) != !!info.unblock_reasons)
		arena_strange(a, "info whose flag and reasons differ", info.flags);
	return !!(info.flags & QMSG_MI_UNBLOCK_REQ);
}

/* The request is received and stays so: once asked, its pulse has to come. */
static inline void arena_await_pulse(struct entry *e)
{
	while (!atomic_load(&e->pulses))
		sched_yield();
}

/* Dawdle until the client has begun @more other requests, or for a while. */
static inline void arena_linger(struct arena *a, unsigned int more)
{
	race_await_briefly(&a->called, atomic_load(&a->called.at) + more, 1000000);
}

static inline void arena_message(struct arena *a, int64_t rcvid, const struct note *note,
				 const struct qmsg_msg_info *info)
{
	struct entry *e = &a->book[note->number];

	if (!note->number || note->number > atomic_load(&a->newest)) {
		arena_strange(a, "message", note->number);
		return;
	}
	atomic_store(&e->rcvid, rcvid);
	atomic_fetch_add(&e->received, 1);
	if (info->srcmsglen != note_len(note->number) || rcvid >> a->race->bits)
		arena_strange(a, "receive id", rcvid);
	e->early = !!(info->flags & QMSG_MI_UNBLOCK_REQ);
	a->race->on_message(a, e, rcvid);
}

static inline void arena_disconnect(struct arena *a, int scoid)
{
	int ret = qmsg_connect_detach(a->qs, scoid);

	if (ret)
		arena_strange(a, "detaching a scoid returned", ret);
	atomic_fetch_add(&a->disconnects, 1);
}

static inline void arena_pulse(struct arena *a, const struct qmsg_pulse *pulse)
{
	if (pulse->code == QMSG_PULSE_CODE_UNBLOCK)
		a->race->on_pulse(a, pulse->value);
	else if (pulse->code == QMSG_PULSE_CODE_DISCONNECT)
		arena_disconnect(a, pulse->scoid);
	else
		arena_strange(a, "pulse code", pulse->code);
}

static inline void *arena_server(void *arg)
{
	struct arena *a = arg;
	union {
		struct note note;
		struct qmsg_pulse pulse;
	} buf;
	struct qmsg_msg_info info;
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(a->qs, a->chid, &buf, sizeof(buf), &info)) >= 0) {
		if (rcvid)
			arena_message(a, rcvid, &buf.note, &info);
		else
			arena_pulse(a, &buf.pulse);
	}
	if (rcvid != -ESRCH)
		arena_strange(a, "receive returned", rcvid);
	return NULL;
}

#endif /* QMSG_ARENA_H */
