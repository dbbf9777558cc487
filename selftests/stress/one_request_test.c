// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many threads at one receive id (hazards K1, K3, K7): answers against answers, copies and
 * questions against the answer and the client's next send. One answer wins, a copy is
 * whole or refused, a question is never answered with a newer request.
 */
#include "kselftest_harness.h"
#include "../races/race.h"

#define WORDS	512
#define HELPERS	8
#define POISON	0x5a5a5a5a5a5a5a5aULL

struct siege {
	int qs, qc;
	int chid, coid;
	unsigned int rounds;
	void (*help)(struct siege *s, unsigned int i);
	/* of the round */
	unsigned int number;
	int64_t rcvid;
	struct race_step go;		/* number of the round and of its helpers: one word */
	struct race_step done;
	_Atomic unsigned int busy, won, lost;
	/* of all */
	_Atomic unsigned int winner;	/* whose answer the client got */
	unsigned int sole_winner;
	_Atomic unsigned int hits[HELPERS];
	_Atomic unsigned int strange;
	_Atomic bool over;
	uint64_t message[WORDS], reply[WORDS];
};

static void strange(struct siege *s, const char *what, int64_t value)
{
	if (atomic_fetch_add(&s->strange, 1) < 5)
		printf("# strange: %s %lld in round %u\n", what, (long long)value, s->number);
}

/* A request's number is in every word of it, and in its length. */
static unsigned int words_of(unsigned int number)
{
	return 1 + number % WORDS;
}

/* ------------------------------------------------------------------- client */

static void fill(uint64_t *words, uint64_t with)
{
	for (int i = 0; i < WORDS; i++)
		words[i] = with;
}

/* What is stored in @words is @number or nothing. */
static bool is_clean(const uint64_t *words, uint64_t number)
{
	for (int i = 0; i < WORDS; i++)
		if (words[i] != POISON && words[i] != number)
			return false;
	return true;
}

static void *send_on(void *arg)
{
	struct siege *s = arg;
	int64_t status;

	fill(s->reply, POISON);
	for (unsigned int number = 1; number <= s->rounds; number++) {
		fill(s->message, number);
		if (!is_clean(s->reply, POISON))
			strange(s, "a reply buffer changed after the reply, before", number);
		status = qmsg_msg_send(s->qc, s->coid, s->message, 8 * words_of(number),
				       s->reply, sizeof(s->reply));
		if ((status & 0xffffffff) != number || s->reply[0] != number)
			strange(s, "status", status);
		if (!is_clean(s->reply, number))
			strange(s, "foreign bytes in the reply to", number);
		atomic_store(&s->winner, status >> 32);
		fill(s->reply, POISON);
	}
	return NULL;
}

/* ------------------------------------------------------------------ helpers */

struct helper {
	struct siege *s;
	unsigned int i;
};

static void *help(void *arg)
{
	struct helper *h = arg;
	struct siege *s = h->s;
	uint32_t go = 0;

	for (;;) {
		race_await(&s->go, (go | 15) + 1);
		go = atomic_load(&s->go.at);
		if (atomic_load(&s->over))
			return NULL;
		if (h->i >= (go & 15))
			continue;
		s->help(s, h->i);
		if (atomic_fetch_sub(&s->busy, 1) == 1)
			race_reach(&s->done, go >> 4);
	}
}

static int answer(struct siege *s, unsigned int i)
{
	uint64_t words[8];

	for (int w = 0; w < 8; w++)
		words[w] = s->number;
	return qmsg_msg_reply(s->qs, s->rcvid, s->number | (int64_t)i << 32, words,
			      sizeof(words));
}

/* K1 */
static void try_to_answer(struct siege *s, unsigned int i)
{
	int ret;

	race_spin(race_random() % 4096);
	ret = answer(s, i);
	if (!ret) {
		s->sole_winner = i;
		atomic_fetch_add(&s->hits[i], 1);
	} else if (ret != -ESRCH) {
		strange(s, "answer returned", ret);
	}
	atomic_fetch_add(ret ? &s->lost : &s->won, 1);
}

static bool reads(struct siege *s)
{
	unsigned int words = words_of(s->number), from = race_random() % words;
	uint64_t buf[WORDS];
	ssize_t n = qmsg_msg_read(s->qs, s->rcvid, buf, sizeof(buf), 8 * from);

	if (n < 0) {
		if (n != -ESRCH)
			strange(s, "read returned", n);
		return false;
	}
	if (n != 8 * (words - from))
		strange(s, "bytes read", n);
	for (unsigned int i = 0; i < n / 8; i++)
		if (buf[i] != s->number)
			strange(s, "read word", buf[i]);
	return true;
}

static bool writes(struct siege *s)
{
	uint64_t buf[WORDS];
	ssize_t n;

	fill(buf, s->number);
	n = qmsg_msg_write(s->qs, s->rcvid, buf, sizeof(buf), 0);
	if (n < 0 && n != -ESRCH)
		strange(s, "write returned", n);
	if (n >= 0 && n != sizeof(buf))
		strange(s, "bytes written", n);
	return n >= 0;
}

static bool asks(struct siege *s)
{
	struct qmsg_msg_info info;
	int ret = qmsg_msg_info(s->qs, s->rcvid, &info);

	if (ret && ret != -ESRCH)
		strange(s, "info returned", ret);
	if (!ret && (info.rcvid != s->rcvid || info.srcmsglen != 8 * words_of(s->number)))
		strange(s, "info of a request with length", info.srcmsglen);
	return !ret;
}

/* K3: helper 0 answers, the others copy until the request is over. */
static void copy_until_answered(struct siege *s, unsigned int i)
{
	if (!i) {
		race_spin(race_random() % 65536);
		atomic_fetch_add(answer(s, 0) ? &s->lost : &s->won, 1);
		return;
	}
	while (i % 2 ? reads(s) : writes(s))
		atomic_fetch_add(&s->hits[i], 1);
}

/* K7: the client sends its next request while the others still ask for this one. */
static void ask_until_answered(struct siege *s, unsigned int i)
{
	if (!i) {
		race_spin(race_random() % 32768);
		atomic_fetch_add(answer(s, 0) ? &s->lost : &s->won, 1);
		return;
	}
	while (asks(s))
		atomic_fetch_add(&s->hits[i], 1);
	for (int again = 0; again < 4; again++)
		if (asks(s))
			strange(s, "a request came back", s->rcvid);
}

/* ------------------------------------------------------------------- rounds */

FIXTURE(siege) {
	struct siege s;
	struct helper helper[HELPERS];
	pthread_t thread[HELPERS], client;
};

FIXTURE_VARIANT(siege) {
	unsigned int flags;
	unsigned int bits;
};

FIXTURE_VARIANT_ADD(siege, unblock) { .flags = QMSG_CHF_UNBLOCK, .bits = 63 };
FIXTURE_VARIANT_ADD(siege, no_unblock_rcvid_8) { .flags = 0, .bits = 8 };

FIXTURE_SETUP(siege)
{
	struct siege *s = &self->s;

	s->qs = qmsg_open();
	s->qc = qmsg_open();
	ASSERT_EQ(0, qmsg_setup(s->qs, variant->bits));
	s->chid = qmsg_channel_create(s->qs, variant->flags);
	s->coid = qmsg_connect_attach(s->qc, 0, s->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LT(0, s->coid);
	s->rounds = race_rounds(6);
	race_begin("siege");
}

FIXTURE_TEARDOWN(siege)
{
	race_end();
	qmsg_close(self->s.qc);
	qmsg_close(self->s.qs);
}

static void round_of(struct siege *s, unsigned int number, unsigned int helpers)
{
	uint64_t buf[WORDS];
	int64_t rcvid = qmsg_msg_receive(s->qs, s->chid, buf, sizeof(buf), NULL);

	if (rcvid <= 0 || buf[0] != number)
		strange(s, "received", rcvid);
	/* the client is done with the round before */
	if (atomic_load(&s->winner) != s->sole_winner)
		strange(s, "the client got the answer of", s->winner);
	s->rcvid = rcvid;
	s->number = number;
	atomic_store(&s->won, 0);
	atomic_store(&s->lost, 0);
	atomic_store(&s->busy, helpers);
	race_reach(&s->go, number << 4 | helpers);
	race_await(&s->done, number);
	if (atomic_load(&s->won) != 1)
		strange(s, "answers taken", s->won);
	race_tick();
}

static void start(FIXTURE_DATA(siege) *self, void (*fn)(struct siege *, unsigned int))
{
	self->s.help = fn;
	for (unsigned int i = 0; i < HELPERS; i++) {
		self->helper[i] = (struct helper){ &self->s, i };
		pthread_create(&self->thread[i], NULL, help, &self->helper[i]);
	}
	pthread_create(&self->client, NULL, send_on, &self->s);
}

static void finish(FIXTURE_DATA(siege) *self)
{
	pthread_join(self->client, NULL);
	atomic_store(&self->s.over, true);
	race_reach(&self->s.go, (self->s.rounds + 1) << 4);
	for (int i = 0; i < HELPERS; i++)
		pthread_join(self->thread[i], NULL);
	printf("# %u requests; successes of the helpers %u %u %u %u %u %u %u %u\n", self->s.rounds,
	       self->s.hits[0], self->s.hits[1], self->s.hits[2], self->s.hits[3],
	       self->s.hits[4], self->s.hits[5], self->s.hits[6], self->s.hits[7]);
}

TEST_F_TIMEOUT(siege, reply_against_reply, RACE_TIMEOUT)
{
	struct siege *s = &self->s;

	start(self, try_to_answer);
	for (unsigned int number = 1; number <= s->rounds; number++) {
		unsigned int helpers = 2 + race_random() % (HELPERS - 1);

		round_of(s, number, helpers);
		ASSERT_EQ(helpers - 1, atomic_load(&s->lost));
	}
	finish(self);
	EXPECT_EQ(s->sole_winner, atomic_load(&s->winner));
	EXPECT_EQ(0, atomic_load(&s->strange));
	RACE_SHOULD_COME_UP(0 < s->hits[0]);
	RACE_SHOULD_COME_UP(0 < s->hits[1]);
}

TEST_F_TIMEOUT(siege, reply_against_read_and_write, RACE_TIMEOUT)
{
	start(self, copy_until_answered);
	for (unsigned int number = 1; number <= self->s.rounds; number++)
		round_of(&self->s, number, 3);
	finish(self);
	EXPECT_EQ(0, atomic_load(&self->s.strange));
	RACE_SHOULD_COME_UP(0 < self->s.hits[1]);
	RACE_SHOULD_COME_UP(0 < self->s.hits[2]);
}

TEST_F_TIMEOUT(siege, info_against_reply_and_next_send, RACE_TIMEOUT)
{
	start(self, ask_until_answered);
	for (unsigned int number = 1; number <= self->s.rounds; number++)
		round_of(&self->s, number, 3);
	finish(self);
	EXPECT_EQ(0, atomic_load(&self->s.strange));
	RACE_SHOULD_COME_UP(0 < self->s.hits[1]);
}

TEST_HARNESS_MAIN
