/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One order of events, played on whatever message passing it is given.
 *
 *	client           worker                  second server thread
 *	send A ────────► receives A, works
 *	is signalled ──────────────────────────► receives the unblock pulse
 *	◄─────────────────────────────────────── answers A with EINTR
 *	send B ────────────────────────────────► receives B
 *	                 answers A (too late)
 *	◄─ ?                                     answers B
 *
 * The server is told that the client wants to leave, and two of its threads answer:
 * the confusion of a multi-threaded server (race R2).
 */
#ifndef QMSG_DEMO_STORY_H
#define QMSG_DEMO_STORY_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define STORY_TEXT 32

/* What the story needs of message passing. Results are negative errnos. */
struct story_ipc {
	int (*open)(void);
	void (*close)(void);
	int (*send)(const char *msg, char *reply);
	/* A request's receive id; or 0 for an unblock pulse, and the id it speaks of */
	int64_t (*receive)(char *msg, int64_t *unblock);
	int (*reply)(int64_t rcvid, const char *text);
	int (*abort)(int64_t rcvid);
	void (*signal)(pthread_t client);
};

extern const struct story_ipc story_slots;
extern const struct story_ipc story_qmsg;

struct story_end {
	int64_t rcvid_a, rcvid_b;
	int sent_a;			/* what sending A returned */
	int sent_b;
	int late;			/* what the late answer of A returned */
	int own;			/* what the answer of B returned */
	char got[STORY_TEXT];		/* what the client was answered when it asked B */
};

#define STORY_ANSWER_A "the answer of A"
#define STORY_ANSWER_B "the answer of B"

int story_play(const struct story_ipc *ipc, struct story_end *end);

#endif /* QMSG_DEMO_STORY_H */
