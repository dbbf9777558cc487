// SPDX-License-Identifier: MIT
/* Sleeping and spinning for a given time, and the two ways to write one. */
#include <time.h>
#include <unistd.h>

#include "internal.h"

QMSG_API uint64_t timespec2nsec(const struct timespec *ts)
{
	return qmsg_qnx_nsec(ts);
}

QMSG_API void nsec2timespec(struct timespec *ts, uint64_t nsec)
{
	*ts = qmsg_qnx_timespec(nsec);
}

/* What is left when a signal ends it, rounded up: 0 means that the time is over. */
static unsigned sleep_msec(unsigned msec)
{
	struct timespec ts = qmsg_qnx_timespec(msec * 1000000ULL);
	int saved = errno;
	unsigned left = 0;

	if (nanosleep(&ts, &ts))
		left = (unsigned)((qmsg_qnx_nsec(&ts) + 999999) / 1000000);
	errno = saved;
	return left;
}

QMSG_API unsigned delay(unsigned msec)
{
	return sleep_msec(msec);
}

QMSG_API unsigned nap(unsigned msec)
{
	return sleep_msec(msec);
}

QMSG_API int napms(int msec)
{
	sleep_msec(msec < 0 ? 0 : (unsigned)msec);
	return 0;
}

static void spin(uint64_t nsec)
{
	uint64_t end = ClockCycles() + nsec;

	while (ClockCycles() < end)
		;
}

QMSG_API int nanospin(const struct timespec *when)
{
	uint64_t nsec;

	if (qmsg_qnx_to_nsec(when, &nsec))
		return EINVAL;
	spin(nsec);
	return EOK;
}

QMSG_API int nanospin_ns(unsigned long nsec)
{
	spin(nsec);
	return EOK;
}

QMSG_API void nanospin_count(unsigned long count)
{
	spin(count);
}

QMSG_API unsigned long nanospin_ns_to_count(unsigned long nsec)
{
	return nsec;
}

/* It spins by the clock: nothing to measure. */
QMSG_API int nanospin_calibrate(int disable)
{
	(void)disable;
	return EOK;
}
