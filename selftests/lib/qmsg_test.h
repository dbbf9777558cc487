/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the selftests share: waiting for states instead of sleeping, threads and
 * processes that send and receive on request, signals that are counted, a view of
 * fdinfo and of the module's counters.
 *
 * A test includes kselftest_harness.h first and then this file. Nothing in here
 * ends a test: every helper returns 0 or -errno and the test asserts. A wait that
 * gives up returns -ETIMEDOUT after having said on stderr what it last saw.
 */
#ifndef QMSG_TEST_H
#define QMSG_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <qmsg.h>

/* An emulated sanitizer kernel needs more than the harness's 30 seconds. */
#ifdef TEST_TIMEOUT_DEFAULT
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 90
#endif
/* Seconds for a test that "make soak" runs beside others. */
#define IN_COMPANY 600

/* ---- limits.c: time, and waiting with a limit ---- */

uint64_t now_ns(void);				/* CLOCK_MONOTONIC */
uint64_t deadline_in_ms(uint64_t ms);		/* for the *deadline members */
struct timespec timespec_in_ms(uint64_t ms);	/* the same as a struct timespec */
unsigned int wait_limit_ms(void);		/* QMSG_WAIT_MS, default 20000 */
int rounds(int fallback);			/* QMSG_ROUNDS, for tests that hammer */
int few_rounds(int n);				/* n, more in "make stress": for slow rounds */

struct backoff {
	uint64_t give_up;
	unsigned int turn;
};

struct backoff backoff_start(void);		/* give up after wait_limit_ms() */
bool backoff_pause(struct backoff *b);		/* yield or nap; false: the limit is over */

/* True as soon as cond is; false when the limit is over and it never was. */
#define wait_until(cond) ({						\
	struct backoff _b = backoff_start();				\
	bool _ok;							\
	while (!(_ok = (cond)) && backoff_pause(&_b))			\
		;							\
	_ok; })

/* ---- shared.c: memory that all processes of a test see ---- */

void *shared_alloc(size_t size);		/* zeroed; also seen by children forked before; aborts if none */
void shared_free(void *ptr, size_t size);	/* not needed at the end of a test */

/* ---- process.c: children and tasks ---- */

/* A child that dies with its parent. It exits with what @fn returns. -errno on failure. */
pid_t fork_child(int (*fn)(void *), void *arg);
void die_with_parent(pid_t parent);		/* in a child that was forked by other means */
int reap(pid_t pid, int *status);		/* waits within the limit; status may be NULL */
bool is_reapable(pid_t pid);			/* it has ended; leaves it to be reaped */
char task_state(pid_t pid, pid_t tid);		/* R S D T t Z X as in /proc, 0: no such task */
int wait_for_task_state(pid_t pid, pid_t tid, char state);
/* Bit of @sig in SigPnd, ShdPnd, SigBlk, SigIgn or SigCgt of a task; -errno. */
int task_signal_bit(pid_t pid, pid_t tid, const char *set, int sig);
pid_t this_tid(void);
int send_signal(pid_t pid, pid_t tid, int sig);	/* tgkill; -errno */
int set_fifo_priority(pid_t tid, int priority);	/* 0: back to SCHED_OTHER; -errno */

/* ---- fdinfo.c: /proc/PID/fdinfo/FD of a context ---- */

struct request_view {
	unsigned int coid;
	pid_t tid;
	char state[16];		/* SEND REPLY REPLY+R REPLY+K ORPHAN */
	int priority;
	unsigned int reasons;	/* QMSG_UNBLOCK_* */
};

struct connection_view {
	unsigned int coid;
	pid_t pid;
	int chid;
	unsigned int scoid;
	int dead;
};

/* 0, -ENOENT if there is no such line (or process), -errno */
int read_request(pid_t pid, int fd, pid_t tid, struct request_view *out);
int read_connection(pid_t pid, int fd, unsigned int coid, struct connection_view *out);
/* Value of chid= flags= queued= pulses= receivers= received= orphans=; -ENOENT: no channel */
long read_channel(pid_t pid, int fd, int chid, const char *field);
/* Value of clock= running= interval= expiries=; -ENOENT: no such timer */
long read_timer(pid_t pid, int fd, int id, const char *field);
int count_connections(pid_t pid, int fd);

/* @state as in struct request_view, or "NONE" for no request of that thread */
int wait_for_request_state(pid_t pid, int fd, pid_t tid, const char *state);
int wait_for_request_reasons(pid_t pid, int fd, pid_t tid, unsigned int reasons);
int wait_for_channel(pid_t pid, int fd, int chid, const char *field, long value);

/* ---- module.c: parameters and counters ---- */

long read_param(const char *name);		/* -errno below -1: see errno */
int write_param(const char *name, long value);	/* the old value is kept ... */
void restore_params(void);			/* ... and put back (for FIXTURE_TEARDOWN) */
long long object_count(const char *name);	/* of /sys/kernel/debug/qmsg/objects; -1: none such */
/* Both say nothing, and 0, where other programs run beside this one ("make soak"). */
int wait_for_object_count(const char *name, long long value);
int wait_for_no_objects(void);			/* every counter is 0 */

/* ---- peer.c: a process that does what the test tells it ---- */

/* Lives in shared memory; so must what @arg points to. */
struct peer {
	pid_t pid;		/* as its creator sees it */
	int q;			/* its context, -1: none open */
	atomic_int handled;	/* signals counted in this process */
	atomic_int ended;	/* its own view: told to end */
	sem_t go;
	int64_t (*fn)(void *arg);
	void *arg;
	int64_t result;
	atomic_int started;
	atomic_int finished;
};

struct peer *peer_self(void);			/* this process: calls run in the caller */
struct peer *peer_fork(void);			/* a child, dies with its parent; NULL */
struct peer *peer_fork_in(int clone_flags);	/* in new namespaces: CLONE_NEWPID, CLONE_NEWUSER ... */
bool peer_is_self(const struct peer *p);

/* Run @fn(@arg) in the peer's first thread. -ETIMEDOUT: it did not come back. */
int64_t peer_call(struct peer *p, int64_t (*fn)(void *), void *arg);
int peer_start(struct peer *p, int64_t (*fn)(void *), void *arg);
int peer_wait(struct peer *p, int64_t *result);

int peer_open(struct peer *p);			/* open its context: p->q, or -errno */
int peer_close(struct peer *p, int fd);
int peer_channel(struct peer *p, unsigned int flags);		/* chid or -errno */
int peer_channel_grace(struct peer *p, unsigned int flags, unsigned int grace_ms);
int peer_destroy(struct peer *p, int chid);
int peer_attach(struct peer *p, pid_t pid, int chid, unsigned int index, unsigned int flags);
int peer_detach(struct peer *p, int coid);

int peer_handle(struct peer *p, int sig, int sa_flags);	/* count it (peer and client) */
int peer_ignore(struct peer *p, int sig);
int peer_default(struct peer *p, int sig);

int peer_kill(struct peer *p, int sig);		/* process-directed */
int peer_reap(struct peer *p, int *status);	/* it is expected to end */
int peer_end(struct peer *p);			/* _exit(0) in its first thread, and reap */

/* ---- worker.c: a thread of a peer that does one thing per go ---- */

struct worker {
	struct peer *peer;
	void (*run)(struct worker *w);
	sem_t go;
	pid_t tid;		/* as the test sees it */
	atomic_int posted;
	atomic_int entered;
	atomic_int done;
	bool created;
	bool stop;
	/* set before the first go */
	sigset_t blocked;	/* signals masked in the thread */
	int priority;		/* SCHED_FIFO priority, 0: SCHED_OTHER */
	/* counted by the handlers of peer_handle() */
	atomic_int handled;
	int last_signal;
	int handled_at_return;	/* as it was when the last call returned */
};

int worker_go(struct worker *w);		/* creates the thread if need be; it is about to run */
int worker_go_in_leader(struct worker *w);	/* in the peer's first thread, which is busy meanwhile */
int worker_wait(struct worker *w);		/* it has returned from every go */
bool worker_is_done(struct worker *w);
int worker_signal(struct worker *w, int sig);	/* thread-directed */
int worker_stop(struct worker *w);		/* ends the thread (it must be idle) */

/* ---- client.c: a thread that sends ---- */

#define CLIENT_BYTES 256

struct client {
	struct worker w;
	struct qmsg_msg_send args;	/* everything can be changed before a send */
	int ret;			/* of the last one: 0 or -errno */
	char message[CLIENT_BYTES];	/* what args point to unless changed */
	char reply[CLIENT_BYTES];	/* filled with CLIENT_FILL by client_new() */
};

#define CLIENT_FILL 0x5a

struct client *client_new(struct peer *p, int coid);	/* message "ping", room for 256 bytes */
void client_free(struct client *c);			/* stops an idle thread, frees */
int client_send(struct client *c);			/* does not wait for the answer */
int client_send_in_leader(struct client *c);
int client_wait(struct client *c);			/* it has returned */
bool client_done(struct client *c);
int client_signal(struct client *c, int sig);
/* What qmsg_msg_send() would have returned: status, -out_error or -errno */
int64_t client_result(const struct client *c);
int wait_for_client(struct client *c, const char *state);
/* Attach in @p to the channel, make a client of it. NULL on failure. */
struct client *client_connect(struct peer *p, pid_t pid, int chid);
/* client_connect(), send and wait until it is SEND-blocked. */
struct client *client_blocked(struct peer *p, pid_t pid, int chid);
/* Send, receive it on @q and @chid: it is REPLY-blocked. @info may be NULL; rcvid or -errno. */
int64_t client_send_received(struct client *c, int q, int chid, struct qmsg_msg_info *info);

/* ---- receiver.c: threads that receive ---- */

struct receiver {
	struct worker w;
	struct qmsg_msg_receive args;
	int ret;			/* 0 or -errno */
	struct qmsg_msg_info info;
	union {
		struct qmsg_pulse pulse;
		char bytes[CLIENT_BYTES];
	} buf;
};

struct receiver *receiver_new(struct peer *p, int chid);
void receiver_free(struct receiver *r);
int receiver_go(struct receiver *r);			/* does not wait */
int receiver_go_blocked(struct receiver *r);		/* ... waits until it is RECEIVE-blocked */
int receiver_wait(struct receiver *r);
int64_t receiver_result(const struct receiver *r);	/* rcvid, 0 for a pulse, -errno */

/* Receive what is there now: rcvid, 0 for a pulse, -ETIMEDOUT for nothing (S7.11). */
int64_t receive_now(int q, int chid, void *buf, size_t len, struct qmsg_msg_info *info);
/* Receive, waiting within the limit. */
int64_t receive_soon(int q, int chid, void *buf, size_t len, struct qmsg_msg_info *info);
/* The next thing is a pulse with @code (0), another thing (-EBADMSG), or nothing (-errno). */
int expect_pulse(int q, int chid, int code, struct qmsg_pulse *out);
/* Nothing is there: 0. */
int expect_nothing(int q, int chid);

/* ---- echo.c: a server that answers everything ---- */

struct echo {
	struct worker w;
	int chid;
	atomic_int served;
	atomic_int unblocked;
	atomic_int disconnected;
};

/*
 * Replies the message itself with its length as status, answers unblock pulses of
 * requests it does not have with MsgError(-1), detaches scoids. Ends with the channel.
 */
struct echo *echo_start(struct peer *p, int chid);
int echo_join(struct echo *e);				/* after the channel was destroyed */

/* ---- dying.c: a server process in the middle of its death (S1.30 j) ---- */

struct dying {
	struct peer *peer;		/* the server; killed by dying_begin() */
	int chid;			/* its channel */
	int holder_chid;		/* the caller's channel that keeps it from going */
	int64_t holder_rcvid;
	struct client *holder;
};

/* A server process with a channel of @flags; the holder's channel is made in context @q. */
struct dying *dying_new(int q, unsigned int flags);
int dying_begin(struct dying *d);	/* killed, but one thread is held: group exit has begun */
int dying_end(struct dying *d, int q);	/* answer the holder; the process is gone and reaped */

/* ---- raw.c: without the library ---- */

int raw_ioctl(int fd, unsigned long request, void *arg);	/* what it returned, or -errno */
int raw_send(int q, struct qmsg_msg_send *args);
struct qmsg_msg_send send_args(int coid, const void *smsg, size_t slen, void *rmsg, size_t rlen);
struct qmsg_msg_receive receive_args(int chid, void *buf, size_t len, struct qmsg_msg_info *info);
void *unmapped_page(void);		/* an address at which nothing is mapped */
void *edge_page(size_t before);		/* @before good bytes in front of an unmapped page */

#endif
