// SPDX-License-Identifier: GPL-2.0-only
/* ConnectClientInfo: who a client is now, or was when it opened its file. */

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

/* Who is asked for. */
struct client {
	struct pid *tgid;		/* with a reference */
	const struct cred *opened_as;	/* of an open file: likewise; else NULL */
};

static void client_release(const struct client *c)
{
	put_pid(c->tgid);
	if (c->opened_as)
		put_cred(c->opened_as);
}

/* False: it has gone. */
static bool client_find(struct qmsg_ctx *ctx, int scoid, struct client *c)
{
	struct qmsg_sconn *sconn;

	*c = (struct client) { };
	if (scoid == -1) {
		c->tgid = get_pid(task_tgid(current));
		return true;
	}
	if (scoid < 0 || !(scoid & QMSG_SIDE_CHANNEL))
		return false;
	sconn = qmsg_sconn_find(ctx, scoid);
	if (!sconn)
		return false;
	if (qmsg_sconn_has_client(sconn)) {
		c->tgid = get_pid(sconn->client->proc->tgid);
		if (sconn->of_file)
			c->opened_as = get_cred(sconn->cred);
	}
	qmsg_sconn_put(sconn);
	return c->tgid;
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

/* A process that has gone is not told of by a number that may be another's now. */
static void fill_process(struct qmsg_client_info *info, const struct client *c,
			 struct task_struct *task)
{
	if (!task)
		return;
	info->out_flags = READ_ONCE(task->signal->flags) & SIGNAL_STOP_STOPPED ?
			  QMSG_CI_STOPPED : 0;
	info->out_pid = pid_vnr(c->tgid);
	info->out_sid = session_of(task);
}

/* Files are opened with the rights of the file system, which may differ from the effective ids. */
static void fill_ids(struct qmsg_client_info *info, const struct client *c,
		     const struct cred *cred)
{
	struct user_namespace *ns = current_user_ns();

	info->out_ngroups = cred->group_info->ngroups;
	info->out_ruid = from_kuid_munged(ns, cred->uid);
	info->out_euid = from_kuid_munged(ns, c->opened_as ? cred->fsuid : cred->euid);
	info->out_suid = from_kuid_munged(ns, cred->suid);
	info->out_rgid = from_kgid_munged(ns, cred->gid);
	info->out_egid = from_kgid_munged(ns, c->opened_as ? cred->fsgid : cred->egid);
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

static int tell(struct qmsg_client_info *info, const struct client *c)
{
	struct task_struct *task = spokesman_of(c->tgid);
	const struct cred *cred;
	int err;

	if (!task && !c->opened_as)
		return -EINVAL;
	cred = c->opened_as ? get_cred(c->opened_as) : get_task_cred(task);
	fill_process(info, c, task);
	if (task)
		put_task_struct(task);
	fill_ids(info, c, cred);
	err = put_groups(info, cred->group_info);
	put_cred(cred);
	return err;
}

/* S2.42, S9.3 */
long qmsg_ioctl_client_info(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_client_info *info = ucmd;
	struct client c;
	int err = -EINVAL;

	if (client_find(ctx, info->scoid, &c)) {
		err = tell(info, &c);
		client_release(&c);
	}
	if (err)
		return err;
	return copy_to_user(uarg, info, min_t(size_t, info->size, sizeof(*info))) ? -EFAULT : 0;
}
