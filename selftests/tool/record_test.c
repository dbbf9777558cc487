// SPDX-License-Identifier: GPL-2.0-only
/*
 * qmsg record and qmsg report: scenes that are known, recorded and shown. D22; the scenes are T1, T8,
 * T12, T15, T16, T21, T29, S4.3, S6.4.
 */
#include "kselftest_harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "answer.h"

#define TRACING		"/sys/kernel/tracing/"
#define FILE_NAME	"/tmp/record.trace"
#define STARTED		"/tmp/record.started"
#define ERRORS		"/tmp/record.errors"
#define NO_TIMES	" | sed 's/^ *[0-9.]* *//'"

FIXTURE(record) {
	struct peer *server, *client;
	struct client *c;
	FILE *recorder;		/* it records until this is closed */
};

FIXTURE_SETUP(record)
{
	mkdir(TRACING, 0700);
	mount("tracefs", TRACING, "tracefs", 0, NULL);
	ASSERT_EQ(0, two_start(&self->server, &self->client, &self->c));
	self->recorder = NULL;
}

FIXTURE_TEARDOWN(record)
{
	if (self->recorder)
		pclose(self->recorder);
	unlink(FILE_NAME);
	EXPECT_EQ(0, two_end(self->server, self->client));
}

typedef FIXTURE_DATA(record) scene;

/* Tracing is on before the command runs, which says that it does. */
static int record_with(scene *s, const char *options)
{
	char command[256];

	unlink(STARTED);
	snprintf(command, sizeof(command), "qmsg record %s -o " FILE_NAME
		 " -- sh -c 'touch " STARTED "; exec cat' 2>" ERRORS, options);
	s->recorder = popen(command, "we");
	if (s->recorder && wait_until(!access(STARTED, F_OK)))
		return 0;
	fprintf(stderr, "# %s", tool("cat " ERRORS)->raw);
	return -EIO;
}

/* Its exit status. */
static int record_ends(scene *s)
{
	int status = pclose(s->recorder);

	s->recorder = NULL;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

static bool said(const char *what)
{
	return strstr(tool("cat " ERRORS)->raw, what);
}

/* How many instances of the recorder's there are. */
static int instances(void)
{
	DIR *dir = opendir(TRACING "instances");
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)))
		n += !strncmp(e->d_name, "qmsg-record-", 12);
	if (dir)
		closedir(dir);
	return dir ? n : -errno;
}

#define CLIENT	self->client->pid, self->c->w.tid
#define SERVER	self->server->pid, self->server->pid

/* A message and its answer. */
TEST_F(record, round_trip)
{
	int64_t rcvid;

	ASSERT_EQ(0, record_with(self, ""));
	rcvid = send_received(self->server, self->c);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, answers(self->server, rcvid, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ESRCH, answers(self->server, rcvid, 0));
	EXPECT_EQ(0, record_ends(self));
	EXPECT_TRUE(said("4 events\n"));
	EXPECT_EQ(0, instances());
	EXPECT_STREQ(text("PID TID COMMAND EVENT REQUEST WHAT\n"
		"%d %d record_test send %d:1#1 to channel 1 of record_test %d: 5 bytes, priority 0\n"
		"%d %d record_test receive %d:1#1 from record_test %d/%d\n"
		"%d %d record_test answer %d:1#1 to record_test %d/%d: 5 bytes\n"
		"%d %d record_test answer-late - to %#llx, which is over: ESRCH",
		CLIENT, self->server->pid, self->server->pid, SERVER, self->server->pid, CLIENT,
		SERVER, self->server->pid, CLIENT, SERVER, (long long)rcvid),
		strstr(tool("qmsg report " FILE_NAME NO_TIMES)->text, "PID"));
}

/* S2.12: what is told is what the client has got, not what the server gave. */
TEST_F(record, answer_longer_than_the_room)
{
	int64_t rcvid;

	self->c->args.reply_len = 3;
	ASSERT_EQ(0, record_with(self, ""));
	rcvid = send_received(self->server, self->c);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, answers(self->server, rcvid, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(0, record_ends(self));
	EXPECT_NE(NULL, strstr(tool("qmsg report " FILE_NAME NO_TIMES)->text,
			       text("%d %d record_test answer %d:1#1 to record_test %d/%d: 3 bytes",
				    SERVER, self->server->pid, CLIENT)));
}

/* Who is only spoken of is named as well. */
TEST_F(record, a_server_that_does_nothing)
{
	ASSERT_EQ(0, record_with(self, ""));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_EQ(0, record_ends(self));
	EXPECT_NE(NULL, strstr(tool("qmsg report " FILE_NAME NO_TIMES)->text,
			       text("%d %d record_test send %d:1#1 to channel 1 of record_test %d:",
				    CLIENT, self->server->pid, self->server->pid)));
}

/* Nor need it be there any more when its event is read: the kernel remembers its name. */
TEST_F(record, a_client_that_has_gone)
{
	ASSERT_EQ(0, tool("qmsg record -o " FILE_NAME " -- sh -c 'qmsg pulse %d 1 5 77; true' 2>&1",
			  self->server->pid)->status);
	EXPECT_NE(NULL, strstr(tool("qmsg report " FILE_NAME NO_TIMES)->text,
			       " qmsg pulse - user, code 5 value 0x4d"));
}

TEST_F(record, unblock)
{
	char want[TOOL_OUTPUT];
	const char *got;

	ASSERT_EQ(0, record_with(self, ""));
	ASSERT_EQ(0, unblock_scene(self->server, self->c));
	EXPECT_EQ(0, record_ends(self));
	snprintf(want, sizeof(want),
		"%d %d record_test signal %d:1#1 asks the server to let it go\n"
		"%d %d record_test pulse %d:1#1 unblock, code -32 value 0x", CLIENT,
		self->server->pid, CLIENT, self->server->pid);
	got = tool("qmsg report " FILE_NAME NO_TIMES)->text;
	got = strstr(got, want);
	ASSERT_NE(NULL, got);
	snprintf(want, sizeof(want), "\n%d %d record_test receive-pulse - unblock, code -32", SERVER);
	got = strstr(got, want);
	ASSERT_NE(NULL, got);
	snprintf(want, sizeof(want), "\n%d %d record_test answer %d:1#1 to record_test %d/%d: EINTR",
		 SERVER, self->server->pid, CLIENT);
	EXPECT_NE(NULL, strstr(got, want));
}

/* Killed: the grace is over, it is an orphan, and an answer ends that. */
TEST_F(record, orphan)
{
	const char *got;
	int64_t rcvid;

	ASSERT_EQ(0, record_with(self, ""));
	rcvid = send_received(self->server, self->c);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, peer_kill(self->client, SIGKILL));
	ASSERT_EQ(0, wait_for_channel(self->server->pid, self->server->q, 1, "orphans", 1));
	EXPECT_EQ(-ESRCH, answers(self->server, rcvid, 0));
	EXPECT_EQ(0, record_ends(self));
	got = strstr(tool("qmsg report " FILE_NAME)->text, " kill ");
	ASSERT_NE(NULL, got);
	got = strstr(got, "has gone, the request is an orphan\n");
	ASSERT_NE(NULL, got);
	EXPECT_NE(NULL, strstr(got, "has gone: ESRCH"));
	/* Only the grace was drawn as dying; the client of that number is not blocked after it. */
	EXPECT_NE(NULL, strstr(tool("qmsg report --svg " FILE_NAME)->raw, "grace over: gone"));
}

/* A receiver waits, is given something, waits again, and its channel goes. */
TEST_F(record, receive_blocked)
{
	struct receiver *w = receiver_new(self->server, 1);
	const char *got;
	char want[256];

	ASSERT_EQ(0, record_with(self, ""));
	ASSERT_EQ(0, receiver_go_blocked(w));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, receiver_wait(w));
	ASSERT_LT(0, receiver_result(w));
	ASSERT_EQ(0, receiver_go_blocked(w));
	ASSERT_EQ(0, peer_destroy(self->server, 1));
	ASSERT_EQ(0, receiver_wait(w));
	ASSERT_EQ(-ESRCH, receiver_result(w));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(0, record_ends(self));
	got = tool("qmsg report " FILE_NAME NO_TIMES)->text;
	for (int i = 0; i < 2; i++) {
		snprintf(want, sizeof(want), "\n%d %d record_test receive-blocked - on channel 1",
			 self->server->pid, w->w.tid);
		got = strstr(got, want);
		ASSERT_NE(NULL, got);
		snprintf(want, sizeof(want), "\n%d %d record_test receive-end - %s",
			 self->server->pid, w->w.tid, i ? "ESRCH" : "has something\n");
		got = strstr(got, want);
		ASSERT_NE(NULL, got);
	}
	EXPECT_NE(NULL, strstr(tool("qmsg report " FILE_NAME)->text, "HELD ends: ESRCH"));
}

/* S6.4: the server's thread has its client's priority until it has answered. */
TEST_F(record, priority)
{
	const char *got;
	int64_t rcvid;
	char want[256];

	self->c->w.priority = 20;
	ASSERT_EQ(0, record_with(self, ""));
	rcvid = send_received(self->server, self->c);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, answers(self->server, rcvid, 0));
	ASSERT_EQ(0, client_wait(self->c));
	ASSERT_EQ(-ETIMEDOUT, receives(self->server, 1));
	EXPECT_EQ(0, record_ends(self));
	got = strstr(tool("qmsg report " FILE_NAME NO_TIMES)->text, " 5 bytes, priority 20\n");
	ASSERT_NE(NULL, got);
	for (int i = 0; i < 2; i++) {
		snprintf(want, sizeof(want), "\n%d %d record_test priority - %d to %d", SERVER,
			 i ? 20 : 0, i ? 0 : 20);
		got = strstr(got, want);
		ASSERT_NE(NULL, got);
	}
}

static int64_t send_pulse(void *arg)
{
	scene *s = arg;

	return qmsg_pulse_send(s->client->q, s->c->args.coid, QMSG_PRIORITY_SELF, 5, 77);
}

TEST_F(record, pulse)
{
	scene *shared = shared_alloc(sizeof(*shared));
	const char *got;
	char want[256];

	*shared = *self;
	ASSERT_EQ(0, record_with(self, ""));
	ASSERT_EQ(0, peer_call(self->client, send_pulse, shared));
	ASSERT_EQ(0, receives(self->server, 1));
	EXPECT_EQ(0, record_ends(self));
	got = tool("qmsg report " FILE_NAME NO_TIMES)->text;
	snprintf(want, sizeof(want), "\n%d %d record_test pulse - user, code 5 value 0x4d priority 0, "
		 "to channel 1 of record_test %d\n%d %d record_test receive-pulse - user, code 5 "
		 "value 0x4d priority 0, on channel 1 of record_test %d", self->client->pid,
		 self->client->pid, self->server->pid, SERVER, self->server->pid);
	EXPECT_NE(NULL, strstr(got, want));
}

/* The same scene as a picture and as a trace; what they are made of, report_test.py knows. */
TEST_F(record, pictures)
{
	struct tool_run *r;

	ASSERT_EQ(0, record_with(self, ""));
	ASSERT_EQ(0, unblock_scene(self->server, self->c));
	EXPECT_EQ(0, record_ends(self));
	r = tool("qmsg report --svg " FILE_NAME);
	EXPECT_EQ(0, r->status);
	EXPECT_EQ(0, strncmp(r->raw, "<?xml", 5));
	EXPECT_NE(NULL, strstr(r->raw, "<line class=\"a-unblock\""));
	EXPECT_NE(NULL, strstr(r->raw, "#1 error EINTR"));
	r = tool("qmsg report --perfetto " FILE_NAME);
	EXPECT_EQ(0, r->status);
	EXPECT_EQ(0, strncmp(r->raw, "{\"displayTimeUnit\"", 18));
	EXPECT_NE(NULL, strstr(r->raw, "\"name\":\"REPLY-blocked, wants to leave\""));
	EXPECT_NE(NULL, strstr(r->raw, "\"command\":\"sh -c touch"));
	EXPECT_EQ(2, tool("qmsg report --svg --perfetto " FILE_NAME " 2>&1")->status);
	EXPECT_EQ(3, tool("qmsg report --from 1000 " FILE_NAME " 2>&1")->status);
	EXPECT_EQ(3, tool("qmsg report --pid 1 " FILE_NAME " 2>&1")->status);
	EXPECT_EQ(1, tool("qmsg report /nowhere 2>&1")->status);
}

static pid_t recorder_pid(void)
{
	const char *at = strstr(tool("ls " TRACING "instances")->raw, "qmsg-record-");

	return at ? atoi(at + 12) : 0;
}

/* Ctrl-C ends it, and all that had come is in the file. */
TEST_F(record, interrupted)
{
	pid_t pid;

	self->recorder = popen("qmsg record -o " FILE_NAME " 2>" ERRORS, "we");
	ASSERT_NE(NULL, self->recorder);
	ASSERT_TRUE(wait_until(said("recording until Ctrl-C")));
	ASSERT_EQ(0, unblock_scene(self->server, self->c));
	pid = recorder_pid();
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, kill(pid, SIGINT));
	EXPECT_EQ(0, record_ends(self));
	EXPECT_EQ(0, instances());
	EXPECT_NE(NULL, strstr(tool("qmsg report " FILE_NAME " 2>&1")->text, ": EINTR"));
	EXPECT_EQ(NULL, strstr(tool("qmsg report " FILE_NAME " 2>&1")->text, "has no end"));
}

/* A command that is interrupted is waited for; the second time it is not. */
TEST_F(record, interrupted_twice)
{
	pid_t pid;

	ASSERT_EQ(0, record_with(self, ""));
	pid = recorder_pid();
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, kill(pid, SIGINT));
	ASSERT_TRUE(wait_until(said("waiting for the command")));
	ASSERT_EQ(0, unblock_scene(self->server, self->c));
	ASSERT_EQ(0, kill(pid, SIGINT));
	ASSERT_TRUE(wait_until(said("events\n")));
	EXPECT_EQ(130, record_ends(self));
	EXPECT_EQ(0, instances());
	EXPECT_NE(NULL, strstr(tool("qmsg report " FILE_NAME)->text, ": EINTR"));
}

/* One that was killed could not clean up; the next one does. What it has written is there. */
TEST_F(record, killed)
{
	pid_t pid;

	ASSERT_EQ(0, record_with(self, ""));
	pid = recorder_pid();
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	record_ends(self);
	EXPECT_EQ(1, instances());
	EXPECT_NE(NULL, strstr(tool("qmsg report " FILE_NAME " 2>&1")->text, "has no end"));
	EXPECT_EQ(7, tool("qmsg record -o " FILE_NAME " -- sh -c 'exit 7' 2>/dev/null")->status);
	EXPECT_EQ(0, instances());
}

/* Two at a time, and somebody else who traces. */
TEST_F(record, alone)
{
	struct tool_run *r;

	ASSERT_EQ(0, tool("echo > " TRACING "trace")->status);
	ASSERT_EQ(0, tool("echo 1 > " TRACING "events/qmsg/qmsg_send/enable")->status);
	ASSERT_EQ(0, record_with(self, ""));
	r = tool("qmsg record -o /tmp/second.trace -- qmsg send %d 9 x 2>/dev/null", self->server->pid);
	EXPECT_EQ(1, r->status);
	EXPECT_EQ(1, instances());
	ASSERT_EQ(0, unblock_scene(self->server, self->c));
	EXPECT_EQ(0, record_ends(self));
	EXPECT_NE(NULL, strstr(tool("qmsg report " FILE_NAME)->text, ": EINTR"));
	EXPECT_STREQ("1", tool("cat " TRACING "events/qmsg/qmsg_send/enable")->text);
	EXPECT_STREQ("0", tool("cat " TRACING "events/qmsg/qmsg_state/enable")->text);
	EXPECT_NE(NULL, strstr(tool("cat " TRACING "trace")->raw, "qmsg_send: client="));
	EXPECT_EQ(NULL, strstr(tool("cat " TRACING "trace")->raw, "qmsg_state: client="));
	EXPECT_EQ(0, tool("echo 0 > " TRACING "events/qmsg/qmsg_send/enable")->status);
	unlink("/tmp/second.trace");
}

static int64_t many_pulses(void *arg)
{
	scene *s = arg;
	int err = 0;

	for (int i = 0; i < 20000 && (!err || err == -EAGAIN); i++) {
		err = qmsg_pulse_send(s->client->q, s->c->args.coid, QMSG_PRIORITY_SELF, 1, i > 0);
	}
	return err;
}

/* What there was no room for is told by both; what came first is there. */
TEST_F(record, lost)
{
	scene *shared = shared_alloc(sizeof(*shared));

	*shared = *self;
	ASSERT_EQ(0, record_with(self, "--buffer 4"));
	ASSERT_EQ(0, peer_call(self->client, many_pulses, shared));
	EXPECT_EQ(0, record_ends(self));
	EXPECT_TRUE(said(" events were lost"));
	EXPECT_NE(NULL, strstr(tool("qmsg report --limit 1 " FILE_NAME " 2>&1")->text,
			       " events were lost while recording"));
	EXPECT_NE(NULL, strstr(tool("qmsg report --limit 1 " FILE_NAME " 2>/dev/null")->text,
			       "user, code 1 value 0 "));
	EXPECT_NE(NULL, strstr(tool("qmsg report --svg " FILE_NAME " 2>/dev/null")->raw,
			       " events were lost: there are gaps"));
}

/* Its exit status is the command's, to which signals come as ever, and which is told of them. */
TEST_F(record, status)
{
	const char *const how[] = { "exit 7", "kill -TERM $$; exit 0" };
	const int status[] = { 7, 128 + SIGTERM };
	pid_t pid;

	for (int i = 0; i < 2; i++)
		EXPECT_EQ(status[i], tool("qmsg record -o " FILE_NAME " -- sh -c '%s' 2>/dev/null",
					  how[i])->status);
	ASSERT_EQ(0, record_with(self, ""));
	pid = recorder_pid();
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, kill(pid, SIGTERM));
	/* It is not its input's end that ends the command. */
	ASSERT_TRUE(wait_until(said("events\n")));
	EXPECT_EQ(128 + SIGTERM, record_ends(self));
}

/* Times are those of a clock, in order on all processors; of the file that was there nothing stays. */
TEST_F(record, times)
{
	long long start = now_ns(), waited;
	const char *at;
	int64_t rcvid;

	ASSERT_EQ(0, tool("seq 100000 >" FILE_NAME)->status);
	ASSERT_EQ(0, record_with(self, ""));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	waited = now_ns();
	ASSERT_TRUE(wait_until(now_ns() > waited + 100 * 1000000ull));
	rcvid = receives(self->server, 1);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, answers(self->server, rcvid, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(0, record_ends(self));
	at = strstr(tool("qmsg --json report " FILE_NAME)->raw, "\"receive\"");
	ASSERT_NE(NULL, at);
	while (strncmp(at, "\"time_ns\":", 10))
		at--;
	EXPECT_LE(100 * 1000000ll, atoll(at + 10));
	EXPECT_GE((long long)now_ns() - start, atoll(at + 10));
	EXPECT_STREQ("0", tool("grep -c '^99999$' " FILE_NAME)->text);
}

/* What cannot be is an error, and the file that was there stays. */
TEST_F(record, errors)
{
	struct tool_run *r;

	ASSERT_EQ(0, tool("echo precious > " FILE_NAME)->status);
	r = tool("qmsg record -o " FILE_NAME " -- /nowhere 2>&1");
	EXPECT_EQ(127, r->status);
	EXPECT_STREQ("qmsg: /nowhere: No such file or directory", r->text);
	r = tool("su -s /bin/sh nobody -c 'qmsg record -o " FILE_NAME " -- true' 2>&1");
	EXPECT_EQ(1, r->status);
	EXPECT_NE(NULL, strstr(r->text, "needs root"));
	EXPECT_STREQ("precious", tool("cat " FILE_NAME)->text);
	EXPECT_EQ(1, tool("qmsg record -o /nowhere/file -- true 2>&1")->status);
	EXPECT_EQ(2, tool("qmsg record --buffer much -- true 2>&1")->status);
	EXPECT_EQ(127, tool("qmsg record -o /tmp/new.trace -- /nowhere 2>&1")->status);
	EXPECT_NE(0, access("/tmp/new.trace", F_OK));
	EXPECT_EQ(0, instances());
}

TEST_HARNESS_MAIN
