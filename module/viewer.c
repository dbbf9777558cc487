// SPDX-License-Identifier: GPL-2.0-only
/* Who looks at what others have, and in whose numbers. */

#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/user_namespace.h>

#include "ctx.h"
#include "limits.h"
#include "viewer.h"

struct qmsg_viewer qmsg_viewer_current(void)
{
	return (struct qmsg_viewer) {
		.pids = task_active_pid_ns(current),
		.users = current_user_ns(),
		.uid = current_uid(),
		.privileged = ns_capable_noaudit(current_user_ns(), CAP_SYS_PTRACE),
	};
}

bool qmsg_viewer_sees_user(const struct qmsg_viewer *v, kuid_t uid)
{
	return uid_eq(v->uid, uid) || (v->privileged && kuid_has_mapping(v->users, uid));
}

bool qmsg_viewer_sees(const struct qmsg_viewer *v, const struct qmsg_ctx *ctx)
{
	return pid_nr_ns(ctx->proc->tgid, v->pids) && qmsg_viewer_sees_user(v, ctx->user->uid);
}

pid_t qmsg_viewer_pid(const struct qmsg_viewer *v, struct pid *pid)
{
	return pid_nr_ns(pid, v->pids);
}

u32 qmsg_viewer_uid(const struct qmsg_viewer *v, kuid_t uid)
{
	return from_kuid_munged(v->users, uid);
}
