// SPDX-License-Identifier: MIT
/*
 * Clocks. A cycle of ClockCycles() is a nanosecond: the frequency of a CPU's own counter
 * is not known for certain to a program on Linux, and CLOCK_MONOTONIC is read from it
 * without a system call anyway.
 */
#include <limits.h>
#include <stdatomic.h>
#include <sys/syspage.h>
#include <sys/time.h>
#include <unistd.h>

#include "internal.h"

#define NSEC_PER_SEC	1000000000LL
#define TICK		1000		/* ns, of ClockAdjust()'s answer */

QMSG_API uint64_t ClockCycles(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return qmsg_qnx_nsec(&ts);
}

/* 0 or the errno of @failed, with errno as it was. */
static int error_of(int failed, int saved)
{
	int error = failed ? errno : 0;

	errno = saved;
	return error;
}

QMSG_API int ClockTime_r(clockid_t id, const uint64_t *set, uint64_t *old)
{
	int saved = errno;
	struct timespec ts;
	int error = error_of(clock_gettime(id, &ts), saved);

	if (error)
		return error;
	if (old)
		*old = qmsg_qnx_nsec(&ts);
	if (!set)
		return 0;
	ts = qmsg_qnx_timespec(*set);
	return error_of(clock_settime(id, &ts), saved);
}

QMSG_API int ClockTime(clockid_t id, const uint64_t *set, uint64_t *old)
{
	return qmsg_qnx_success(ClockTime_r(id, set, old));
}

static struct timeval slew(const struct _clockadjust *set)
{
	int64_t usec = (int64_t)set->tick_count * set->tick_nsec_inc / 1000;
	struct timeval tv = { (time_t)(usec / 1000000), (suseconds_t)(usec % 1000000) };

	return tv;
}

static void tell_slew(const struct timeval *left, struct _clockadjust *old)
{
	int64_t nsec = left->tv_sec * NSEC_PER_SEC + left->tv_usec * 1000;
	int64_t size = nsec < 0 ? -nsec : nsec;

	old->tick_count = (uint32_t)(size / TICK);
	old->tick_nsec_inc = nsec < 0 ? -TICK : nsec ? TICK : 0;
}

/* The clock gains or loses so much in all; how fast is Linux's affair. */
QMSG_API int ClockAdjust_r(clockid_t id, const struct _clockadjust *set, struct _clockadjust *old)
{
	struct timeval tv = set ? slew(set) : (struct timeval){ 0, 0 };
	struct timeval left = { 0, 0 };
	int saved = errno;
	int error;

	if (id != CLOCK_REALTIME)
		return EINVAL;
	error = error_of(adjtime(set ? &tv : NULL, &left), saved);
	if (!error && old)
		tell_slew(&left, old);
	return error;
}

QMSG_API int ClockAdjust(clockid_t id, const struct _clockadjust *set, struct _clockadjust *old)
{
	return qmsg_qnx_success(ClockAdjust_r(id, set, old));
}

static uint32_t resolution(void)
{
	struct timespec ts;

	clock_getres(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec || ts.tv_nsec <= 0 ? 1 : (uint32_t)ts.tv_nsec;
}

/*
 * Programs set a shorter period so that timers become finer. Linux's are as fine as can
 * be already: nothing is left to do.
 */
QMSG_API int ClockPeriod_r(clockid_t id, const struct _clockperiod *set,
			   struct _clockperiod *old, int reserved)
{
	if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC)
		return EINVAL;
	if (reserved || (set && !set->nsec))
		return EINVAL;
	if (old) {
		old->nsec = resolution();
		old->fract = 0;
	}
	return 0;
}

QMSG_API int ClockPeriod(clockid_t id, const struct _clockperiod *set, struct _clockperiod *old,
			 int reserved)
{
	return qmsg_qnx_success(ClockPeriod_r(id, set, old, reserved));
}

/* The kernel's numbers for the CPU-time clocks of a process and of a thread. */
QMSG_API int ClockId_r(pid_t pid, int tid)
{
	unsigned who = (unsigned)(tid ? tid : pid);
	clockid_t id = (clockid_t)(~who << 3 | (tid ? 6u : 2u));
	struct timespec ts;
	int saved = errno;
	int error;

	if (pid < 0 || tid < 0 || who > INT_MAX >> 3)
		return -ESRCH;
	error = error_of(clock_gettime(id, &ts), saved);
	return error ? -ESRCH : id;
}

/* Such a number is negative. Only -1 is an error, and that is no clock. */
QMSG_API int ClockId(pid_t pid, int tid)
{
	int ret = ClockId_r(pid, tid);

	return ret == -ESRCH ? (int)qmsg_qnx_number(ret) : ret;
}

static struct syspage_entry syspage;
static atomic_bool syspage_ready;

static uint32_t boot_time(void)
{
	struct timespec now, up;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return (uint32_t)(now.tv_sec - up.tv_sec);
}

/* Two threads that fill it in at one time write the same. */
QMSG_API const struct syspage_entry *qmsg_qnx_syspage(void)
{
	if (atomic_load(&syspage_ready))
		return &syspage;
	syspage.qtime.cycles_per_sec = NSEC_PER_SEC;
	syspage.qtime.nsec_inc = resolution();
	syspage.qtime.boot_time = boot_time();
	syspage.num_cpu = (uint16_t)sysconf(_SC_NPROCESSORS_CONF);
	atomic_store(&syspage_ready, true);
	return &syspage;
}
