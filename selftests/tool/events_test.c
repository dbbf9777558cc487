// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told when it happens: events to the tool, tracepoints to the trace. D22; the
 * transitions are T1, T12, T15, T16, T29.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "tool.h"

#define SIDE	QMSG_SIDE_CHANNEL
#define TRACING	"/sys/kernel/tracing/"

FIXTURE(events) {
	struct peer *server, *client;
	struct client *c;
	FILE *tool;		/* what it prints */
};

static int put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	close(fd);
	return n < 0 ? -errno : 0;
}

FIXTURE_SETUP(events)
{
	ASSERT_EQ(0, two_start(&self->server, &self->client, &self->c));
	self->tool = NULL;
}

FIXTURE_TEARDOWN(events)
{
	restore_params();
	if (self->tool)
		pclose(self->tool);
	EXPECT_EQ(0, two_end(self->server, self->client));
}

typedef FIXTURE_DATA(events) scene;

static char raw[512];	/* the line that was read last, as it was */

/* The next line that the tool prints, normalized. */
static const char *line(scene *s)
{
	static char buf[1024];

	normalize(buf, fgets(raw, sizeof(raw), s->tool) ?: "");
	return buf;
}

/* It says when it listens, so that nothing is missed. */
static int listen_for(scene *s, int count)
{
	char command[64];

	snprintf(command, sizeof(command), "timeout 60 qmsg events %d", count);
	s->tool = popen(command, "re");
	return s->tool && !strcmp("listening", line(s)) ? 0 : -EIO;
}

static int64_t received(scene *s, struct client *c)
{
	return client_send(c) ?: wait_for_client(c, "SEND") ?: receives(s->server, 1);
}

static int send_received(scene *s)
{
	return received(s, s->c) > 0 ? 0 : -EIO;
}

TEST_F(events, unblock_and_orphan)
{
	pid_t tid;

	ASSERT_EQ(0, listen_for(self, 2));
	ASSERT_EQ(0, send_received(self));
	tid = self->c->w.tid;
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_STREQ(text("unblock client %d/%d server %d channel 1 signal after AGE",
			  self->client->pid, tid, self->server->pid), line(self));
	ASSERT_EQ(0, peer_kill(self->client, SIGKILL));
	EXPECT_STREQ(text("orphan client %d/%d server %d channel 1 signal,kill after AGE",
			  self->client->pid, tid, self->server->pid), line(self));
	EXPECT_STREQ("", line(self));
}

/* The other reasons for which a client wants to leave. */
TEST_F(events, detach_and_timeout)
{
	struct client *d = client_connect(self->client, self->server->pid, 1);

	ASSERT_NE(NULL, d);
	ASSERT_EQ(0, listen_for(self, 2));
	d->args.reply_deadline = deadline_in_ms(wait_limit_ms() / 10);
	ASSERT_LT(0, received(self, d));
	ASSERT_LT(0, received(self, self->c));
	ASSERT_EQ(0, peer_detach(self->client, self->c->args.coid));
	EXPECT_STREQ(text("unblock client %d/%d server %d channel 1 detach after AGE",
			  self->client->pid, self->c->w.tid, self->server->pid), line(self));
	EXPECT_STREQ(text("unblock client %d/%d server %d channel 1 timeout after AGE",
			  self->client->pid, d->w.tid, self->server->pid), line(self));
	EXPECT_STREQ("", line(self));
}

static int64_t do_answer_first(void *arg)
{
	const struct peer *p = arg;
	char buf[16];

	return qmsg_msg_reply(p->q, receive_now(p->q, 1, buf, sizeof(buf), NULL), 0, NULL, 0);
}

static int answer_first(struct peer *p)
{
	return peer_call(p, do_answer_first, p);
}

static int64_t fill_pool(void *arg)
{
	scene *s = arg;
	int err, n = 0;

	do {
		err = qmsg_pulse_send(s->client->q, s->c->args.coid, QMSG_PRIORITY_SELF, 1, n);
	} while (!err && ++n < 100000);
	return err == -EAGAIN ? n : err;
}

/* Told once, until there was room. */
TEST_F(events, pulse_overflow)
{
	scene *shared = shared_alloc(sizeof(*shared));

	*shared = *self;
	ASSERT_EQ(0, listen_for(self, 3));
	ASSERT_EQ(1024, peer_call(self->client, fill_pool, shared));
	ASSERT_EQ(0, peer_call(self->client, fill_pool, shared));
	ASSERT_EQ(0, receives(self->server, 1));
	ASSERT_EQ(1, peer_call(self->client, fill_pool, shared));
	for (int i = 0; i < 2; i++)
		EXPECT_STREQ(text("pulse-overflow client %d/0 server %d channel 1",
				  self->client->pid, self->server->pid), line(self));
	/* What comes next is of another kind. */
	for (int i = 0; i < 1024; i++)
		ASSERT_EQ(0, receives(self->server, 1));
	ASSERT_EQ(0, send_received(self));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_STREQ(text("unblock client %d/%d server %d channel 1 signal after AGE",
			  self->client->pid, self->c->w.tid, self->server->pid), line(self));
	EXPECT_STREQ("", line(self));
}

static long long age(void)
{
	const char *at = strstr(tool("qmsg --json ps")->raw, "\"age_ms\":");

	return at ? atoll(at + strlen("\"age_ms\":")) : -1;
}

/* Once while it waits to be received, and once while it waits for its answer. */
TEST_F(events, slow)
{
	char want[128];

	ASSERT_EQ(-EINVAL, write_param("slow_ms", 5));
	ASSERT_EQ(0, write_param("slow_ms", 50));
	ASSERT_EQ(0, listen_for(self, 3));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	snprintf(want, sizeof(want), "slow client %d/%d server %d channel 1 after AGE",
		 self->client->pid, self->c->w.tid, self->server->pid);
	EXPECT_STREQ(want, line(self));
	EXPECT_LE(0.05, atof(strstr(raw, "after ") + 6));
	ASSERT_TRUE(wait_until(age() > 300));
	ASSERT_LT(0, receives(self->server, 1));
	EXPECT_STREQ(want, line(self));
	ASSERT_TRUE(wait_until(age() > 300));
	/* What comes next is of another kind. */
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_STREQ(text("unblock client %d/%d server %d channel 1 signal after AGE",
			  self->client->pid, self->c->w.tid, self->server->pid), line(self));
	EXPECT_STREQ("", line(self));
}

/* Nobody waits for it any more, and whoever sends after it is told of. */
TEST_F(events, an_orphan_is_not_slow)
{
	struct client *next = client_connect(self->server, self->server->pid, 1);

	ASSERT_NE(NULL, next);
	ASSERT_EQ(0, send_received(self));
	ASSERT_EQ(0, peer_kill(self->client, SIGKILL));
	ASSERT_EQ(0, wait_for_channel(self->server->pid, self->server->q, 1, "orphans", 1));
	ASSERT_EQ(0, write_param("slow_ms", 50));
	ASSERT_EQ(0, listen_for(self, 1));
	ASSERT_EQ(0, client_send(next));
	EXPECT_STREQ(text("slow client %d/%d server %d channel 1 after AGE", self->server->pid,
			  next->w.tid, self->server->pid), line(self));
}

/* The client's only thread sends, and the server's receives. */
static int64_t server_has_it(scene *s)
{
	int err = client_send_in_leader(s->c) ?: wait_for_client(s->c, "SEND");

	return err ?: receives(s->server, 1);
}

/* The same thread of the server's sends to channel @chid of the client's. */
static struct client *send_back(scene *s, int chid)
{
	struct client *back = client_connect(s->server, s->client->pid, chid);

	return back && !client_send_in_leader(back) ? back : NULL;
}

/* The server's only thread, or the only one that receives, sends to its own client's channel. */
TEST_F(events, cycle)
{
	struct client *back;

	ASSERT_EQ(1, peer_channel(self->client, 0));
	ASSERT_EQ(2, peer_channel(self->client, QMSG_CHF_DEADLOCK));
	ASSERT_EQ(0, listen_for(self, 2));
	ASSERT_LT(0, server_has_it(self));
	back = send_back(self, 2);
	ASSERT_NE(NULL, back);
	ASSERT_EQ(0, client_wait(back));
	EXPECT_EQ(-EDEADLK, client_result(back));
	EXPECT_STREQ(text("cycle client %d/%d server %d channel 2 refused", self->server->pid,
			  self->server->pid, self->client->pid), line(self));
	back = send_back(self, 1);
	ASSERT_NE(NULL, back);
	EXPECT_STREQ(text("cycle client %d/%d server %d channel 1", self->server->pid,
			  self->server->pid, self->client->pid), line(self));
	EXPECT_EQ(0, wait_for_client(back, "SEND"));
}

/* A thread that has never received is one for whom it is not certain: told, and not refused. */
TEST_F(events, a_probable_cycle)
{
	struct client *idle = client_connect(self->server, self->server->pid, 1), *back;

	ASSERT_NE(NULL, idle);
	ASSERT_EQ(2, peer_channel(self->server, 0));
	ASSERT_EQ(1, peer_channel(self->client, QMSG_CHF_DEADLOCK));
	/* It sends, is answered, and does nothing any more. */
	ASSERT_EQ(0, client_send(idle));
	ASSERT_EQ(0, wait_for_client(idle, "SEND"));
	ASSERT_EQ(0, answer_first(self->server));
	ASSERT_EQ(0, client_wait(idle));
	ASSERT_EQ(0, listen_for(self, 1));
	ASSERT_LT(0, server_has_it(self));
	back = send_back(self, 1);
	ASSERT_NE(NULL, back);
	EXPECT_STREQ(text("cycle client %d/%d server %d channel 1", self->server->pid,
			  self->server->pid, self->client->pid), line(self));
	EXPECT_EQ(0, wait_for_client(back, "SEND"));
}

/* It does not say that it listens; the kernel knows. */
static bool somebody_listens(void)
{
	char line[256];
	unsigned int family, groups = 0;
	FILE *f = fopen("/proc/net/netlink", "re");

	while (f && !groups && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %u %*s %x", &family, &groups) != 2 || family != 16)
			groups = 0;
	if (f)
		fclose(f);
	return groups;
}

/* A line for each, with what the text does not have. */
TEST_F(events, as_json)
{
	const char *at;

	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, answer_first(self->server));
	ASSERT_EQ(0, client_wait(self->c));
	self->tool = popen("timeout 60 qmsg --json events 1", "re");
	ASSERT_NE(NULL, self->tool);
	ASSERT_TRUE(wait_until(somebody_listens()));
	ASSERT_EQ(0, send_received(self));
	ASSERT_TRUE(wait_until(age() > 100));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	line(self);
	EXPECT_EQ(&raw[0], strstr(raw, "{\"event\":\"unblock\","));
	EXPECT_NE(NULL, strstr(raw, "\"refused\":false"));
	EXPECT_NE(NULL, strstr(raw, "\"serial\":2,"));
	at = strstr(raw, "\"age_ms\":");
	ASSERT_NE(NULL, at);
	EXPECT_LT(100, atoll(at + strlen("\"age_ms\":")));
	EXPECT_STREQ("", line(self));
}

TEST_F(events, not_for_everybody)
{
	EXPECT_EQ(1, tool("su -s /bin/sh nobody -c 'timeout 20 qmsg events 1' 2>&1")->status);
}

/* Every step of a request, in order, with names that stay. */
TEST_F(events, traced)
{
	static char trace[65536];
	char want[256];
	const char *at = trace;
	size_t n;
	FILE *f;

	mkdir(TRACING, 0700);
	mount("tracefs", TRACING, "tracefs", 0, NULL);
	ASSERT_EQ(0, put_file(TRACING "trace", ""));
	ASSERT_EQ(0, put_file(TRACING "events/qmsg/enable", "1"));
	ASSERT_EQ(0, send_received(self));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(0, put_file(TRACING "events/qmsg/enable", "0"));
	f = fopen(TRACING "trace", "re");
	ASSERT_NE(NULL, f);
	n = fread(trace, 1, sizeof(trace) - 1, f);
	trace[n] = 0;
	fclose(f);
	snprintf(want, sizeof(want), "qmsg_send: client=%d/%d server=%d chid=1 serial=",
		 self->client->pid, self->c->w.tid, self->server->pid);
	at = strstr(at, want);
	ASSERT_NE(NULL, at);
	at = strstr(at, "event=receive from=SEND to=HELD");
	ASSERT_NE(NULL, at);
	at = strstr(at, "event=signal from=HELD to=ASKED");
	ASSERT_NE(NULL, at);
	at = strstr(at, "qmsg_pulse_post: ");
	ASSERT_NE(NULL, at);
	EXPECT_NE(NULL, strstr(at, "origin=unblock code="));
}

TEST_HARNESS_MAIN
