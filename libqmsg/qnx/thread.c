// SPDX-License-Identifier: MIT
/*
 * Threads as QNX programs make and schedule them: without a place for the id, with a
 * real-time priority in the attributes that on QNX everybody may have, and with a
 * priority of 10 where Linux has none.
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "internal.h"

int qmsg_libc_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
		     void *arg) __asm__("pthread_create");

int qmsg_libc_getschedparam(pthread_t thread, int *policy, struct sched_param *param)
	__asm__("pthread_getschedparam");
int qmsg_libc_setschedparam(pthread_t thread, int policy, const struct sched_param *param)
	__asm__("pthread_setschedparam");
int qmsg_libc_attr_setschedparam(pthread_attr_t *attr, const struct sched_param *param)
	__asm__("pthread_attr_setschedparam");

static bool asks_for_scheduling(const pthread_attr_t *attr)
{
	int inherit;

	return attr && !pthread_attr_getinheritsched(attr, &inherit) &&
	       inherit == PTHREAD_EXPLICIT_SCHED;
}

static void drop_ordinary_priority(pthread_attr_t *attr)
{
	struct sched_param param;
	int policy;

	if (pthread_attr_getschedpolicy(attr, &policy) || pthread_attr_getschedparam(attr, &param))
		return;
	param = qmsg_qnx_fitting(policy, &param);
	qmsg_libc_attr_setschedparam(attr, &param);
}

/* On a shallow copy of the attributes, which differs in what is set here and is never destroyed. */
static int create_scheduled(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			    void *arg)
{
	pthread_attr_t modest = *attr;
	int error;

	drop_ordinary_priority(&modest);
	error = qmsg_libc_create(thread, &modest, start, arg);
	/* Linux may have refused just the scheduling: no such priority, or no right. */
	if (error != EPERM && error != EINVAL)
		return error;
	pthread_attr_setinheritsched(&modest, PTHREAD_INHERIT_SCHED);
	return qmsg_libc_create(thread, &modest, start, arg);
}

QMSG_API int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			    void *(*start)(void *), void *arg)
{
	pthread_t nobody_asked;

	if (!thread)
		thread = &nobody_asked;
	if (asks_for_scheduling(attr))
		return create_scheduled(thread, attr, start, arg);
	return qmsg_libc_create(thread, attr, start, arg);
}

/*
 * The C library keeps a priority only within the limits of the policy that is set so far,
 * and an ordinary one has none. To QNX any policy has all, in whatever order they are set.
 */
QMSG_API int pthread_attr_setschedparam(pthread_attr_t *restrict attr,
					const struct sched_param *restrict param)
{
	int error = qmsg_libc_attr_setschedparam(attr, param);
	int policy;

	if (error != EINVAL || pthread_attr_getschedpolicy(attr, &policy) ||
	    qmsg_qnx_realtime(policy))
		return error;
	pthread_attr_setschedpolicy(attr, SCHED_RR);
	error = qmsg_libc_attr_setschedparam(attr, param);
	pthread_attr_setschedpolicy(attr, policy);
	return error;
}

/* The kernel's number of a thread is in the number of its CPU-time clock; 0 for none. */
static pid_t tid_of(pthread_t thread)
{
	clockid_t clock;

	if (pthread_getcpuclockid(thread, &clock))
		return 0;
	return (pid_t)~(clock >> 3);
}

/*
 * The C library answers with what it has set itself. What a thread has from the client it
 * works for only the kernel knows.
 */
QMSG_API int pthread_getschedparam(pthread_t thread, int *restrict policy,
				   struct sched_param *restrict param)
{
	bool self = pthread_equal(thread, pthread_self());
	pid_t tid = self ? 0 : tid_of(thread);
	int now = self || tid > 0 ? SchedGet_r(0, tid, param) : -ESRCH;
	int error;

	if (now >= 0) {
		*policy = now;
		return 0;
	}
	error = qmsg_libc_getschedparam(thread, policy, param);
	if (!error)
		qmsg_qnx_show(*policy, param);
	return error;
}

QMSG_API int pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *param)
{
	struct sched_param p = qmsg_qnx_fitting(policy, param);

	return qmsg_libc_setschedparam(thread, policy, &p);
}

/* As setprio(). */
QMSG_API int pthread_setschedprio(pthread_t thread, int priority)
{
	struct sched_param param;
	int policy;
	int error = pthread_getschedparam(thread, &policy, &param);

	if (error)
		return error;
	if (priority < 1)
		return EINVAL;
	if (!qmsg_qnx_realtime(policy) && priority <= QMSG_QNX_ORDINARY)
		return 0;
	param.sched_priority = priority;
	return pthread_setschedparam(thread, qmsg_qnx_realtime(policy) ? policy : SCHED_RR, &param);
}
