// SPDX-License-Identifier: GPL-2.0-only
/* Receiving: in a thread, or here with a limit. */
#include "qmsg_test.h"

static void run_receive(struct worker *w)
{
	struct receiver *r = (struct receiver *)w;

	r->ret = qmsg_msg_receive_with(w->peer->q, &r->args);
}

struct receiver *receiver_new(struct peer *p, int chid)
{
	struct receiver *r = shared_alloc(sizeof(*r));

	r->w.peer = p;
	r->w.run = run_receive;
	r->args = receive_args(chid, &r->buf, sizeof(r->buf), &r->info);
	return r;
}

void receiver_free(struct receiver *r)
{
	if (!worker_stop(&r->w))
		shared_free(r, sizeof(*r));
}

int receiver_go(struct receiver *r)
{
	return worker_go(&r->w);
}

/* receivers= counts all of the channel; others may be blocked there already. */
int receiver_go_blocked(struct receiver *r)
{
	struct peer *p = r->w.peer;
	long before = read_channel(p->pid, p->q, r->args.chid, "receivers");
	int err = before < 0 ? before : receiver_go(r);

	return err ?: wait_for_channel(p->pid, p->q, r->args.chid, "receivers", before + 1);
}

int receiver_wait(struct receiver *r)
{
	return worker_wait(&r->w);
}

int64_t receiver_result(const struct receiver *r)
{
	return r->ret ?: r->args.out_rcvid;
}

static int64_t receive_until(int q, int chid, void *buf, size_t len, struct qmsg_msg_info *info,
			     uint64_t deadline)
{
	struct qmsg_msg_receive args = receive_args(chid, buf, len, info);
	int err;

	args.deadline = deadline;
	err = qmsg_msg_receive_with(q, &args);
	return err ?: args.out_rcvid;
}

int64_t receive_now(int q, int chid, void *buf, size_t len, struct qmsg_msg_info *info)
{
	return receive_until(q, chid, buf, len, info, 0);
}

int64_t receive_soon(int q, int chid, void *buf, size_t len, struct qmsg_msg_info *info)
{
	return receive_until(q, chid, buf, len, info, deadline_in_ms(wait_limit_ms()));
}

int expect_pulse(int q, int chid, int code, struct qmsg_pulse *out)
{
	union {
		struct qmsg_pulse pulse;
		char bytes[CLIENT_BYTES];
	} buf;
	int64_t rcvid = receive_soon(q, chid, &buf, sizeof(buf), NULL);

	if (rcvid < 0)
		return rcvid;
	if (rcvid > 0 || buf.pulse.code != code)
		return -EBADMSG;
	if (out)
		*out = buf.pulse;
	return 0;
}

int expect_nothing(int q, int chid)
{
	char buf[CLIENT_BYTES];
	int64_t rcvid = receive_now(q, chid, buf, sizeof(buf), NULL);

	if (rcvid == -ETIMEDOUT)
		return 0;
	return rcvid < 0 ? rcvid : -EBADMSG;
}
