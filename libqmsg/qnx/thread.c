// SPDX-License-Identifier: MIT
/*
 * pthread_create() as QNX programs call it: without a place for the id, and with a
 * real-time priority in the attributes that on QNX everybody may have.
 */
#include <pthread.h>

#include "internal.h"

int qmsg_libc_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
		     void *arg) __asm__("pthread_create");

/* Linux may have refused just the scheduling: the policy has no such priority, or no right. */
static bool asks_for_scheduling(const pthread_attr_t *attr, int error)
{
	int inherit;

	return attr && (error == EPERM || error == EINVAL) &&
	       !pthread_attr_getinheritsched(attr, &inherit) && inherit == PTHREAD_EXPLICIT_SCHED;
}

QMSG_API int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			    void *(*start)(void *), void *arg)
{
	pthread_attr_t modest;
	pthread_t nobody_asked;
	int error;

	if (!thread)
		thread = &nobody_asked;
	error = qmsg_libc_create(thread, attr, start, arg);
	if (!asks_for_scheduling(attr, error))
		return error;
	/* A shallow copy that differs in one flag and is never destroyed. */
	modest = *attr;
	pthread_attr_setinheritsched(&modest, PTHREAD_INHERIT_SCHED);
	return qmsg_libc_create(thread, &modest, start, arg);
}
