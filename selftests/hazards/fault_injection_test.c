// SPDX-License-Identifier: GPL-2.0-only
/*
 * G1, G2: every allocation and every user copy of every call fails once, one at a time. The
 * call fails cleanly, or does without; nothing is left behind; the next one works.
 */
#include "kselftest_harness.h"

#include <sys/uio.h>

#include "../abi/rig.h"
#include "injection.h"

#define N_MAX	2000
#define LONG	(64 << 10)
#define PIECES	100

static char long_buffer[LONG];
static struct iovec pieces[PIECES];

FIXTURE(injection)
{
	struct rig rig;
};

FIXTURE_SETUP(injection)
{
	int err = injection_open();

	if (err == -ENOENT)
		SKIP(return, "this kernel has no fault injection");
	ASSERT_EQ(0, err);
	for (int i = 0; i < PIECES; i++)
		pieces[i] = (struct iovec){ long_buffer + i, 1 };
	memset(long_buffer, 'l', LONG);
	ASSERT_LE(0, peer_open(peer_self()));
}

FIXTURE_TEARDOWN_PARENT(injection)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* ---- G1 ---- */

/* All that debugfs shows, as text: whatever is counted there. */
struct counts {
	char text[2048];
};

static struct counts counts_now(void)
{
	struct counts c = { "" };
	int fd = open("/sys/kernel/debug/qmsg/objects", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, c.text, sizeof(c.text) - 1);

	close(fd);
	c.text[n > 0 ? n : 0] = 0;
	return c;
}

static bool counts_are(const struct counts *wanted)
{
	struct counts now = counts_now();

	return now.text[0] && !strcmp(now.text, wanted->text);
}

static void say_counts(const struct counts *wanted)
{
	struct counts now = counts_now();

	fprintf(stderr, "# before:\n%s# now:\n%s", wanted->text, now.text);
}

/* Ways through a call that the rig's own row does not take. */
static void arm_attach_fd(struct rig *r, void *arg)
{
	((struct qmsg_connect_attach *)arg)->chid = r->idle_chid;
}

static void disarm_attach_fd(struct rig *r, void *arg)
{
	(void)r;
	close(((struct qmsg_connect_attach *)arg)->out_coid);
}

static void arm_send_long(struct rig *r, void *arg)
{
	struct qmsg_msg_send *args = arg;

	arm_msg_send(r, arg);
	args->send_ptr = rig_ptr(long_buffer);
	args->send_len = LONG;
}

static void arm_send_pieces(struct rig *r, void *arg)
{
	struct qmsg_msg_send *args = arg;

	arm_msg_send(r, arg);
	args->flags = QMSG_SEND_IOV | QMSG_REPLY_IOV;
	args->send_ptr = args->reply_ptr = rig_ptr(pieces);
	args->send_len = args->reply_len = PIECES;
}

static void arm_receive_pieces(struct rig *r, void *arg)
{
	struct qmsg_msg_receive *args = arg;

	arm_msg_receive(r, arg);
	args->flags = QMSG_RECEIVE_IOV;
	args->buf_ptr = rig_ptr(pieces);
	args->buf_len = PIECES;
}

static void arm_reply_pieces(struct rig *r, void *arg)
{
	struct qmsg_msg_reply *args = arg;

	arm_msg_reply(r, arg);
	args->flags = QMSG_REPLY_DATA_IOV;
	args->buf_ptr = rig_ptr(pieces);
	args->buf_len = PIECES;
}

static void arm_copy_pieces(struct rig *r, void *arg)
{
	struct qmsg_msg_copy *args = arg;

	arm_msg_copy(r, arg);
	args->flags = QMSG_COPY_IOV;
	args->buf_ptr = rig_ptr(pieces);
	args->buf_len = PIECES;
}

static void arm_deliver_pulse(struct rig *r, void *arg)
{
	struct qmsg_event_deliver *args = arg;

	arm_pulse_queued(r);
	args->event = (struct qmsg_event){
		.notify = QMSG_EVENT_PULSE, .id = r->idle_coid, .priority = 1, .code = 3,
	};
}

/* It is kept by that, or not. */
static void arm_deliver_to_client(struct rig *r, void *arg)
{
	rig_hold(r);
	((struct qmsg_event_deliver *)arg)->rcvid = r->rcvid;
}

static void arm_deliver_registered(struct rig *r, void *arg)
{
	struct qmsg_event_deliver *args = arg;
	struct qmsg_event_unregister spare;

	arm_event_unregister(r, &spare);
	args->event.notify = QMSG_EVENT_HANDLE;
	args->event.id = spare.handle;
}

static void arm_channel_pool_event(struct rig *r, void *arg)
{
	struct qmsg_channel_create *args = arg;

	args->pool_event = (struct qmsg_event){
		.notify = QMSG_EVENT_PULSE, .id = r->idle_coid, .priority = 1, .code = 3,
	};
	args->pool_rearm = 1;
}

#define ROW(n, s)	.request = QMSG_IOC_##n, .size = sizeof(struct s)

static const struct call more_calls[] = {
	{ "a connection that is a descriptor", ROW(CONNECT_ATTACH, qmsg_connect_attach),
	  .arm = arm_attach_fd, .disarm = disarm_attach_fd },
	{ "a long message", ROW(MSG_SEND, qmsg_msg_send), .arm = arm_send_long },
	{ "a message in pieces", ROW(MSG_SEND, qmsg_msg_send), .arm = arm_send_pieces },
	{ "receiving in pieces", ROW(MSG_RECEIVE, qmsg_msg_receive), .arm = arm_receive_pieces },
	{ "a reply in pieces", ROW(MSG_REPLY, qmsg_msg_reply), .arm = arm_reply_pieces,
	  .disarm = disarm_answer },
	{ "reading in pieces", ROW(MSG_READ, qmsg_msg_copy), .arm = arm_copy_pieces },
	{ "writing in pieces", ROW(MSG_WRITE, qmsg_msg_copy), .arm = arm_copy_pieces },
	{ "an event that is a pulse", ROW(EVENT_DELIVER, qmsg_event_deliver),
	  .arm = arm_deliver_pulse },
	{ "an event to a client", ROW(EVENT_DELIVER, qmsg_event_deliver),
	  .arm = arm_deliver_to_client, .disarm = disarm_event_keep },
	{ "a registered event", ROW(EVENT_DELIVER, qmsg_event_deliver),
	  .arm = arm_deliver_registered },
	{ "a channel that tells of its full pool", ROW(CHANNEL_CREATE, qmsg_channel_create),
	  .arm = arm_channel_pool_event, .disarm = disarm_channel_create },
};

static bool is_clean(int err)
{
	return err == 0 || err == -ENOMEM || err == -EFAULT;
}

/* The call with its @n-th step failing: its result; @hit: it had as many. */
static int call_injected(const struct call *call, struct rig *r, void *arg, int n, bool *hit)
{
	int err;

	if (!injection_begin(n))
		return -EIO;
	err = call_now(call, r, arg);
	*hit = injection_end();
	if (!err && call->disarm)
		call->disarm(r, arg);
	/* the fused call has answered, and failed to receive */
	if (err && call->request == QMSG_IOC_MSG_REPLY_RECEIVE && !call_get32(arg, 8) &&
	    !call_get32(arg, 12))
		rig_released(r);
	return err;
}

/* What a client's buffer was given before the answer is held until then. */
static void level(const struct call *call, struct rig *r)
{
	if (call->request != QMSG_IOC_MSG_WRITE || r->rcvid <= 0)
		return;
	qmsg_msg_reply(r->q, r->rcvid, 0, NULL, 0);
	rig_released(r);
}

static void sweep(struct __test_metadata *_metadata, const struct call *call, struct rig *r)
{
	struct counts before;
	bool hit = true;
	int n, err;

	RIG_ARG(arg);

	call_arm(call, r, arg);
	before = counts_now();
	for (n = 1; hit && n < N_MAX; n++) {
		call_arm(call, r, arg);
		err = call_injected(call, r, arg, n, &hit);
		ASSERT_TRUE(is_clean(err)) TH_LOG("%s, step %d: %d", call->name, n, err);
		ASSERT_TRUE(hit || !err) TH_LOG("%s: %d", call->name, err);
		call_arm(call, r, arg);
		ASSERT_EQ(0, call_good(call, r, arg)) TH_LOG("%s after step %d", call->name, n);
		level(call, r);
		call_arm(call, r, arg);
		ASSERT_TRUE(wait_until(counts_are(&before))) {
			TH_LOG("%s, step %d", call->name, n);
			say_counts(&before);
		}
	}
	EXPECT_LT(2, n) TH_LOG("%s: nothing failed", call->name);
	EXPECT_GT(N_MAX, n) TH_LOG("%s", call->name);
}

static int make_channel(struct rig *r)
{
	int chid = qmsg_channel_create(r->q, 0);

	return chid < 0 ? chid : 0;
}

static int make_connection(struct rig *r)
{
	int coid = qmsg_connect_attach(r->q, 0, r->idle_chid, QMSG_SIDE_CHANNEL, QMSG_COF_NOSHARE);

	return coid < 0 ? coid : 0;
}

static int make_pulse(struct rig *r)
{
	static int n;

	n++;
	return qmsg_pulse_send(r->q, r->idle_coid, 1, n & 1, n);
}

/*
 * What a user may have is counted apart from what there is. If the first lost something, the
 * one more that is allowed here is refused.
 */
static void expect_quota(struct __test_metadata *_metadata, struct rig *r, const char *quota,
			 const char *object, int (*make)(struct rig *r))
{
	ASSERT_EQ(0, write_param(quota, object_count(object) + 1));
	EXPECT_EQ(0, make(r)) TH_LOG("%s", quota);
	EXPECT_EQ(-EAGAIN, make(r)) TH_LOG("%s", quota);
	restore_params();
}

TEST_F(injection, G1_every_step_of_every_call_fails_once)
{
	ASSERT_EQ(0, rig_open(&self->rig, 0));
	FOR_EACH_CALL(call)
		sweep(_metadata, call, &self->rig);
	for (size_t i = 0; i < ARRAY_SIZE(more_calls); i++)
		sweep(_metadata, &more_calls[i], &self->rig);
	expect_quota(_metadata, &self->rig, "user_channels", "channels", make_channel);
	/* now there are as many scoids, which are counted for themselves */
	ASSERT_EQ(0, qmsg_connect_detach(self->rig.q, self->rig.spare_coid));
	ASSERT_EQ(object_count("connections"), object_count("server_connections"));
	expect_quota(_metadata, &self->rig, "user_connections", "connections", make_connection);
	expect_quota(_metadata, &self->rig, "user_pulses", "pulses", make_pulse);
	rig_close(&self->rig);
}

TEST_F(injection, G1_opening_the_device)
{
	struct counts before = counts_now();
	bool hit = true;
	int n, fd, err;

	for (n = 1; hit && n < N_MAX; n++) {
		ASSERT_TRUE(injection_begin(n));
		fd = open("/dev/qmsg", O_RDWR | O_CLOEXEC);
		err = fd < 0 ? -errno : 0;
		hit = injection_end();
		ASSERT_TRUE(is_clean(err)) TH_LOG("step %d: %d", n, err);
		if (!err)
			close(fd);
		ASSERT_TRUE(wait_until(counts_are(&before))) TH_LOG("step %d", n);
	}
	EXPECT_LT(3, n);
}

/* An end needs no memory: it cannot fail, and whoever is to be told of it is told. */
TEST_F(injection, G1_closing_it_with_everything_in_it)
{
	struct counts before;
	bool hit = true;
	int chid = qmsg_channel_create(Q, QMSG_CHF_DISCONNECT);

	/* This thread has received. */
	ASSERT_EQ(0, expect_nothing(Q, chid));
	before = counts_now();
	for (int n = 1; hit && n < N_MAX; n++) {
		int q = qmsg_open(), theirs = qmsg_channel_create(q, 0);
		struct qmsg_pulse pulse;

		ASSERT_LT(0, qmsg_connect_attach(q, 0, chid, QMSG_SIDE_CHANNEL, 0));
		ASSERT_LT(0, qmsg_connect_attach(q, 0, theirs, QMSG_SIDE_CHANNEL, 0));
		ASSERT_TRUE(injection_begin(n));
		close(q);
		hit = injection_end();
		ASSERT_EQ(0, expect_pulse(Q, chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
		ASSERT_EQ(0, qmsg_connect_detach(Q, pulse.scoid));
		ASSERT_TRUE(wait_until(counts_are(&before))) {
			say_counts(&before);
		}
	}
}

/* ---- G2 ---- */

struct waiting {
	int chid;
	struct client *c[2];
};

static void wait_in_line(struct __test_metadata *_metadata, struct waiting *w)
{
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, client_send(w->c[i]));
		ASSERT_EQ(0, wait_for_client(w->c[i], "SEND"));
	}
}

static int64_t receive_injected(int chid, bool in_pieces, int n, bool *hit,
				struct qmsg_msg_info *info)
{
	struct qmsg_msg_receive args = receive_args(chid, long_buffer, LONG, info);
	int err;

	args.size = sizeof(args);
	if (in_pieces) {
		args.flags = QMSG_RECEIVE_IOV;
		args.buf_ptr = rig_ptr(pieces);
		args.buf_len = PIECES;
	}
	if (!injection_begin(n))
		return -EIO;
	err = raw_ioctl(Q, QMSG_IOC_MSG_RECEIVE, &args);
	*hit = injection_end();
	return err ?: args.out_rcvid;
}

/* Both are served in the order in which they came, whatever the first receive came to. */
static void serve_in_line(struct __test_metadata *_metadata, struct waiting *w, int64_t rcvid,
			  struct qmsg_msg_info *info)
{
	char buf[CLIENT_BYTES];

	for (int i = 0; i < 2; i++) {
		if (i || rcvid < 0)
			rcvid = receive_soon(Q, w->chid, buf, sizeof(buf), info);
		ASSERT_LT(0, rcvid);
		EXPECT_EQ(w->c[i]->w.tid, info->tid);
		ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 9, NULL, 0));
		ASSERT_EQ(0, client_wait(w->c[i]));
		EXPECT_EQ(9, client_result(w->c[i]));
	}
}

static void sweep_receive(struct __test_metadata *_metadata, struct waiting *w, bool in_pieces)
{
	bool hit = true;
	int n;

	for (n = 1; hit && n < N_MAX; n++) {
		struct qmsg_msg_info info;
		int64_t rcvid;

		wait_in_line(_metadata, w);
		rcvid = receive_injected(w->chid, in_pieces, n, &hit, &info);
		ASSERT_TRUE(rcvid > 0 || (hit && rcvid && is_clean(rcvid)))
			TH_LOG("step %d: %lld", n, (long long)rcvid);
		if (rcvid < 0) {
			EXPECT_EQ(2, read_channel(getpid(), Q, w->chid, "queued"));
		}
		serve_in_line(_metadata, w, rcvid, &info);
	}
	EXPECT_LT(4, n);
}

TEST_F(injection, G2_a_receive_that_fails_loses_no_client)
{
	struct waiting w = { .chid = qmsg_channel_create(Q, QMSG_CHF_UNBLOCK) };
	struct peer *p = peer_fork();

	ASSERT_LE(0, peer_open(p));
	for (int i = 0; i < 2; i++) {
		w.c[i] = client_connect(p, getpid(), w.chid);
		ASSERT_TRUE(w.c[i] != NULL);
	}
	sweep_receive(_metadata, &w, false);
	sweep_receive(_metadata, &w, true);
}

TEST_HARNESS_MAIN
