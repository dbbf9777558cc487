// SPDX-License-Identifier: GPL-2.0-only
/*
 * R7: the client is killed while it waits (S1.30 a-d, S5.20, S5.24, S5.42; the grace is D6).
 * The server is told by one pulse, may answer within the grace, and after that has an
 * orphan that it ends. DISCONNECT comes last.
 */
#include "kselftest_harness.h"
#include "book.h"
#include "race.h"

#define GRACE_MS	60000		/* longer than any wait here: it must be the answer */
#define SHORT_GRACE_MS	20

FIXTURE(killed) {
	struct peer *server;
	struct peer *client;
	struct client *c;
	int q;
	int chid;
	struct qmsg_msg_info info;
	int64_t rcvid;
};

FIXTURE_SETUP(killed)
{
	self->server = peer_self();
	self->q = peer_open(self->server);
	ASSERT_LE(0, self->q);
	self->client = peer_fork();
	ASSERT_LE(0, peer_open(self->client));
}

FIXTURE_TEARDOWN(killed)
{
	qmsg_close(self->q);
}

#define SENDS(more_flags, grace) do {					\
	self->chid = peer_channel_grace(self->server,			\
					QMSG_CHF_DISCONNECT | (more_flags), grace);	\
	ASSERT_LT(0, self->chid);					\
	self->c = client_connect(self->client, getpid(), self->chid);	\
	ASSERT_NE(NULL, self->c);					\
	ASSERT_EQ(0, client_send(self->c));				\
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));			\
} while (0)

#define RECEIVES() do {							\
	char _buf[CLIENT_BYTES];					\
									\
	self->rcvid = receive_soon(self->q, self->chid, _buf, sizeof(_buf), &self->info);	\
	ASSERT_LT(0, self->rcvid);					\
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY"));		\
} while (0)

#define IS_KILLED() do {						\
	int _status;							\
									\
	ASSERT_EQ(0, peer_reap(self->client, &_status));		\
	ASSERT_TRUE(WIFSIGNALED(_status));				\
	ASSERT_EQ(SIGKILL, WTERMSIG(_status));				\
} while (0)

#define ENDS_WITH_DISCONNECT() do {					\
	struct qmsg_pulse _pulse;					\
									\
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &_pulse));	\
	EXPECT_EQ(0, qmsg_connect_detach(self->q, _pulse.scoid));	\
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));		\
} while (0)

static int64_t asks(int q, int64_t rcvid, struct qmsg_msg_info *info)
{
	return qmsg_msg_info(q, rcvid, info);
}

TEST_F(killed, while_send_blocked)
{
	SENDS(QMSG_CHF_UNBLOCK, GRACE_MS);
	ASSERT_EQ(0, peer_kill(self->client, SIGKILL));
	IS_KILLED();
	ENDS_WITH_DISCONNECT();
}

TEST_F(killed, while_received_without_unblock)
{
	SENDS(0, GRACE_MS);
	RECEIVES();
	ASSERT_EQ(0, peer_kill(self->client, SIGKILL));
	IS_KILLED();
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	EXPECT_EQ(-ESRCH, asks(self->q, self->rcvid, &self->info));
	ENDS_WITH_DISCONNECT();
}

/* The chart: pulse, reply, and only then the process goes. */
TEST_F(killed, and_answered_within_the_grace)
{
	struct qmsg_pulse pulse;

	SENDS(QMSG_CHF_UNBLOCK, GRACE_MS);
	RECEIVES();
	ASSERT_EQ(0, peer_kill(self->client, SIGKILL));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse));
	EXPECT_EQ(self->rcvid, (int64_t)pulse.value);
	ASSERT_EQ(0, asks(self->q, self->rcvid, &self->info));
	EXPECT_EQ(QMSG_UNBLOCK_KILL, self->info.unblock_reasons);
	EXPECT_TRUE(self->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_FALSE(self->info.flags & QMSG_MI_CLIENT_GONE);
	EXPECT_EQ(EINTR, self->info.unblock_error);
	EXPECT_FALSE(is_reapable(self->client->pid));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	IS_KILLED();
	EXPECT_EQ(-ESRCH, asks(self->q, self->rcvid, &self->info));
	ENDS_WITH_DISCONNECT();
}

/* Nobody answers: the process goes after the grace and leaves an orphan (D7). */
TEST_F(killed, and_never_answered)
{
	struct qmsg_pulse pulse;
	char byte = 0;

	SENDS(QMSG_CHF_UNBLOCK, SHORT_GRACE_MS);
	RECEIVES();
	ASSERT_EQ(0, peer_kill(self->client, SIGKILL));
	IS_KILLED();
	EXPECT_EQ(1, read_channel(getpid(), self->q, self->chid, "orphans"));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse));
	EXPECT_EQ(self->rcvid, (int64_t)pulse.value);
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	ASSERT_EQ(0, asks(self->q, self->rcvid, &self->info));
	EXPECT_TRUE(self->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_TRUE(self->info.flags & QMSG_MI_CLIENT_GONE);
	EXPECT_EQ(QMSG_UNBLOCK_KILL, self->info.unblock_reasons);
	EXPECT_EQ(-ESRCH, qmsg_msg_read(self->q, self->rcvid, &byte, 1, 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_write(self->q, self->rcvid, &byte, 1, 0));
	ASSERT_EQ(0, asks(self->q, self->rcvid, &self->info));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	EXPECT_EQ(-ESRCH, asks(self->q, self->rcvid, &self->info));
	EXPECT_EQ(0, read_channel(getpid(), self->q, self->chid, "orphans"));
	ENDS_WITH_DISCONNECT();
}

/* The signal was first, the kill second: one pulse, both reasons, the first errno. */
TEST_F(killed, after_it_was_asked_already)
{
	struct qmsg_pulse pulse;

	ASSERT_EQ(0, peer_handle(self->client, SIGUSR1, 0));
	SENDS(QMSG_CHF_UNBLOCK, GRACE_MS);
	RECEIVES();
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse));
	ASSERT_EQ(0, peer_kill(self->client, SIGKILL));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	ASSERT_EQ(0, asks(self->q, self->rcvid, &self->info));
	EXPECT_EQ(QMSG_UNBLOCK_SIGNAL | QMSG_UNBLOCK_KILL, self->info.unblock_reasons);
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, QMSG_ERROR_REASON));
	IS_KILLED();
	ENDS_WITH_DISCONNECT();
}

/* ------------------------------------------------------------------- hammer */

enum manner {
	AROUND_THE_KILL,	/* the worker answers near the time of the kill */
	BY_THE_PULSE,		/* the pulse thread aborts, the worker comes late */
	AFTER_THE_END,		/* nobody answers before the client is gone */
};

struct massacre {
	int q;
	int chid;
	unsigned int flags;
	unsigned int rounds;
	struct entry *book;
	struct race_step *called;	/* shared with the clients, as the book is */
	struct race_step gone;		/* reaped */
	struct race_step over;		/* and disconnected */
	struct race_aim aim;
	long delay_kill, delay_answer;
	uint8_t *manners;		/* of each round: a server thread may be a round late */
	_Atomic unsigned int newest, disconnects, strange;
};

static void strange(struct massacre *m, const char *what, int64_t value)
{
	if (atomic_fetch_add(&m->strange, 1) < 5)
		printf("# strange: %s %lld\n", what, (long long)value);
}

static void count(struct massacre *m, struct entry *e, int ret)
{
	if (ret && ret != -ESRCH)
		strange(m, "an answer returned", ret);
	atomic_fetch_add(ret ? &e->stale : &e->answers, 1);
}

/* The client is gone and its request was not answered: T14, or an orphan (D7). */
static void bury(struct massacre *m, struct entry *e, int64_t rcvid)
{
	const unsigned int both = QMSG_MI_UNBLOCK_REQ | QMSG_MI_CLIENT_GONE;
	struct qmsg_msg_info info;
	int ret = qmsg_msg_info(m->q, rcvid, &info);
	bool orphan = !ret;
	char byte;

	if (ret != (m->flags & QMSG_CHF_UNBLOCK ? 0 : -ESRCH))
		strange(m, "asking for an orphan returned", ret);
	if (orphan && (info.flags & both) != both)
		strange(m, "orphan with flags", info.flags);
	if (qmsg_msg_read(m->q, rcvid, &byte, 1, 0) != -ESRCH)
		strange(m, "a dead client's memory was read", rcvid);
	while (orphan && !atomic_load(&e->pulses))
		sched_yield();
}

static void work(struct massacre *m, unsigned int number, int64_t rcvid)
{
	struct note note = { .number = number, .rcvid = rcvid };
	struct entry *e = &m->book[number];
	int manner = m->manners[number];
	struct qmsg_msg_info info;

	atomic_store(&e->rcvid, rcvid);
	atomic_fetch_add(&e->received, 1);
	if (manner == AROUND_THE_KILL)
		race_spin(m->delay_answer);
	else
		race_await(&m->gone, number);
	if (manner == AFTER_THE_END)
		bury(m, e, rcvid);
	count(m, e, qmsg_msg_reply(m->q, rcvid, number, &note, sizeof(note)));
	if (qmsg_msg_info(m->q, rcvid, &info) != -ESRCH)
		strange(m, "a request outlived its answer", rcvid);
}

/* The round may be over when the pulse gets here, the receive id not yet written down. */
static struct entry *find(struct massacre *m, int64_t rcvid)
{
	for (int turn = 0; turn < 100000; turn++) {
		unsigned int newest = atomic_load(&m->newest);

		for (unsigned int n = newest; n && n + 8 > newest; n--)
			if (atomic_load(&m->book[n].rcvid) == rcvid)
				return &m->book[n];
		sched_yield();
	}
	return NULL;
}

static void take_pulse(struct massacre *m, int64_t rcvid)
{
	bool aborts = m->manners[atomic_load(&m->newest)] == BY_THE_PULSE;
	int ret = aborts ? qmsg_msg_error(m->q, rcvid, QMSG_ERROR_REASON) : 0;
	struct entry *e = find(m, rcvid);

	if (!e) {
		strange(m, "pulse for an id that nobody received", rcvid);
		return;
	}
	if (aborts)
		count(m, e, ret);
	atomic_fetch_add(&e->pulses, 1);
}

static void take_disconnect(struct massacre *m, int scoid)
{
	int ret = qmsg_connect_detach(m->q, scoid);

	if (ret)
		strange(m, "detaching a scoid returned", ret);
	race_reach(&m->over, atomic_fetch_add(&m->disconnects, 1) + 1);
}

static void *serve(void *arg)
{
	struct massacre *m = arg;
	union {
		struct note note;
		struct qmsg_pulse pulse;
	} buf;
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(m->q, m->chid, &buf, sizeof(buf), NULL)) >= 0) {
		if (rcvid)
			work(m, buf.note.number, rcvid);
		else if (buf.pulse.code == QMSG_PULSE_CODE_UNBLOCK)
			take_pulse(m, buf.pulse.value);
		else
			take_disconnect(m, buf.pulse.scoid);
	}
	return NULL;
}

struct victim {
	struct massacre *m;
	unsigned int number;
	pid_t server;
};

static int be_victim(void *arg)
{
	const struct victim *v = arg;
	struct note note = { .number = v->number }, back = { 0 };
	int q = qmsg_open();
	int coid = qmsg_connect_attach(q, v->server, v->m->chid, QMSG_SIDE_CHANNEL, 0);
	struct qmsg_msg_send send = send_args(coid, &note, note_len(v->number), &back,
					      sizeof(back));
	int ret;

	race_reach(v->m->called, v->number);
	ret = qmsg_msg_send_with(q, &send);
	book_outcome(&v->m->book[v->number], v->number, ret, &send, &back);
	return coid < 0;
}

static void slay(struct massacre *m, struct victim *v)
{
	struct entry *e = &m->book[v->number];
	int manner = race_random() % 3, status = 0;
	pid_t pid;

	m->manners[v->number] = manner;
	race_aim_delays(&m->aim, &m->delay_kill, &m->delay_answer);
	atomic_store(&m->newest, v->number);
	pid = fork_child(be_victim, v);
	race_await(m->called, v->number);
	race_spin(m->delay_kill);
	atomic_store(&e->asked, 1);
	kill(pid, SIGKILL);
	if (reap(pid, &status))
		strange(m, "a killed process stays", pid);
	if (WIFEXITED(status) && (WEXITSTATUS(status) || e->outcome == OUT_NONE))
		strange(m, "exit status", status);
	race_reach(&m->gone, v->number);
	race_await(&m->over, v->number);
	if (manner == AROUND_THE_KILL)
		race_aim_adjust(&m->aim, e->outcome == OUT_NONE);
	race_tick();
}

static struct tally audit(struct massacre *m)
{
	struct tally t = { 0 };

	for (unsigned int number = 1; number <= m->rounds; number++) {
		const struct entry *e = &m->book[number];
		const char *flaw = book_flaw(e, m->flags & QMSG_CHF_UNBLOCK);

		if (!flaw && e->outcome == OUT_LEFT)
			flaw = "came back from the dead";
		if (flaw)
			book_flawed(&t, number, e, flaw);
		book_add(&t, e);
	}
	printf("# %u clients killed: kill first %u, answer first %u; had returned %u, had not %u, "
	       "refused answers %u, pulses %u\n", m->rounds, m->aim.first, m->aim.second,
	       t.results + t.aborts, t.lost, t.stale, t.pulses);
	return t;
}

static void massacre_run(struct massacre *m)
{
	struct victim v = { .m = m, .server = getpid() };
	pthread_t servers[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&servers[i], NULL, serve, m);
	for (v.number = 1; v.number <= m->rounds; v.number++)
		slay(m, &v);
	qmsg_channel_destroy(m->q, m->chid);
	for (int i = 0; i < 3; i++)
		pthread_join(servers[i], NULL);
}

FIXTURE(hammer) {
	struct massacre m;
};

FIXTURE_VARIANT(hammer) {
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(hammer, unblock) { .flags = QMSG_CHF_UNBLOCK };
FIXTURE_VARIANT_ADD(hammer, no_unblock) { .flags = 0 };

FIXTURE_SETUP(hammer)
{
	struct massacre *m = &self->m;
	struct qmsg_channel_create args = {
		.flags = variant->flags | QMSG_CHF_DISCONNECT,
		.kill_grace_ms = SHORT_GRACE_MS,
	};

	m->rounds = race_rounds(100);
	m->aim.lead = 300000;		/* few rounds: begin near a process's first send */
	m->book = shared_alloc(sizeof(*m->book) * (m->rounds + 1));
	m->manners = calloc(m->rounds + 1, sizeof(*m->manners));
	ASSERT_NE(NULL, m->manners);
	m->called = shared_alloc(sizeof(*m->called));
	m->flags = variant->flags;
	m->q = qmsg_open();
	m->chid = qmsg_channel_create_with(m->q, &args);
	ASSERT_LT(0, m->chid);
	race_begin("kill");
}

FIXTURE_TEARDOWN(hammer)
{
	qmsg_close(self->m.q);
	free(self->m.manners);
	race_end();
}

TEST_F_TIMEOUT(hammer, kill_against_answer, RACE_TIMEOUT)
{
	struct massacre *m = &self->m;
	struct tally t;

	massacre_run(m);
	t = audit(m);
	EXPECT_EQ(0, t.flaws);
	EXPECT_EQ(0, atomic_load(&m->strange));
	EXPECT_EQ(m->rounds, atomic_load(&m->disconnects));
	RACE_SHOULD_COME_UP(0 < t.stale);
	RACE_SHOULD_COME_UP(0 < t.lost);
	RACE_SHOULD_COME_UP(0 < t.results);
}

TEST_HARNESS_MAIN
