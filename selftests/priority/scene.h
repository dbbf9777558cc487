/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Server threads that do one thing each time they are told to, clients of a priority, and
 * a view of what the scheduler makes of them.
 */
#ifndef SCENE_H
#define SCENE_H

#include "kselftest_harness.h"
#include "qmsg_test.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define RESET	0x01	/* SCHED_FLAG_RESET_ON_FORK */

/* The libc has none, and its struct sched_param is in the way of the kernel's header. */
struct sched_attr {
	uint32_t size, sched_policy;
	uint64_t sched_flags;
	int32_t sched_nice;
	uint32_t sched_priority;
	uint64_t sched_runtime, sched_deadline, sched_period;
};

FIXTURE(priority) {
	struct peer *me;
	int q;
	int chid;
};

FIXTURE_SETUP(priority)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create(self->q, 0);
	ASSERT_LT(0, self->chid);
}

/* The test's process is over, and so is everything it had. */
FIXTURE_TEARDOWN_PARENT(priority)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

typedef FIXTURE_DATA(priority) scene;

/* ---- what the scheduler says ---- */

static inline struct sched_attr attr_of(pid_t tid)
{
	struct sched_attr attr = { 0 };

	if (syscall(SYS_sched_getattr, tid, &attr, sizeof(attr), 0))
		attr.sched_policy = ~0u;
	return attr;
}

static inline int set_attr(pid_t tid, int policy, int priority, int nice, uint64_t flags)
{
	struct sched_attr attr = {
		.size = sizeof(attr), .sched_policy = policy, .sched_priority = priority,
		.sched_nice = nice, .sched_flags = flags,
	};

	return syscall(SYS_sched_setattr, tid, &attr, 0) ? -errno : 0;
}

static inline bool runs_as(pid_t tid, int policy, int priority)
{
	struct sched_attr attr = attr_of(tid);

	return (int)attr.sched_policy == policy && (int)attr.sched_priority == priority;
}

/* The kernel changes it in other threads' calls, so a test waits for it. */
static inline int wait_for_sched(pid_t tid, int policy, int priority)
{
	if (wait_until(runs_as(tid, policy, priority)))
		return 0;
	fprintf(stderr, "# thread %d: waited for policy %d priority %d, last seen %u %u\n", tid,
		policy, priority, attr_of(tid).sched_policy, attr_of(tid).sched_priority);
	return -ETIMEDOUT;
}

#define EXPECT_FIFO(s, priority) EXPECT_EQ(0, wait_for_sched((s)->w.tid, SCHED_FIFO, priority))
#define EXPECT_OWN(s) EXPECT_EQ(0, wait_for_sched((s)->w.tid, SCHED_OTHER, 0))

/* ---- a server thread ---- */

struct server {
	struct worker w;
	int64_t (*step)(struct server *s);
	int chid;
	unsigned int flags;	/* QMSG_RECEIVE_* */
	uint64_t deadline;
	int64_t rcvid;		/* of what it received last, or for the step to use */
	int coid;
	int priority;
	int64_t ret;
	union {
		struct qmsg_pulse pulse;
		char bytes[CLIENT_BYTES];
	} buf;
};

static inline void run_step(struct worker *w)
{
	struct server *s = (struct server *)w;

	s->ret = s->step(s);
}

/* A pulse of a thread that is real-time for as long as it takes to send it. */
static inline int send_real_time(scene *self, int coid, int priority, int code, uint64_t value)
{
	int err = set_fifo_priority(this_tid(), 1) ?:
		  qmsg_pulse_send(self->q, coid, priority, code, value);

	return set_fifo_priority(this_tid(), 0) ?: err;
}

/* A thread of @p that has not received yet; its own scheduling may be set now. */
static inline int64_t step_nothing(struct server *s)
{
	(void)s;
	return 0;
}

static inline int go(struct server *s, int64_t (*step)(struct server *))
{
	s->step = step;
	return worker_go(&s->w);
}

/* What the step returned. */
static inline int64_t step(struct server *s, int64_t (*what)(struct server *))
{
	int err = go(s, what) ?: worker_wait(&s->w);

	return err ?: s->ret;
}

static inline struct server *server_new(struct peer *p, int chid)
{
	struct server *s = shared_alloc(sizeof(*s));

	s->w.peer = p;
	s->w.run = run_step;
	s->chid = chid;
	s->deadline = QMSG_NO_DEADLINE;
	return step(s, step_nothing) ? NULL : s;
}

static inline int64_t step_receive(struct server *s)
{
	struct qmsg_msg_receive args = receive_args(s->chid, &s->buf, sizeof(s->buf), NULL);
	int err;

	args.flags = s->flags;
	args.deadline = s->deadline;
	err = qmsg_msg_receive_with(s->w.peer->q, &args);
	if (!err)
		s->rcvid = args.out_rcvid;
	return err;
}

/* Receives if there is something: 0 or -ETIMEDOUT. */
static inline int64_t step_look(struct server *s)
{
	uint64_t old = s->deadline;
	int64_t ret;

	s->deadline = 0;
	ret = step_receive(s);
	s->deadline = old;
	return ret;
}

static inline int64_t step_reply(struct server *s)
{
	return qmsg_msg_reply(s->w.peer->q, s->rcvid, 0, NULL, 0);
}

static inline int64_t step_current(struct server *s)
{
	return qmsg_msg_current(s->w.peer->q, s->rcvid);
}

static inline int64_t step_pulse(struct server *s)
{
	return qmsg_pulse_send(s->w.peer->q, s->coid, s->priority, 7, 7);
}

static inline int64_t step_send(struct server *s)
{
	return qmsg_msg_send(s->w.peer->q, s->coid, "", 1, NULL, 0);
}

/* RECEIVE-blocked on its channel. */
static inline int server_block(struct server *s)
{
	struct peer *p = s->w.peer;
	long before = read_channel(p->pid, p->q, s->chid, "receivers");
	int err = before < 0 ? before : go(s, step_receive);

	return err ?: wait_for_channel(p->pid, p->q, s->chid, "receivers", before + 1);
}

/* ---- clients ---- */

static inline struct client *client_of(scene *self, int chid, int priority)
{
	struct client *c = client_connect(self->me, 0, chid);

	if (c)
		c->w.priority = priority;
	return c;
}

/* SEND-blocked. */
static inline struct client *queued(scene *self, int chid, int priority)
{
	struct client *c = client_of(self, chid, priority);

	return !c || client_send(c) || wait_for_client(c, "SEND") ? NULL : c;
}

/* A new server thread that has received the message of a new client of @priority. */
static inline struct server *busy(scene *self, int chid, int priority)
{
	struct server *s = server_new(self->me, chid);

	return !s || !queued(self, chid, priority) || step(s, step_receive) ? NULL : s;
}

static inline int answer(scene *self, struct server *s)
{
	return qmsg_msg_reply(self->q, s->rcvid, 0, NULL, 0);
}

/* Somebody who may do nothing. */
static inline int64_t become_nobody(void *unused)
{
	struct rlimit none = { 0, 0 };

	(void)unused;
	if (setrlimit(RLIMIT_RTPRIO, &none) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		return -errno;
	/* That was forgotten with the ids. */
	die_with_parent(getppid());
	return 0;
}

#endif
