// SPDX-License-Identifier: GPL-2.0-only
/* A thread of a peer that makes one blocking call each time it is told to. */
#include "qmsg_test.h"
#include "peer_signals.h"

#include <stdio.h>
#include <stdlib.h>

static void run_once(struct worker *w)
{
	atomic_fetch_add(&w->entered, 1);
	w->run(w);
	w->handled_at_return = atomic_load(&w->handled);
	atomic_fetch_add(&w->done, 1);
}

/* As the owner of the mounted /proc sees it, whatever namespace the peer is in. */
static pid_t proc_tid(void)
{
	char link[64] = "", *task;

	if (readlink("/proc/thread-self", link, sizeof(link) - 1) < 0)
		return this_tid();
	task = strrchr(link, '/');
	return task ? atoi(task + 1) : this_tid();
}

static void settle_in(struct worker *w)
{
	current_worker = w;
	pthread_sigmask(SIG_SETMASK, &w->blocked, NULL);
	if (w->priority)
		set_fifo_priority(0, w->priority);
	w->tid = proc_tid();
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	settle_in(w);
	for (;;) {
		while (sem_wait(&w->go))
			;
		if (w->stop)
			return NULL;
		run_once(w);
	}
}

/* The thread starts with everything masked: no signal can hit it before it has settled in. */
static int64_t do_create(void *arg)
{
	struct worker *w = arg;
	sigset_t all, old;
	pthread_t thread;
	int err;

	sem_init(&w->go, 1, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&thread, NULL, worker_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!err)
		pthread_detach(thread);
	w->created = !err;
	return -err;
}

static int wait_entered(struct worker *w)
{
	return wait_until(atomic_load(&w->entered) == atomic_load(&w->posted)) ? 0 : -ETIMEDOUT;
}

int worker_go(struct worker *w)
{
	int err = w->created ? 0 : peer_call(w->peer, do_create, w);

	if (err)
		return err;
	atomic_fetch_add(&w->posted, 1);
	sem_post(&w->go);
	return wait_entered(w);
}

static int64_t do_run(void *arg)
{
	struct worker *w = arg;

	settle_in(w);
	run_once(w);
	return 0;
}

int worker_go_in_leader(struct worker *w)
{
	atomic_fetch_add(&w->posted, 1);
	return peer_start(w->peer, do_run, w) ?: wait_entered(w);
}

bool worker_is_done(struct worker *w)
{
	return atomic_load(&w->done) == atomic_load(&w->posted);
}

int worker_wait(struct worker *w)
{
	if (wait_until(worker_is_done(w)))
		return 0;
	fprintf(stderr, "# thread %d is still in its call, task state %c\n", w->tid,
		task_state(w->peer->pid, w->tid) ?: '-');
	return -ETIMEDOUT;
}

int worker_signal(struct worker *w, int sig)
{
	return send_signal(w->peer->pid, w->tid, sig);
}

int worker_stop(struct worker *w)
{
	if (!w->created)
		return 0;
	if (!worker_is_done(w))
		return -EBUSY;
	w->stop = true;
	w->created = false;
	sem_post(&w->go);
	if (wait_until(!task_state(w->peer->pid, w->tid)))
		return 0;
	return -ETIMEDOUT;
}
