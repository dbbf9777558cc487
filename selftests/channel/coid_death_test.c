// SPDX-License-Identifier: GPL-2.0-only
/* S1.31, S3.7, S2.36: a pulse for each connection of the owner whose channel has ended. */
#include "kselftest_harness.h"

#include "../hazards/hazard.h"

#define SIDE	QMSG_SIDE_CHANNEL
#define FLAG	QMSG_CHF_COID_DISCONNECT

FIXTURE(death) {
	struct peer *server;
	int chid;		/* the server's */
	int deaths;		/* ours, where we hear of it */
	struct qmsg_pulse pulse;
};

FIXTURE_SETUP(death)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->deaths = qmsg_channel_create(Q, FLAG);
	ASSERT_LT(0, self->deaths);
	self->server = peer_fork();
	ASSERT_NE(NULL, self->server);
	ASSERT_LE(0, peer_open(self->server));
	self->chid = peer_channel(self->server, 0);
	ASSERT_LT(0, self->chid);
}

FIXTURE_TEARDOWN_PARENT(death)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

typedef FIXTURE_DATA(death) scene;

static int attach(scene *s, unsigned int index, unsigned int flags)
{
	return qmsg_connect_attach(Q, s->server->pid, s->chid, index, flags);
}

/* The next thing on @chid is a COIDDEATH pulse: its coid, or -errno. */
static int dead_coid_on(scene *s, int q, int chid)
{
	int64_t ret = receive_soon(q, chid, &s->pulse, sizeof(s->pulse), NULL);

	if (ret)
		return ret < 0 ? ret : -EBADMSG;
	if (s->pulse.code != QMSG_PULSE_CODE_COIDDEATH || s->pulse.scoid != -1)
		return -EPROTO;
	return s->pulse.value;
}

static int dead_coid(scene *s)
{
	return dead_coid_on(s, Q, s->deaths);
}

TEST_F(death, S1_31_one_pulse_for_each_connection)
{
	int side = attach(self, SIDE, 0), other = attach(self, SIDE, QMSG_COF_NOSHARE);
	int fd = attach(self, 0, 0), got[3], i, found = 0;
	struct qmsg_connect_info info = { 0 };

	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	for (i = 0; i < 3; i++) {
		got[i] = dead_coid(self);
		found |= got[i] == side ? 1 : got[i] == other ? 2 : got[i] == fd ? 4 : 0;
		info.coid = got[i];
		EXPECT_EQ(0, qmsg_connect_info(Q, &info));
		EXPECT_TRUE(info.out_flags & QMSG_COF_DEAD);
	}
	EXPECT_EQ(7, found);
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
}

TEST_F(death, S1_31_a_connection_to_another_channel_is_not_named)
{
	int other = peer_channel(self->server, 0), coid;

	ASSERT_LT(0, attach(self, SIDE, 0));
	self->chid = other;
	coid = attach(self, SIDE, 0);
	ASSERT_EQ(0, peer_destroy(self->server, other));
	EXPECT_EQ(coid, dead_coid(self));
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
}

static int64_t do_exec(void *arg)
{
	(void)arg;
	execl("/proc/self/exe", "exe", "-l", NULL);
	return -errno;
}

/* However the channel ends. */
TEST_F(death, the_server_closes)
{
	int coid = attach(self, SIDE, 0);

	ASSERT_EQ(0, peer_close(self->server, self->server->q));
	EXPECT_EQ(coid, dead_coid(self));
}

TEST_F(death, the_server_is_killed)
{
	int coid = attach(self, 0, 0);

	ASSERT_EQ(0, peer_kill(self->server, SIGKILL));
	EXPECT_EQ(coid, dead_coid(self));
}

TEST_F(death, the_server_execs)
{
	int coid = attach(self, SIDE, 0);

	ASSERT_EQ(0, peer_start(self->server, do_exec, NULL));
	EXPECT_EQ(coid, dead_coid(self));
}

TEST_F(death, the_clients_request_ends_and_the_pulse_comes)
{
	struct client *c = client_blocked(peer_self(), self->server->pid, self->chid);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
	EXPECT_EQ(c->args.coid, dead_coid(self));
}

/* A process without such a channel hears nothing, one that makes it later neither. */
TEST_F(death, only_who_has_the_flag_at_that_time)
{
	int without = qmsg_channel_create(Q, 0), coid = attach(self, SIDE, 0);

	ASSERT_LT(0, coid);
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->deaths));
	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	self->deaths = qmsg_channel_create(Q, FLAG);
	ASSERT_LT(0, self->deaths);
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
	EXPECT_EQ(0, expect_nothing(Q, without));
}

/* S2.36 */
TEST_F(death, S2_36_one_such_channel_in_a_process)
{
	int other = qmsg_open();

	EXPECT_EQ(-EBUSY, qmsg_channel_create(Q, FLAG));
	EXPECT_EQ(-EBUSY, qmsg_channel_create(other, FLAG | QMSG_CHF_UNBLOCK));
	/* Nothing is left behind: the next number is the next. */
	EXPECT_EQ(self->deaths + 1, qmsg_channel_create(Q, 0));
	EXPECT_LT(0, peer_channel(self->server, FLAG));
	EXPECT_EQ(0, qmsg_channel_destroy(Q, self->deaths));
	EXPECT_EQ(self->deaths, qmsg_channel_create(other, FLAG));
	EXPECT_EQ(-EBUSY, qmsg_channel_create(Q, FLAG));
	EXPECT_EQ(0, qmsg_close(other));
	EXPECT_LT(0, qmsg_channel_create(Q, FLAG));
}

/* It belongs to the process: a connection of another of its contexts counts. */
TEST_F(death, connections_of_the_process_other_contexts)
{
	int other = qmsg_open(), first = attach(self, SIDE, 0);
	int coid = qmsg_connect_attach(other, self->server->pid, self->chid, SIDE, 0);

	ASSERT_EQ(first, coid);
	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	EXPECT_EQ(coid, dead_coid(self));
	EXPECT_EQ(coid, dead_coid(self));
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
}

/* A process' own channels count, the one that would hear of it does not. */
TEST_F(death, own_channels)
{
	int chid = qmsg_channel_create(Q, 0), coid = qmsg_connect_attach(Q, 0, chid, SIDE, 0);

	ASSERT_LT(0, qmsg_connect_attach(Q, 0, self->deaths, SIDE, 0));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, chid));
	EXPECT_EQ(coid, dead_coid(self));
	EXPECT_EQ(0, qmsg_channel_destroy(Q, self->deaths));
}

/* A descriptor's number follows what the process does with it. */
TEST_F(death, descriptor_at_an_index)
{
	int fd = attach(self, 200, 0);

	ASSERT_EQ(200, fd);
	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	EXPECT_EQ(200, dead_coid(self));
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
}

TEST_F(death, descriptor_that_was_duplicated)
{
	int fd = attach(self, 0, 0), other = dup(fd), third = dup(fd);

	ASSERT_LE(0, other);
	/* The number it was last used under, as long as that is open. */
	ASSERT_LE(0, qmsg_connect_flags(Q, third, 0, 0));
	close(fd);
	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	EXPECT_EQ(third, dead_coid(self));
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
}

TEST_F(death, descriptor_whose_number_was_closed)
{
	int fd = attach(self, 0, 0), other = dup(fd);

	ASSERT_LE(0, qmsg_connect_flags(Q, other, 0, 0));
	close(other);
	ASSERT_EQ(other, dup(0));
	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	EXPECT_EQ(fd, dead_coid(self));
}

/* Better than S1.31: it is not heard of what has been given up. */
TEST_F(death, detach_takes_the_pulse_back)
{
	int side = attach(self, SIDE, 0), fd = attach(self, 0, 0), kept = attach(self, SIDE, 0);

	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->deaths, "pulses", 3));
	ASSERT_EQ(0, qmsg_connect_detach(Q, side));
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->deaths, "pulses", 2));
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(kept, dead_coid(self));
	EXPECT_EQ(0, expect_nothing(Q, self->deaths));
	/* One that was received is detached as any other. */
	EXPECT_EQ(0, qmsg_connect_detach(Q, kept));
}

/* A pulse that does not fit stays, as others do (D13), and can be taken back then, too. */
TEST_F(death, pulse_that_does_not_fit_stays)
{
	int coid = attach(self, SIDE, 0);
	char small[8];

	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->deaths, "pulses", 1));
	EXPECT_EQ(-EFAULT, receive_now(Q, self->deaths, small, sizeof(small), NULL));
	EXPECT_EQ(coid, dead_coid(self));
}

static int64_t do_destroy_at(void *arg)
{
	struct numbers *n = arg;
	int err = set_fifo_priority(0, n->n[2]);

	return err ?: qmsg_channel_destroy(n->n[0], n->n[1]);
}

/* S1.31: with the priority of the thread that destroys. */
TEST_F(death, S1_31_priority_is_the_destroying_threads)
{
	int self_coid = qmsg_connect_attach(Q, 0, self->deaths, SIDE, 0);
	int coid = attach(self, SIDE, 0);

	ASSERT_EQ(0, qmsg_pulse_send(Q, self_coid, 10, 1, 0));
	ASSERT_EQ(0, qmsg_pulse_send(Q, self_coid, 30, 2, 0));
	ASSERT_EQ(0, in_peer(self->server, do_destroy_at, self->server->q, self->chid, 20));
	EXPECT_EQ(0, expect_pulse(Q, self->deaths, 2, NULL));
	EXPECT_EQ(coid, dead_coid(self));
	EXPECT_EQ(0, expect_pulse(Q, self->deaths, 1, NULL));
}

/* A full pool does not lose it (D12). */
TEST_F(death, pool_is_full)
{
	struct qmsg_channel_create args = { .flags = FLAG, .pulse_limit = 1 };
	int self_coid, coid = attach(self, SIDE, 0);

	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->deaths));
	self->deaths = qmsg_channel_create_with(Q, &args);
	self_coid = qmsg_connect_attach(Q, 0, self->deaths, SIDE, 0);
	ASSERT_EQ(0, qmsg_pulse_send(Q, self_coid, 1, 1, 0));
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(Q, self_coid, 1, 2, 0));
	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	EXPECT_EQ(0, expect_pulse(Q, self->deaths, 1, NULL));
	EXPECT_EQ(coid, dead_coid(self));
}

static int64_t do_hear(void *arg)
{
	struct numbers *n = arg;
	int deaths = qmsg_channel_create(Q = qmsg_open(), FLAG);
	bool used = n->n[1];

	if (used && qmsg_connect_flags(Q, n->n[0], 0, 0) < 0)
		return -EPROTO;
	return deaths;
}

static int64_t do_hear_of(void *arg)
{
	scene s;

	return dead_coid_on(&s, Q, ((struct numbers *)arg)->n[0]);
}

/* D1: who inherits a descriptor has a connection from its first use on. */
TEST_F(death, inherited_descriptor)
{
	int fd = attach(self, 0, 0), chid;
	struct peer *user = peer_fork(), *holder = peer_fork();

	chid = in_peer(user, do_hear, fd, true);
	ASSERT_LT(0, chid);
	ASSERT_EQ(chid, in_peer(holder, do_hear, fd, false));
	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	EXPECT_EQ(fd, dead_coid(self));
	EXPECT_EQ(fd, in_peer(user, do_hear_of, chid));
	EXPECT_EQ(0, wait_for_channel(holder->pid, holder->q, chid, "pulses", 0));
	EXPECT_EQ(0, peer_end(user));
	EXPECT_EQ(0, peer_end(holder));
}

/* ---- races: both ends in this process, on contexts of their own ---- */

struct race {
	pthread_barrier_t gate;
	int q, qs;
	int chid, victim, deaths;
	int rounds;
	bool receive;		/* one receives meanwhile */
	atomic_int wrong;
	uint64_t meanwhile[4];
	int received;
};

static void *detacher(void *arg)
{
	struct race *r = arg;
	int i;

	for (i = 0; i < r->rounds; i++) {
		pthread_barrier_wait(&r->gate);
		if (qmsg_connect_detach(r->q, r->victim))
			atomic_fetch_add(&r->wrong, 1);
		pthread_barrier_wait(&r->gate);
	}
	return NULL;
}

static void *taker(void *arg)
{
	struct race *r = arg;
	struct qmsg_pulse pulse;
	int i;

	for (i = 0; i < r->rounds; i++) {
		pthread_barrier_wait(&r->gate);
		if (r->receive && !receive_now(r->q, r->deaths, &pulse, sizeof(pulse), NULL))
			r->meanwhile[r->received++] = pulse.value;
		pthread_barrier_wait(&r->gate);
	}
	return NULL;
}

/* What was received meanwhile and what is there now: the kept one once, the victim before only. */
static bool round_is_right(struct race *r, int kept, int *told)
{
	struct qmsg_pulse pulse;
	int i, times = 0;

	for (i = 0; i < r->received; i++) {
		if (r->meanwhile[i] == (uint64_t)r->victim)
			(*told)++;
		else if (r->meanwhile[i] == (uint64_t)kept)
			times++;
		else
			return false;
	}
	while (!receive_now(r->q, r->deaths, &pulse, sizeof(pulse), NULL)) {
		if (pulse.code != QMSG_PULSE_CODE_COIDDEATH || pulse.value != (uint64_t)kept)
			return false;
		times++;
	}
	return times == 1;
}

static void run_race(struct __test_metadata *_metadata, scene *self, unsigned int index,
		     bool receive)
{
	struct race r = { .q = Q, .deaths = self->deaths, .receive = receive };
	pthread_t threads[2];
	int i, told = 0;

	r.rounds = rounds_by(20);
	r.qs = qmsg_open();
	pthread_barrier_init(&r.gate, NULL, 3);
	ASSERT_EQ(0, pthread_create(&threads[0], NULL, detacher, &r));
	ASSERT_EQ(0, pthread_create(&threads[1], NULL, taker, &r));
	for (i = 0; i < r.rounds; i++) {
		int kept;

		r.received = 0;
		r.chid = qmsg_channel_create(r.qs, 0);
		r.victim = qmsg_connect_attach(Q, 0, r.chid, index, 0);
		kept = qmsg_connect_attach(Q, 0, r.chid, index, 0);
		pthread_barrier_wait(&r.gate);
		if (qmsg_channel_destroy(r.qs, r.chid))
			atomic_fetch_add(&r.wrong, 1);
		pthread_barrier_wait(&r.gate);
		if (!round_is_right(&r, kept, &told))
			atomic_fetch_add(&r.wrong, 1);
		qmsg_connect_detach(Q, kept);
	}
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	EXPECT_EQ(0, atomic_load(&r.wrong));
	printf("# %d of %d were told before the detach\n", told, r.rounds);
}

TEST_F(death, race_destroy_with_detach)
{
	run_race(_metadata, self, SIDE, false);
}

TEST_F(death, race_destroy_with_close)
{
	run_race(_metadata, self, 0, false);
}

TEST_F(death, race_destroy_with_detach_and_receive)
{
	run_race(_metadata, self, SIDE, true);
}

/* The listener's channel ends while it is told. */
static void *listener(void *arg)
{
	struct race *r = arg;
	int i;

	for (i = 0; i < r->rounds; i++) {
		pthread_barrier_wait(&r->gate);
		if (qmsg_channel_destroy(r->q, r->deaths))
			atomic_fetch_add(&r->wrong, 1);
		r->deaths = qmsg_channel_create(r->q, FLAG);
		pthread_barrier_wait(&r->gate);
	}
	return NULL;
}

TEST_F(death, race_destroy_with_the_end_of_the_listener)
{
	struct race r = { .q = Q, .deaths = self->deaths };
	pthread_t thread;
	int i;

	r.rounds = rounds_by(20);
	pthread_barrier_init(&r.gate, NULL, 2);
	ASSERT_EQ(0, pthread_create(&thread, NULL, listener, &r));
	for (i = 0; i < r.rounds; i++) {
		r.chid = qmsg_channel_create(Q, 0);
		r.victim = qmsg_connect_attach(Q, 0, r.chid, SIDE, 0);
		pthread_barrier_wait(&r.gate);
		qmsg_channel_destroy(Q, r.chid);
		qmsg_connect_detach(Q, r.victim);
		pthread_barrier_wait(&r.gate);
		if (expect_nothing(Q, r.deaths))
			atomic_fetch_add(&r.wrong, 1);
	}
	pthread_join(thread, NULL);
	EXPECT_EQ(0, atomic_load(&r.wrong));
}

TEST_HARNESS_MAIN
