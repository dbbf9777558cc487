// SPDX-License-Identifier: GPL-2.0-only
/*
 * S6.2, S6.12, S6.14, D20: who receives a message has its client's priority, and its own
 * again as soon as the client has nothing to wait for (here we are not QNX, S6.4).
 */
#include "scene.h"

#include <stdlib.h>
#include <sys/prctl.h>

/* The new image is this program; with this variable it only waits. */
#define TASK "QMSG_TEST_TASK"

static __attribute__((constructor)) void new_image(void)
{
	while (getenv(TASK))
		pause();
}

/* S6.2: found in the queue. */
TEST_F(priority, receive_raises_and_an_answer_restores)
{
	struct server *s = busy(self, self->chid, 20);

	ASSERT_NE(NULL, s);
	EXPECT_FIFO(s, 20);
	EXPECT_EQ(0, step(s, step_reply));
	EXPECT_OWN(s);
}

/* S6.2: by whomever it is answered. */
TEST_F(priority, another_threads_answer_restores)
{
	struct server *s = busy(self, self->chid, 20);

	ASSERT_NE(NULL, s);
	EXPECT_FIFO(s, 20);
	EXPECT_EQ(0, answer(self, s));
	EXPECT_TRUE(runs_as(s->w.tid, SCHED_OTHER, 0));
}

TEST_F(priority, an_error_restores)
{
	struct server *s = busy(self, self->chid, 20);

	ASSERT_NE(NULL, s);
	EXPECT_FIFO(s, 20);
	EXPECT_EQ(0, qmsg_msg_error(self->q, s->rcvid, EPERM));
	EXPECT_OWN(s);
}

/* S6.2: one that waited. */
TEST_F(priority, a_waiting_receiver_is_raised)
{
	struct server *s = server_new(self->me, self->chid);
	struct client *c = client_of(self, self->chid, 20);

	ASSERT_EQ(0, server_block(s));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, worker_wait(&s->w));
	EXPECT_FIFO(s, 20);
	EXPECT_EQ(0, answer(self, s));
	EXPECT_OWN(s);
}

/* S6.2: up or down. */
TEST_F(priority, receive_lowers)
{
	struct server *s = server_new(self->me, self->chid);

	ASSERT_EQ(0, set_attr(s->w.tid, SCHED_FIFO, 50, 0, 0));
	ASSERT_NE(NULL, queued(self, self->chid, 20));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 20);
	EXPECT_EQ(0, answer(self, s));
	EXPECT_FIFO(s, 50);
	EXPECT_EQ(0, attr_of(s->w.tid).sched_flags);
}

/* S6.15: a client that is not real-time changes nothing. */
TEST_F(priority, an_ordinary_client_changes_nothing)
{
	struct server *s = server_new(self->me, self->chid), *fifo = server_new(self->me, self->chid);

	ASSERT_EQ(0, set_attr(fifo->w.tid, SCHED_FIFO, 50, 0, 0));
	ASSERT_NE(NULL, queued(self, self->chid, 0));
	ASSERT_NE(NULL, queued(self, self->chid, 0));
	ASSERT_EQ(0, step(s, step_receive));
	ASSERT_EQ(0, step(fifo, step_receive));
	EXPECT_TRUE(runs_as(s->w.tid, SCHED_OTHER, 0));
	EXPECT_TRUE(runs_as(fifo->w.tid, SCHED_FIFO, 50));
	EXPECT_EQ(0, attr_of(fifo->w.tid).sched_flags);
}

/* S6.13 */
TEST_F(priority, a_channel_with_FIXED_PRIORITY_changes_nothing)
{
	int chid = qmsg_channel_create(self->q, QMSG_CHF_FIXED_PRIORITY);
	struct server *s = busy(self, chid, 20), *waiting = server_new(self->me, chid);

	ASSERT_NE(NULL, s);
	EXPECT_TRUE(runs_as(s->w.tid, SCHED_OTHER, 0));
	ASSERT_EQ(0, server_block(waiting));
	ASSERT_EQ(0, client_send(client_of(self, chid, 20)));
	ASSERT_EQ(0, worker_wait(&waiting->w));
	EXPECT_TRUE(runs_as(waiting->w.tid, SCHED_OTHER, 0));
}

/* S6.8: what its client becomes while it waits for the answer. */
TEST_F(priority, a_later_raise_of_the_client_is_not_followed)
{
	struct server *s = server_new(self->me, self->chid);
	struct client *c = queued(self, self->chid, 20);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 20);
	ASSERT_EQ(0, set_fifo_priority(c->w.tid, 40));
	EXPECT_TRUE(runs_as(s->w.tid, SCHED_FIFO, 20));
	EXPECT_EQ(0, step(s, step_reply));
	EXPECT_OWN(s);
}

/* The client still waits; but the server has turned to something else. */
TEST_F(priority, the_next_receive_restores)
{
	struct server *s = busy(self, self->chid, 20);

	ASSERT_NE(NULL, s);
	EXPECT_FIFO(s, 20);
	EXPECT_EQ(-ETIMEDOUT, step(s, step_look));
	EXPECT_TRUE(runs_as(s->w.tid, SCHED_OTHER, 0));
	EXPECT_EQ(0, answer(self, s));
	EXPECT_TRUE(runs_as(s->w.tid, SCHED_OTHER, 0));
}

TEST_F(priority, a_thread_that_waits_again_has_its_own)
{
	struct server *s = busy(self, self->chid, 20);

	ASSERT_NE(NULL, s);
	EXPECT_FIFO(s, 20);
	ASSERT_EQ(0, server_block(s));
	EXPECT_OWN(s);
	ASSERT_EQ(0, client_send(client_of(self, self->chid, 30)));
	ASSERT_EQ(0, worker_wait(&s->w));
	EXPECT_FIFO(s, 30);
}

/* What it serves is the last thing it received; the former one's end is none of it. */
TEST_F(priority, the_next_message_replaces_the_former)
{
	struct server *s = busy(self, self->chid, 20);
	int64_t first;

	ASSERT_NE(NULL, s);
	first = s->rcvid;
	ASSERT_NE(NULL, queued(self, self->chid, 10));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 10);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, first, 0, NULL, 0));
	EXPECT_TRUE(runs_as(s->w.tid, SCHED_FIFO, 10));
	EXPECT_EQ(0, answer(self, s));
	EXPECT_OWN(s);
}

/* S6.12: also a receive that fails. */
TEST_F(priority, a_receive_elsewhere_restores)
{
	int chid, other = qmsg_channel_create(self->q, 0);
	int where[] = { other, -1, 999 };

	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		struct server *s = busy(self, self->chid, 20);

		ASSERT_NE(NULL, s);
		EXPECT_FIFO(s, 20);
		chid = s->chid;
		s->chid = where[i];
		EXPECT_EQ(where[i] == other ? -ETIMEDOUT : -ESRCH, step(s, step_look));
		s->chid = chid;
		EXPECT_TRUE(runs_as(s->w.tid, SCHED_OTHER, 0));
		EXPECT_EQ(0, answer(self, s));
	}
}

static int64_t step_bad_receive(struct server *s)
{
	return qmsg_msg_receive(s->w.peer->q, s->chid, edge_page(1), 64, NULL);
}

/* S2.21: the message is not received, and nothing is inherited from it. */
TEST_F(priority, a_receive_that_fails_leaves_nothing)
{
	struct server *s = server_new(self->me, self->chid), *waiting;

	ASSERT_NE(NULL, queued(self, self->chid, 20));
	EXPECT_EQ(-EFAULT, step(s, step_bad_receive));
	/* It is in the queue again, which raises the threads of the channel (S6.5). */
	EXPECT_FIFO(s, 20);
	waiting = server_new(self->me, self->chid);
	ASSERT_EQ(0, step(waiting, step_receive));
	EXPECT_OWN(s);
	EXPECT_FIFO(waiting, 20);
}

/* ---- the client does not wait any more ---- */

static struct server *busy_for_peer(scene *self, struct peer **p, int chid)
{
	struct server *s = server_new(self->me, chid);
	struct client *c;

	*p = peer_fork();
	if (!s || !*p || peer_open(*p) < 0)
		return NULL;
	c = client_connect(*p, self->me->pid, chid);
	c->w.priority = 20;
	if (client_send(c) || wait_for_client(c, "SEND") || step(s, step_receive) ||
	    wait_for_sched(s->w.tid, SCHED_FIFO, 20))
		return NULL;
	return s;
}

TEST_F(priority, a_killed_clients_is_given_back)
{
	struct peer *p;
	struct server *s = busy_for_peer(self, &p, self->chid);

	ASSERT_NE(NULL, s);
	EXPECT_EQ(0, peer_kill(p, SIGKILL));
	EXPECT_EQ(0, peer_reap(p, NULL));
	EXPECT_OWN(s);
}

/* D7 */
TEST_F(priority, an_orphans_is_given_back)
{
	int chid = peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, 1);
	struct peer *p;
	struct server *s = busy_for_peer(self, &p, chid);

	ASSERT_NE(NULL, s);
	EXPECT_EQ(0, peer_kill(p, SIGKILL));
	EXPECT_EQ(0, peer_reap(p, NULL));
	EXPECT_EQ(0, wait_for_channel(getpid(), self->q, chid, "orphans", 1));
	EXPECT_OWN(s);
}

TEST_F(priority, one_that_timed_out_is_given_back)
{
	struct server *s = server_new(self->me, self->chid);
	struct client *c = client_of(self, self->chid, 20);

	ASSERT_EQ(0, server_block(s));
	c->args.reply_deadline = deadline_in_ms(300);
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, worker_wait(&s->w));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ETIMEDOUT, client_result(c));
	EXPECT_OWN(s);
}

TEST_F(priority, a_detached_clients_is_given_back)
{
	struct server *s = server_new(self->me, self->chid);
	struct client *c = queued(self, self->chid, 20);

	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 20);
	ASSERT_EQ(0, qmsg_connect_detach(self->q, c->args.coid));
	EXPECT_OWN(s);
}

TEST_F(priority, the_end_of_the_channel_restores)
{
	struct server *s = busy(self, self->chid, 20), *other;
	struct peer *p;

	ASSERT_NE(NULL, s);
	EXPECT_FIFO(s, 20);
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_TRUE(runs_as(s->w.tid, SCHED_OTHER, 0));
	self->chid = qmsg_channel_create(self->q, 0);
	other = busy_for_peer(self, &p, self->chid);
	ASSERT_NE(NULL, other);
	EXPECT_EQ(0, qmsg_close(self->q));
	EXPECT_TRUE(runs_as(other->w.tid, SCHED_OTHER, 0));
}

/* ---- the thread's own ---- */

TEST_F(priority, round_robin_stays_round_robin)
{
	struct server *s = server_new(self->me, self->chid);

	ASSERT_EQ(0, set_attr(s->w.tid, SCHED_RR, 5, 0, 0));
	ASSERT_NE(NULL, queued(self, self->chid, 20));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_EQ(0, wait_for_sched(s->w.tid, SCHED_RR, 20));
	EXPECT_EQ(0, answer(self, s));
	EXPECT_EQ(0, wait_for_sched(s->w.tid, SCHED_RR, 5));
}

TEST_F(priority, policy_nice_value_and_flag_come_back)
{
	static const int policies[] = { SCHED_OTHER, SCHED_BATCH, SCHED_IDLE };
	struct server *s = server_new(self->me, self->chid);
	struct sched_attr attr;

	for (size_t i = 0; i < 2 * sizeof(policies) / sizeof(policies[0]); i++) {
		uint64_t flags = i & 1 ? RESET : 0;
		int policy = policies[i / 2];

		ASSERT_EQ(0, set_attr(s->w.tid, policy, 0, 7, flags));
		ASSERT_NE(NULL, queued(self, self->chid, 20));
		ASSERT_EQ(0, step(s, step_receive));
		EXPECT_FIFO(s, 20);
		EXPECT_EQ(RESET, attr_of(s->w.tid).sched_flags);
		EXPECT_EQ(0, answer(self, s));
		EXPECT_EQ(0, wait_for_sched(s->w.tid, policy, 0));
		attr = attr_of(s->w.tid);
		EXPECT_EQ(7, attr.sched_nice);
		EXPECT_EQ(flags, attr.sched_flags);
	}
}

/* A nice value set meanwhile is not lost either. */
TEST_F(priority, a_new_nice_value_stays)
{
	struct server *s = busy(self, self->chid, 20);

	ASSERT_NE(NULL, s);
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, s->w.tid, 9));
	EXPECT_EQ(0, answer(self, s));
	EXPECT_OWN(s);
	EXPECT_EQ(9, attr_of(s->w.tid).sched_nice);
}

static int64_t step_set_slack(struct server *s)
{
	(void)s;
	return prctl(PR_SET_TIMERSLACK, 77777);
}

static int64_t step_get_slack(struct server *s)
{
	(void)s;
	return prctl(PR_GET_TIMERSLACK);
}

TEST_F(priority, timer_slack_comes_back)
{
	struct server *s = server_new(self->me, self->chid);

	ASSERT_EQ(0, step(s, step_set_slack));
	ASSERT_NE(NULL, queued(self, self->chid, 20));
	ASSERT_EQ(0, step(s, step_receive));
	ASSERT_EQ(0, step(s, step_reply));
	EXPECT_OWN(s);
	EXPECT_EQ(77777, step(s, step_get_slack));
}

/* ---- somebody else decides ---- */

TEST_F(priority, what_root_sets_meanwhile_stays)
{
	struct server *s = busy(self, self->chid, 20);

	ASSERT_NE(NULL, s);
	ASSERT_EQ(0, set_attr(s->w.tid, SCHED_FIFO, 13, 0, 0));
	EXPECT_EQ(0, answer(self, s));
	EXPECT_TRUE(runs_as(s->w.tid, SCHED_FIFO, 13));
	/* From now on that is its own. */
	ASSERT_NE(NULL, queued(self, self->chid, 20));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 20);
	ASSERT_EQ(0, set_attr(s->w.tid, SCHED_OTHER, 0, 3, 0));
	EXPECT_EQ(0, answer(self, s));
	EXPECT_TRUE(runs_as(s->w.tid, SCHED_OTHER, 0));
	EXPECT_EQ(3, attr_of(s->w.tid).sched_nice);
}

/* ---- nobody gets hold of a priority by it ---- */

struct nobody {
	struct peer *p;
	int chid;
	struct server *s;
	struct client *client;
};

/* A server without any rights, which has received from this process's client of priority 20. */
static struct nobody nobody_busy(scene *self)
{
	struct nobody n = { .p = peer_fork() };
	struct client *c;

	if (!n.p || peer_open(n.p) < 0)
		return n;
	n.chid = peer_channel(n.p, 0);
	c = client_connect(self->me, n.p->pid, n.chid);
	if (!c || peer_call(n.p, become_nobody, NULL))
		return n;
	n.client = c;
	c->w.priority = 20;
	n.s = server_new(n.p, n.chid);
	if (!n.s || client_send(c) || wait_for_client(c, "SEND") || step(n.s, step_receive) ||
	    wait_for_sched(n.s->w.tid, SCHED_FIFO, 20))
		n.s = NULL;
	return n;
}

static int64_t step_take_less(struct server *s)
{
	struct sched_param less = { .sched_priority = 10 };

	(void)s;
	return sched_setparam(0, &less) ? -errno : 0;
}

/* It may lower what it was given, but not keep it. */
TEST_F(priority, what_only_the_loan_allowed_does_not_stay)
{
	struct nobody n = nobody_busy(self);

	ASSERT_NE(NULL, n.s);
	EXPECT_EQ(0, step(n.s, step_take_less));
	EXPECT_TRUE(runs_as(n.s->w.tid, SCHED_FIFO, 10));
	EXPECT_EQ(0, step(n.s, step_reply));
	EXPECT_OWN(n.s);
}

static int64_t step_fork(struct server *s)
{
	pid_t child = fork();
	int status;

	(void)s;
	if (!child)
		_exit(sched_getscheduler(0));
	return child < 0 || waitpid(child, &status, 0) != child ? -errno : WEXITSTATUS(status);
}

static void *thread_policy(void *arg)
{
	*(int *)arg = sched_getscheduler(0);
	return NULL;
}

static int64_t step_thread(struct server *s)
{
	int policy = -1;
	pthread_t thread;

	(void)s;
	if (pthread_create(&thread, NULL, thread_policy, &policy) || pthread_join(thread, NULL))
		return -1;
	return policy;
}

TEST_F(priority, children_and_threads_do_not_come_by_it)
{
	struct server *s = busy(self, self->chid, 20);
	struct nobody n = nobody_busy(self);

	ASSERT_NE(NULL, s);
	EXPECT_EQ(SCHED_OTHER, step(s, step_fork));
	EXPECT_EQ(SCHED_OTHER, step(s, step_thread));
	ASSERT_NE(NULL, n.s);
	EXPECT_EQ(SCHED_OTHER, step(n.s, step_fork));
	EXPECT_EQ(SCHED_OTHER, step(n.s, step_thread));
}

static int64_t step_exec(struct server *s)
{
	(void)s;
	setenv(TASK, "pause", 1);
	execl("/proc/self/exe", "inherit_test", NULL);
	return -errno;
}

/* D2: the context ends, and the loan with it. */
TEST_F(priority, the_next_program_does_not_come_by_it)
{
	struct nobody n = nobody_busy(self);

	ASSERT_NE(NULL, n.s);
	ASSERT_EQ(0, go(n.s, step_exec));
	ASSERT_EQ(0, client_wait(n.client));
	EXPECT_EQ(-ESRCH, client_result(n.client));
	EXPECT_EQ(0, wait_for_sched(n.p->pid, SCHED_OTHER, 0));
	EXPECT_EQ(0, peer_kill(n.p, SIGKILL));
	EXPECT_EQ(0, peer_reap(n.p, NULL));
}

/* S6.9: the receiver of a server's own request has the server's loan as long as the server has it. */
TEST_F(priority, a_loan_is_not_passed_on_for_longer)
{
	struct server *front, *back = server_new(self->me, self->chid), *last;
	int chid = qmsg_channel_create(self->q, 0), far = qmsg_channel_create(self->q, 0);

	front = busy(self, chid, 20);
	last = server_new(self->me, far);
	ASSERT_NE(NULL, front);
	EXPECT_FIFO(front, 20);
	/* front -> back -> last */
	front->coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	back->coid = qmsg_connect_attach(self->q, 0, far, QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, go(front, step_send));
	ASSERT_EQ(0, step(back, step_receive));
	EXPECT_FIFO(back, 20);
	ASSERT_EQ(0, go(back, step_send));
	ASSERT_EQ(0, step(last, step_receive));
	EXPECT_FIFO(last, 20);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, front->rcvid, 0, NULL, 0));
	EXPECT_OWN(front);
	EXPECT_OWN(back);
	EXPECT_OWN(last);
}

TEST_HARNESS_MAIN
