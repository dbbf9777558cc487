// SPDX-License-Identifier: GPL-2.0-only
/* An eventfd that tells when a request should be abandoned (D10). */

#include <linux/err.h>
#include <linux/eventfd.h>

#include "channel.h"
#include "compat.h"
#include "ctx.h"
#include "ioctl.h"
#include "rcvid.h"
#include "request.h"

/* The request's eventfd becomes @efd, or none. Returns the one to let go. */
static struct eventfd_ctx *exchange(struct qmsg_request *req, struct eventfd_ctx *efd)
{
	struct eventfd_ctx *old = ERR_PTR(-ESRCH);

	spin_lock(req->channel->lock);
	if (qmsg_state_received(req->state)) {
		old = req->eventfd;
		req->eventfd = efd;
		if (efd && req->reasons)
			qmsg_eventfd_signal(efd);
	}
	qmsg_channel_unlock(req->channel);
	return old;
}

static int set_eventfd(struct qmsg_request *req, int fd)
{
	struct eventfd_ctx *efd = NULL, *old;

	if (fd != -1) {
		efd = eventfd_ctx_fdget(fd);
		if (IS_ERR(efd))
			return PTR_ERR(efd);
	}
	old = exchange(req, efd);
	if (IS_ERR(old)) {
		if (efd)
			eventfd_ctx_put(efd);
		return PTR_ERR(old);
	}
	if (old)
		eventfd_ctx_put(old);
	return 0;
}

long qmsg_ioctl_msg_eventfd(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_msg_eventfd *args = ucmd;
	struct qmsg_request *req;
	int err;

	if (args->__reserved)
		return -EINVAL;
	req = qmsg_rcvid_find(&ctx->rcvids, args->rcvid);
	if (!req)
		return -ESRCH;
	err = set_eventfd(req, args->fd);
	qmsg_request_put(req);
	return err;
}
