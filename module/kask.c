// SPDX-License-Identifier: GPL-2.0-only
/* Questions of clients in the kernel that nobody waits for: the answer comes as work. */

#include <linux/export.h>

#include "channel.h"
#include "connect.h"
#include "inject.h"
#include "kmessage.h"
#include "park.h"
#include "request.h"

/*
 * One at a time: from here to qmsg_kclient_answer(), which @ask->work calls. Its client is the
 * current task, which does not wait. Of @call the reply counts for nothing yet.
 */
int qmsg_kclient_ask(struct qmsg_kclient *kc, const struct qmsg_kcall *call,
		     struct qmsg_kask *ask)
{
	struct qmsg_request *req = qmsg_kmessage_new(kc, call);
	int err;

	if (IS_ERR(req))
		return qmsg_kmessage_error(PTR_ERR(req));
	req->over = &ask->work;
	ask->req = req;
	err = qmsg_request_post(req);
	if (!err)
		return 0;
	ask->req = NULL;
	req->over = NULL;
	qmsg_request_put(req);
	return qmsg_kmessage_error(err);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_ask, QMSG);

/* Likewise: by @ask->work, which was queued under the channel's lock, before the state was told. */
long qmsg_kclient_answer(struct qmsg_kask *ask, struct qmsg_kcall *call)
{
	struct qmsg_request *req = ask->req;
	long ret;

	spin_lock(req->channel->lock);
	ask->req = NULL;
	req->over = NULL;
	qmsg_channel_unlock(req->channel);
	qmsg_wait_leave(req);
	call->unwaited = true;
	call->got = 0;
	call->got_data = 0;
	ret = qmsg_kmessage_take(req, call);
	qmsg_request_put(req);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_answer, QMSG);

/* From here on an answer queues no work. */
static void stop_listening(const struct qmsg_kclient *kc, struct qmsg_kask *ask)
{
	struct qmsg_channel *ch = kc->conn->sconn->channel;

	(void)qmsg_point(UNASK);
	spin_lock(ch->lock);
	if (ask->req)
		ask->req->over = NULL;
	qmsg_channel_unlock(ch);
}

/*
 * Nobody asks any more, nor wants to hear the answer that is still to come. Work that was queued
 * before takes the request with it, or has not begun and never will: only then it is still here.
 */
void qmsg_kclient_ask_end(struct qmsg_kclient *kc, struct qmsg_kask *ask)
{
	struct qmsg_request *req;

	stop_listening(kc, ask);
	cancel_work_sync(&ask->work);
	req = ask->req;
	if (!req)
		return;
	ask->req = NULL;
	qmsg_abandon(req);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_ask_end, QMSG);
