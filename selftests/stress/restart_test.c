// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server is killed in the middle of everything and started again, many times (S1.15,
 * S1.30 i-j, S1.34; hazards C13). Every client gets an end to every request, says which,
 * connects to the next server and goes on; no answer crosses from one life to another.
 */
#include "kselftest_harness.h"
#include "../races/book.h"
#include "../races/race.h"

#define CLIENTS	4	/* threads, in two processes */
#define SERVERS	3

/* Shared by all processes. */
struct state {
	unsigned int flags;
	unsigned int requests;
	struct race_step life;		/* of the server: it is up */
	_Atomic pid_t server;
	_Atomic int chid;
	struct race_step issued;
	_Atomic unsigned int strange;
	struct entry book[];
};

static void strange(struct state *s, const char *what, int64_t value)
{
	if (atomic_fetch_add(&s->strange, 1) < 5)
		printf("# strange: %s %lld\n", what, (long long)value);
}

/* ------------------------------------------------------------------- server */

struct server {
	struct state *s;
	int q;
	int chid;
};

/* Written down before the answer: the server may not live to write it after. */
static void answer(struct server *v, uint64_t number, int64_t rcvid)
{
	struct note note = { .number = number, .rcvid = rcvid };
	struct entry *e = &v->s->book[number];
	int ret;

	atomic_store(&e->rcvid, rcvid);
	atomic_fetch_add(&e->received, 1);
	race_spin(race_random() % 32768);
	atomic_fetch_add(&e->answers, 1);
	ret = qmsg_msg_reply(v->q, rcvid, number, &note, sizeof(note));
	if (ret == -ESRCH)
		atomic_fetch_sub(&e->answers, 1);
	else if (ret)
		strange(v->s, "an answer returned", ret);
}

static void *serve(void *arg)
{
	struct server *v = arg;
	union {
		struct note note;
		struct qmsg_pulse pulse;
	} buf;
	int64_t rcvid;

	for (;;) {
		rcvid = qmsg_msg_receive(v->q, v->chid, &buf, sizeof(buf), NULL);
		if (rcvid > 0)
			answer(v, buf.note.number, rcvid);
		else if (rcvid < 0)
			strange(v->s, "receive returned", rcvid);
	}
	return NULL;
}

static int be_server(void *arg)
{
	struct server v = { .s = arg, .q = qmsg_open() };
	pthread_t thread;

	v.chid = qmsg_channel_create(v.q, v.s->flags);
	if (v.chid < 0)
		strange(v.s, "channel", v.chid);
	atomic_store(&v.s->chid, v.chid);
	atomic_store(&v.s->server, getpid());
	for (int i = 1; i < SERVERS; i++)
		pthread_create(&thread, NULL, serve, &v);
	race_reach(&v.s->life, atomic_load(&v.s->life.at) + 1);
	serve(&v);
	return 0;
}

/* ------------------------------------------------------------------ clients */

/* Between two lives there is nobody to connect to: then the next one is waited for. */
static int attach(struct state *s, int q)
{
	for (;;) {
		uint32_t life = atomic_load(&s->life.at);
		int coid = qmsg_connect_attach(q, atomic_load(&s->server), atomic_load(&s->chid),
					       QMSG_SIDE_CHANNEL, 0);

		if (coid >= 0)
			return coid;
		if (coid != -ESRCH && coid != -ENXIO)
			strange(s, "attach returned", coid);
		race_await(&s->life, life + 1);
	}
}

/* The numbers beyond the last one count the clients that are done. */
static unsigned int next(struct state *s)
{
	unsigned int number = atomic_fetch_add(&s->issued.at, 1) + 1;

	syscall(SYS_futex, &s->issued.at, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	return number;
}

static void *send_on(void *arg)
{
	struct state *s = arg;
	int q = qmsg_open(), coid = attach(s, q);
	unsigned int number;

	while ((number = next(s)) <= s->requests) {
		struct note note = { .number = number }, back = { 0 };
		struct qmsg_msg_send send = send_args(coid, &note, note_len(number), &back,
						      sizeof(back));
		int ret = qmsg_msg_send_with(q, &send);

		book_outcome(&s->book[number], number, ret, &send, &back);
		if (!ret)
			continue;
		ret = qmsg_connect_detach(q, coid);
		if (ret)
			strange(s, "detaching a dead connection returned", ret);
		coid = attach(s, q);
	}
	qmsg_close(q);
	return NULL;
}

static int be_clients(void *arg)
{
	pthread_t other;

	pthread_create(&other, NULL, send_on, arg);
	send_on(arg);
	pthread_join(other, NULL);
	return 0;
}

/* -------------------------------------------------------------------- audit */

static const char *flaw(const struct entry *e)
{
	if (e->outcome == OUT_NONE)
		return "did not return";
	if (e->outcome == OUT_LEFT && e->error != ESRCH && e->error != EBADF && e->error != ENXIO)
		return "ended with a strange errno";
	/* its death may have come between the reply and the client's return from it */
	if (e->outcome == OUT_LEFT)
		return e->received > 1 ? "was received twice" : NULL;
	return book_flaw(e, false);
}

FIXTURE(restart) {
	struct state *s;
	pid_t clients[CLIENTS / 2];
	unsigned int lives;
};

FIXTURE_VARIANT(restart) {
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(restart, unblock) { .flags = QMSG_CHF_UNBLOCK };
FIXTURE_VARIANT_ADD(restart, no_unblock) { .flags = 0 };

FIXTURE_SETUP(restart)
{
	unsigned int requests = race_rounds(2);

	self->s = shared_alloc(sizeof(*self->s) + sizeof(struct entry) * (requests + 1));
	self->s->flags = variant->flags;
	self->s->requests = requests;
	race_begin("restart");
	for (int i = 0; i < CLIENTS / 2; i++)
		self->clients[i] = fork_child(be_clients, self->s);
}

FIXTURE_TEARDOWN(restart)
{
	race_end();
}

/* One life: it is killed after some hundred requests, or when all clients are done. */
static void live_once(struct state *s, unsigned int all)
{
	unsigned int until = atomic_load(&s->issued.at) + 100 + race_random() % 200;
	pid_t server = fork_child(be_server, s);
	int status;

	race_await(&s->issued, until < all ? until : all);
	race_tick();
	kill(server, SIGKILL);
	if (reap(server, &status) || !WIFSIGNALED(status))
		strange(s, "a killed server ended with", status);
}

static struct tally audit(const struct state *s, unsigned int lives)
{
	struct tally t = { 0 };

	for (unsigned int number = 1; number <= s->requests; number++) {
		const char *what = flaw(&s->book[number]);

		if (what)
			book_flawed(&t, number, &s->book[number], what);
		book_add(&t, &s->book[number]);
	}
	printf("# %u requests in %u lives: results %u, ended in SEND %u, in REPLY %u\n",
	       s->requests, lives, t.results, t.left_unreceived, t.left_received);
	return t;
}

TEST_F_TIMEOUT(restart, every_request_ends, RACE_TIMEOUT)
{
	struct state *s = self->s;
	struct tally t;

	for (; !race_reached(&s->issued, s->requests + CLIENTS); self->lives++)
		live_once(s, s->requests + CLIENTS);
	for (int i = 0; i < CLIENTS / 2; i++) {
		int status = 1;

		EXPECT_EQ(0, reap(self->clients[i], &status));
		EXPECT_EQ(0, status);
	}
	t = audit(s, self->lives);
	EXPECT_EQ(0, t.flaws);
	EXPECT_EQ(0, atomic_load(&s->strange));
	EXPECT_EQ(s->requests, t.results + t.left_unreceived + t.left_received);
	RACE_SHOULD_COME_UP(0 < t.left_unreceived + t.left_received);
}

TEST_HARNESS_MAIN
