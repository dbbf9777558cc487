// SPDX-License-Identifier: GPL-2.0-only
/* Events that are signals: to whom, from whom, and who may. */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/signal.h>
#include <linux/user_namespace.h>

#include "ctx.h"
#include "event.h"
#include "proc.h"
#include "request.h"
#include "unblock.h"

/* The target's thread, with a reference; NULL if it has gone. */
struct task_struct *qmsg_target_thread(const struct qmsg_target *to)
{
	struct task_struct *task = get_pid_task(to->tid, PIDTYPE_PID);

	if (!task)
		return NULL;
	/* A thread that exec'ed has become the first of its process, with that one's number. */
	if (!(READ_ONCE(task->flags) & PF_EXITING) && task_tgid(task) == to->ctx->proc->tgid)
		return task;
	put_task_struct(task);
	return NULL;
}

/* D15: as for kill(2). */
int qmsg_signal_may(const struct qmsg_target *to)
{
	struct task_struct *task = get_pid_task(to->ctx->proc->tgid, PIDTYPE_TGID);
	const struct cred *cred = current_cred(), *tcred;
	bool may;

	if (!task)
		return -ESRCH;
	tcred = get_task_cred(task);
	put_task_struct(task);
	may = uid_eq(cred->euid, tcred->suid) || uid_eq(cred->euid, tcred->uid) ||
	      uid_eq(cred->uid, tcred->suid) || uid_eq(cred->uid, tcred->uid) ||
	      ns_capable(tcred->user_ns, CAP_KILL);
	put_cred(tcred);
	return may ? 0 : -EPERM;
}

/* S8.6: the sender is the client itself. The kernel translates the uid from the caller's. */
static void fill(struct kernel_siginfo *info, const struct qmsg_event *ev,
		 const struct qmsg_target *to, struct task_struct *task)
{
	struct pid_namespace *ns;

	clear_siginfo(info);
	info->si_signo = ev->id;
	info->si_code = qmsg_event_kind(ev) == QMSG_EVENT_SIGNAL ? SI_USER : ev->code;
	rcu_read_lock();
	ns = ns_of_pid(to->ctx->proc->tgid);
	info->si_pid = pid_nr_ns(to->ctx->proc->tgid, ns);
	info->si_uid = from_kuid_munged(current_user_ns(), task_uid(task));
	rcu_read_unlock();
	info->si_value.sival_ptr = (void __user *)(unsigned long)ev->value;
}

/* As for_each_thread(), which asks lockdep about a lock that is not for modules. Under RCU. */
#define for_each_thread_of(leader, t) \
	list_for_each_entry_rcu(t, &(leader)->signal->thread_head, thread_node)

/* Now, or in sigwait(), as what it waits for is not in its mask then. */
static bool takes(struct task_struct *task, int sig)
{
	return !(READ_ONCE(task->flags) & PF_EXITING) && !sigismember(&task->blocked, sig);
}

/* … when it can be told: of what it has pending already it would not be told again. */
static bool can_be_told(struct task_struct *task, int sig)
{
	return !(READ_ONCE(task->flags) & PF_EXITING) &&
	       !(sig < SIGRTMIN && sigismember(&task->pending.signal, sig));
}

static bool lives(struct task_struct *task, int sig)
{
	return !(READ_ONCE(task->flags) & PF_EXITING);
}

/* Threads of the target that @fn wants, with references. */
static int threads(const struct qmsg_target *to, int sig,
		   bool (*fn)(struct task_struct *task, int sig), struct task_struct **found,
		   int most)
{
	struct task_struct *leader, *t;
	int n = 0;

	rcu_read_lock();
	leader = pid_task(to->ctx->proc->tgid, PIDTYPE_TGID);
	if (leader) {
		for_each_thread_of(leader, t) {
			if (n == most)
				break;
			if (fn(t, sig))
				found[n++] = get_task_struct(t);
		}
	}
	rcu_read_unlock();
	return n;
}

/* More threads than this are not looked at. */
#define CANDIDATES	32

/* S5.14: one that is not REPLY-blocked; if all are, the last. */
static struct task_struct *pick(const struct qmsg_target *to, struct task_struct **found, int n)
{
	u32 blocked = n > 1 ? qmsg_reply_blocked(to->ctx->proc, found, n) : 0;
	int i;

	for (i = 0; i < n - 1; i++)
		if (!(blocked & 1U << i))
			break;
	return get_task_struct(found[i]);
}

/* A thread that takes @sig. */
static struct task_struct *thread_for(const struct qmsg_target *to, int sig)
{
	struct task_struct *found[CANDIDATES], *task = NULL;
	int i, n = threads(to, sig, takes, found, CANDIDATES);

	if (n)
		task = pick(to, found, n);
	for (i = 0; i < n; i++)
		put_task_struct(found[i]);
	return task;
}

/* For all of the process: if nobody takes @sig now, anybody. */
static struct task_struct *thread_of(const struct qmsg_target *to, int sig)
{
	struct task_struct *task = thread_for(to, sig);

	if (!task && !threads(to, sig, can_be_told, &task, 1))
		threads(to, sig, lives, &task, 1);
	return task;
}

/* As lock_task_sighand(), which is not for modules. False if @task has gone. */
static bool with_siglock(struct task_struct *task, const struct kernel_siginfo *info,
			 bool (*fn)(struct task_struct *task, struct sighand_struct *sighand,
				    const struct kernel_siginfo *info))
{
	struct sighand_struct *sighand;
	bool done = false, ret = false;

	rcu_read_lock();
	while (!done && (sighand = rcu_dereference(task->sighand))) {
		spin_lock_irq(&sighand->siglock);
		/* It may have got another one meanwhile. */
		done = sighand == rcu_access_pointer(task->sighand);
		if (done)
			ret = fn(task, sighand, info);
		spin_unlock_irq(&sighand->siglock);
	}
	rcu_read_unlock();
	return ret;
}

static bool has_entry(struct sigpending *pending, int sig)
{
	struct sigqueue *q;

	list_for_each_entry(q, &pending->list, list)
		if (q->info.si_signo == sig)
			return true;
	return false;
}

/* What send_sig_info() made of @info; or the like of it, but not what is for one thread only. */
static struct sigqueue *entry_of(struct sigpending *pending, const struct kernel_siginfo *info)
{
	struct sigqueue *q;

	list_for_each_entry_reverse(q, &pending->list, list)
		if (q->info.si_signo == info->si_signo && q->info.si_code == info->si_code &&
		    q->info.si_value.sival_ptr == info->si_value.sival_ptr &&
		    !(q->flags & SIGQUEUE_PREALLOC))
			return q;
	return NULL;
}

/* False if it is not there any more, or was not told because one like it was. */
static bool move_locked(struct task_struct *task, const struct kernel_siginfo *info)
{
	struct sigpending *own = &task->pending, *shared = &task->signal->shared_pending;
	struct sigqueue *q = entry_of(own, info);
	int sig = info->si_signo;

	if (q)
		list_move_tail(&q->list, &shared->list);
	else if (!sigismember(&own->signal, sig) || has_entry(own, sig))
		return false;
	/* Without an entry: there was no memory for what it says. */
	sigaddset(&shared->signal, sig);
	if (!has_entry(own, sig))
		sigdelset(&own->signal, sig);
	return true;
}

/* Whoever has begun to take @sig meanwhile has not been told of it. */
static void tell_locked(struct task_struct *task, struct sighand_struct *sighand, int sig)
{
	struct task_struct *t;

	if (waitqueue_active(&sighand->signalfd_wqh))
		wake_up(&sighand->signalfd_wqh);
	if (takes(task, sig))
		return;
	for_each_thread_of(task, t) {
		if (!takes(t, sig))
			continue;
		set_tsk_thread_flag(t, TIF_SIGPENDING);
		if (!wake_up_process(t))
			kick_process(t);
		return;
	}
}

/* A signal below the real-time ones is pending once. */
static bool is_pending_locked(struct task_struct *task, struct sighand_struct *sighand,
			      const struct kernel_siginfo *info)
{
	return info->si_signo < SIGRTMIN &&
	       sigismember(&task->signal->shared_pending.signal, info->si_signo);
}

static bool share_locked(struct task_struct *task, struct sighand_struct *sighand,
			 const struct kernel_siginfo *info)
{
	if (is_pending_locked(task, sighand, info) || !move_locked(task, info))
		return false;
	tell_locked(task, sighand, info->si_signo);
	return true;
}

/*
 * A module can only send a signal with its value to one thread. It is made the process' after
 * that, so that it is not lost with the thread, or kept by it in its mask.
 */
static int send_to_all(const struct qmsg_target *to, const struct qmsg_event *ev,
		       struct task_struct *task)
{
	struct kernel_siginfo info;
	int err;

	fill(&info, ev, to, task);
	if (with_siglock(task, &info, is_pending_locked))
		return 0;
	err = send_sig_info(ev->id, &info, task);
	if (!err)
		with_siglock(task, &info, share_locked);
	return err;
}

int qmsg_signal_process(const struct qmsg_target *to, const struct qmsg_event *ev, bool check)
{
	struct task_struct *task = thread_of(to, ev->id);
	int err;

	if (!task)
		return -ESRCH;
	err = check ? 0 : send_to_all(to, ev, task);
	put_task_struct(task);
	return err;
}

static int send_to_one(const struct qmsg_target *to, const struct qmsg_event *ev,
		       struct task_struct *task)
{
	struct kernel_siginfo info;

	fill(&info, ev, to, task);
	return send_sig_info(ev->id, &info, task);
}

int qmsg_signal_thread(const struct qmsg_target *to, const struct qmsg_event *ev, bool check)
{
	struct task_struct *task = qmsg_target_thread(to);
	int err;

	if (!task)
		return -ESRCH;
	err = check ? 0 : send_to_one(to, ev, task);
	put_task_struct(task);
	return err;
}
