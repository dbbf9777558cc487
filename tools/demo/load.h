/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Act 3: one server process, a herd of client processes.
 *
 * Every request has a number and every reply carries it; the clients compare. The herd
 * kills a client when the client itself asks for it, and starts another in its place:
 * another *life*. Each thread of each life keeps its account in memory shared by all,
 * where it survives the thread.
 */
#ifndef QMSG_DEMO_LOAD_H
#define QMSG_DEMO_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LOAD_CLIENTS	6	/* processes at one time */
#define LOAD_THREADS	3	/* of each */
#define LOAD_WORKERS	4	/* threads of the server that take anything */
#define LOAD_LIVES	(LOAD_CLIENTS + LOAD_KILLS)
#define LOAD_KILLS	60
#define LOAD_GRACE_MS	40	/* of a killed client, so that orphans appear soon */

typedef atomic_ulong counter;

/* How the server treats a request. */
enum load_kind {
	LOAD_QUICK,	/* answered at once */
	LOAD_WORK,	/* worked on; the worker asks now and then whether to go on */
	LOAD_AWAIT,	/* held until the client wants to leave; only the pulse tells */
	LOAD_RACE,	/* worker and pulse thread both answer, without agreement */
};

struct load_request {
	uint64_t number;
	uint32_t kind;
	uint32_t life;
};

struct load_answer {
	uint64_t number;
	uint64_t check;
};

/* Codes of the clients' own pulses. */
#define LOAD_PULSE 1

/* The account of one client thread. */
struct load_account {
	counter answered;
	counter aborted;	/* by the server, at the client's wish */
	counter left;		/* before the server received the request */
	counter wrong;		/* anything that must not happen */
	counter pulses_begun;	/* about to be sent, and ... */
	counter pulses_sent;	/* ... sent: a kill can fall between the two */
	atomic_bool busy;	/* a request may be under way */
};

struct load {
	unsigned long requests;		/* how many there shall be */
	counter taken;			/* numbers given out */
	counter kills_left;
	counter killed;
	counter lives;
	counter failures;		/* clients that could not start, or ended badly */
	atomic_bool over[LOAD_LIVES];	/* ended, and nothing of it is left */
	pid_t server;
	int chid;
	struct load_account account[LOAD_LIVES][LOAD_THREADS];
};

/* What the server counts. */
struct load_tally {
	counter received;
	counter answered;	/* answers that reached their request, aborts included */
	counter unblocks;	/* unblock pulses */
	counter refused;	/* answers refused with ESRCH */
	counter accepted_late;	/* answers on purpose too late and yet accepted */
	counter disconnects;
	counter lost;		/* unblock requests without their pulse */
	counter faults;		/* calls that failed as they must not */
	counter pulses[LOAD_LIVES];
};

static inline void count(counter *c)
{
	atomic_fetch_add(c, 1);
}

/* What is left when all is over. */
struct load_result {
	unsigned long answered, aborted, left, cut_off;
	unsigned long orphans, stale;
	unsigned long wrong, lost, hangs, faults;
};

/* load_result.c */
unsigned long load_outcomes(const struct load *load);
bool load_result(const struct load *load, const struct load_tally *tally,
		 struct load_result *result);

/* load_server.c */
int server_open(struct load *load, struct load_tally *tally);
int server_start(void);
void server_drain(void);
void server_stop(void);
unsigned long server_doubled_pulses(void);

/* load_herd.c: runs in a process of its own and does not return */
void herd_run(struct load *load, pid_t parent);

/* load_client.c: likewise */
void client_run(struct load *load, int life, int herd, pid_t parent);

/* What a client writes to the herd. */
struct herd_note {
	int life;
	int finished;	/* or else: kill me */
};

/* A number's scrambled form: for choices, and to check a reply by. */
uint64_t load_mix(uint64_t x);

#endif /* QMSG_DEMO_LOAD_H */
