// SPDX-License-Identifier: GPL-2.0-only
/*
 * D1, D11, B19: a descriptor of a channel in poll(2) and epoll(7): message, pulse and hang-up
 * told apart, level and edge, one waiter of several, other threads and processes.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include "../hazards/hazard.h"

#define SIDE	QMSG_SIDE_CHANNEL
#define MESSAGE	(EPOLLIN | EPOLLRDNORM)
#define PULSE	(EPOLLIN | EPOLLPRI)
#define ALL	(EPOLLIN | EPOLLRDNORM | EPOLLPRI)

FIXTURE(poll) {
	struct peer *me, *other;
	int q, chid, fd;
	int coid;		/* ours, for pulses */
};

FIXTURE_SETUP(poll)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create(self->q, QMSG_CHF_DISCONNECT);
	ASSERT_LT(0, self->chid);
	self->coid = qmsg_connect_attach(self->q, 0, self->chid, SIDE, 0);
	ASSERT_LT(0, self->coid);
	self->fd = qmsg_channel_fd(self->q, self->chid, QMSG_CHANNEL_FD_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->other = peer_fork();
	ASSERT_NE(NULL, self->other);
	ASSERT_LE(0, peer_open(self->other));
}

FIXTURE_TEARDOWN_PARENT(poll)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

typedef FIXTURE_DATA(poll) scene;

/* What poll(2) says now. */
static int now(int fd)
{
	struct pollfd p = { .fd = fd, .events = ALL };
	int n = poll(&p, 1, 0);

	return n < 0 ? -errno : n ? p.revents : 0;
}

/* What poll(2) says within the limit. */
static int soon(int fd, int events)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, wait_limit_ms());

	return n < 0 ? -errno : n ? p.revents : -ETIMEDOUT;
}

static int epoll_with(int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) ? -errno : ep;
}

static int epoll_in(int ep, int ms)
{
	struct epoll_event ev;
	int n = epoll_wait(ep, &ev, 1, ms);

	return n < 0 ? -errno : n ? (int)ev.events : 0;
}

static int send_pulse(scene *s, int code)
{
	return qmsg_pulse_send(s->q, s->coid, 10, code, 0);
}

/* A message is queued: its client is SEND-blocked. */
static struct client *message(scene *s)
{
	return client_blocked(s->other, getpid(), s->chid);
}

/* Receives what is there and answers it: 1 for a message, 0 for a pulse, -errno. */
static int take(scene *s)
{
	char buf[CLIENT_BYTES];
	int64_t rcvid = receive_now(s->q, s->chid, buf, sizeof(buf), NULL);

	if (rcvid <= 0)
		return rcvid;
	return qmsg_msg_reply(s->q, rcvid, 0, NULL, 0) ?: 1;
}

/* ------------------------------------------------------------------ the descriptor */

TEST_F(poll, descriptor_flags)
{
	int keep = qmsg_channel_fd(self->q, self->chid, 0);
	struct qmsg_channel_fd args = { .size = sizeof(args), .chid = self->chid, .flags = 2 };

	EXPECT_EQ(FD_CLOEXEC, fcntl(self->fd, F_GETFD));
	EXPECT_EQ(0, fcntl(keep, F_GETFD));
	EXPECT_EQ(-EINVAL, raw_ioctl(self->q, QMSG_IOC_CHANNEL_FD, &args));
}

TEST_F(poll, no_such_channel)
{
	int other = qmsg_open();

	EXPECT_EQ(-ESRCH, qmsg_channel_fd(self->q, 77, 0));
	EXPECT_EQ(-ESRCH, qmsg_channel_fd(self->q, -1, 0));
	EXPECT_EQ(-ESRCH, qmsg_channel_fd(other, self->chid, 0));
}

/* What cannot be told leaves no descriptor behind. */
TEST_F(poll, bad_out_address)
{
	struct qmsg_channel_fd *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int lowest = fcntl(self->q, F_DUPFD, 0), again;

	close(lowest);
	ASSERT_NE(MAP_FAILED, args);
	*args = (struct qmsg_channel_fd){ .size = sizeof(*args), .chid = self->chid };
	ASSERT_EQ(0, mprotect(args, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, raw_ioctl(self->q, QMSG_IOC_CHANNEL_FD, args));
	again = fcntl(self->q, F_DUPFD, 0);
	EXPECT_EQ(lowest, again);
}

/* It is for waiting only. */
TEST_F(poll, nothing_else_works_on_it)
{
	char byte = 0;

	EXPECT_EQ(-1, read(self->fd, &byte, 1));
	EXPECT_EQ(-1, write(self->fd, &byte, 1));
	EXPECT_EQ(-1, ioctl(self->fd, QMSG_IOC_QUERY, &byte));
	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, self->fd, "x", 1, NULL, 0));
	EXPECT_EQ(-EBADF, qmsg_pulse_send(self->q, self->fd, 10, 1, 0));
}

/* ------------------------------------------------------------------ what is told */

TEST_F(poll, message_and_pulse_are_told_apart)
{
	struct client *c;

	EXPECT_EQ(0, now(self->fd));
	ASSERT_EQ(0, send_pulse(self, 1));
	EXPECT_EQ(PULSE, now(self->fd));
	c = message(self);
	ASSERT_NE(NULL, c);
	EXPECT_EQ(MESSAGE | PULSE, now(self->fd));
	ASSERT_EQ(0, take(self));
	EXPECT_EQ(MESSAGE, now(self->fd));
	ASSERT_EQ(1, take(self));
	EXPECT_EQ(0, now(self->fd));
	ASSERT_EQ(-ETIMEDOUT, take(self));
}

/* Every pulse counts, also those that the kernel sends and those that are counted (S4.5). */
TEST_F(poll, all_pulses)
{
	int coid = peer_attach(self->other, getpid(), self->chid, SIDE, 0);

	ASSERT_EQ(0, send_pulse(self, 1));
	ASSERT_EQ(0, send_pulse(self, 1));
	ASSERT_EQ(0, take(self));
	EXPECT_EQ(PULSE, now(self->fd));
	ASSERT_EQ(0, take(self));
	EXPECT_EQ(0, now(self->fd));
	ASSERT_EQ(0, peer_detach(self->other, coid));
	EXPECT_EQ(PULSE, now(self->fd));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	EXPECT_EQ(0, now(self->fd));
}

/* A message that MsgReceive could take: received or withdrawn it is none (D11). */
TEST_F(poll, message_withdrawn)
{
	struct client *c = message(self);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(MESSAGE, now(self->fd));
	ASSERT_EQ(0, peer_detach(self->other, c->args.coid));
	ASSERT_EQ(0, client_wait(c));
	/* the client's connection has gone with it */
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	EXPECT_EQ(0, now(self->fd));
}

TEST_F(poll, hang_up)
{
	struct client *c = message(self);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, send_pulse(self, 1));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(EPOLLHUP, now(self->fd));
	EXPECT_EQ(EPOLLHUP, soon(self->fd, 0));
	/* a new channel of that number is another one */
	EXPECT_EQ(self->chid, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(EPOLLHUP, now(self->fd));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
}

TEST_F(poll, select)
{
	struct timeval none = { 0 };
	fd_set in, ex;

	ASSERT_EQ(0, send_pulse(self, 1));
	FD_ZERO(&in);
	FD_SET(self->fd, &in);
	ex = in;
	EXPECT_EQ(2, select(self->fd + 1, &in, NULL, &ex, &none));
	EXPECT_TRUE(FD_ISSET(self->fd, &in) && FD_ISSET(self->fd, &ex));
}

/* ------------------------------------------------------------------ waiting */

struct waiter {
	struct worker w;
	int fd, events;		/* events: for poll; 0 with an epoll in fd */
	bool epoll;
	int result;
};

static void run_waiter(struct worker *w)
{
	struct waiter *x = (struct waiter *)w;

	x->result = x->epoll ? epoll_in(x->fd, wait_limit_ms()) : soon(x->fd, x->events);
}

/* An architecture that has no such calls: what the C library calls instead. */
#ifndef SYS_poll
#define SYS_poll	SYS_ppoll
#define SYS_epoll_wait	SYS_epoll_pwait
#endif

/* Off the CPU and in the call: the kernel makes sure of the former before it tells the latter. */
static bool is_asleep(const struct waiter *x)
{
	char path[64];
	long call = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/syscall", x->w.tid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (fscanf(f, "%ld", &call) != 1)
		call = -1;
	fclose(f);
	return call == (x->epoll ? SYS_epoll_wait : SYS_poll);
}

/* A thread that sleeps in poll(2), or with @epoll in epoll_wait(2). */
static struct waiter *wait_in(struct peer *p, int fd, int events, bool epoll)
{
	struct waiter *x = shared_alloc(sizeof(*x));

	*x = (struct waiter){ .w = { .peer = p, .run = run_waiter }, .fd = fd,
			      .events = events, .epoll = epoll };
	if (worker_go(&x->w) || !wait_until(is_asleep(x)))
		return NULL;
	return x;
}

static int woken(struct waiter *x)
{
	return worker_wait(&x->w) ?: x->result;
}

TEST_F(poll, wakes_for_a_message)
{
	struct waiter *any = wait_in(self->me, self->fd, ALL, false);
	struct waiter *only = wait_in(self->me, self->fd, EPOLLRDNORM, false);

	ASSERT_TRUE(any && only);
	ASSERT_NE(NULL, message(self));
	EXPECT_EQ(MESSAGE, woken(any));
	EXPECT_EQ(EPOLLRDNORM, woken(only));
}

TEST_F(poll, wakes_for_a_pulse)
{
	struct waiter *any = wait_in(self->me, self->fd, ALL, false);
	struct waiter *only = wait_in(self->me, self->fd, EPOLLPRI, false);

	ASSERT_TRUE(any && only);
	ASSERT_EQ(0, send_pulse(self, 1));
	EXPECT_EQ(PULSE, woken(any));
	EXPECT_EQ(EPOLLPRI, woken(only));
}

TEST_F(poll, wakes_for_the_end)
{
	struct waiter *any = wait_in(self->me, self->fd, ALL, false);
	struct waiter *none = wait_in(self->other, self->fd, 0, false);
	int ep = epoll_with(self->fd, EPOLLIN | EPOLLET);
	struct waiter *set = wait_in(self->me, ep, 0, true);

	ASSERT_TRUE(any && none && set);
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(EPOLLHUP, woken(any));
	EXPECT_EQ(EPOLLHUP, woken(none));
	EXPECT_EQ(EPOLLHUP, woken(set));
}

/* How often a task has gone to sleep. */
static long sleeps_of(pid_t tid)
{
	char path[64], line[128];
	long n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "voluntary_ctxt_switches: %ld", &n);
	if (f)
		fclose(f);
	return n;
}

/* It has slept all the time since @before. One that was woken is running, or has slept again. */
static bool slept_on(struct waiter *x, long before)
{
	return wait_until(is_asleep(x) || worker_is_done(&x->w)) &&
	       !worker_is_done(&x->w) && sleeps_of(x->w.tid) == before;
}

/* One message, received and answered: all that is done for it has been done. */
static int one_message(scene *s)
{
	struct client *c = message(s);
	int got = c ? take(s) : -ENOMEM;

	return got == 1 ? client_wait(c) : got ?: -EBADMSG;
}

TEST_F(poll, messages_do_not_wake_who_waits_for_pulses)
{
	int ep = epoll_with(self->fd, EPOLLPRI);
	struct waiter *p = wait_in(self->me, self->fd, EPOLLPRI, false);
	struct waiter *e = wait_in(self->me, ep, 0, true);
	long p_before, e_before;

	ASSERT_TRUE(p && e);
	p_before = sleeps_of(p->w.tid);
	e_before = sleeps_of(e->w.tid);
	for (int i = 0; i < 5; i++)
		ASSERT_EQ(0, one_message(self));
	EXPECT_TRUE(slept_on(p, p_before));
	EXPECT_TRUE(slept_on(e, e_before));
	ASSERT_EQ(0, send_pulse(self, 1));
	EXPECT_EQ(EPOLLPRI, woken(p));
	EXPECT_EQ(EPOLLPRI, woken(e));
}

TEST_F(poll, pulses_do_not_wake_who_waits_for_messages)
{
	struct waiter *p = wait_in(self->me, self->fd, EPOLLRDNORM, false);
	long before;

	ASSERT_NE(NULL, p);
	before = sleeps_of(p->w.tid);
	for (int i = 0; i < 5; i++)
		ASSERT_EQ(0, send_pulse(self, i));
	EXPECT_TRUE(slept_on(p, before));
	ASSERT_NE(NULL, message(self));
	EXPECT_EQ(EPOLLRDNORM, woken(p));
}

/* What a waiting receiver is given is nobody else's business. */
TEST_F(poll, handed_to_a_receiver)
{
	struct receiver *r = receiver_new(self->me, self->chid);
	struct waiter *p = wait_in(self->me, self->fd, ALL, false);
	long before;

	ASSERT_NE(NULL, p);
	before = sleeps_of(p->w.tid);
	for (int i = 0; i < 5; i++) {
		ASSERT_EQ(0, receiver_go_blocked(r));
		ASSERT_EQ(0, send_pulse(self, i));
		ASSERT_EQ(0, receiver_wait(r));
		ASSERT_EQ(0, receiver_result(r));
	}
	EXPECT_TRUE(slept_on(p, before));
}

/* It takes pulses only, so a message goes to the others. */
TEST_F(poll, pulse_receiver_and_a_message)
{
	struct receiver *r = receiver_new(self->me, self->chid);
	struct waiter *p;

	r->args.flags = QMSG_RECEIVE_PULSE;
	ASSERT_EQ(0, receiver_go_blocked(r));
	p = wait_in(self->me, self->fd, ALL, false);
	ASSERT_NE(NULL, p);
	ASSERT_NE(NULL, message(self));
	EXPECT_EQ(MESSAGE, woken(p));
	EXPECT_EQ(1, take(self));
}

/* ------------------------------------------------------------------ epoll */

TEST_F(poll, level)
{
	int ep = epoll_with(self->fd, EPOLLIN);

	EXPECT_EQ(0, epoll_in(ep, 0));
	ASSERT_EQ(0, send_pulse(self, 1));
	EXPECT_EQ(EPOLLIN, epoll_in(ep, 0));
	EXPECT_EQ(EPOLLIN, epoll_in(ep, 0));
	ASSERT_EQ(0, take(self));
	EXPECT_EQ(0, epoll_in(ep, 0));
}

/* Everything that comes is an edge, also a pulse that is only counted (S4.5). */
TEST_F(poll, edge)
{
	int ep = epoll_with(self->fd, EPOLLET | ALL);

	ASSERT_EQ(0, send_pulse(self, 1));
	EXPECT_EQ(PULSE, epoll_in(ep, 0));
	EXPECT_EQ(0, epoll_in(ep, 0));
	ASSERT_EQ(0, send_pulse(self, 1));
	EXPECT_EQ(PULSE, epoll_in(ep, 0));
	EXPECT_EQ(0, epoll_in(ep, 0));
	ASSERT_NE(NULL, message(self));
	EXPECT_EQ(MESSAGE | PULSE, epoll_in(ep, wait_limit_ms()));
	EXPECT_EQ(0, epoll_in(ep, 0));
	ASSERT_EQ(0, take(self));
	EXPECT_EQ(0, epoll_in(ep, 0));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(EPOLLHUP, epoll_in(ep, 0));
}

/* D13: put back because the receiver's buffer was bad, it is to be had again. */
TEST_F(poll, put_back_is_an_edge)
{
	int ep = epoll_with(self->fd, EPOLLET | ALL);

	ASSERT_EQ(0, send_pulse(self, 1));
	ASSERT_EQ(PULSE, epoll_in(ep, 0));
	EXPECT_EQ(-EFAULT, receive_now(self->q, self->chid, unmapped_page(), 64, NULL));
	EXPECT_EQ(PULSE, epoll_in(ep, 0));
	/* one of two equal ones: it never left the queue */
	ASSERT_EQ(0, send_pulse(self, 1));
	ASSERT_EQ(PULSE, epoll_in(ep, 0));
	EXPECT_EQ(-EFAULT, receive_now(self->q, self->chid, unmapped_page(), 64, NULL));
	EXPECT_EQ(PULSE, epoll_in(ep, 0));
	ASSERT_EQ(0, take(self));
	ASSERT_EQ(0, take(self));
	ASSERT_NE(NULL, message(self));
	ASSERT_EQ(MESSAGE, epoll_in(ep, wait_limit_ms()));
	EXPECT_EQ(-EFAULT, receive_now(self->q, self->chid, unmapped_page(), 64, NULL));
	EXPECT_EQ(MESSAGE, epoll_in(ep, 0));
}

/* Two sets, each with a thread: one entry wakes one of them. */
TEST_F(poll, exclusive)
{
	int ep[2] = { epoll_with(self->fd, EPOLLIN | EPOLLEXCLUSIVE),
		      epoll_with(self->fd, EPOLLIN | EPOLLEXCLUSIVE) };
	struct waiter *x[2] = { wait_in(self->me, ep[0], 0, true),
				wait_in(self->me, ep[1], 0, true) };
	long before[2];
	int first;

	ASSERT_TRUE(x[0] && x[1]);
	before[0] = sleeps_of(x[0]->w.tid);
	before[1] = sleeps_of(x[1]->w.tid);
	ASSERT_EQ(0, send_pulse(self, 1));
	ASSERT_TRUE(wait_until(worker_is_done(&x[0]->w) || worker_is_done(&x[1]->w)));
	first = worker_is_done(&x[1]->w);
	EXPECT_EQ(EPOLLIN, woken(x[first]));
	EXPECT_TRUE(slept_on(x[!first], before[!first]));
	ASSERT_NE(NULL, message(self));
	EXPECT_EQ(EPOLLIN, woken(x[!first]));
}

/* ... and the end all of them. */
TEST_F(poll, exclusive_and_the_end)
{
	int ep[2] = { epoll_with(self->fd, EPOLLIN | EPOLLEXCLUSIVE),
		      epoll_with(self->fd, EPOLLIN | EPOLLEXCLUSIVE) };
	struct waiter *x[2] = { wait_in(self->me, ep[0], 0, true),
				wait_in(self->me, ep[1], 0, true) };

	ASSERT_TRUE(x[0] && x[1]);
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(EPOLLHUP, woken(x[0]));
	EXPECT_EQ(EPOLLHUP, woken(x[1]));
}

/* ------------------------------------------------------------------ other processes */

static int64_t do_poll(void *arg)
{
	struct numbers *n = arg;

	return n->n[1] ? soon(n->n[0], n->n[1]) : now(n->n[0]);
}

/* D1: it can be passed on, and waited with, but not received with. */
TEST_F(poll, passed_by_SCM_RIGHTS)
{
	int sock[2], theirs, fd;
	struct waiter *x;
	struct peer *p;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	p = peer_fork();
	ASSERT_NE(NULL, p);
	ASSERT_LE(0, peer_open(p));
	fd = qmsg_channel_fd(self->q, self->chid, 0);
	ASSERT_EQ(0, send_fd(sock[0], fd));
	ASSERT_EQ(0, close(fd));
	theirs = in_peer(p, do_receive_fd, sock[1]);
	ASSERT_LE(0, theirs);
	EXPECT_EQ(0, in_peer(p, do_poll, theirs));
	x = wait_in(p, theirs, ALL, false);
	ASSERT_NE(NULL, x);
	ASSERT_EQ(0, send_pulse(self, 1));
	EXPECT_EQ(PULSE, woken(x));
	ASSERT_EQ(0, take(self));
	EXPECT_EQ(0, in_peer(p, do_poll, theirs));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(EPOLLHUP, in_peer(p, do_poll, theirs, ALL));
	ASSERT_EQ(0, peer_end(p));
}

static int64_t do_channel_fd(void *arg)
{
	struct numbers *n = arg;

	return qmsg_channel_fd(peer_self()->q, n->n[0], 0);
}

/* The descriptor keeps the channel's memory, not its life: its owner ends, we hang up. */
TEST_F(poll, outlives_the_owner)
{
	int sock[2], theirs, fd, ep, chid;
	struct peer *p;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	p = peer_fork();
	ASSERT_NE(NULL, p);
	ASSERT_LE(0, peer_open(p));
	chid = peer_channel(p, 0);
	theirs = in_peer(p, do_channel_fd, chid);
	ASSERT_LE(0, theirs);
	ASSERT_EQ(0, in_peer(p, do_send_fd, sock[0], theirs));
	fd = receive_fd(sock[1]);
	ASSERT_LE(0, fd);
	ep = epoll_with(fd, EPOLLIN);
	EXPECT_EQ(0, epoll_in(ep, 0));
	ASSERT_EQ(0, peer_kill(p, SIGKILL));
	ASSERT_EQ(0, peer_reap(p, NULL));
	EXPECT_EQ(EPOLLHUP, now(fd));
	EXPECT_EQ(EPOLLHUP, epoll_in(ep, 0));
	EXPECT_EQ(2, object_count("channels"));
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(0, wait_for_object_count("channels", 1));
	EXPECT_EQ(0, epoll_in(ep, 0));
}

static __attribute__((constructor)) void new_image(void)
{
	const char *fd = getenv("QMSG_TEST_FD");

	if (fd)
		_exit(now(atoi(fd)));
}

static int exec_poll(void *arg)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", *(int *)arg);
	setenv("QMSG_TEST_FD", text, 1);
	execl("/proc/self/exe", "poll_test", NULL);
	return 255;
}

TEST_F(poll, across_exec)
{
	int fd = qmsg_channel_fd(self->q, self->chid, 0), status;
	pid_t pid;

	ASSERT_EQ(0, send_pulse(self, 1));
	pid = fork_child(exec_poll, &fd);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(PULSE, WEXITSTATUS(status));
	pid = fork_child(exec_poll, &self->fd);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(POLLNVAL, WEXITSTATUS(status));
}

/* ------------------------------------------------------------------ many at once */

#define THREADS	4

struct crowd {
	scene *s;
	bool epoll;		/* one set each, edge triggered, exclusive */
	atomic_int pulses, messages, lost;
	uint64_t seen;		/* sum of the values */
};

static void account(struct crowd *c, int64_t rcvid, uint64_t value)
{
	if (rcvid > 0) {
		atomic_fetch_add(&c->messages, 1);
		qmsg_msg_reply(c->s->q, rcvid, 0, NULL, 0);
	} else {
		atomic_fetch_add(&c->pulses, 1);
		__atomic_fetch_add(&c->seen, value, __ATOMIC_SEQ_CST);
	}
}

/* Everything that is there: -ETIMEDOUT, or -ESRCH when the channel has ended. */
static int drain(struct crowd *c)
{
	union {
		struct qmsg_pulse pulse;
		char bytes[CLIENT_BYTES];
	} buf;
	int64_t rcvid;

	while ((rcvid = receive_now(c->s->q, c->s->chid, &buf, sizeof(buf), NULL)) >= 0)
		account(c, rcvid, buf.pulse.value);
	return rcvid;
}

/* The loop of a server that has other descriptors too. */
static void *serve(void *arg)
{
	struct crowd *c = arg;
	int ep = c->epoll ? epoll_with(c->s->fd, EPOLLIN | EPOLLET | EPOLLEXCLUSIVE) : -1;

	for (;;) {
		int events = c->epoll ? epoll_in(ep, wait_limit_ms()) : soon(c->s->fd, EPOLLIN);

		if (events <= 0)
			atomic_fetch_add(&c->lost, 1);
		if (events <= 0 || events & EPOLLHUP || drain(c) != -ETIMEDOUT)
			break;
	}
	if (ep >= 0)
		close(ep);
	return NULL;
}

static void *send_messages(void *arg)
{
	struct crowd *c = arg;

	for (int i = rounds_by(4) / 2; i > 0; i--)
		if (qmsg_msg_send(c->s->q, c->s->coid, "x", 1, NULL, 0))
			atomic_fetch_add(&c->lost, 1);
	return NULL;
}

static uint64_t send_pulses(scene *s, int n)
{
	uint64_t sum = 0;

	for (int i = 1; i <= n; i++) {
		while (qmsg_pulse_send(s->q, s->coid, 10, 1, i) == -EAGAIN)
			sched_yield();
		sum += i;
	}
	return sum;
}

/* Nothing is lost, nothing comes twice, and nobody sleeps while there is something. */
static void hammer(struct __test_metadata *_metadata, scene *s, bool epoll)
{
	struct crowd c = { .s = s, .epoll = epoll };
	pthread_t server[THREADS], sender;
	int n = rounds_by(4);
	uint64_t sent;

	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&server[i], NULL, serve, &c));
	ASSERT_EQ(0, pthread_create(&sender, NULL, send_messages, &c));
	sent = send_pulses(s, n);
	pthread_join(sender, NULL);
	EXPECT_TRUE(wait_until(atomic_load(&c.pulses) == n));
	ASSERT_EQ(0, qmsg_channel_destroy(s->q, s->chid));
	for (int i = 0; i < THREADS; i++)
		pthread_join(server[i], NULL);
	EXPECT_EQ(0, atomic_load(&c.lost));
	EXPECT_EQ(n / 2, atomic_load(&c.messages));
	EXPECT_EQ(sent, c.seen);
}

TEST_F(poll, hammered_level)
{
	hammer(_metadata, self, false);
}

TEST_F(poll, hammered_edge_exclusive)
{
	hammer(_metadata, self, true);
}

/* Up to some ten microseconds, mostly less: to begin at any instant of what others do. */
static void dither(unsigned int *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	for (unsigned int n = (*x >> 8) & ((1u << (*x & 15)) - 1); n; n--)
		__asm__ volatile("" ::: "memory");
}

static void *serve_one_by_one(void *arg)
{
	struct crowd *c = arg;
	unsigned int x = 2463534242;
	int events;

	for (;;) {
		dither(&x);
		events = soon(c->s->fd, EPOLLIN);
		if (events <= 0)
			atomic_fetch_add(&c->lost, 1);
		if (events <= 0 || events & EPOLLHUP || take(c->s) < 0)
			return NULL;
	}
}

/* Nothing else comes to wake a poller that has slept through the one message there is. */
TEST_F(poll, hammered_one_by_one)
{
	struct crowd c = { .s = self };
	int n = rounds_by(4);
	pthread_t server;

	ASSERT_EQ(0, pthread_create(&server, NULL, serve_one_by_one, &c));
	for (; n && !atomic_load(&c.lost); n--) {
		struct qmsg_msg_send args = send_args(self->coid, "x", 1, NULL, 0);

		args.send_deadline = deadline_in_ms(2 * wait_limit_ms());
		ASSERT_EQ(0, qmsg_msg_send_with(self->q, &args));
	}
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	pthread_join(server, NULL);
	EXPECT_EQ(0, atomic_load(&c.lost));
}

static void *poll_till_end(void *arg)
{
	int fd = *(int *)arg, events;

	do
		events = soon(fd, EPOLLRDNORM);
	while (events > 0 && !(events & EPOLLHUP));
	return (void *)(long)(events == EPOLLHUP);
}

/* The end reaches everybody, whenever they began to wait; then the descriptor is closed. */
TEST_F(poll, hammered_end)
{
	for (int n = rounds_by(40); n >= 0; n--) {
		int chid = qmsg_channel_create(self->q, 0), fd, ep;
		pthread_t thread[THREADS];
		void *hung_up;

		fd = qmsg_channel_fd(self->q, chid, 0);
		ep = epoll_with(fd, EPOLLIN);
		ASSERT_LE(0, ep);
		for (int i = 0; i < THREADS; i++)
			ASSERT_EQ(0, pthread_create(&thread[i], NULL, poll_till_end, &fd));
		if (n & 1)
			sched_yield();
		ASSERT_EQ(0, qmsg_channel_destroy(self->q, chid));
		for (int i = 0; i < THREADS; i++) {
			pthread_join(thread[i], &hung_up);
			ASSERT_TRUE(hung_up);
		}
		ASSERT_EQ(EPOLLHUP, epoll_in(ep, 0));
		close(n & 2 ? fd : ep);
		close(n & 2 ? ep : fd);
	}
}

TEST_HARNESS_MAIN
