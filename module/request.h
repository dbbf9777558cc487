/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request: one MsgSend.
 *
 * DOC: What a request is, does not depend on a thread that sleeps: its states and what
 * moves it are in state.c, its bytes in buffers, its completion is "@state became DONE
 * or ORPHAN". The thread that waits (wait.c) is one user of that.
 */
#ifndef QMSG_REQUEST_H
#define QMSG_REQUEST_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>

#include "park.h"
#include "prio.h"
#include "pulse.h"
#include "server.h"
#include "signal.h"
#include "state.h"
#include "buffer.h"
#include "wait.h"
#include "window.h"

struct eventfd_ctx;

/* What a server answers. @data becomes the request's. */
struct qmsg_answer {
	s64 status;
	s32 error;			/* 0, or the client's errno */
	bool reason;			/* @error is the kept reason of the unblock request */
	bool restart;			/* the client sends again */
	size_t len;			/* of its data, in @data or in the client's memory already */
	struct qmsg_buffer *data;	/* NULL if empty, or: */
	const u64 *bytes;		/* a short one; the caller's */
};

/* Where a SEND-blocked request is. */
enum qmsg_hand {
	QMSG_HAND_NONE,		/* in the queue */
	QMSG_HAND_TAKEN,	/* in the hands of a receiver */
	QMSG_HAND_AT_ONCE,	/* likewise; its send deadline was past, but one was waiting (T5) */
};

/*
 * One that is done with is kept for the client's next: so what has to begin as zero stands in
 * one place, what is left of the former use does no harm in the others, or has been taken
 * away with it, and what it owns besides is what the next can use.
 */
struct qmsg_request {
	refcount_t ref;

	/* Set before it is posted. */
	struct qmsg_conn *conn;		/* with a reference */
	struct qmsg_channel *channel;	/* held by @conn */
	struct qmsg_user *user;		/* who pays: the context's, held by @conn, or @payer */
	struct task_struct *task;	/* the client, with a reference */
	struct pid *tid, *tgid;		/* with references; another's @tid once it is over */
	s32 coid;
	kuid_t uid;
	kgid_t gid;
	bool compat;			/* sent by a 32-bit program */
	struct qmsg_wait_policy policy;
	size_t srclen, dstlen;

	/* Under the channel's lock once posted, all that does not say otherwise. */
	struct hlist_node sconn_node;
	unsigned long since;		/* jiffies: posted, or received */
	u64 stamp;			/* ns, likewise, if the channel was measured; see stats.c */
	u64 order;			/* only on a channel with DEADLOCK; see cycle.h */
	struct list_head reply;		/* buffers, in the order they were written */
	struct list_head lent_node;	/* in the lender's list; under his lock */
	struct qmsg_pulse_node unblock;
	struct task_struct *sleeper;	/* woken on change; NULL: nobody */

	struct qmsg_qnode node;
	u64 rcvid;			/* 0 if it has none; also read without it by its receiver */
	u64 rcvid_serial;		/* of the id that it has or last had */
	struct qmsg_buffer *message;	/* NULL if short, or after the client has gone */
	struct eventfd_ctx *eventfd;	/* told when to abandon it, with a reference, or NULL */
	struct hlist_head servers;	/* threads that run with its priority */
	struct qmsg_server *lender;	/* the client's record, if it has one, with a reference */
	u64 lent_pass;			/* of the lender, that has seen it; under his lock */
	struct qmsg_answer answer;	/* the server's, if it is over and @error is 0 */
	struct work_struct *over;	/* queued in the end, since nobody waits; or NULL */
	enum qmsg_state state;		/* read without it by the sleeping client */
	enum qmsg_hand hand;		/* also read without it by the sleeping client */
	size_t msglen;			/* bytes the receive copied, if it is received */
	size_t reply_len;		/* bytes of the final reply, if it is over */

	struct_group_attr(fresh, __aligned(sizeof(u64)),
		u32 reasons;		/* QMSG_UNBLOCK_* */
		s32 reason_error;	/* of the first of them */
		u32 nreply;		/* length of @reply */
		pid_t receiver;		/* number of the thread that has received it, or 0 */
		int error;		/* the kernel's */
		atomic_t replying;	/* not 0: somebody answers through the window; atomic */
		u16 short_reply;	/* length of the final reply in @reply_bytes, after @reply */
		u8 slow_told;		/* of which of its waits; see slow.c */
		bool charged;		/* to @user */
		bool delivered;		/* a server has had it, in this execution or before */
	);

	/* What is copied from users or to them, and nothing else. */
	struct_group(usercopy,
		u64 reply_bytes[QMSG_SHORT / sizeof(u64)];
		u8 bytes[QMSG_SHORT] __aligned(sizeof(u64)); /* a short message; once posted for all */
		struct qmsg_iov reply_iov; /* the client's alone */
	);

	/* The client's alone. */
	struct qmsg_hold hold;
	u64 grace_end;
	struct qmsg_parked parked;
	struct callback_head put_back_work;
	struct qmsg_user *payer;	/* of its last use by another than the context's; a reference */

	struct qmsg_window window;	/* what it has besides a lock: set before it is posted */
	struct qmsg_buffer *kept_message; /* for the next message; the client's alone */
	struct qmsg_buffer *kept_reply;	/* for a reply; whoever takes it out has it */
};

int qmsg_requests_init(void);
void qmsg_requests_exit(void);

struct qmsg_request *qmsg_request_new(struct qmsg_ctx *ctx, const struct qmsg_msg_send *args);
struct qmsg_request *qmsg_request_new_over(struct qmsg_ctx *ctx, struct qmsg_conn *conn,
					   const struct qmsg_msg_send *args);
struct qmsg_request *qmsg_request_refused(struct qmsg_request *req, int err);
int qmsg_request_post(struct qmsg_request *req);
int qmsg_message_to_user(struct qmsg_request *req, const struct qmsg_buffer *message, size_t from,
			 const struct qmsg_iov *iov, size_t len);
void qmsg_requests_free_spare(struct qmsg_ctx *ctx);
void qmsg_requests_forget(struct qmsg_conn *conn);
void qmsg_request_free(struct qmsg_request *req);
void qmsg_request_put_last(struct qmsg_request *req);
void qmsg_request_put_back_locked(struct qmsg_request *req);
void qmsg_request_take_locked(struct qmsg_request *req);
void qmsg_request_prepare_reply(struct qmsg_request *req);
void qmsg_request_remember_reply(struct qmsg_request *req, size_t written);
bool qmsg_reply_fits_window(const struct qmsg_request *req, size_t end);
u16 qmsg_request_prio(const struct qmsg_request *req);
u8 qmsg_request_boost(struct qmsg_request *req);
struct qmsg_rank qmsg_request_rank(struct qmsg_request *req);
struct qmsg_rank qmsg_request_rank_of(struct qmsg_qnode *n);
void qmsg_request_uncharge(struct qmsg_request *req);

static inline void qmsg_request_repay(struct qmsg_request *req)
{
	if (unlikely(req->lender))
		qmsg_request_pay_back(req);
}

static inline struct qmsg_request *qmsg_request_get(struct qmsg_request *req)
{
	refcount_inc(&req->ref);
	return req;
}

static inline void qmsg_request_put(struct qmsg_request *req)
{
	if (refcount_dec_and_test(&req->ref))
		qmsg_request_free(req);
}

#endif /* QMSG_REQUEST_H */
