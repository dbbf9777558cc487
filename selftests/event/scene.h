/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A server, this process, and a client, another one, that has a channel of its own to be
 * notified on and a thread that has sent a message.
 */
#ifndef SCENE_H
#define SCENE_H

#include "kselftest_harness.h"
#include "qmsg_test.h"

/* What the client's side does and sees; shared. */
struct notified {
	struct peer *p;
	int chid;			/* its own channel */
	atomic_int signals;		/* handled */
	atomic_int sig, code, pid, tid;	/* of the last */
	atomic_ullong value;
	struct qmsg_pulse pulse;
	struct qmsg_event ev;
	int coid;
	uint32_t handle;
	uint64_t deadline;
	atomic_int entered;
};

FIXTURE(event) {
	int q;
	int chid;
	struct notified *n;
	struct peer *p;			/* the client */
	struct client *c;
	int own_coid;			/* its connection to its own channel */
	int coid;			/* … and to the server's */
	int64_t rcvid;			/* its request, not answered */
	struct qmsg_msg_info info;
};

typedef FIXTURE_DATA(event) scene;

/* A client on @chid: 0, or what went wrong. */
static inline int client_begin(scene *s, int chid)
{
	s->n = shared_alloc(sizeof(*s->n));
	s->p = peer_fork();
	if (!s->p || peer_open(s->p) < 0)
		return -1;
	s->n->p = s->p;
	s->n->chid = peer_channel(s->p, 0);
	s->own_coid = peer_attach(s->p, 0, s->n->chid, QMSG_SIDE_CHANNEL, 0);
	s->coid = peer_attach(s->p, getpid(), chid, QMSG_SIDE_CHANNEL, 0);
	if (s->own_coid < 0 || s->coid < 0)
		return -2;
	s->c = client_new(s->p, s->coid);
	s->rcvid = client_send_received(s->c, s->q, chid, &s->info);
	return s->rcvid > 0 ? 0 : -3;
}

FIXTURE_SETUP(event)
{
	self->q = qmsg_open();
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create_with(self->q, &(struct qmsg_channel_create){
		.mode = 0222, .flags = QMSG_CHF_FIXED_PRIORITY });
	ASSERT_LT(0, self->chid);
	ASSERT_EQ(0, client_begin(self, self->chid));
}

FIXTURE_TEARDOWN(event)
{
	restore_params();
	close(self->q);
}

static inline struct qmsg_event pulse_event(int coid, int priority, int code, uint64_t value)
{
	return (struct qmsg_event){
		.notify = QMSG_EVENT_PULSE,
		.id = coid,
		.code = code,
		.priority = priority,
		.value = value,
	};
}

static inline struct qmsg_event signal_event(int notify, int sig, int code, uint64_t value)
{
	return (struct qmsg_event){
		.notify = notify, .id = sig, .code = code, .value = value,
	};
}

static inline struct qmsg_event plain_event(int notify)
{
	return (struct qmsg_event){ .notify = notify };
}

static inline struct qmsg_event handle_event(uint32_t handle, int code, uint64_t value)
{
	return (struct qmsg_event){
		.notify = QMSG_EVENT_HANDLE, .id = handle, .code = code, .value = value,
	};
}

static inline int deliver(scene *s, struct qmsg_event ev)
{
	return qmsg_event_deliver(s->q, s->rcvid, &ev);
}

static inline int check(scene *s, struct qmsg_event ev)
{
	return qmsg_event_check(s->q, s->rcvid, &ev);
}

static inline int deliver_to(scene *s, int64_t rcvid, struct qmsg_event ev)
{
	return qmsg_event_deliver(s->q, rcvid, &ev);
}

static inline int answer(scene *s)
{
	int err = qmsg_msg_reply(s->q, s->rcvid, 0, NULL, 0);

	return err ? err : client_wait(s->c);
}

/* Another request of the same thread, answered: its id. */
static inline int64_t another(scene *s)
{
	int64_t rcvid = client_send_received(s->c, s->q, s->chid, NULL);
	int err = rcvid < 0 ? (int)rcvid : qmsg_msg_reply(s->q, rcvid, 0, NULL, 0);

	err = err ? err : client_wait(s->c);
	return err ? err : rcvid;
}

/* ---- in the client ---- */

static inline int64_t do_pulse(void *arg)
{
	struct notified *n = arg;

	return receive_soon(n->p->q, n->chid, &n->pulse, sizeof(n->pulse), NULL);
}

/* The client receives a pulse of @code. */
static inline int take_pulse(scene *s, int code)
{
	int64_t ret = peer_call(s->p, do_pulse, s->n);

	if (ret)
		return ret < 0 ? ret : -EBADMSG;
	return s->n->pulse.code == code ? 0 : -ENOMSG;
}

static inline long pulses(scene *s)
{
	return read_channel(s->p->pid, s->p->q, s->n->chid, "pulses");
}

static struct notified *handlers_notes;

static inline void note_signal(int sig, siginfo_t *info, void *context)
{
	struct notified *n = handlers_notes;

	(void)context;
	atomic_store(&n->sig, sig);
	atomic_store(&n->code, info->si_code);
	atomic_store(&n->pid, info->si_pid);
	atomic_store(&n->tid, this_tid());
	atomic_store(&n->value, (uintptr_t)info->si_value.sival_ptr);
	atomic_fetch_add(&n->signals, 1);
}

static inline int64_t do_handle(void *arg)
{
	struct sigaction sa = { .sa_sigaction = note_signal, .sa_flags = SA_SIGINFO };

	handlers_notes = arg;
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	return sigaction(SIGRTMIN + 3, &sa, NULL);
}

static inline int take_signal(scene *s, int nth)
{
	return wait_until(atomic_load(&s->n->signals) == nth) ? 0 : -ETIMEDOUT;
}

static inline int64_t do_register(void *arg)
{
	struct notified *n = arg;

	return qmsg_event_register(n->p->q, n->coid, &n->ev, &n->handle);
}

/* The client registers @ev for @coid; the handle or -errno. */
static inline int64_t registers(scene *s, int coid, struct qmsg_event ev)
{
	int64_t err;

	s->n->coid = coid;
	s->n->ev = ev;
	err = peer_call(s->p, do_register, s->n);
	return err ? err : s->n->handle;
}

static inline int64_t do_unregister(void *arg)
{
	struct notified *n = arg;

	return qmsg_event_unregister(n->p->q, n->handle);
}

static inline int64_t do_intr_wait(void *arg)
{
	struct notified *n = arg;

	atomic_store(&n->entered, 1);
	return qmsg_intr_wait(n->p->q, n->deadline);
}

#endif
