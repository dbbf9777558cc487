// SPDX-License-Identifier: GPL-2.0-only
/* ConnectClientInfo: who a client is now. */

#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "connect.h"
#include "ctx.h"
#include "ioctl.h"
#include "proc.h"

/* The process of @scoid's client, with a reference, or NULL if it has gone. */
static struct pid *client_of(struct qmsg_ctx *ctx, int scoid)
{
	struct qmsg_sconn *sconn;
	struct pid *tgid = NULL;

	if (scoid == -1)
		return get_pid(task_tgid(current));
	if (scoid < 0 || !(scoid & QMSG_SIDE_CHANNEL))
		return NULL;
	sconn = qmsg_sconn_find(ctx, scoid);
	if (!sconn)
		return NULL;
	if (qmsg_sconn_has_client(sconn))
		tgid = get_pid(sconn->client->proc->tgid);
	qmsg_sconn_put(sconn);
	return tgid;
}

/*
 * The leader, or, when that has ended before the others, one that lives. With a reference.
 * for_each_thread() would ask lockdep for a lock that modules do not know.
 */
static struct task_struct *spokesman_of(struct pid *tgid)
{
	struct task_struct *leader, *t, *found = NULL;

	rcu_read_lock();
	leader = pid_task(tgid, PIDTYPE_TGID);
	if (leader) {
		list_for_each_entry_rcu(t, &leader->signal->thread_head, thread_node) {
			if (t->flags & PF_EXITING)
				continue;
			found = get_task_struct(t);
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

static pid_t session_of(struct task_struct *task)
{
	pid_t sid;

	rcu_read_lock();
	sid = pid_vnr(task_session(task));
	rcu_read_unlock();
	return sid;
}

static void fill(struct qmsg_client_info *info, struct pid *tgid, struct task_struct *task,
		 const struct cred *cred)
{
	struct user_namespace *ns = current_user_ns();

	info->out_ngroups = cred->group_info->ngroups;
	info->out_flags = READ_ONCE(task->signal->flags) & SIGNAL_STOP_STOPPED ?
			  QMSG_CI_STOPPED : 0;
	info->out_pid = pid_vnr(tgid);
	info->out_sid = session_of(task);
	info->out_ruid = from_kuid_munged(ns, cred->uid);
	info->out_euid = from_kuid_munged(ns, cred->euid);
	info->out_suid = from_kuid_munged(ns, cred->suid);
	info->out_rgid = from_kgid_munged(ns, cred->gid);
	info->out_egid = from_kgid_munged(ns, cred->egid);
	info->out_sgid = from_kgid_munged(ns, cred->sgid);
}

static int put_groups(const struct qmsg_client_info *info, const struct group_info *groups)
{
	u32 __user *to = u64_to_user_ptr(info->groups_ptr);
	u32 i, n = min_t(u32, info->ngroups, groups->ngroups);

	for (i = 0; i < n; i++)
		if (put_user(from_kgid_munged(current_user_ns(), groups->gid[i]), to + i))
			return -EFAULT;
	return 0;
}

/* S2.42, S9.3 */
long qmsg_ioctl_client_info(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct pid *tgid = client_of(ctx, ((struct qmsg_client_info *)ucmd)->scoid);
	struct task_struct *task = tgid ? spokesman_of(tgid) : NULL;
	struct qmsg_client_info *info = ucmd;
	const struct cred *cred;
	int err;

	if (!task) {
		put_pid(tgid);
		return -EINVAL;
	}
	cred = get_task_cred(task);
	fill(info, tgid, task, cred);
	put_task_struct(task);
	put_pid(tgid);
	err = put_groups(info, cred->group_info);
	put_cred(cred);
	if (err)
		return err;
	return copy_to_user(uarg, info, min_t(size_t, info->size, sizeof(*info))) ? -EFAULT : 0;
}
