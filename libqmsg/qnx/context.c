// SPDX-License-Identifier: MIT
/*
 * The one context of the process. QNX has no such thing: a program just calls
 * ChannelCreate(). So it is opened by whichever call needs it first, in whichever
 * thread or signal handler that is, and without a lock.
 */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "internal.h"

#define NONE	(-1)

atomic_int qmsg_qnx_shared_context = NONE;

/*
 * A program that has closed its standard streams to open others in their place must
 * get them there, not the context.
 */
static int above_stdio(int q)
{
	int saved = errno;
	int moved;

	if (q > STDERR_FILENO)
		return q;
	moved = fcntl(q, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (moved < 0)
		moved = -errno;
	errno = saved;
	qmsg_close(q);
	return moved;
}

static int make_context(void)
{
	int q = qmsg_open();
	int ret;

	if (q >= 0)
		q = above_stdio(q);
	if (q < 0)
		return q;
	ret = qmsg_setup(q, 31);
	if (!ret)
		return q;
	qmsg_close(q);
	return ret;
}

static int publish(int q)
{
	int winner = NONE;

	if (atomic_compare_exchange_strong(&qmsg_qnx_shared_context, &winner, q))
		return q;
	qmsg_close(q);
	return winner;
}

QMSG_API int qmsg_qnx_context(void)
{
	int q = atomic_load_explicit(&qmsg_qnx_shared_context, memory_order_acquire);

	if (q != NONE)
		return q;
	q = make_context();
	return q < 0 ? q : publish(q);
}

bool qmsg_qnx_has_context(void)
{
	return atomic_load_explicit(&qmsg_qnx_shared_context, memory_order_relaxed) != NONE;
}

/* The parent's context is of no use to a child; timeouts and timers are not inherited (S1.19). */
static void forget(void)
{
	int q = atomic_exchange(&qmsg_qnx_shared_context, NONE);

	if (q != NONE)
		qmsg_close(q);
	qmsg_qnx_forget_timeout();
	qmsg_qnx_forget_timers();
	qmsg_qnx_forget_thread_events();
}

__attribute__((constructor)) static void register_fork(void)
{
	pthread_atfork(NULL, NULL, forget);
}
