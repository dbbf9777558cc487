// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tool and the netlink family behind it, in situations that are known: a client that is
 * SEND-blocked, a chain of three, a cycle. D21, D22.
 */
#include "kselftest_harness.h"

#include <sys/stat.h>

#include "tool.h"

#define SIDE	QMSG_SIDE_CHANNEL
#define NONE	"[\n]"
#define NOBODY	65534

FIXTURE(tool) {
	struct peer *p[3];	/* each with one channel, the first of its process */
	struct client *c[3];	/* of the process of the same number, if it sends */
};

FIXTURE_SETUP(tool)
{
	for (int i = 0; i < 3; i++) {
		self->p[i] = peer_fork();
		ASSERT_NE(NULL, self->p[i]);
		ASSERT_LE(0, peer_open(self->p[i]));
		ASSERT_EQ(1, peer_channel(self->p[i], 0));
		self->c[i] = NULL;
	}
}

FIXTURE_TEARDOWN(tool)
{
	for (int i = 0; i < 3; i++) {
		peer_kill(self->p[i], SIGKILL);
		peer_reap(self->p[i], NULL);
	}
	EXPECT_EQ(0, wait_for_no_objects());
}

typedef FIXTURE_DATA(tool) scene;

/* The first thread of @from sends to the channel of @to. */
static int sends(scene *s, int from, int to)
{
	struct client *c = client_connect(s->p[from], s->p[to]->pid, 1);

	s->c[from] = c;
	return c ? client_send_in_leader(c) ?: wait_for_client(c, "SEND") : -EIO;
}

/* The one before the last has what it was sent, and itself sends to the last. */
static int make_chain(scene *s)
{
	if (sends(s, 0, 1) || receives(s->p[1], 1) <= 0)
		return -EIO;
	return sends(s, 1, 2) || receives(s->p[2], 1) <= 0 ? -EIO : 0;
}

/* 0 → 1 → 2 → 0; the last message has nobody to receive it. */
static int make_cycle(scene *s)
{
	if (receives(s->p[0], 1) != -ETIMEDOUT)
		return -EIO;
	return make_chain(s) ?: sends(s, 2, 0);
}

#define PID(n)	(self->p[n]->pid)

TEST_F(tool, nothing_is_blocked)
{
	struct tool_run *r = tool("qmsg blocked");

	EXPECT_EQ(3, r->status);
	EXPECT_STREQ("", r->text);
	r = tool("qmsg --json ps");
	EXPECT_EQ(0, r->status);
	EXPECT_STREQ(NONE, r->text);
}

TEST_F(tool, ps_shows_a_send_blocked_client)
{
	struct tool_run *r;

	ASSERT_EQ(0, sends(self, 0, 1));
	r = tool("qmsg ps");
	EXPECT_EQ(0, r->status);
	EXPECT_STREQ(text("PID TID COMMAND PRIO STATE FOR SERVER CHID COMMAND NAME\n"
			  "%d %d qmsg_test 0 SEND AGE %d 1 qmsg_test -", PID(0), PID(0), PID(1)),
		     r->text);
	r = tool("qmsg --json ps");
	EXPECT_EQ(0, r->status);
	EXPECT_STREQ(text("[\n{\n\"pid\":%d,\n\"tid\":%d,\n\"command\":\"qmsg_test\",\n"
			  "\"priority\":0,\n\"state\":\"SEND\",\n\"age_ms\":AGE,\n"
			  "\"server_pid\":%d,\n\"chid\":1,\n\"server\":\"qmsg_test\",\n"
			  "\"name\":\"\",\n\"coid\":%u,\n\"scoid\":%u,\n\"receiver_tid\":0,\n"
			  "\"unblock_reasons\":0\n}\n]", PID(0), PID(0), PID(1), SIDE | 1,
			  SIDE | 1), r->text);
}

TEST_F(tool, ages_grow)
{
	long long first, age;

	ASSERT_EQ(0, sends(self, 0, 1));
	first = atoll(strstr(tool("qmsg --json ps")->raw, "\"age_ms\":") + 9);
	EXPECT_TRUE(wait_until((age = atoll(strstr(tool("qmsg --json ps")->raw,
						   "\"age_ms\":") + 9)) > first + 100));
	/* Received, it is in another state, and that is young. */
	ASSERT_LT(0, receives(self->p[1], 1));
	EXPECT_GT(age, atoll(strstr(tool("qmsg --json ps")->raw, "\"age_ms\":") + 9));
}

TEST_F(tool, ps_shows_a_receiver)
{
	struct receiver *w = receiver_new(self->p[2], 1);

	ASSERT_EQ(0, receiver_go_blocked(w));
	EXPECT_STREQ(text("PID TID COMMAND PRIO STATE FOR SERVER CHID COMMAND NAME\n"
			  "%d %d qmsg_test 0 RECEIVE AGE - 1 - -", PID(2), w->w.tid),
		     tool("qmsg ps")->text);
}

TEST_F(tool, blocked_shows_a_chain_of_three)
{
	struct tool_run *r;

	ASSERT_EQ(0, make_chain(self));
	r = tool("qmsg blocked %d", PID(0));
	EXPECT_EQ(0, r->status);
	EXPECT_STREQ(text("qmsg_test (%d/%d) REPLY-blocked AGE on qmsg_test (%d) channel 1\n"
			  "qmsg_test (%d/%d) REPLY-blocked AGE on qmsg_test (%d) channel 1\n"
			  "qmsg_test (%d/%d) busy", PID(0), PID(0), PID(1), PID(1), PID(1),
			  PID(2), PID(2), PID(2)), r->text);
	r = tool("qmsg --json blocked %d", PID(1));
	EXPECT_EQ(0, r->status);
	EXPECT_STREQ(text("[\n{\n\"pid\":%d,\n\"tid\":%d,\n\"command\":\"qmsg_test\",\n"
			  "\"state\":\"REPLY\",\n\"age_ms\":AGE,\n\"server_pid\":%d,\n"
			  "\"chid\":1,\n\"server\":\"qmsg_test\",\n\"name\":\"\",\n"
			  "\"cycle\":false,\n\"repeats\":false,\n\"waits_for\":[\n{\n"
			  "\"pid\":%d,\n\"tid\":%d,\n\"command\":\"qmsg_test\",\n"
			  "\"state\":\"busy\",\n\"age_ms\":AGE\n}\n]\n}\n]",
			  PID(1), PID(1), PID(2), PID(2), PID(2)), r->text);
	EXPECT_EQ(3, tool("qmsg blocked %d", PID(2))->status);
}

TEST_F(tool, blocked_marks_a_cycle)
{
	struct tool_run *r;

	ASSERT_EQ(0, make_cycle(self));
	r = tool("qmsg blocked %d", PID(0));
	EXPECT_EQ(4, r->status);
	EXPECT_STREQ(text("qmsg_test (%d/%d) REPLY-blocked AGE on qmsg_test (%d) channel 1\n"
			  "qmsg_test (%d/%d) REPLY-blocked AGE on qmsg_test (%d) channel 1\n"
			  "qmsg_test (%d/%d) SEND-blocked AGE on qmsg_test (%d) channel 1\n"
			  "qmsg_test (%d/%d) REPLY-blocked AGE on qmsg_test (%d) channel 1 [cycle]\n"
			  "cycle: they wait for each other",
			  PID(0), PID(0), PID(1), PID(1), PID(1), PID(2), PID(2), PID(2), PID(0),
			  PID(0), PID(0), PID(1)), r->text);
	r = tool("qmsg --json blocked");
	EXPECT_EQ(4, r->status);
	EXPECT_NE(NULL, strstr(r->text, "\"cycle\":true"));
	EXPECT_EQ(NULL, strstr(r->text, "\"cycle\":false"));
	r = tool("qmsg graph");
	EXPECT_NE(NULL, strstr(r->text, text("t%d -> t%d [label=\" SEND AGE \", style=dashed, "
					     "color=red", PID(2), PID(0))));
}

/* dot(1) is not in the guest; something that takes its place is. */
TEST_F(tool, graph_is_drawn_by_dot)
{
	struct tool_run *r;

	ASSERT_EQ(0, sends(self, 0, 1));
	r = tool("qmsg graph --svg 2>&1");
	EXPECT_EQ(1, r->status);
	EXPECT_STREQ("qmsg: there is no dot(1), which draws it: it is in the package graphviz", r->text);
	ASSERT_EQ(0, tool("mkdir -p /tmp/draw && printf '#!/bin/sh\\necho $1; cat\\n' > /tmp/draw/dot && "
			  "chmod +x /tmp/draw/dot")->status);
	r = tool("PATH=/tmp/draw:$PATH qmsg graph --svg");
	EXPECT_EQ(0, r->status);
	EXPECT_EQ(0, strncmp(r->text, "-Tsvg\ndigraph qmsg {", 20));
	ASSERT_EQ(0, tool("printf '#!/bin/sh\\nexit 1\\n' > /tmp/draw/dot")->status);
	EXPECT_EQ(1, tool("PATH=/tmp/draw:$PATH qmsg graph --svg 2>/dev/null")->status);
	EXPECT_EQ(2, tool("qmsg graph --png 2>/dev/null")->status);
}

/* The channel has another thread, which could receive what closes the circle. */
TEST_F(tool, one_who_may_move_is_no_cycle)
{
	struct receiver *w = receiver_new(self->p[0], 1);
	struct client *c;

	ASSERT_EQ(0, receiver_go_blocked(w));
	c = client_connect(self->p[1], PID(0), 1);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(w));
	ASSERT_EQ(0, make_cycle(self));
	EXPECT_EQ(0, tool("qmsg blocked %d", PID(0))->status);
	EXPECT_EQ(NULL, strstr(tool("qmsg --json blocked")->text, "\"cycle\":true"));
}

TEST_F(tool, lists)
{
	struct client *c = client_blocked(self->p[0], PID(1), 1);
	char line[128];

	ASSERT_NE(NULL, c);
	snprintf(line, sizeof(line), "\n%d 1 0 0 1 0 1024 0 0 0", PID(1));
	EXPECT_NE(NULL, strstr(tool("qmsg channels")->text, line));
	EXPECT_STREQ(text("PID COID UID FLAGS SERVER CHID SCOID DEAD\n"
			  "%d 0x40000001 0 0 %d 1 0x40000001 0", PID(0), PID(1)),
		     tool("qmsg connections")->text);
	EXPECT_NE(NULL, strstr(tool("qmsg limits")->text, "\n0 channels 3 16384\n"));
	EXPECT_NE(NULL, strstr(tool("qmsg limits")->text, "\n0 requests 1 65536\n"));
	EXPECT_STREQ("PID CHID NAME", tool("qmsg names")->text);
}

static int64_t attach_name(void *arg)
{
	const struct peer *p = arg;

	return qmsg_name_attach(p->q, 1, "a b\\c\n");
}

/* By channel: who has received there, then the clients. A name may have any byte. */
TEST_F(tool, tree_and_names)
{
	ASSERT_EQ(0, peer_call(self->p[1], attach_name, self->p[1]));
	ASSERT_EQ(0, make_chain(self));
	EXPECT_STREQ(text("PID CHID NAME\n%d 1 a b\\x5cc\\x0a", PID(1)),
		     tool("qmsg names")->text);
	EXPECT_NE(NULL, strstr(tool("qmsg tree")->text,
			       text("qmsg_test (%d) channel 1 a b\\x5cc\\x0a\n"
				    "busy qmsg_test (%d/%d)\n"
				    "REPLY qmsg_test (%d/%d) AGE", PID(1), PID(1), PID(1),
				    PID(0), PID(0))));
	EXPECT_NE(NULL, strstr(tool("qmsg ps")->text,
			       text("%d %d qmsg_test 0 REPLY AGE %d 1 qmsg_test a b\\x5cc\\x0a\n",
				    PID(0), PID(0), PID(1))));
}

/* More than one message of the kernel's holds. */
TEST_F(tool, many)
{
	const char *at;
	int n = 0;

	for (int i = 0; i < 500; i++)
		ASSERT_LT(0, peer_attach(self->p[0], PID(1), 1, SIDE, 0));
	for (at = tool("qmsg connections")->text; (at = strchr(at, '\n')); at++)
		n++;
	EXPECT_EQ(500, n);
}

TEST_F(tool, others_see_nothing)
{
	ASSERT_EQ(0, sends(self, 0, 1));
	EXPECT_STREQ(NONE, tool("su -s /bin/sh nobody -c 'qmsg --json channels'")->text);
	EXPECT_STREQ(NONE, tool("su -s /bin/sh nobody -c 'qmsg --json connections'")->text);
	EXPECT_STREQ(NONE, tool("su -s /bin/sh nobody -c 'qmsg --json limits'")->text);
	EXPECT_STREQ(NONE, tool("su -s /bin/sh nobody -c 'qmsg --json ps'")->text);
}

static int64_t become_nobody(__attribute__((unused)) void *unused)
{
	return setuid(NOBODY) ? -errno : 0;
}

/* A server's requests are his to see, whosever they are; and no others. */
TEST_F(tool, a_user_sees_his_own)
{
	struct tool_run *r;

	ASSERT_EQ(0, chmod("/dev/qmsg", 0666));
	ASSERT_EQ(0, peer_close(self->p[1], self->p[1]->q));
	ASSERT_EQ(0, peer_call(self->p[1], become_nobody, NULL));
	ASSERT_LE(0, peer_open(self->p[1]));
	ASSERT_EQ(1, peer_channel(self->p[1], 0));
	ASSERT_EQ(0, sends(self, 0, 1));
	ASSERT_EQ(0, sends(self, 2, 0));
	r = tool("su -s /bin/sh nobody -c 'qmsg channels'");
	EXPECT_STREQ(text("PID CHID UID FLAGS QUEUED PULSES LIMIT RECEIVING UNANSWERED ORPHANS\n"
			  "%d 1 65534 0 1 0 1024 0 0 0", PID(1)), r->text);
	r = tool("su -s /bin/sh nobody -c 'qmsg ps'");
	EXPECT_STREQ(text("PID TID COMMAND PRIO STATE FOR SERVER CHID COMMAND NAME\n"
			  "%d %d qmsg_test 0 SEND AGE %d 1 qmsg_test -", PID(0), PID(0), PID(1)),
		     r->text);
	EXPECT_STREQ(NONE, tool("su -s /bin/sh nobody -c 'qmsg --json connections'")->text);
	EXPECT_EQ(0, chmod("/dev/qmsg", 0600));
}

/* A client sees its own request to a server that it does not see. */
TEST_F(tool, a_client_sees_its_own)
{
	int coid;

	ASSERT_EQ(0, chmod("/dev/qmsg", 0666));
	coid = peer_attach(self->p[1], PID(0), 1, 0, 0);	/* a descriptor lives on */
	ASSERT_LE(0, coid);
	ASSERT_EQ(0, peer_close(self->p[1], self->p[1]->q));
	ASSERT_EQ(0, peer_call(self->p[1], become_nobody, NULL));
	ASSERT_LE(0, peer_open(self->p[1]));
	self->c[1] = client_new(self->p[1], coid);
	ASSERT_EQ(0, client_send_in_leader(self->c[1]));
	ASSERT_EQ(0, wait_for_channel(PID(0), self->p[0]->q, 1, "queued", 1));
	EXPECT_STREQ(text("PID TID COMMAND PRIO STATE FOR SERVER CHID COMMAND NAME\n"
			  "%d %d qmsg_test 0 SEND AGE %d 1 qmsg_test -", PID(1), PID(1), PID(0)),
		     tool("su -s /bin/sh nobody -c 'qmsg ps'")->text);
	EXPECT_STREQ(NONE, tool("su -s /bin/sh nobody -c 'qmsg --json channels'")->text);
	EXPECT_EQ(0, chmod("/dev/qmsg", 0600));
}

/* A pid namespace shows its own processes, in its own numbers. */
TEST_F(tool, in_another_pid_namespace)
{
	ASSERT_EQ(0, sends(self, 0, 1));
	EXPECT_STREQ(NONE, tool("unshare -p -f qmsg --json channels")->text);
	EXPECT_STREQ(NONE, tool("unshare -p -f qmsg --json ps")->text);
}

TEST_F(tool, usage)
{
	EXPECT_EQ(2, tool("qmsg nonsense 2>&1")->status);
	EXPECT_EQ(2, tool("qmsg blocked x 2>&1")->status);
	EXPECT_EQ(2, tool("qmsg ps 1 2>&1")->status);
	EXPECT_EQ(2, tool("qmsg 2>&1")->status);
	EXPECT_EQ(0, tool("qmsg --help")->status);
	EXPECT_EQ(NULL, strchr(tool("qmsg ps")->raw, '\033'));
	ASSERT_EQ(0, sends(self, 0, 1));
	EXPECT_EQ(NULL, strchr(tool("qmsg ps")->raw, '\033'));
	EXPECT_NE(NULL, strchr(tool("qmsg --color=always ps")->raw, '\033'));
}

TEST_F(tool, send_and_pulse)
{
	struct echo *e = echo_start(self->p[1], 1);
	struct tool_run *r;

	ASSERT_NE(NULL, e);
	r = tool("qmsg send %d 1 hello", PID(1));
	EXPECT_EQ(0, r->status);
	EXPECT_STREQ("hello", r->text);
	r = tool("qmsg --json send %d 1 hello", PID(1));
	EXPECT_STREQ("{\n\"status\":5,\n\"error\":0,\n\"reply_len\":5,\n\"reply\":\"hello\"\n}",
		     r->text);
	EXPECT_EQ(1, tool("qmsg send %d 7 hello 2>&1", PID(1))->status);
	EXPECT_EQ(0, tool("qmsg pulse %d 1 5 77", PID(2))->status);
	EXPECT_EQ(1, read_channel(PID(2), self->p[2]->q, 1, "pulses"));
	EXPECT_EQ(2, tool("qmsg pulse %d 1 128 2>&1", PID(2))->status);
}

TEST_HARNESS_MAIN
