// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scripts for bpftrace, run by bpftrace, on scenes that are known. D22; the scenes are T1, T8,
 * T15, T16, T21. With bpftrace in the guest: make check-bpftrace.
 */
#include "kselftest_harness.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include "answer.h"

#define BPFTRACE	"/usr/bin/bpftrace"
#define TRACING		"/sys/kernel/tracing"
#define HOLD		"/tmp/hold"
#define STARTED		"/tmp/hold.started"
#define OUTPUT		"/tmp/bpftrace.output"
/* Compiling a script takes long on an emulated processor, longer than others are waited for. */
#define STARTS_WITHIN	600	/* s */
#define LIMIT		900

FIXTURE(bpftrace) {
	struct peer *server, *client;
	struct client *c;
	FILE *script;		/* it runs until this is closed */
};

/*
 * bpftrace starts the program once all of its probes are in place, and ends with it. It takes no
 * script for a program.
 */
FIXTURE_SETUP(bpftrace)
{
	mkdir(TRACING, 0700);
	mount("tracefs", TRACING, "tracefs", 0, NULL);
	ASSERT_EQ(0, tool("echo 'touch " STARTED "; exec cat' >" HOLD)->status);
	ASSERT_EQ(0, two_start(&self->server, &self->client, &self->c));
	self->script = NULL;
}

FIXTURE_TEARDOWN(bpftrace)
{
	if (self->script)
		pclose(self->script);
	EXPECT_EQ(0, two_end(self->server, self->client));
}

typedef FIXTURE_DATA(bpftrace) scene;

static bool failed(void)
{
	return !tool("grep -q ERROR " OUTPUT)->status;
}

static int script_starts(scene *s, const char *script)
{
	char command[256];
	uint64_t limit = now_ns() + STARTS_WITHIN * 1000000000ull;
	bool started = false;

	unlink(STARTED);
	unlink(OUTPUT);
	snprintf(command, sizeof(command), BPFTRACE " -c '/bin/sh " HOLD "' /usr/share/qmsg/bpftrace/%s >"
		 OUTPUT " 2>&1", script);
	s->script = popen(command, "we");
	while (s->script && !started && !failed() && now_ns() < limit)
		started = wait_until(!access(STARTED, F_OK));
	if (!started)
		fprintf(stderr, "# %s", tool("cat " OUTPUT)->raw);
	return started ? 0 : -EIO;
}

/* All that it has printed, blanks made one; NULL if it does not end well. */
static const char *script_ends(scene *s)
{
	int status = pclose(s->script);

	s->script = NULL;
	fprintf(stderr, "%s", tool("sed 's/^/# /' " OUTPUT)->raw);
	return status ? NULL : tool("cat " OUTPUT)->text;
}

TEST_F_TIMEOUT(bpftrace, latency, LIMIT)
{
	char wait[64], service[64], left[64];
	const char *got;

	ASSERT_EQ(0, script_starts(self, "qmsg-latency.bt"));
	ASSERT_EQ(0, unblock_scene(self->server, self->c));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, client_wait(self->c));
	got = script_ends(self);
	ASSERT_NE(NULL, got);
	snprintf(wait, sizeof(wait), "@wait_us[%d, %d]:", self->client->pid, self->server->pid);
	snprintf(service, sizeof(service), "@service_us[%d, %d]:", self->client->pid,
		 self->server->pid);
	snprintf(left, sizeof(left), "@left_unreceived[%d, %d]: 1", self->client->pid,
		 self->server->pid);
	EXPECT_NE(NULL, strstr(got, wait));
	EXPECT_NE(NULL, strstr(got, service));
	EXPECT_NE(NULL, strstr(got, left));
	/* One of each, and nothing that the script keeps for itself. */
	EXPECT_EQ(NULL, strstr(got, " 2 |"));
	EXPECT_EQ(NULL, strstr(got, "@since"));
	EXPECT_EQ(NULL, strstr(got, "@client"));
}

/* Of somebody else. */
TEST_F_TIMEOUT(bpftrace, latency_of_another, LIMIT)
{
	const char *got;

	ASSERT_EQ(0, script_starts(self, "qmsg-latency.bt 1"));
	ASSERT_EQ(0, unblock_scene(self->server, self->c));
	got = script_ends(self);
	ASSERT_NE(NULL, got);
	EXPECT_EQ(NULL, strstr(got, "@"));
}

/* The first is answered at once, the second not. */
TEST_F_TIMEOUT(bpftrace, slow, LIMIT)
{
	uint64_t before;
	int64_t rcvid;
	const char *got;
	char want[64];

	ASSERT_EQ(0, script_starts(self, "qmsg-slow.bt 1500"));
	rcvid = send_received(self->server, self->c);
	ASSERT_LT(0, rcvid);
	before = now_ns();
	ASSERT_TRUE(wait_until(now_ns() > before + 1600 * 1000000ull));
	ASSERT_EQ(0, answers(self->server, rcvid, 0));
	ASSERT_EQ(0, client_wait(self->c));
	got = script_ends(self);
	ASSERT_NE(NULL, got);
	snprintf(want, sizeof(want), "\n%d %d 1 bpftrace_test ", self->c->w.tid, self->server->pid);
	EXPECT_NE(NULL, strstr(got, want));
	EXPECT_EQ(NULL, strstr(got, "@"));
}

TEST_F_TIMEOUT(bpftrace, unblock, LIMIT)
{
	const char *got;
	int64_t rcvid;
	char want[128];

	ASSERT_EQ(0, script_starts(self, "qmsg-unblock.bt"));
	ASSERT_EQ(0, unblock_scene(self->server, self->c));
	rcvid = send_received(self->server, self->c);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, peer_kill(self->client, SIGKILL));
	ASSERT_EQ(0, wait_for_channel(self->server->pid, self->server->q, 1, "orphans", 1));
	EXPECT_EQ(-ESRCH, answers(self->server, rcvid, 0));
	EXPECT_EQ(-ESRCH, answers(self->server, rcvid, 0));
	got = script_ends(self);
	ASSERT_NE(NULL, got);
	snprintf(want, sizeof(want), " %d %d signal asks\n", self->c->w.tid, self->server->pid);
	EXPECT_NE(NULL, strstr(got, want));
	snprintf(want, sizeof(want), " %d %d kill orphan\n", self->c->w.tid, self->server->pid);
	EXPECT_NE(NULL, strstr(got, want));
	snprintf(want, sizeof(want), " - %d - answered too late\n", self->server->pid);
	EXPECT_NE(NULL, strstr(got, want));
	snprintf(want, sizeof(want), "@asked[signal, %d]: 1\n", self->server->pid);
	EXPECT_NE(NULL, strstr(got, want));
	snprintf(want, sizeof(want), "@asked[kill, %d]: 1\n", self->server->pid);
	EXPECT_NE(NULL, strstr(got, want));
	snprintf(want, sizeof(want), "@orphans[%d]: 1", self->server->pid);
	EXPECT_NE(NULL, strstr(got, want));
	EXPECT_EQ(NULL, strstr(got, "@reason"));
}

TEST_HARNESS_MAIN
