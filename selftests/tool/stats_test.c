// SPDX-License-Identifier: GPL-2.0-only
/*
 * qmsg stats: how long requests wait to be received, and then for their answer, where that is
 * known; and that nothing is measured when nobody asks. D22; the transitions are T1, T12.
 */
#include "kselftest_harness.h"

#include "tool.h"

#define LONG_MS	100
#define LONG_NS	(LONG_MS * 1000000LL)

FIXTURE(stats) {
	int q, chid;
	struct peer *peer;
	struct client *c;
};

FIXTURE_SETUP(stats)
{
	self->peer = peer_fork();
	ASSERT_LE(0, peer_open(self->peer));
	self->q = qmsg_open();
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create(self->q, 0);
	ASSERT_EQ(1, self->chid);
	self->c = client_connect(self->peer, getpid(), self->chid);
	ASSERT_NE(NULL, self->c);
}

FIXTURE_TEARDOWN(stats)
{
	restore_params();
	close(self->q);
	peer_kill(self->peer, SIGKILL);
	peer_reap(self->peer, NULL);
	EXPECT_EQ(0, wait_for_no_objects());
}

typedef FIXTURE_DATA(stats) scene;

static int send_it(scene *s)
{
	return client_send(s->c) ?: wait_for_client(s->c, "SEND");
}

static int64_t take(scene *s)
{
	char buf[64];

	return receive_now(s->q, s->chid, buf, sizeof(buf), NULL);
}

static int answer(scene *s, int64_t rcvid)
{
	return qmsg_msg_reply(s->q, rcvid, 0, NULL, 0) ?: client_wait(s->c);
}

static int round_trips(scene *s, int n)
{
	int err = 0;

	while (!err && n--)
		err = send_it(s) ?: answer(s, take(s));
	return err;
}

/* What is told of this process' one channel, whole. */
static const char *asked(void)
{
	return tool("qmsg --json stats 0 %d", getpid())->text;
}

/* @key of "wait" or "service" */
static long long number(const char *text, const char *of, const char *key)
{
	const char *at = strstr(text, of);

	at = at ? strstr(at, key) : NULL;
	return at ? atoll(at + strlen(key)) : -1;
}

static long long count(const char *text, const char *of)
{
	return number(text, of, "\"count\":");
}

/* How many there are in buckets that end at @ns or before it. */
static long long count_below(const char *text, const char *of, long long ns)
{
	const char *at = strstr(strstr(text, of), "\"buckets\":"), *end = strchr(at, ']');
	long long n = 0;

	while ((at = strstr(at, "\"to_ns\":")) && at < end) {
		at += strlen("\"to_ns\":");
		if (strncmp(at, "null", 4) && atoll(at) <= ns)
			n += number(at, "", "\"count\":");
	}
	return n;
}

#define WAIT	"\"wait\":"
#define SERVICE	"\"service\":"

static long long age(void)
{
	return number(tool("qmsg --json ps")->raw, "", "\"age_ms\":");
}

TEST_F(stats, counts)
{
	long long start = now_ns();
	const char *text;

	ASSERT_EQ(0, count(asked(), WAIT));
	ASSERT_EQ(0, round_trips(self, 25));
	text = asked();
	EXPECT_GE((long long)now_ns() - start, number(text, "", "\"measured_ns\":"));
	EXPECT_EQ(25, count(text, WAIT));
	EXPECT_EQ(25, count(text, SERVICE));
	EXPECT_EQ(25, count_below(text, WAIT, INT64_MAX));
	EXPECT_EQ(0, number(text, "", "\"pulses\":"));
	/* They only grow. */
	ASSERT_EQ(0, round_trips(self, 5));
	EXPECT_EQ(30, count(asked(), SERVICE));
}

/* Nobody has asked before the first is sent, or received. */
TEST_F(stats, nothing_before_it_is_asked_for)
{
	const char *text;
	int64_t rcvid;

	ASSERT_EQ(0, round_trips(self, 3));
	EXPECT_EQ(0, object_count("measured_channels"));
	ASSERT_EQ(0, send_it(self));
	EXPECT_EQ(0, count(asked(), WAIT));
	EXPECT_EQ(1, object_count("measured_channels"));
	rcvid = take(self);
	ASSERT_LT(0, rcvid);
	text = asked();
	EXPECT_EQ(0, count(text, WAIT));
	EXPECT_EQ(0, count(text, SERVICE));
	ASSERT_EQ(0, answer(self, rcvid));
	text = asked();
	EXPECT_EQ(0, count(text, WAIT));
	EXPECT_EQ(1, count(text, SERVICE));
}

TEST_F(stats, a_long_wait)
{
	const char *text;

	asked();
	ASSERT_EQ(0, send_it(self));
	ASSERT_TRUE(wait_until(age() > 2 * LONG_MS));
	ASSERT_LT(0, take(self));
	text = asked();
	EXPECT_EQ(1, count(text, WAIT));
	EXPECT_EQ(0, count_below(text, WAIT, LONG_NS));
	EXPECT_LT(LONG_NS, number(text, WAIT, "\"mean_ns\":"));
	/* There is one, and it is where it is said to be. */
	EXPECT_LE(number(text, WAIT, "\"from_ns\":"), number(text, WAIT, "\"mean_ns\":"));
	EXPECT_GT(number(text, WAIT, "\"to_ns\":"), number(text, WAIT, "\"mean_ns\":"));
	EXPECT_EQ(0, count(text, SERVICE));
}

/* What the request waited before is no part of its service. */
TEST_F(stats, a_long_service)
{
	long long all, wait, service;
	const char *text;
	uint64_t start;
	int64_t rcvid;

	asked();
	start = now_ns();
	ASSERT_EQ(0, send_it(self));
	ASSERT_TRUE(wait_until(age() > 2 * LONG_MS));
	rcvid = take(self);
	ASSERT_LT(0, rcvid);
	ASSERT_TRUE(wait_until(age() > 2 * LONG_MS));
	ASSERT_EQ(0, answer(self, rcvid));
	all = now_ns() - start;
	text = asked();
	EXPECT_EQ(1, count(text, SERVICE));
	EXPECT_EQ(0, count_below(text, SERVICE, LONG_NS));
	wait = number(text, WAIT, "\"mean_ns\":");
	service = number(text, SERVICE, "\"mean_ns\":");
	EXPECT_LT(LONG_NS, service);
	EXPECT_LE(wait + service, all);
}

/* One that leaves unanswered has been waited for, and not been served. */
TEST_F(stats, who_leaves_was_not_served)
{
	const char *text;

	asked();
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, send_it(self));
	ASSERT_LT(0, take(self));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, client_wait(self->c));
	text = asked();
	EXPECT_EQ(1, count(text, WAIT));
	EXPECT_EQ(0, count(text, SERVICE));
	ASSERT_EQ(0, send_it(self));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(1, count(asked(), WAIT));
}

TEST_F(stats, pulses)
{
	int coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);

	ASSERT_LT(0, coid);
	asked();
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, QMSG_PRIORITY_SELF, 1, i));
		ASSERT_EQ(0, take(self));
	}
	EXPECT_EQ(3, number(asked(), "", "\"pulses\":"));
	EXPECT_NE(NULL, strstr(tool("qmsg stats 0")->text, "pulses: 3"));
}

/* Of a time: what was before is taken off. */
TEST_F(stats, of_a_second)
{
	asked();
	ASSERT_EQ(0, round_trips(self, 7));
	EXPECT_EQ(0, count(tool("qmsg --json stats 1")->text, WAIT));
	EXPECT_EQ(7, count(asked(), WAIT));
}

TEST_F(stats, as_text)
{
	struct tool_run *r;

	asked();
	ASSERT_EQ(0, round_trips(self, 1));
	r = tool("qmsg stats 0 %d", getpid());
	EXPECT_EQ(0, r->status);
	EXPECT_EQ(&r->text[0], strstr(r->text, text("stats_test (%d) channel 1\nwait: 1, mean ",
						    getpid())));
	EXPECT_NE(NULL, strstr(r->text, "|########################################| 1"));
	EXPECT_NE(NULL, strstr(r->text, "service: 1, mean "));
	EXPECT_EQ(3, tool("qmsg stats 0 %d", self->peer->pid)->status);
	EXPECT_EQ(2, tool("qmsg stats -1 2>&1")->status);
}

/* Of the last bucket that is shown, and of the first: neither is empty. */
static void ends_of(const char *text, const char *of, long long *first, long long *last)
{
	const char *at = strstr(strstr(text, of), "\"buckets\":"), *end = strchr(at, ']');

	*first = number(at, "", "\"count\":");
	while ((at = strstr(at, "\"count\":")) && at < end)
		*last = atoll(at++ + strlen("\"count\":"));
}

/* One among many has a bar as well, and nothing is drawn beyond it. */
TEST_F(stats, one_among_many)
{
	long long first = 0, last = 0;
	const char *line;

	asked();
	ASSERT_EQ(0, round_trips(self, 99));
	ASSERT_EQ(0, send_it(self));
	ASSERT_TRUE(wait_until(age() > 2 * LONG_MS));
	ASSERT_LT(0, take(self));
	ends_of(asked(), WAIT, &first, &last);
	EXPECT_LT(0, first);
	EXPECT_EQ(1, last);
	line = strstr(tool("qmsg stats 0 %d", getpid())->raw, "\n  service:");
	ASSERT_NE(NULL, line);
	while (line[-1] != '|')
		line--;
	EXPECT_EQ(0, strncmp(line, " 1\n", 3));
	/* Forty columns, and a bar. */
	EXPECT_EQ(0, strncmp(line - 42, "|#", 2));
}

/* When nobody has asked for a while, and not before the request that is on its way is over. */
TEST_F(stats, measuring_ends)
{
	int64_t rcvid;

	asked();
	ASSERT_EQ(0, send_it(self));
	ASSERT_EQ(1, object_count("measured_channels"));
	ASSERT_EQ(0, write_param("measure_ms", 1));
	asked();
	ASSERT_EQ(0, wait_for_object_count("measured_channels", 0));
	rcvid = take(self);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, write_param("measure_ms", 10000));
	/* It was sent while another measurement was on. */
	EXPECT_EQ(0, count(asked(), WAIT));
	ASSERT_EQ(0, answer(self, rcvid));
	EXPECT_EQ(0, count(asked(), SERVICE));
}

/* It goes on for as long as somebody waits for what comes of it, and then ends. */
TEST_F(stats, of_longer_than_it_is_kept)
{
	ASSERT_EQ(0, write_param("measure_ms", 2500));
	EXPECT_LE(5000000000LL, number(tool("qmsg --json stats 5")->text, "", "\"measured_ns\":"));
	EXPECT_EQ(0, wait_for_object_count("measured_channels", 0));
}

TEST_F(stats, it_ends_with_the_channel)
{
	asked();
	ASSERT_EQ(1, object_count("measured_channels"));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(0, object_count("measured_channels"));
}

/* Nor does anybody have other people's channels measured. */
TEST_F(stats, not_of_others)
{
	EXPECT_STREQ("[\n]", tool("su -s /bin/sh nobody -c 'qmsg --json stats 0'")->text);
	EXPECT_EQ(0, object_count("measured_channels"));
}

static int ask_for_ever(void *unused)
{
	(void)unused;
	while (!system("qmsg stats 0 >/dev/null"))
		;
	return 1;
}

/* Channels that are measured end at any time, and are not measured any more at any time. */
TEST_F(stats, come_and_go)
{
	pid_t asker;
	int status;

	ASSERT_EQ(0, write_param("measure_ms", 1));
	asker = fork_child(ask_for_ever, NULL);
	ASSERT_LT(0, asker);
	for (int i = few_rounds(200); i; i--) {
		int chid = qmsg_channel_create(self->q, 0);
		struct client *c = client_connect(self->peer, getpid(), chid);
		int64_t rcvid;

		ASSERT_NE(NULL, c);
		rcvid = client_send_received(c, self->q, chid, NULL);
		ASSERT_LT(0, rcvid);
		if (i % 2)
			ASSERT_EQ(0, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
		ASSERT_EQ(0, qmsg_channel_destroy(self->q, chid));
		ASSERT_EQ(0, client_wait(c));
		ASSERT_EQ(i % 2 ? 0 : -ESRCH, client_result(c));
		ASSERT_EQ(0, peer_detach(self->peer, c->args.coid));
		client_free(c);
	}
	/* It was at it to the end. */
	ASSERT_EQ(0, waitpid(asker, &status, WNOHANG));
	kill(asker, SIGKILL);
	ASSERT_EQ(0, reap(asker, &status));
	EXPECT_EQ(0, wait_for_object_count("measured_channels", 0));
}

TEST_HARNESS_MAIN
