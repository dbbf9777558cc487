// SPDX-License-Identifier: GPL-2.0-only
/* qmsg top: rates, queues and times of channels whose load is known. D22. */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>

#include "tool.h"

FIXTURE(top) {
	struct peer *server, *client;
};

FIXTURE_SETUP(top)
{
	self->server = peer_fork();
	self->client = peer_fork();
	ASSERT_LE(0, peer_open(self->server));
	ASSERT_LE(0, peer_open(self->client));
	ASSERT_EQ(1, peer_channel(self->server, 0));
}

FIXTURE_TEARDOWN(top)
{
	EXPECT_EQ(0, two_end(self->server, self->client));
}

static long long number(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? atoll(at + strlen(key)) : -1;
}

/* It says nothing of times where nothing was received. */
TEST_F(top, a_channel_at_rest)
{
	struct tool_run *r;
	struct client *c = client_blocked(self->client, self->server->pid, 1);

	ASSERT_NE(NULL, c);
	ASSERT_LT(0, receives(self->server, 1));
	ASSERT_NE(NULL, client_blocked(self->client, self->server->pid, 1));
	r = tool("qmsg top --once");
	EXPECT_EQ(0, r->status);
	EXPECT_STREQ(text("PID CHID COMMAND MSG/S PULSE/S QUEUED PULSES RECEIVING UNANSWERED WAIT "
			  "SERVICE NAME\n%d 1 top_test 0 0 1 0 0 1 - - -", self->server->pid), r->text);
	EXPECT_EQ(NULL, strchr(r->raw, '\033'));
}

static int64_t send_for_ever(void *arg)
{
	const struct client *c = arg;
	int64_t ret;

	do {
		ret = qmsg_msg_send(c->w.peer->q, c->args.coid, "x", 1, NULL, 0);
	} while (ret == 1);
	return ret;
}

TEST_F(top, a_busy_channel_comes_first)
{
	long long messages, ns, rate;
	struct client *c;
	const char *t;

	ASSERT_EQ(2, peer_channel(self->server, 0));
	c = client_connect(self->client, self->server->pid, 2);
	ASSERT_NE(NULL, c);
	ASSERT_NE(NULL, echo_start(self->server, 2));
	ASSERT_EQ(0, peer_start(self->client, send_for_ever, c));
	t = tool("qmsg --json top -n 1")->raw;
	EXPECT_EQ(2, number(t, "\"chid\":"));
	messages = number(t, "\"messages\":");
	ns = number(t, "\"measured_ns\":");
	rate = number(t, "\"messages_per_s\":");
	EXPECT_LT(10, messages);
	EXPECT_LE(1000000000LL, ns);
	/* Rounded. */
	EXPECT_LE((rate - 1) * (double)ns, messages * 1e9);
	EXPECT_GE((rate + 1) * (double)ns, messages * 1e9);
	EXPECT_EQ(0, number(t, "\"pulses_per_s\":"));
	EXPECT_LT(0, number(t, "\"wait_ns\":"));
	EXPECT_LT(0, number(t, "\"service_ns\":"));
	/* All of one second, one after the other, were at most so long. */
	EXPECT_LT(number(t, "\"service_ns\":") * messages, ns + 2 * number(t, "\"service_ns\":"));
	t = strstr(t, "\"chid\":1,");
	ASSERT_NE(NULL, t);
	EXPECT_EQ(0, number(t, "\"messages\":"));
}

static int64_t name_it(void *arg)
{
	const struct peer *p = arg;

	return qmsg_name_attach(p->q, 2, "depot");
}

static int64_t three_pulses(void *arg)
{
	const struct client *c = arg;
	int err = 0;

	for (int i = 0; !err && i < 3; i++)
		err = qmsg_pulse_send(c->w.peer->q, c->args.coid, QMSG_PRIORITY_SELF, 1, i);
	return err;
}

/* Each column has a number of its own. Where most wait comes first. */
TEST_F(top, queues)
{
	struct client *c;

	ASSERT_EQ(2, peer_channel(self->server, 0));
	ASSERT_EQ(0, peer_call(self->server, name_it, self->server));
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, receiver_go_blocked(receiver_new(self->server, 1)));
	c = client_blocked(self->client, self->server->pid, 2);
	ASSERT_NE(NULL, c);
	ASSERT_LT(0, receives(self->server, 2));
	for (int i = 0; i < 2; i++)
		ASSERT_NE(NULL, client_blocked(self->client, self->server->pid, 2));
	ASSERT_EQ(0, peer_call(self->client, three_pulses, c));
	EXPECT_STREQ(text("PID CHID COMMAND MSG/S PULSE/S QUEUED PULSES RECEIVING UNANSWERED WAIT "
			  "SERVICE NAME\n%d 2 top_test 0 0 2 3 0 1 - - depot\n"
			  "%d 1 top_test 0 0 0 0 2 0 - - -", self->server->pid, self->server->pid),
		     tool("qmsg top --once")->text);
}

#define NAP_NS	20000000LL

/*
 * It lets each message wait for so long, from when it is there, and for each it answers it sends
 * itself a pulse.
 */
static int64_t serve_late(void *arg)
{
	const struct peer *p = arg;
	int coid = qmsg_connect_attach(p->q, 0, 1, QMSG_SIDE_CHANNEL, 0);
	struct pollfd message = { .fd = qmsg_channel_fd(p->q, 1, 0), .events = POLLRDNORM };
	const struct timespec nap = { .tv_nsec = NAP_NS };
	int64_t rcvid;
	char buf[64];

	for (;;) {
		if (poll(&message, 1, -1) != 1 || message.revents != POLLRDNORM)
			return -EIO;
		nanosleep(&nap, NULL);
		do {
			rcvid = qmsg_msg_receive(p->q, 1, buf, sizeof(buf), NULL);
		} while (!rcvid);
		if (rcvid < 0)
			return rcvid;
		qmsg_pulse_send(p->q, coid, QMSG_PRIORITY_SELF, 1, 1);
		qmsg_msg_reply(p->q, rcvid, 1, NULL, 0);
	}
}

/* Of each picture, what was before is taken off. */
TEST_F(top, times)
{
	struct client *c = client_connect(self->client, self->server->pid, 1);
	long long messages, ns[2], wait, service;
	struct tool_run *r;
	const char *t;

	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, peer_start(self->server, serve_late, self->server));
	ASSERT_EQ(0, peer_start(self->client, send_for_ever, c));
	r = tool("qmsg --json top -n 2");
	EXPECT_EQ(0, r->status);
	t = r->raw;
	for (int i = 0; i < 2; i++) {
		messages = number(t, "\"messages\":");
		ns[i] = number(t, "\"measured_ns\":");
		wait = number(t, "\"wait_ns\":");
		service = number(t, "\"service_ns\":");
		ASSERT_LT(0, messages);
		EXPECT_LE(NAP_NS, wait);
		/* One after the other, they have not taken longer than there was time. */
		EXPECT_LE((wait + service) * (messages - 1), ns[i]);
		EXPECT_GE(1, llabs(messages - number(t, "\"pulses\":")));
		EXPECT_LT(0, number(t, "\"pulses_per_s\":"));
		t = strchr(t, '\n') + 1;
	}
	EXPECT_LT(ns[1], ns[0] + 1000000000LL);
}

/* For people, times have units: a wait of at least a nap, and an answer that comes at once. */
TEST_F(top, units)
{
	struct client *c = client_connect(self->client, self->server->pid, 1);
	char wait[8] = "", service[8] = "";
	double value = 0;
	const char *line;

	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, peer_start(self->server, serve_late, self->server));
	ASSERT_EQ(0, peer_start(self->client, send_for_ever, c));
	line = strchr(tool("qmsg top --once")->raw, '\n');
	ASSERT_NE(NULL, line);
	ASSERT_EQ(3, sscanf(line, "%*d %*d %*s %*d %*d %*d %*d %*d %*d %lf %7s %*f %7s",
			    &value, wait, service));
	EXPECT_STREQ("ms", wait);
	EXPECT_LE(NAP_NS / 1e6, value + 0.1);
	EXPECT_EQ('s', service[strlen(service) - 1]);
}

/* A picture is a line, and there are as many as asked for. */
TEST_F(top, as_often_as_asked)
{
	struct tool_run *r = tool("qmsg --json top --count=2 1");
	const char *second = strchr(r->raw, '\n');

	EXPECT_EQ(0, r->status);
	ASSERT_NE(NULL, second);
	EXPECT_EQ('[', second[1]);
	second = strchr(second + 1, '\n');
	ASSERT_NE(NULL, second);
	EXPECT_EQ(0, second[1]);
	/* As text, they are apart. */
	EXPECT_NE(NULL, strstr(tool("qmsg top -n 2")->raw, "\n\n"));
	EXPECT_LE(2000000000LL, number(tool("qmsg --json top --once 2")->raw, "\"measured_ns\":"));
}

/* On a terminal it takes the place of the one before, and does not run over the end. */
TEST_F(top, on_a_terminal)
{
	struct winsize size = { .ws_row = 3, .ws_col = 200 };
	char buf[4096];
	size_t used = 0;
	ssize_t n;
	pid_t pid;
	int fd, lines = 0;

	ASSERT_EQ(2, peer_channel(self->server, 0));
	pid = forkpty(&fd, NULL, NULL, &size);
	if (!pid) {
		execlp("qmsg", "qmsg", "top", "--once", NULL);
		_exit(127);
	}
	ASSERT_LT(0, pid);
	while ((n = read(fd, buf + used, sizeof(buf) - used - 1)) > 0)
		used += n;
	buf[used] = 0;
	close(fd);
	EXPECT_EQ(0, reap(pid, NULL));
	EXPECT_EQ(&buf[0], strstr(buf, "\033[H\033[J"));
	for (const char *at = buf; (at = strchr(at, '\n')); at++)
		lines++;
	EXPECT_EQ(2, lines);
}

TEST_F(top, usage)
{
	EXPECT_EQ(2, tool("qmsg top 0 2>&1")->status);
	EXPECT_EQ(2, tool("qmsg top -n 0 2>&1")->status);
	EXPECT_EQ(2, tool("qmsg top --often 2>&1")->status);
	EXPECT_EQ(2, tool("qmsg top 1 2 2>&1")->status);
}

TEST_HARNESS_MAIN
