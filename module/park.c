// SPDX-License-Identifier: GPL-2.0-only
/* Clients that have stepped aside for a stop, a freeze, a tracer or task work. */

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/task_work.h>
#include <linux/thread_info.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "limits.h"
#include "park.h"
#include "probe.h"
#include "proc.h"
#include "request.h"
#include "wait.h"

/* One lock for all: to be parked is rare. Raw: threads take it while they end. */
static DEFINE_RAW_SPINLOCK(parked_lock);
static DEFINE_HASHTABLE(parked_tasks, 6);
static unsigned int nr_parked;		/* under the lock; also read without it */
static u64 last_nr;			/* likewise under the lock */

static void set_sleeper(struct qmsg_request *req, struct task_struct *task)
{
	spin_lock(req->channel->lock);
	req->sleeper = task;
	qmsg_channel_unlock(req->channel);
}

static unsigned long user_sp(void)
{
	return user_stack_pointer(current_pt_regs());
}

static void count_locked(int n)
{
	WRITE_ONCE(nr_parked, nr_parked + n);
	qmsg_count(QMSG_OBJ_PARKED, n);
}

/*
 * -ERESTART_RESTARTBLOCK, and the client's reference is the list's until @resume calls
 * qmsg_unpark(). Or 0: the context has ended, and the call may not leave its request.
 */
int qmsg_park_with(struct qmsg_ctx *ctx, struct qmsg_request *req, void __user *uarg,
		   long (*resume)(struct restart_block *), void (*drop)(void __user *uarg))
{
	struct qmsg_parked *p = &req->parked;

	set_sleeper(req, NULL);
	raw_spin_lock(&parked_lock);
	if (ctx->parked_closed) {
		raw_spin_unlock(&parked_lock);
		set_sleeper(req, current);
		return 0;
	}
	p->nr = ++last_nr;
	p->sp = user_sp();
	p->exec_id = current->self_exec_id;
	p->files = current->files;
	p->was = current->restart_block;
	p->resume = resume;
	p->uarg = uarg;
	p->drop = drop;
	list_add(&p->node, &ctx->parked);
	hash_add(parked_tasks, &p->hash, (unsigned long)current);
	get_file(ctx->file);
	count_locked(1);
	raw_spin_unlock(&parked_lock);
	return set_restart_fn(&current->restart_block, resume);
}

int qmsg_park(struct qmsg_ctx *ctx, struct qmsg_request *req, void __user *uarg,
	      long (*resume)(struct restart_block *))
{
	return qmsg_park_with(ctx, req, uarg, resume, NULL);
}

static void drop_call(struct qmsg_request *req)
{
	if (req->parked.drop)
		req->parked.drop(req->parked.uarg);
	req->parked.drop = NULL;
}

static void unlist_locked(struct qmsg_request *req)
{
	list_del_init(&req->parked.node);
	hash_del(&req->parked.hash);
	count_locked(-1);
}

/* What is looked for of what the current task has parked. */
struct parked_by {
	unsigned long sp;				/* its frame */
	const struct qmsg_ctx *ctx;			/* to be given up: of this one */
	long (*resume)(struct restart_block *);		/* to be taken up: what it goes on with */
};

/*
 * A call from a handler, or one that a debugger makes, leaves what is below it alone. What an
 * earlier program of the task has parked can only be given up. A restart may come in any frame, as
 * the program likes: it takes up only what is of its own kind.
 */
static bool is_due(const struct qmsg_request *req, const struct parked_by *by)
{
	const struct qmsg_parked *p = &req->parked;

	if (req->task != current || (by->ctx ? req->conn->ctx != by->ctx : p->resume != by->resume))
		return false;
	return p->exec_id == current->self_exec_id ? by->sp >= p->sp : by->ctx != NULL;
}

/* The latest. */
static struct qmsg_request *take_parked(const struct parked_by *by)
{
	struct qmsg_request *req;

	raw_spin_lock(&parked_lock);
	hash_for_each_possible(parked_tasks, req, parked.hash, (unsigned long)current) {
		if (!is_due(req, by))
			continue;
		unlist_locked(req);
		raw_spin_unlock(&parked_lock);
		return req;
	}
	raw_spin_unlock(&parked_lock);
	return NULL;
}

static bool has_parked(const struct task_struct *task)
{
	const struct qmsg_request *req;
	bool found = false;

	raw_spin_lock(&parked_lock);
	hash_for_each_possible(parked_tasks, req, parked.hash, (unsigned long)task)
		found |= req->task == task;
	raw_spin_unlock(&parked_lock);
	return found;
}

/* What the current task has parked next after @req. */
static struct qmsg_request *parked_after_locked(const struct qmsg_request *req)
{
	struct qmsg_request *r, *next = NULL;

	hash_for_each_possible(parked_tasks, r, parked.hash, (unsigned long)current)
		if (r->task == current && r->parked.nr > req->parked.nr &&
		    (!next || r->parked.nr < next->parked.nr))
			next = r;
	return next;
}

/* The block is that of the latest, and each of them has that of the one before. */
static void unchain_block(const struct qmsg_request *req)
{
	struct qmsg_request *next;

	raw_spin_lock(&parked_lock);
	next = parked_after_locked(req);
	*(next ? &next->parked.was : &current->restart_block) = req->parked.was;
	raw_spin_unlock(&parked_lock);
}

/*
 * What the current task's restart block was may be that of a call in a frame below. Where there
 * is none it was left over from a call that is long over, and a restart that is still to come
 * must not begin that again: it fails with EINTR, as a task's first block says.
 */
static void put_back_block(const struct qmsg_request *req)
{
	unchain_block(req);
	if (!has_parked(current))
		current->restart_block.fn = init_task.restart_block.fn;
}

/* The parking is over, for the task's part. The file may go with it, when this call ends. */
static void put_back(struct qmsg_request *req)
{
	put_back_block(req);
	fput(req->conn->ctx->file);
}

/*
 * What the restart of the current task is about; NULL if that has ended meanwhile. The
 * reference to the context's file is now the caller's.
 */
struct qmsg_request *qmsg_unpark(long (*resume)(struct restart_block *))
{
	const struct parked_by by = { .sp = user_sp(), .resume = resume };
	struct qmsg_request *req = take_parked(&by);

	if (!req)
		return NULL;
	put_back_block(req);
	req->parked.drop = NULL;
	set_sleeper(req, current);
	/* One that has asked keeps its handlers back until it is answered. */
	if (!(READ_ONCE(req->reasons) & QMSG_UNBLOCK_SIGNAL))
		qmsg_release_signals(&req->hold);
	return req;
}

/*
 * The current task has parked @req a moment ago, and has not left its call: it has it back.
 * False: somebody else has ended it, and it may be gone.
 */
bool qmsg_park_undo(struct qmsg_request *req)
{
	struct qmsg_request *r;
	bool parked = false;

	raw_spin_lock(&parked_lock);
	hash_for_each_possible(parked_tasks, r, parked.hash, (unsigned long)current)
		parked |= r == req;
	if (parked)
		unlist_locked(req);
	raw_spin_unlock(&parked_lock);
	if (!parked)
		return false;
	req->parked.drop = NULL;
	set_sleeper(req, current);
	put_back(req);
	return true;
}

/* The client has asked to leave: until it may. Consumes its reference. */
static void end_parked(struct qmsg_request *req)
{
	qmsg_wait_grace(req);
	qmsg_wait_leave(req);
	drop_call(req);
	qmsg_request_put(req);
}

/*
 * The client gives up waiting and does not say why: for the server it is gone. The current
 * task stands in for it. Consumes the client's reference.
 */
void qmsg_abandon(struct qmsg_request *req)
{
	qmsg_wait_kill(req);
	req->grace_end = 0;
	end_parked(req);
}

/* A new call of the current task: it does not come back to what it has parked. */
void qmsg_parked_abandon(struct qmsg_ctx *ctx)
{
	const struct parked_by by = { .sp = user_sp(), .ctx = ctx };
	struct qmsg_request *req;

	while ((req = take_parked(&by))) {
		qmsg_release_signals(&req->hold);
		put_back(req);
		qmsg_abandon(req);
	}
}

static void put_back_fn(struct callback_head *work)
{
	struct qmsg_request *req = container_of(work, struct qmsg_request, put_back_work);
	struct file *file = req->conn->ctx->file;

	qmsg_release_signals(&req->hold);
	put_back_block(req);
	qmsg_request_put(req);
	/* The module may go with it. */
	fput(file);
}

/* A task whose parked request is ended by another gets back its mask and restart block. */
static void put_back_in_task(struct qmsg_request *req)
{
	qmsg_request_get(req);
	init_task_work(&req->put_back_work, put_back_fn);
	if (!task_work_add(req->task, &req->put_back_work, TWA_RESUME))
		return;
	/* It is exiting. */
	fput(req->conn->ctx->file);
	qmsg_request_put(req);
}

/* For the end of a context: takes the next one off @parked. */
static struct qmsg_request *next_parked(struct list_head *parked)
{
	struct qmsg_request *req;

	req = list_first_entry_or_null(parked, struct qmsg_request, parked.node);
	if (req)
		list_del_init(&req->parked.node);
	return req;
}

/* All are killed at the same time, so waiting for one after the other takes one grace. */
static void wait_for_answers(struct qmsg_ctx *ctx, struct list_head *parked)
{
	u64 since = qmsg_proc_exiting_since(ctx->proc);
	struct qmsg_request *req;

	list_for_each_entry(req, parked, parked.node) {
		set_sleeper(req, current);
		qmsg_wait_kill_since(req, since);
	}
	while ((req = next_parked(parked)))
		end_parked(req);
}

/* Nobody parks any more, and what is parked is the caller's. */
static void close_parked(struct qmsg_ctx *ctx, struct list_head *parked)
{
	struct qmsg_request *req;

	raw_spin_lock(&parked_lock);
	ctx->parked_closed = true;
	list_splice_init(&ctx->parked, parked);
	list_for_each_entry(req, parked, parked.node) {
		hash_del(&req->parked.hash);
		count_locked(-1);
	}
	raw_spin_unlock(&parked_lock);
}

/* Of the current task, or of any that had descriptors in common with it. */
static struct qmsg_request *take_parked_of_files(struct qmsg_ctx *ctx)
{
	struct qmsg_request *req;

	raw_spin_lock(&parked_lock);
	list_for_each_entry(req, &ctx->parked, parked.node) {
		if (req->parked.files != current->files && req->task != current)
			continue;
		unlist_locked(req);
		raw_spin_unlock(&parked_lock);
		return req;
	}
	raw_spin_unlock(&parked_lock);
	return NULL;
}

/*
 * The last descriptor is gone from the current task's table: whoever has that table too cannot
 * come back. Others may go on using @ctx.
 */
void qmsg_parked_abandon_files(struct qmsg_ctx *ctx)
{
	struct qmsg_request *req;

	while ((req = take_parked_of_files(ctx))) {
		put_back_in_task(req);
		qmsg_abandon(req);
	}
}

/* Its killed client comes here instead of to its request, and sits out the grace. */
static void end_in_exit(struct callback_head *work)
{
	struct qmsg_request *req = container_of(work, struct qmsg_request, put_back_work);
	struct file *file = req->conn->ctx->file;

	set_sleeper(req, current);
	qmsg_wait_kill_since(req, req->parked.died);
	end_parked(req);
	fput(file);
}

/* A context of one process ends when that does, and knows what to do. */
static bool ends_with_process(const struct qmsg_request *req)
{
	return !req->parked.drop && (READ_ONCE(current->signal->flags) & SIGNAL_GROUP_EXIT ||
				     !atomic_read(&current->signal->live));
}

static struct qmsg_request *take_parked_in_exit(void)
{
	struct qmsg_request *req;

	raw_spin_lock(&parked_lock);
	hash_for_each_possible(parked_tasks, req, parked.hash, (unsigned long)current) {
		if (req->task != current || ends_with_process(req))
			continue;
		unlist_locked(req);
		raw_spin_unlock(&parked_lock);
		return req;
	}
	raw_spin_unlock(&parked_lock);
	return NULL;
}

/*
 * In each thread that ends, with preemption disabled: what it has parked is its own to end, when
 * it has closed its files. Later no work can be added; now none is refused.
 */
void qmsg_parked_thread_exits(void)
{
	struct qmsg_request *req;

	if (likely(!READ_ONCE(nr_parked)))
		return;
	while ((req = take_parked_in_exit())) {
		req->parked.died = ktime_get_ns();
		init_task_work(&req->put_back_work, end_in_exit);
		WARN_ON_ONCE(task_work_add(current, &req->put_back_work, TWA_NONE));
	}
}

/*
 * The context ends while clients are parked. Those of an exiting owner are being killed,
 * and the current task sits out the grace for them. It does not in exec, which others wait
 * for; and after a close a stopped thread can never come back to its request.
 */
void qmsg_parked_end_all(struct qmsg_ctx *ctx, enum qmsg_end why)
{
	struct qmsg_request *req;
	LIST_HEAD(parked);

	close_parked(ctx, &parked);
	list_for_each_entry(req, &parked, parked.node)
		put_back_in_task(req);
	if (why == QMSG_END_EXIT)
		wait_for_answers(ctx, &parked);
	while ((req = next_parked(&parked)))
		qmsg_abandon(req);
}

/*
 * The tracepoint's probe, before @child runs. It is a copy, restart block and all, but has nothing
 * parked, nor a reference to the module whose text that points to.
 */
static void task_forks(void *unused, struct task_struct *parent, struct task_struct *child)
{
	struct restart_block *block = &child->restart_block;

	if (within_module((unsigned long)block->fn, THIS_MODULE))
		block->fn = init_task.restart_block.fn;
}

static struct qmsg_probe fork_probe = { .name = "sched_process_fork", .fn = task_forks };

int qmsg_parking_init(void)
{
	return qmsg_probe_register(&fork_probe);
}

void qmsg_parking_exit(void)
{
	qmsg_probe_unregister(&fork_probe);
}
