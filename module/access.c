// SPDX-License-Identifier: GPL-2.0-only
/* Who may attach to a channel: the owner, a group, everybody, as with a file's write bits. */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched/signal.h>

#include "access.h"
#include "channel.h"
#include "ctx.h"
#include "ioctl.h"
#include "proc.h"

#define MODE_OWNER	0200
#define MODE_GROUP	0020
#define MODE_OTHER	0002

/* From what a user says, in his user namespace. */
int qmsg_access_make(struct qmsg_access *access, u32 mode, u32 gid)
{
	kgid_t kgid = make_kgid(current_user_ns(), gid);

	if (mode & ~(MODE_OWNER | MODE_GROUP | MODE_OTHER))
		return -EINVAL;
	if (gid && !(mode & MODE_GROUP))
		return -EINVAL;
	if (mode & MODE_GROUP && !gid_valid(kgid))
		return -EINVAL;
	access->mode = mode ?: MODE_OWNER;
	access->gid = kgid;
	return 0;
}

/* Mode and group belong together. */
static struct qmsg_access access_now(struct qmsg_channel *ch)
{
	struct qmsg_access access;

	spin_lock(ch->lock);
	access = ch->access;
	qmsg_channel_unlock(ch);
	return access;
}

/* S3.13: however the current process has come by a connection. */
bool qmsg_channel_may_be_used(const struct qmsg_channel *ch)
{
	return !(ch->flags & QMSG_CHF_PRIVATE) || ch->ctx->proc->tgid == task_tgid(current);
}

/*
 * The owner, whatever the mode; whom the mode lets in; and who may override access rights
 * where the owner's ids mean something, as for files.
 */
int qmsg_channel_may_attach(struct qmsg_channel *ch)
{
	struct qmsg_access access = access_now(ch);

	if (!qmsg_channel_may_be_used(ch))
		return -EACCES;
	if (uid_eq(current_euid(), ch->uid))
		return 0;
	if (access.mode & MODE_GROUP && in_egroup_p(access.gid))
		return 0;
	if (access.mode & MODE_OTHER)
		return 0;
	if (kuid_has_mapping(current_user_ns(), ch->uid) &&
	    ns_capable(current_user_ns(), CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

long qmsg_ioctl_channel_access(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_channel_access *args = ucmd;
	struct qmsg_access access;
	struct qmsg_channel *ch;
	int err;

	if (args->__reserved)
		return -EINVAL;
	err = qmsg_access_make(&access, args->mode, args->gid);
	if (err)
		return err;
	ch = qmsg_channel_find(ctx, args->chid);
	if (!ch)
		return -EINVAL;
	spin_lock(ch->lock);
	ch->access = access;
	qmsg_channel_unlock(ch);
	qmsg_channel_put(ch);
	return 0;
}
