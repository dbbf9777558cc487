// SPDX-License-Identifier: GPL-2.0-only
/* MsgInfo: the truth about a request, as the caller's namespaces see it. */

#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "channel.h"
#include "compat.h"
#include "connect.h"
#include "ctx.h"
#include "info.h"
#include "ioctl.h"
#include "rcvid.h"
#include "request.h"
#include "words.h"

static u32 info_flags(const struct qmsg_request *req)
{
	u32 flags = 0;

	if (req->reasons)
		flags |= QMSG_MI_UNBLOCK_REQ;
	if (!req->compat)
		flags |= QMSG_MI_BITS_64;
	if (req->compat != in_compat_syscall())
		flags |= QMSG_MI_BITS_DIFF;
	if (READ_ONCE(req->state) == QMSG_ORPHAN)
		flags |= QMSG_MI_CLIENT_GONE;
	return flags;
}

/* The initial namespace shows ids as they are; that is not worth a search in its map. */
static u32 info_uid(struct user_namespace *ns, kuid_t uid)
{
	return ns == &init_user_ns ? __kuid_val(uid) : from_kuid_munged(ns, uid);
}

static u32 info_gid(struct user_namespace *ns, kgid_t gid)
{
	return ns == &init_user_ns ? __kgid_val(gid) : from_kgid_munged(ns, gid);
}

/*
 * Every byte of @info is written: callers do not clear it.
 *
 * Under the channel's lock, or by the receiver that has the request in hand. A client is
 * shown in the caller's namespaces, 0 or the overflow ids where it cannot be seen.
 */
void qmsg_info_fill(const struct qmsg_request *req, struct qmsg_msg_info *info)
{
	const struct qmsg_sconn *sconn = req->conn->sconn;
	struct pid_namespace *pids = task_active_pid_ns(current);
	struct user_namespace *ns = current_user_ns();

	info->rcvid = READ_ONCE(req->rcvid);
	info->pid = pid_nr_ns(req->tgid, pids);
	info->tid = pid_nr_ns(req->tid, pids);
	info->chid = req->channel->chid;
	info->scoid = sconn->scoid;
	info->coid = req->coid;
	info->priority = qmsg_request_prio(req);
	info->flags = info_flags(req);
	info->unblock_reasons = req->reasons;
	info->unblock_error = req->reason_error;
	info->file = req->conn->file_scoid;
	info->msglen = req->msglen;
	info->srcmsglen = req->srclen;
	info->dstmsglen = req->dstlen;
	info->uid = info_uid(ns, req->uid);
	info->gid = info_gid(ns, req->gid);
	info->connect_uid = info_uid(ns, qmsg_sconn_uid(sconn));
	info->connect_gid = info_gid(ns, qmsg_sconn_gid(sconn));
}

/* As much of @info as the caller knows; what it knows beyond is zeroed. */
int qmsg_info_put(const struct qmsg_msg_info *info, u64 ptr, u32 len)
{
	void __user *to = u64_to_user_ptr(ptr);
	size_t known = min_t(size_t, len, sizeof(*info));

	if (len > PAGE_SIZE)
		return -EINVAL;
	if (!qmsg_words_to_user(to, info, known))
		return -EFAULT;
	return len > known && clear_user(to + known, len - known) ? -EFAULT : 0;
}

long qmsg_ioctl_msg_info(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_msg_get_info *args = ucmd;
	struct qmsg_msg_info info __qmsg_uninitialized;
	struct qmsg_request *req;
	bool received;

	if (args->__reserved)
		return -EINVAL;
	req = qmsg_rcvid_find(&ctx->rcvids, args->rcvid);
	if (!req)
		return -ESRCH;
	spin_lock(req->channel->lock);
	received = qmsg_state_received(req->state);
	if (received)
		qmsg_info_fill(req, &info);
	qmsg_channel_unlock(req->channel);
	qmsg_request_put(req);
	return received ? qmsg_info_put(&info, args->info_ptr, args->info_len) : -ESRCH;
}
