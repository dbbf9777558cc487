/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A crowd: client processes with several threads each, hit by signals, reply deadlines,
 * siblings that detach the connection, and kills, against a server of several threads
 * that answers promptly, late, twice, or when asked. Every request has a number and an
 * entry in a shared book.
 *
 * Include after kselftest_harness.h.
 */
#ifndef QMSG_CROWD_H
#define QMSG_CROWD_H

#include "../races/book.h"
#include "../races/race.h"

#define CROWD_PROCESSES	3
#define CROWD_THREADS	2	/* senders of a process; a third detaches and attaches */
#define CROWD_SERVERS	4

struct crowd_process {
	pid_t pid;
	_Atomic pid_t tid[CROWD_THREADS];
	_Atomic unsigned int number[CROWD_THREADS];	/* being sent; 0: none */
};

/* A number has several receive ids when its client was told to restart. */
struct crowd_id {
	_Atomic int64_t rcvid;		/* 0: free */
	_Atomic unsigned int number;	/* soon after */
};

/* All of it is shared by the server and the clients. */
struct crowd {
	unsigned int flags;
	unsigned int requests;
	pid_t server;
	int chid;
	struct race_step issued;	/* numbers given out */
	_Atomic unsigned int strange;
	_Atomic bool over;		/* no more trouble, the clients run out */
	struct crowd_process process[CROWD_PROCESSES];
	struct crowd_id *id;		/* every receive id there was, by its hash */
	unsigned int ids;		/* places there; a power of two */
	struct tally tally;
	struct entry book[];
};

static inline struct crowd *crowd_new(unsigned int flags, unsigned int requests)
{
	struct crowd *c = shared_alloc(sizeof(*c) + sizeof(struct entry) * (requests + 1));

	c->flags = flags;
	c->requests = requests;
	c->server = getpid();
	for (c->ids = 64; c->ids < 2 * requests; c->ids *= 2)
		;
	c->id = shared_alloc(sizeof(*c->id) * c->ids);
	return c;
}

static inline void crowd_free(struct crowd *c)
{
	shared_free(c->id, sizeof(*c->id) * c->ids);
	shared_free(c, sizeof(*c) + sizeof(struct entry) * (c->requests + 1));
}

static inline void crowd_strange(struct crowd *c, const char *what, int64_t value)
{
	if (atomic_fetch_add(&c->strange, 1) < 5)
		printf("# strange: %s %lld\n", what, (long long)value);
}

/* The place of a receive id, or the free one where it would be. */
static inline struct crowd_id *crowd_place(struct crowd *c, int64_t rcvid)
{
	unsigned int at = (uint64_t)rcvid * 0x9e3779b97f4a7c15ULL >> 32;
	int64_t there;

	while ((there = atomic_load(&c->id[at & (c->ids - 1)].rcvid)) && there != rcvid)
		at++;
	return &c->id[at & (c->ids - 1)];
}

static inline void crowd_write_down(struct crowd *c, unsigned int number, int64_t rcvid)
{
	struct crowd_id *id;
	int64_t there;

	do {
		id = crowd_place(c, rcvid);
		there = 0;
		if (atomic_compare_exchange_strong(&id->rcvid, &there, rcvid)) {
			atomic_store(&id->number, number);
			return;
		}
	} while (there != rcvid);
	crowd_strange(c, "a second message under the id", rcvid);
}

/* ------------------------------------------------------------------ clients */

/* What one client process knows of itself. */
struct crowd_client {
	struct crowd *c;
	struct crowd_process *self;
	int q;
	_Atomic unsigned int epoch;	/* odd while the connection is being replaced */
	_Atomic int coid;
	_Atomic unsigned int threads;
};

static inline unsigned int crowd_next(struct crowd *c)
{
	unsigned int number = atomic_fetch_add(&c->issued.at, 1) + 1;

	syscall(SYS_futex, &c->issued.at, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	return number;
}

/* Mostly not with a connection that is just being replaced. */
static inline unsigned int crowd_epoch(struct crowd_client *me)
{
	unsigned int epoch;

	while ((epoch = atomic_load(&me->epoch)) % 2 && race_random() % 64)
		sched_yield();
	return epoch;
}

static inline void crowd_send(struct crowd_client *me, unsigned int number)
{
	struct entry *e = &me->c->book[number];
	struct note note = { .number = number }, back = { 0 };
	unsigned int epoch = crowd_epoch(me);
	struct qmsg_msg_send send = send_args(atomic_load(&me->coid), &note, note_len(number),
					      &back, sizeof(back));
	int handled = race_handled, ret;

	if (!(race_random() % 8))
		send.reply_deadline = now_ns() + race_random() % 1000000;
	ret = qmsg_msg_send_with(me->q, &send);
	if (send.reply_deadline != QMSG_NO_DEADLINE || race_handled != handled ||
	    epoch % 2 || atomic_load(&me->epoch) != epoch)
		atomic_store(&e->asked, 1);
	book_outcome(e, number, ret, &send, &back);
}

static inline void *crowd_sender(void *arg)
{
	struct crowd_client *me = arg;
	unsigned int i = atomic_fetch_add(&me->threads, 1), number;

	atomic_store(&me->self->tid[i], this_tid());
	while ((number = crowd_next(me->c)) <= me->c->requests) {
		atomic_store(&me->self->number[i], number);
		crowd_send(me, number);
		atomic_store(&me->self->number[i], 0);
	}
	return NULL;
}

/* The sibling: takes the connection from under the senders and makes another one. */
static inline void crowd_reattach(struct crowd_client *me)
{
	int coid = atomic_load(&me->coid);

	atomic_fetch_add(&me->epoch, 1);
	if (qmsg_connect_detach(me->q, coid))
		crowd_strange(me->c, "detaching coid", coid);
	coid = qmsg_connect_attach(me->q, me->c->server, me->c->chid, QMSG_SIDE_CHANNEL, 0);
	if (coid < 0)
		crowd_strange(me->c, "attaching returned", coid);
	atomic_store(&me->coid, coid);
	atomic_fetch_add(&me->epoch, 1);
}

static inline int crowd_client(void *arg)
{
	struct crowd_client *me = arg;
	struct crowd *c = me->c;
	pthread_t sender[CROWD_THREADS];

	me->q = qmsg_open();
	me->coid = qmsg_connect_attach(me->q, c->server, c->chid, QMSG_SIDE_CHANNEL, 0);
	race_catch(SIGUSR1, SA_RESTART);
	for (int i = 0; i < CROWD_THREADS; i++)
		pthread_create(&sender[i], NULL, crowd_sender, me);
	while (!atomic_load(&c->over)) {
		race_await(&c->issued, atomic_load(&c->issued.at) + 50 + race_random() % 100);
		crowd_reattach(me);
	}
	for (int i = 0; i < CROWD_THREADS; i++)
		pthread_join(sender[i], NULL);
	return 0;
}

static inline void crowd_fork(struct crowd *c, struct crowd_process *p)
{
	struct crowd_client me = { .c = c, .self = p };

	for (int i = 0; i < CROWD_THREADS; i++) {
		atomic_store(&p->tid[i], 0);
		atomic_store(&p->number[i], 0);
	}
	p->pid = fork_child(crowd_client, &me);
}

#endif /* QMSG_CROWD_H */
