// SPDX-License-Identifier: GPL-2.0-only
/* S8.1, S8.4, S8.6, S8.7: what each kind of event does, to whom, and its errors. */
#include <poll.h>
#include <sys/signalfd.h>

#include "scene.h"

TEST_F(event, none)
{
	EXPECT_EQ(0, deliver(self, plain_event(QMSG_EVENT_NONE)));
	EXPECT_EQ(0, pulses(self));
}

/* S8.2: over the client's own connection. S8.3: before the answer, and after it. */
TEST_F(event, pulse)
{
	struct connection_view view;

	ASSERT_EQ(0, read_connection(self->p->pid, self->p->q, self->own_coid, &view));
	ASSERT_EQ(0, deliver(self, pulse_event(self->own_coid, 10, 5, 0x123456789abcULL)));
	ASSERT_EQ(0, take_pulse(self, 5));
	EXPECT_EQ(0x123456789abcULL, self->n->pulse.value);
	EXPECT_EQ(view.scoid, (unsigned int)self->n->pulse.scoid);
	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, deliver(self, pulse_event(self->own_coid, 10, 6, 1)));
	EXPECT_EQ(0, take_pulse(self, 6));
}

/* The client's number space: the same number here is something else. */
TEST_F(event, pulse_number_is_the_clients)
{
	int chid = qmsg_channel_create(self->q, 0), coid = 0, i;

	for (i = 0; i < 10 && coid != self->own_coid; i++)
		coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, deliver(self, pulse_event(self->own_coid, 10, 5, 0)));
	EXPECT_EQ(0, take_pulse(self, 5));
	EXPECT_EQ(0, expect_nothing(self->q, chid));
	/* And the server's number means nothing there. */
	for (i = 0; i < 10; i++)
		coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	EXPECT_EQ(-ESRCH, deliver(self, pulse_event(coid, 10, 5, 0)));
}

TEST_F(event, pulse_errors)
{
	int coid = self->own_coid, i;

	EXPECT_EQ(-EINVAL, deliver(self, pulse_event(coid, 10, -1, 0)));
	EXPECT_EQ(-EINVAL, deliver(self, pulse_event(coid, 10, 128, 0)));
	EXPECT_EQ(-EINVAL, deliver(self, pulse_event(coid, 0, 1, 0)));
	EXPECT_EQ(-EINVAL, deliver(self, pulse_event(coid, 256, 1, 0)));
	EXPECT_EQ(-EINVAL, deliver(self, pulse_event(coid, -2, 1, 0)));
	EXPECT_EQ(-ESRCH, deliver(self, pulse_event(coid + 100, 10, 1, 0)));
	EXPECT_EQ(-ESRCH, deliver(self, pulse_event(-1, 10, 1, 0)));
	EXPECT_EQ(-ESRCH, deliver(self, pulse_event(0, 10, 1, 0)));
	EXPECT_EQ(-ESRCH, deliver(self, pulse_event(INT32_MAX, 10, 1, 0)));
	/* S4.17, S4.21 */
	for (i = 0; i < 1024; i++)
		ASSERT_EQ(0, deliver(self, pulse_event(coid, 10, 1, i)));
	EXPECT_EQ(-EAGAIN, deliver(self, pulse_event(coid, 10, 1, i)));
	EXPECT_EQ(1024, pulses(self));
	/* S4.14 */
	ASSERT_EQ(0, peer_destroy(self->p, self->n->chid));
	EXPECT_EQ(-EBADF, deliver(self, pulse_event(coid, 10, 1, 0)));
	EXPECT_EQ(-EBADF, check(self, pulse_event(coid, 10, 1, 0)));
	ASSERT_EQ(0, peer_detach(self->p, coid));
	EXPECT_EQ(-ESRCH, deliver(self, pulse_event(coid, 10, 1, 0)));
}

/* Who delivers it pays for it. */
TEST_F(event, pulse_quota)
{
	ASSERT_EQ(0, write_param("user_pulses", 0));
	EXPECT_EQ(-EAGAIN, deliver(self, pulse_event(self->own_coid, 10, 1, 0)));
}

static int64_t attach_descriptor(void *arg)
{
	struct notified *n = arg;

	return qmsg_connect_attach(n->p->q, 0, n->chid, 30, 0);
}

static int64_t close_descriptor(void *arg)
{
	return close(((struct notified *)arg)->coid);
}

/* A connection that is a descriptor: by the number it has. */
TEST_F(event, pulse_over_a_descriptor)
{
	int fd = peer_call(self->p, attach_descriptor, self->n);

	ASSERT_LE(0, fd);
	self->n->coid = fd;
	/* Moved there by the library; it is known by the number it was used under. */
	struct client *c = client_new(self->p, fd);
	c->args.send_deadline = 0;
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, client_wait(c));
	ASSERT_EQ(0, deliver(self, pulse_event(fd, 10, 5, 0)));
	EXPECT_EQ(0, take_pulse(self, 5));
	ASSERT_EQ(0, peer_call(self->p, close_descriptor, self->n));
	EXPECT_EQ(-ESRCH, deliver(self, pulse_event(fd, 10, 5, 0)));
}

/* The sender is the client itself, the code SI_USER. */
TEST_F(event, signal)
{
	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL, SIGUSR1, 99, 0x1234567)));
	ASSERT_EQ(0, take_signal(self, 1));
	EXPECT_EQ(SIGUSR1, self->n->sig);
	EXPECT_EQ(SI_USER, self->n->code);
	EXPECT_EQ(self->p->pid, self->n->pid);
	EXPECT_EQ(0x1234567ULL, self->n->value);
}

TEST_F(event, signal_code)
{
	static const int codes[] = { SI_USER, SI_QUEUE, SI_TIMER, SI_MESGQ, -77, -128 };
	int i;

	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	ASSERT_EQ(0, answer(self));
	for (i = 0; i < (int)ARRAY_SIZE(codes); i++) {
		ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL_CODE, SIGRTMIN + 3,
							codes[i], i)));
		ASSERT_EQ(0, take_signal(self, i + 1));
		EXPECT_EQ(codes[i], self->n->code);
		EXPECT_EQ((unsigned int)i, self->n->value);
	}
}

TEST_F(event, signal_errors)
{
	static const int signals[] = { 0, -1, 65, 1000, INT32_MIN, INT32_MAX };
	static const int codes[] = { 1, 2, SI_KERNEL, SI_TKILL, INT32_MAX };
	size_t i;

	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		EXPECT_EQ(-EINVAL, deliver(self, signal_event(QMSG_EVENT_SIGNAL, signals[i], 0, 0)));
		EXPECT_EQ(-EINVAL, deliver(self, signal_event(QMSG_EVENT_SIGNAL_THREAD,
							      signals[i], 0, 0)));
	}
	for (i = 0; i < ARRAY_SIZE(codes); i++)
		EXPECT_EQ(-EINVAL, deliver(self, signal_event(QMSG_EVENT_SIGNAL_CODE, SIGUSR1,
							      codes[i], 0)));
	EXPECT_EQ(0, self->n->signals);
}

TEST_F(event, signal_thread)
{
	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL_THREAD, SIGUSR1, SI_QUEUE, 3)));
	ASSERT_EQ(0, take_signal(self, 1));
	EXPECT_EQ(self->c->w.tid, self->n->tid);
	EXPECT_EQ(SI_QUEUE, self->n->code);
	EXPECT_EQ(3U, self->n->value);
}

/* S5.14: not the thread that is REPLY-blocked, if there is another. */
TEST_F(event, signal_spares_the_blocked_thread)
{
	struct client *leader = client_new(self->p, self->coid);
	int64_t rcvid;

	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	ASSERT_EQ(0, answer(self));
	/* The first thread, which would have it otherwise. */
	ASSERT_EQ(0, client_send_in_leader(leader));
	rcvid = receive_soon(self->q, self->chid, &(char[64]){ 0 }, 64, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, deliver_to(self, rcvid, signal_event(QMSG_EVENT_SIGNAL, SIGUSR1, 0, 0)));
	ASSERT_EQ(0, take_signal(self, 1));
	EXPECT_EQ(self->c->w.tid, self->n->tid);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
	EXPECT_EQ(0, client_wait(leader));
	EXPECT_EQ(0, client_result(leader));
}

/* … but if there is none it is the unblock event that any signal is (T14). */
TEST_F(event, signal_to_blocked_threads)
{
	struct client *leader = client_new(self->p, self->coid);
	int64_t rcvid;

	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	ASSERT_EQ(0, client_send_in_leader(leader));
	rcvid = receive_soon(self->q, self->chid, &(char[64]){ 0 }, 64, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL, SIGUSR1, 0, 0)));
	ASSERT_EQ(0, take_signal(self, 1));
	EXPECT_TRUE(client_done(leader) != client_done(self->c) ||
		    wait_until(client_done(leader) != client_done(self->c)));
	qmsg_msg_reply(self->q, rcvid, 0, NULL, 0);
	qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0);
	EXPECT_EQ(0, client_wait(leader));
	EXPECT_EQ(0, client_wait(self->c));
}

static int64_t do_block(void *arg)
{
	sigset_t set;

	(void)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 3);
	return pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int64_t do_sigwait(void *arg)
{
	struct timespec limit = { 20, 0 };
	struct notified *n = arg;
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 3);
	atomic_store(&n->entered, 1);
	if (sigtimedwait(&set, &info, &limit) < 0)
		return -errno;
	n->value = (uintptr_t)info.si_value.sival_ptr;
	n->code = info.si_code;
	return info.si_signo;
}

/* A process whose threads all block the signal, and where one waits for it in its way. */
static void is_told(struct __test_metadata *_metadata, scene *self, int64_t (*waits)(void *))
{
	int64_t got;

	sigaddset(&self->c->w.blocked, SIGUSR1);
	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, worker_stop(&self->c->w));
	ASSERT_EQ(0, peer_call(self->p, do_block, self->n));
	ASSERT_EQ(0, peer_start(self->p, waits, self->n));
	ASSERT_TRUE(wait_until(atomic_load(&self->n->entered)));
	ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->p->pid, 'S'));
	ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL_CODE, SIGUSR1, SI_QUEUE, 42)));
	ASSERT_EQ(0, peer_wait(self->p, &got));
	EXPECT_EQ(SIGUSR1, got);
	EXPECT_EQ(42U, self->n->value);
}

TEST_F(event, signal_to_sigwaitinfo)
{
	is_told(_metadata, self, do_sigwait);
}

/* In a signalfd, as event loops do. */
static int64_t do_signalfd(void *arg)
{
	struct signalfd_siginfo info;
	struct notified *n = arg;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	atomic_store(&n->entered, 1);
	if (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 20000) != 1 ||
	    read(fd, &info, sizeof(info)) != sizeof(info))
		return -EIO;
	close(fd);
	n->value = info.ssi_ptr;
	return info.ssi_signo;
}

TEST_F(event, signal_to_signalfd)
{
	is_told(_metadata, self, do_signalfd);
}

/* … or does later, and it is not the first thread: with its value all the same. */
TEST_F(event, signal_to_sigwaitinfo_later)
{
	struct client *second;
	int i;

	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, worker_stop(&self->c->w));
	second = client_new(self->p, self->coid);
	sigaddset(&second->w.blocked, SIGUSR1);
	sigaddset(&second->w.blocked, SIGRTMIN + 3);
	second->args.send_deadline = 0;
	ASSERT_EQ(0, client_send(second));
	ASSERT_EQ(0, client_wait(second));
	ASSERT_EQ(0, peer_call(self->p, do_block, self->n));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL_CODE, SIGRTMIN + 3,
							SI_QUEUE, 42 + i)));
	EXPECT_EQ(1, task_signal_bit(self->p->pid, self->p->pid, "ShdPnd", SIGRTMIN + 3));
	EXPECT_EQ(0, task_signal_bit(self->p->pid, self->p->pid, "SigPnd", SIGRTMIN + 3));
	EXPECT_EQ(0, task_signal_bit(self->p->pid, second->w.tid, "SigPnd", SIGRTMIN + 3));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(SIGRTMIN + 3, peer_call(self->p, do_sigwait, self->n));
		EXPECT_EQ(42U + i, self->n->value);
		EXPECT_EQ(SI_QUEUE, self->n->code);
	}
	/* One that is not real-time is pending once. */
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL_CODE, SIGUSR1,
							SI_QUEUE, 7 + i)));
	EXPECT_EQ(SIGUSR1, peer_call(self->p, do_sigwait, self->n));
	EXPECT_EQ(7U, self->n->value);
	EXPECT_EQ(0, task_signal_bit(self->p->pid, self->p->pid, "ShdPnd", SIGUSR1));
	EXPECT_EQ(0, task_signal_bit(self->p->pid, self->p->pid, "SigPnd", SIGUSR1));
}

/* It is the process', whoever was to take it: here nobody does, because all are stopped. */
TEST_F(event, signal_is_the_process)
{
	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	ASSERT_EQ(0, peer_kill(self->p, SIGSTOP));
	ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->p->pid, 'T'));
	ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL_CODE, SIGUSR1, SI_QUEUE, 7)));
	ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL_THREAD, SIGUSR2, 0, 0)));
	EXPECT_EQ(1, task_signal_bit(self->p->pid, self->p->pid, "ShdPnd", SIGUSR1));
	EXPECT_EQ(0, task_signal_bit(self->p->pid, self->p->pid, "SigPnd", SIGUSR1));
	EXPECT_EQ(0, task_signal_bit(self->p->pid, self->c->w.tid, "SigPnd", SIGUSR1));
	EXPECT_EQ(0, task_signal_bit(self->p->pid, self->p->pid, "ShdPnd", SIGUSR2));
	EXPECT_EQ(1, task_signal_bit(self->p->pid, self->c->w.tid, "SigPnd", SIGUSR2));
	ASSERT_EQ(0, peer_kill(self->p, SIGCONT));
	EXPECT_EQ(0, take_signal(self, 2));
}

/* What somebody else has sent to one thread stays that thread's, and hides nothing. */
TEST_F(event, signal_beside_one_for_a_thread)
{
	struct client *second;

	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, worker_stop(&self->c->w));
	second = client_new(self->p, self->coid);
	sigaddset(&second->w.blocked, SIGUSR1);
	second->args.send_deadline = 0;
	ASSERT_EQ(0, client_send(second));
	ASSERT_EQ(0, client_wait(second));
	ASSERT_EQ(0, peer_call(self->p, do_block, self->n));
	ASSERT_EQ(0, send_signal(self->p->pid, self->p->pid, SIGUSR1));
	ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL_CODE, SIGUSR1, SI_QUEUE, 7)));
	EXPECT_EQ(1, task_signal_bit(self->p->pid, self->p->pid, "SigPnd", SIGUSR1));
	EXPECT_EQ(1, task_signal_bit(self->p->pid, self->p->pid, "ShdPnd", SIGUSR1));
	EXPECT_EQ(0, task_signal_bit(self->p->pid, second->w.tid, "SigPnd", SIGUSR1));
	EXPECT_EQ(SIGUSR1, peer_call(self->p, do_sigwait, self->n));
	/* The C library hides SI_TKILL. */
	EXPECT_EQ(SI_USER, self->n->code);
	EXPECT_EQ(SIGUSR1, peer_call(self->p, do_sigwait, self->n));
	EXPECT_EQ(SI_QUEUE, self->n->code);
	EXPECT_EQ(7U, self->n->value);
}

/* S8.8: any signal. */
TEST_F(event, signal_that_kills)
{
	int status;

	ASSERT_EQ(0, deliver(self, signal_event(QMSG_EVENT_SIGNAL, SIGKILL, 0, 0)));
	ASSERT_EQ(0, peer_reap(self->p, &status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	EXPECT_EQ(-ESRCH, deliver(self, signal_event(QMSG_EVENT_SIGNAL, SIGKILL, 0, 0)));
}

TEST_F(event, no_such_kind)
{
	unsigned int i;

	for (i = 7; i < 256; i++)
		EXPECT_EQ(-EINVAL, deliver(self, plain_event(i)));
	for (i = 8; i < 32; i++) {
		if (1U << i & (QMSG_EVENT_UPDATEABLE | QMSG_EVENT_CODE_UPDATEABLE))
			continue;
		EXPECT_EQ(-EINVAL, deliver(self, plain_event(1U << i)));
	}
}

/* S8.11: looked at, not done. */
TEST_F(event, check_has_no_effect)
{
	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	EXPECT_EQ(0, check(self, pulse_event(self->own_coid, 10, 5, 0)));
	EXPECT_EQ(0, check(self, signal_event(QMSG_EVENT_SIGNAL, SIGUSR1, 0, 0)));
	EXPECT_EQ(0, check(self, signal_event(QMSG_EVENT_SIGNAL_CODE, SIGKILL, 0, 0)));
	EXPECT_EQ(0, check(self, signal_event(QMSG_EVENT_SIGNAL_THREAD, SIGKILL, 0, 0)));
	EXPECT_EQ(0, check(self, plain_event(QMSG_EVENT_UNBLOCK)));
	EXPECT_EQ(0, check(self, plain_event(QMSG_EVENT_INTR)));
	EXPECT_EQ(-EINVAL, check(self, pulse_event(self->own_coid, 0, 5, 0)));
	EXPECT_EQ(-ESRCH, check(self, pulse_event(self->own_coid + 50, 10, 5, 0)));
	EXPECT_EQ(-EINVAL, check(self, signal_event(QMSG_EVENT_SIGNAL, 65, 0, 0)));
	EXPECT_EQ(-EINVAL, check(self, plain_event(7)));
	EXPECT_EQ(0, pulses(self));
	EXPECT_EQ(0, self->n->signals);
	EXPECT_FALSE(client_done(self->c));
	self->n->deadline = 0;
	EXPECT_EQ(-ETIMEDOUT, peer_call(self->p, do_intr_wait, self->n));
	ASSERT_EQ(0, answer(self));
	EXPECT_EQ(0, client_result(self->c));
}

/* S8.9: to this process itself. */
TEST_F(event, rcvid_0)
{
	int coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);

	ASSERT_EQ(0, deliver_to(self, 0, pulse_event(coid, 10, 3, 0)));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 3, NULL));
	EXPECT_EQ(-ESRCH, deliver_to(self, 0, pulse_event(coid + 50, 10, 3, 0)));
	EXPECT_EQ(0, deliver_to(self, 0, plain_event(QMSG_EVENT_INTR)));
	EXPECT_EQ(0, qmsg_intr_wait(self->q, 0));
	EXPECT_EQ(-ETIMEDOUT, qmsg_intr_wait(self->q, 0));
	EXPECT_EQ(0, deliver_to(self, 0, plain_event(QMSG_EVENT_UNBLOCK)));
	EXPECT_EQ(-ESRCH, qmsg_event_keep(self->q, 0));
}

/* S3.35: QMSG_PRIORITY_SELF is the client's, not the server's. */
TEST_F(event, pulse_priority_of_the_client)
{
	ASSERT_EQ(0, set_fifo_priority(0, 50));
	ASSERT_EQ(0, deliver(self, pulse_event(self->own_coid, QMSG_PRIORITY_SELF, 1, 0)));
	ASSERT_EQ(0, deliver(self, pulse_event(self->own_coid, 1, 2, 0)));
	ASSERT_EQ(0, set_fifo_priority(0, 0));
	EXPECT_EQ(0, take_pulse(self, 2));
	EXPECT_EQ(0, take_pulse(self, 1));
}

TEST_F(event, bad_ids)
{
	static const int64_t ids[] = { -1, INT64_MIN, INT64_MAX, 1, 0x7fffffff };
	struct qmsg_event none = plain_event(QMSG_EVENT_NONE);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		EXPECT_EQ(-ESRCH, qmsg_event_deliver(self->q, ids[i], &none));
		EXPECT_EQ(-ESRCH, qmsg_event_keep(self->q, ids[i]));
	}
	EXPECT_EQ(-ESRCH, qmsg_event_deliver(self->q, self->rcvid + 1, &none));
	EXPECT_EQ(-ESRCH, qmsg_event_deliver(self->q, self->rcvid - 1, &none));
	/* Another context's. */
	i = qmsg_open();
	EXPECT_EQ(-ESRCH, qmsg_event_deliver(i, self->rcvid, &none));
	close(i);
}

TEST_F(event, feature)
{
	struct qmsg_query query = { 0 };

	ASSERT_EQ(0, qmsg_query(self->q, &query));
	EXPECT_EQ(QMSG_FEATURE_EVENT, query.out_features & QMSG_FEATURE_EVENT);
}

TEST_HARNESS_MAIN
