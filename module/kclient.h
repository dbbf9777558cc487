/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients in the kernel: what another module can do with a channel.
 *
 * DOC: A *kernel client* is a connection that belongs to an open file. Any task that has the
 * file can send through it; to the server each is itself, but all have one server connection,
 * which is the file's alone: its scoid means the file, and its disconnect pulse that the file
 * is closed. A message is a head in kernel memory and bytes of an iov_iter; a reply likewise.
 *
 * The wait has a policy of its own: where a handler has SA_RESTART the server is asked to let the
 * client go as well, but then the call begins anew; what is ignored by default does not ask. A
 * call that can be continued steps aside for a stop like MsgSend (park.h); in any other the task
 * stops when it has its answer. Threads of the kernel do not wait. Who must not wait at all asks
 * (kask.c).
 */
#ifndef QMSG_KCLIENT_H
#define QMSG_KCLIENT_H

#include <linux/notifier.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "qmsg.h"

struct file;
struct iov_iter;

/* Longest @reply of a call that can step aside. */
#define QMSG_KREPLY_ASIDE	64

/* Begins what the file's private data are: connfile.c looks there. */
struct qmsg_kclient {
	struct qmsg_connfile *file;	/* with a reference */
	struct qmsg_ctx *ctx;		/* with a reference */
	struct qmsg_conn *conn;		/* with a reference */
};

struct qmsg_kcall {
	const void *head;		/* of the message */
	size_t head_len;
	struct iov_iter *data;		/* what follows it, or NULL */
	void *reply;			/* for the first bytes of the reply */
	size_t reply_len;
	struct iov_iter *reply_data;	/* for the others, or NULL */
	size_t max;			/* no larger result is passed on */

	/* Called with the result in the end, by another call if the task has stepped aside. */
	long (*done)(struct qmsg_kcall *call, long status);
	bool may_step_aside;
	bool unwaited;			/* the kernel client's own */

	/* The answer. */
	size_t got;			/* bytes of @reply */
	size_t got_data;		/* of @reply_data, from its beginning */
};

/* A question that nobody waits for. */
struct qmsg_kask {
	struct work_struct work;	/* the asker's; queued when there is an answer */
	struct qmsg_request *req;	/* on its way, with a reference, or NULL; the work and the
					 * end meet under the channel's lock */
};

/* What other modules are told of channels, by a notifier. */
enum qmsg_channel_news {
	QMSG_CHANNEL_ENDED,	/* with it; its names as well */
	QMSG_NAME_ATTACHED,	/* by the current task; with a &struct qmsg_name_news */
	QMSG_NAME_DETACHED,	/* likewise */
};

struct qmsg_name_news {
	struct qmsg_channel *channel;
	const char *text;	/* without a zero */
	u32 len;
};

int qmsg_kclient_open(struct qmsg_kclient *kc, struct qmsg_channel *ch, struct file *file);
void qmsg_kclient_flush(struct qmsg_kclient *kc, struct file *file);
bool qmsg_is_last_close(struct file *file);
int qmsg_kclient_scoid(const struct qmsg_kclient *kc);
bool qmsg_kclient_is_to(const struct qmsg_kclient *kc, const struct qmsg_channel *ch);
void qmsg_kclient_files(const struct file_operations *fops);
struct qmsg_conn *qmsg_kclient_conn(const struct qmsg_kclient *kc);
void qmsg_kclient_abort(struct qmsg_conn *conn);
void qmsg_kclient_close(struct qmsg_kclient *kc);
bool qmsg_kclient_is_dead(const struct qmsg_kclient *kc);

/* kcall.c */
long qmsg_kclient_call(struct qmsg_kclient *kc, struct qmsg_kcall *call);
void qmsg_kclient_say(struct qmsg_kclient *kc, struct qmsg_kcall *call);

/* kask.c */
int qmsg_kclient_ask(struct qmsg_kclient *kc, const struct qmsg_kcall *call,
		     struct qmsg_kask *ask);
long qmsg_kclient_answer(struct qmsg_kask *ask, struct qmsg_kcall *call);
void qmsg_kclient_ask_end(struct qmsg_kclient *kc, struct qmsg_kask *ask);

/* kserver.c */
void qmsg_channel_ended(struct qmsg_channel *ch);
void qmsg_name_changed(enum qmsg_channel_news what, struct qmsg_channel *ch, const char *text,
		       u32 len);
int qmsg_watch_channels(struct notifier_block *nb);
void qmsg_unwatch_channels(struct notifier_block *nb);
struct qmsg_channel *qmsg_own_channel(int chid);
bool qmsg_channel_is_dead(const struct qmsg_channel *ch);
struct qmsg_channel *qmsg_channel_keep(struct qmsg_channel *ch);
void qmsg_channel_let_go(struct qmsg_channel *ch);
struct qmsg_user *qmsg_user_of_current(void);
void qmsg_user_let_go(struct qmsg_user *user);
int qmsg_node_charge(struct qmsg_user *user);
void qmsg_node_uncharge(struct qmsg_user *user);

#endif /* QMSG_KCLIENT_H */
