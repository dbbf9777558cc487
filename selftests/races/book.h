/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A book of requests: everyone who touches a request writes down in its entry what he
 * saw, and the audit compares it with the rules when everybody has gone. The book may
 * be shared by processes.
 */
#ifndef QMSG_BOOK_H
#define QMSG_BOOK_H

#include "qmsg_test.h"

#define BOOK_ABORTED	(-1000)		/* status of a reply that aborts */

enum outcome {
	OUT_NONE,	/* the send has not returned */
	OUT_RESULT,	/* MsgReply, written for this request */
	OUT_ABORT,	/* MsgReply with BOOK_ABORTED */
	OUT_ERROR,	/* MsgError */
	OUT_LEFT,	/* the kernel's own errno */
	OUT_WRONG,	/* an answer written for another request */
};

struct entry {
	_Atomic int64_t rcvid;		/* 0 until it is received */
	int64_t answered_as;		/* receive id that the answer named */
	_Atomic uint8_t asked;		/* an unblock event was aimed at it */
	_Atomic uint8_t received;
	_Atomic uint8_t restarts;	/* MsgError(ERESTART): received once more */
	_Atomic uint8_t answers;	/* answers the kernel took */
	_Atomic uint8_t stale;		/* answers it refused */
	_Atomic uint8_t pulses;
	_Atomic uint8_t seen;		/* the owner saw UNBLOCK_REQ before it answered */
	uint8_t early;			/* ... already when it looked for the first time */
	uint8_t handled;		/* the handler had run when the send returned */
	uint8_t outcome;
	int32_t error;
};

/* What is sent and what is replied. The length of a message tells its number modulo 32. */
struct note {
	uint64_t number;
	int64_t rcvid;
	char ballast[32];
};

static inline size_t note_len(unsigned int number)
{
	return offsetof(struct note, ballast) + number % 32;
}

static inline void book_outcome(struct entry *e, unsigned int number, int ret,
				const struct qmsg_msg_send *send, const struct note *back)
{
	if (ret) {
		e->outcome = OUT_LEFT;
		e->error = -ret;
	} else if (send->out_error) {
		e->outcome = OUT_ERROR;
		e->error = send->out_error;
	} else if (send->out_status == BOOK_ABORTED) {
		e->outcome = OUT_ABORT;
		e->answered_as = back->rcvid;
	} else if (send->out_status == number && back->number == number) {
		e->outcome = OUT_RESULT;
		e->answered_as = back->rcvid;
	} else {
		e->outcome = OUT_WRONG;
		e->error = (int)send->out_status;
	}
}

static inline bool is_answered(const struct entry *e)
{
	return e->outcome == OUT_RESULT || e->outcome == OUT_ABORT || e->outcome == OUT_ERROR;
}

/* What no order of events may do to a request; NULL: nothing of it happened. */
static inline const char *book_flaw(const struct entry *e, bool unblock_channel)
{
	if (e->outcome == OUT_WRONG)
		return "got an answer written for another request";
	if (e->received > 1 + e->restarts)
		return "was received twice";
	if (e->answers > 1)
		return "was answered twice";
	if (e->pulses > 1 + e->restarts)
		return "had two unblock pulses (S5.10)";
	if (e->pulses && (!unblock_channel || !e->asked))
		return "had a pulse though nobody asked";
	if (is_answered(e) && !e->answers)
		return "returned an answer nobody gave";
	if ((e->outcome == OUT_ABORT || e->outcome == OUT_ERROR) && !e->asked)
		return "was aborted though nobody asked";
	if ((e->outcome == OUT_ABORT || e->outcome == OUT_RESULT) && e->answered_as != e->rcvid)
		return "was answered under another receive id";
	if (e->outcome == OUT_LEFT && e->answers)
		return "left although an answer was taken";
	return NULL;
}

struct tally {
	unsigned int flaws, results, aborts, left_unreceived, left_received;
	unsigned int lost, stale, pulses, seen, struck;
};

static inline void book_flawed(struct tally *t, unsigned int number, const struct entry *e,
			       const char *flaw)
{
	if (t->flaws++ >= 5)
		return;
	printf("# request %u %s: outcome %u error %d rcvid %llx/%llx asked %u received %u "
	       "answers %u stale %u pulses %u seen %u handled %u\n", number, flaw, e->outcome,
	       e->error, (unsigned long long)e->rcvid, (unsigned long long)e->answered_as,
	       e->asked, e->received, e->answers, e->stale, e->pulses, e->seen, e->handled);
}

static inline void book_add(struct tally *t, const struct entry *e)
{
	t->results += e->outcome == OUT_RESULT;
	t->aborts += e->outcome == OUT_ABORT || e->outcome == OUT_ERROR;
	t->left_unreceived += e->outcome == OUT_LEFT && !e->received;
	t->left_received += e->outcome == OUT_LEFT && e->received;
	t->lost += e->outcome == OUT_NONE;
	t->stale += e->stale;
	t->pulses += e->pulses;
	t->seen += e->seen;
	t->struck += e->asked;
}

#endif /* QMSG_BOOK_H */
