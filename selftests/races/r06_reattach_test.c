// SPDX-License-Identifier: GPL-2.0-only
/*
 * R6, continued: the last link of a server connection ends while the client connects anew
 * (S1.11, S1.13, S1.14). Either the new connection shares the scoid, then there is no
 * notice; or the notice comes and the scoid is dead, and the new connection has another.
 */
#include "kselftest_harness.h"
#include "race.h"

#define SERVERS		2
#define SENDERS		2
#define VISITORS	3

struct revolving {
	int qs, qc;
	int chid;
	unsigned int flags;
	unsigned int rounds;
	_Atomic int coid;
	_Atomic unsigned int turned;	/* connections made */
	_Atomic unsigned int answered, refused, notices, strange;
	_Atomic bool over;
};

static void strange(struct revolving *r, const char *what, int64_t value)
{
	if (atomic_fetch_add(&r->strange, 1) < 5)
		printf("# strange: %s %lld\n", what, (long long)value);
}

/* A notice says that nobody is behind the scoid: no connection of the client has it. */
static void take_notice(struct revolving *r, const struct qmsg_pulse *pulse)
{
	int ret;

	if (pulse->code == QMSG_PULSE_CODE_UNBLOCK)
		return;
	if (pulse->code != QMSG_PULSE_CODE_DISCONNECT)
		strange(r, "pulse", pulse->code);
	atomic_fetch_add(&r->notices, 1);
	ret = qmsg_connect_detach(r->qs, pulse->scoid);
	if (!ret)
		return;
	strange(r, "detaching a scoid returned", ret);
	printf("# scoid %#x\n", pulse->scoid);
	race_print_state();
}

static void *serve(void *arg)
{
	struct revolving *r = arg;
	union {
		uint64_t number;
		struct qmsg_pulse pulse;
	} buf;
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(r->qs, r->chid, &buf, sizeof(buf), NULL)) >= 0) {
		if (!rcvid) {
			take_notice(r, &buf.pulse);
			continue;
		}
		race_spin(race_random() % 32768);
		qmsg_msg_reply(r->qs, rcvid, buf.number, NULL, 0);
	}
	return NULL;
}

/* Keeps a link for as long as a request takes. */
static void *send_on(void *arg)
{
	struct revolving *r = arg;

	for (uint64_t number = 1; !atomic_load(&r->over); number++) {
		int64_t status = qmsg_msg_send(r->qc, atomic_load(&r->coid), &number,
					       sizeof(number), NULL, 0);

		atomic_fetch_add(status < 0 ? &r->refused : &r->answered, 1);
		if (status != -EBADF && status != (int64_t)number)
			strange(r, "send returned", status);
		if (status < 0)
			race_spin(race_random() % 65536);
	}
	return NULL;
}

static void turn(struct revolving *r)
{
	int coid = atomic_load(&r->coid);

	if (qmsg_connect_detach(r->qc, coid))
		strange(r, "detaching coid", coid);
	race_spin(race_random() % 65536);
	coid = qmsg_connect_attach(r->qc, 0, r->chid, QMSG_SIDE_CHANNEL, 0);
	if (coid < 0)
		strange(r, "attaching returned", coid);
	atomic_store(&r->coid, coid);
	race_spin(race_random() % 65536);
}

/* Connects and goes: the link it makes is often the first, or the last. */
static void *come_and_go(void *arg)
{
	struct revolving *r = arg;

	for (unsigned int round = 0; round < r->rounds; round++) {
		int coid = qmsg_connect_attach(r->qc, 0, r->chid, QMSG_SIDE_CHANNEL, 0);

		if (coid < 0)
			strange(r, "attaching returned", coid);
		if (race_random() % 2)
			race_spin(race_random() % 8192);
		if (qmsg_connect_detach(r->qc, coid))
			strange(r, "detaching coid", coid);
		race_tick();
	}
	return NULL;
}

FIXTURE(revolving) {
	struct revolving r;
	pthread_t server[SERVERS], sender[SENDERS], visitor[VISITORS];
};

FIXTURE_VARIANT(revolving) {
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(revolving, unblock) { .flags = QMSG_CHF_UNBLOCK };
FIXTURE_VARIANT_ADD(revolving, no_unblock) { .flags = 0 };

FIXTURE_SETUP(revolving)
{
	struct revolving *r = &self->r;

	r->rounds = race_rounds(2);
	r->qs = qmsg_open();
	r->qc = qmsg_open();
	r->chid = qmsg_channel_create(r->qs, variant->flags | QMSG_CHF_DISCONNECT);
	r->coid = qmsg_connect_attach(r->qc, 0, r->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LT(0, r->coid);
	race_begin("reattach");
	for (int i = 0; i < SERVERS; i++)
		ASSERT_EQ(0, pthread_create(&self->server[i], NULL, serve, r));
}

FIXTURE_TEARDOWN(revolving)
{
	race_end();
	qmsg_close(self->r.qc);
	qmsg_close(self->r.qs);
}

/* Every notice is dealt with when all server threads wait again. */
#define CLOSES(r) do {							\
	ASSERT_EQ(0, wait_for_channel(getpid(), (r)->qs, (r)->chid, "receivers", SERVERS));	\
	EXPECT_EQ(0, read_channel(getpid(), (r)->qs, (r)->chid, "pulses"));	\
	qmsg_channel_destroy((r)->qs, (r)->chid);			\
	for (int i = 0; i < SERVERS; i++)				\
		pthread_join(self->server[i], NULL);			\
	EXPECT_EQ(0, atomic_load(&(r)->strange));			\
} while (0)

TEST_F_TIMEOUT(revolving, requests_may_outlast_the_connection, RACE_TIMEOUT)
{
	struct revolving *r = &self->r;

	for (int i = 0; i < SENDERS; i++)
		ASSERT_EQ(0, pthread_create(&self->sender[i], NULL, send_on, r));
	for (unsigned int round = 0; round < r->rounds; round++) {
		turn(r);
		race_tick();
	}
	atomic_store(&r->over, true);
	for (int i = 0; i < SENDERS; i++)
		pthread_join(self->sender[i], NULL);
	ASSERT_EQ(0, qmsg_connect_detach(r->qc, atomic_load(&r->coid)));
	CLOSES(r);
	printf("# %u connections: notices %u; requests answered %u, refused %u\n", r->rounds,
	       r->notices, r->answered, r->refused);
	RACE_SHOULD_COME_UP(0 < r->notices);
	EXPECT_LE(r->notices, r->rounds + 1);
	/* on an UNBLOCK channel requests outlast the detach, so that some are shared */
	if (variant->flags)
		RACE_SHOULD_COME_UP(r->notices < r->rounds + 1 - r->rounds / 100);
}

TEST_F_TIMEOUT(revolving, notice_means_that_nobody_is_there, RACE_TIMEOUT)
{
	struct revolving *r = &self->r;

	ASSERT_EQ(0, qmsg_connect_detach(r->qc, atomic_load(&r->coid)));
	for (int i = 0; i < VISITORS; i++)
		ASSERT_EQ(0, pthread_create(&self->visitor[i], NULL, come_and_go, r));
	for (int i = 0; i < VISITORS; i++)
		pthread_join(self->visitor[i], NULL);
	CLOSES(r);
	printf("# %u connections of %u threads: notices %u\n", VISITORS * r->rounds + 1, VISITORS,
	       r->notices);
	EXPECT_LT(1, r->notices);
	EXPECT_LE(r->notices, VISITORS * r->rounds + 1);
	/* some have shared a connection */
	RACE_SHOULD_COME_UP(r->notices < VISITORS * r->rounds + 1);
}

TEST_HARNESS_MAIN
