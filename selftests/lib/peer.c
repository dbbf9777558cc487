// SPDX-License-Identifier: GPL-2.0-only
/*
 * A peer is a process that runs the test's functions on request: what a test does in
 * its own process it can then do in another one with the same lines.
 */
#include "qmsg_test.h"
#include "peer_signals.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static struct peer *me;
static pid_t my_pid;

struct peer *current_peer(void)
{
	return me;
}

static struct peer *peer_alloc(void)
{
	struct peer *p = shared_alloc(sizeof(*p));

	p->q = -1;
	sem_init(&p->go, 1, 0);
	return p;
}

struct peer *peer_self(void)
{
	if (my_pid != getpid()) {
		me = peer_alloc();
		me->pid = my_pid = getpid();
	}
	return me;
}

bool peer_is_self(const struct peer *p)
{
	return p == me;
}

static void run_one(struct peer *p)
{
	p->result = p->fn(p->arg);
	atomic_fetch_add(&p->finished, 1);
}

static void serve(struct peer *p)
{
	me = p;
	my_pid = getpid();
	while (!atomic_load(&p->ended)) {
		if (sem_wait(&p->go))
			continue;
		run_one(p);
	}
	_exit(0);
}

static pid_t fork_namespaced(int clone_flags)
{
	int home = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	pid_t child = -1;

	if (home >= 0 && !unshare(clone_flags & CLONE_NEWPID)) {
		child = fork();
		if (child > 0 && setns(home, CLONE_NEWPID))
			abort();
		if (!child && unshare(clone_flags & ~CLONE_NEWPID))
			_exit(126);
	}
	close(home);
	return child;
}

struct peer *peer_fork_in(int clone_flags)
{
	struct peer *p = peer_alloc();
	pid_t child, parent = getpid();

	fflush(stdout);
	fflush(stderr);
	child = clone_flags ? fork_namespaced(clone_flags) : fork();
	if (child < 0)
		return NULL;
	if (!child) {
		die_with_parent(parent);
		serve(p);
	}
	p->pid = child;
	return p;
}

struct peer *peer_fork(void)
{
	return peer_fork_in(0);
}

int peer_start(struct peer *p, int64_t (*fn)(void *), void *arg)
{
	/* The one before may have given its result and be on its way back only now. */
	if (!wait_until(atomic_load(&p->started) == atomic_load(&p->finished)))
		return -EBUSY;
	p->fn = fn;
	p->arg = arg;
	atomic_fetch_add(&p->started, 1);
	if (peer_is_self(p))
		run_one(p);
	else
		sem_post(&p->go);
	return 0;
}

int peer_wait(struct peer *p, int64_t *result)
{
	if (!wait_until(atomic_load(&p->finished) == atomic_load(&p->started))) {
		fprintf(stderr, "# process %d does not return, task state %c\n", p->pid,
			task_state(p->pid, p->pid) ?: '-');
		return -ETIMEDOUT;
	}
	if (result)
		*result = p->result;
	return 0;
}

int64_t peer_call(struct peer *p, int64_t (*fn)(void *), void *arg)
{
	int64_t result;
	int err = peer_start(p, fn, arg) ?: peer_wait(p, &result);

	return err ?: result;
}

int peer_kill(struct peer *p, int sig)
{
	return kill(p->pid, sig) ? -errno : 0;
}

int peer_reap(struct peer *p, int *status)
{
	return reap(p->pid, status);
}

static int64_t do_end(void *arg)
{
	struct peer *p = arg;

	atomic_store(&p->ended, 1);
	return 0;
}

int peer_end(struct peer *p)
{
	if (peer_is_self(p))
		return 0;
	/* What it did last may have shown its result before it is done with it. */
	return peer_wait(p, NULL) ?: peer_start(p, do_end, p) ?: peer_reap(p, NULL);
}
