// SPDX-License-Identifier: MIT
/*
 * Waits of the C library that a timeout can be for, which the headers redirect here. What
 * can be had without waiting is: then the timeout is not used up, as on QNX, where an
 * unlocked mutex needs no kernel call.
 */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "blocking.h"

int qmsg_libc_join(pthread_t thread, void **value) __asm__("pthread_join");
int qmsg_libc_mutex_lock(pthread_mutex_t *mutex) __asm__("pthread_mutex_lock");
int qmsg_libc_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex) __asm__("pthread_cond_wait");
int qmsg_libc_sem_wait(sem_t *sem) __asm__("sem_wait");
int qmsg_libc_sigwaitinfo(const sigset_t *set, siginfo_t *info) __asm__("sigwaitinfo");
int qmsg_libc_sigsuspend(const sigset_t *set) __asm__("sigsuspend");

struct wait {
	void *object;
	void *with;
	pthread_t thread;
	struct timespec until;
};

static int timed(struct qmsg_qnx_timeout *t, uint32_t state, int (*wait)(void *arg), struct wait *w)
{
	w->until = qmsg_qnx_timespec(qmsg_qnx_deadline(t, state));
	return qmsg_qnx_guard(t, wait, w);
}

/* What qmsg_qnx_guard() could not start is -errno; these calls return +errno. */
static int positive(int ret)
{
	return ret < 0 ? -ret : ret;
}

static int join(void *arg)
{
	struct wait *w = arg;

	return pthread_clockjoin_np(w->thread, w->object, CLOCK_MONOTONIC, &w->until);
}

QMSG_API int pthread_join(pthread_t thread, void **value)
{
	struct wait w = { .object = value, .thread = thread };
	struct qmsg_qnx_timeout t;

	if (!qmsg_qnx_take_timeout(&t, _NTO_TIMEOUT_JOIN))
		return qmsg_libc_join(thread, value);
	return positive(timed(&t, _NTO_TIMEOUT_JOIN, join, &w));
}

static int lock(void *arg)
{
	struct wait *w = arg;

	return pthread_mutex_clocklock(w->object, CLOCK_MONOTONIC, &w->until);
}

QMSG_API int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	struct wait w = { .object = mutex };
	struct qmsg_qnx_timeout t;

	if (!qmsg_qnx_take_timeout_of(&t, _NTO_TIMEOUT_MUTEX))
		return qmsg_libc_mutex_lock(mutex);
	return positive(timed(&t, _NTO_TIMEOUT_MUTEX, lock, &w));
}

static int cond_wait(void *arg)
{
	struct wait *w = arg;

	return pthread_cond_clockwait(w->object, w->with, CLOCK_MONOTONIC, &w->until);
}

QMSG_API int pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex)
{
	struct wait w = { .object = cond, .with = mutex };
	struct qmsg_qnx_timeout t;

	if (!qmsg_qnx_take_timeout(&t, _NTO_TIMEOUT_CONDVAR))
		return qmsg_libc_cond_wait(cond, mutex);
	return positive(timed(&t, _NTO_TIMEOUT_CONDVAR, cond_wait, &w));
}

static int wait_sem(void *arg)
{
	struct wait *w = arg;
	int saved = errno;
	int ret = sem_clockwait(w->object, CLOCK_MONOTONIC, &w->until) ? -errno : 0;

	errno = saved;
	return ret;
}

QMSG_API int sem_wait(sem_t *sem)
{
	struct wait w = { .object = sem };
	struct qmsg_qnx_timeout t;

	if (!qmsg_qnx_take_timeout_of(&t, _NTO_TIMEOUT_SEM))
		return qmsg_libc_sem_wait(sem);
	return (int)qmsg_qnx_number(timed(&t, _NTO_TIMEOUT_SEM, wait_sem, &w));
}

/* These two know no time of day: from now. */
static struct timespec left_until(const struct timespec *until)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (qmsg_qnx_nsec(until) <= qmsg_qnx_nsec(&now))
		return qmsg_qnx_timespec(0);
	return qmsg_qnx_timespec(qmsg_qnx_nsec(until) - qmsg_qnx_nsec(&now));
}

static int wait_signal(void *arg)
{
	struct wait *w = arg;
	struct timespec left = left_until(&w->until);
	int saved = errno;
	int ret = sigtimedwait(w->object, w->with, &left);

	if (ret < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

QMSG_API int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	struct wait w = { .object = (void *)set, .with = info };
	struct qmsg_qnx_timeout t;

	if (!qmsg_qnx_take_timeout(&t, _NTO_TIMEOUT_SIGWAITINFO))
		return qmsg_libc_sigwaitinfo(set, info);
	return (int)qmsg_qnx_number(timed(&t, _NTO_TIMEOUT_SIGWAITINFO, wait_signal, &w));
}

static int suspend(void *arg)
{
	struct wait *w = arg;
	struct timespec left = left_until(&w->until);
	int saved = errno;
	int ret = ppoll(NULL, 0, &left, w->object) ? -errno : -ETIMEDOUT;

	errno = saved;
	return ret;
}

QMSG_API int sigsuspend(const sigset_t *set)
{
	struct wait w = { .object = (void *)set };
	struct qmsg_qnx_timeout t;

	if (!qmsg_qnx_take_timeout(&t, _NTO_TIMEOUT_SIGSUSPEND))
		return qmsg_libc_sigsuspend(set);
	return (int)qmsg_qnx_number(timed(&t, _NTO_TIMEOUT_SIGSUSPEND, suspend, &w));
}

static int intr(void *arg)
{
	return qmsg_qnx_intr_wait(arg);
}

QMSG_API int InterruptWait_r(int flags, const uint64_t *reserved)
{
	struct qmsg_intr_wait args = { .size = sizeof(args), .deadline = QMSG_NO_DEADLINE };
	struct qmsg_qnx_timeout t;

	if (flags || reserved)
		return EINVAL;
	if (!qmsg_qnx_take_timeout(&t, _NTO_TIMEOUT_INTR))
		return -qmsg_qnx_intr_wait(&args);
	args.deadline = qmsg_qnx_deadline(&t, _NTO_TIMEOUT_INTR);
	return -qmsg_qnx_guard(&t, intr, &args);
}

QMSG_API int InterruptWait(int flags, const uint64_t *reserved)
{
	return qmsg_qnx_success(InterruptWait_r(flags, reserved));
}
