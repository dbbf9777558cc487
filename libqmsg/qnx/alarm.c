// SPDX-License-Identifier: MIT
/* TimerAlarm(): the one SIGALRM timer of the process, as alarm() and setitimer() have it. */
#include <sys/time.h>

#include "internal.h"

static struct timeval to_timeval(uint64_t nsec)
{
	uint64_t usec = nsec / 1000 + (nsec % 1000 != 0);
	struct timeval tv = {
		.tv_sec = (time_t)(usec / 1000000),
		.tv_usec = (suseconds_t)(usec % 1000000),
	};

	return tv;
}

static uint64_t from_timeval(const struct timeval *tv)
{
	return ((uint64_t)tv->tv_sec * 1000000 + (uint64_t)tv->tv_usec) * 1000;
}

static int set_alarm(const struct _itimer *set, struct itimerval *was)
{
	struct itimerval it;

	if (!set)
		return getitimer(ITIMER_REAL, was);
	it.it_value = to_timeval(set->nsec);
	it.it_interval = to_timeval(set->interval_nsec);
	return setitimer(ITIMER_REAL, &it, was);
}

QMSG_API int TimerAlarm_r(clockid_t id, const struct _itimer *set, struct _itimer *old)
{
	struct itimerval was;
	int saved = errno;
	int error;

	if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC)
		return EINVAL;
	error = set_alarm(set, &was) ? errno : 0;
	errno = saved;
	if (!error && old) {
		old->nsec = from_timeval(&was.it_value);
		old->interval_nsec = from_timeval(&was.it_interval);
	}
	return error;
}

QMSG_API int TimerAlarm(clockid_t id, const struct _itimer *set, struct _itimer *old)
{
	return qmsg_qnx_success(TimerAlarm_r(id, set, old));
}
