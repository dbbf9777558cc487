/* SPDX-License-Identifier: MIT */
/*
 * <time.h> with timers whose id is an int and whose event may be any of QNX's, and the
 * calls QNX declares here.
 */
#include_next <time.h>

#ifndef QMSG_QNX_TIME_H
#define QMSG_QNX_TIME_H

#include <bits/types/clockid_t.h>
#include <bits/types/sigevent_t.h>
#include <bits/types/struct_timespec.h>
#include <bits/types/timer_t.h>
#include <sys/cdefs.h>

/* A clock that does not wake a sleeping CPU: there is none, and this one keeps the same time. */
#define CLOCK_SOFTTIME	CLOCK_REALTIME

/* timer_settime(): say how late it may be. It is never late on purpose. */
#define TIMER_TOLERANCE	0x40000000

__BEGIN_DECLS

#ifdef __USE_POSIX199309
extern int __REDIRECT_NTH(timer_create, (clockid_t __clock, struct sigevent *__restrict __event,
					 timer_t *__restrict __timer), qmsg_qnx_timer_create);
extern int __REDIRECT_NTH(timer_delete, (timer_t __timer), qmsg_qnx_timer_delete);
extern int __REDIRECT_NTH(timer_settime, (timer_t __timer, int __flags,
					  const struct itimerspec *__restrict __value,
					  struct itimerspec *__restrict __old),
			  qmsg_qnx_timer_settime);
extern int __REDIRECT_NTH(timer_gettime, (timer_t __timer, struct itimerspec *__value),
			  qmsg_qnx_timer_gettime);
extern int __REDIRECT_NTH(timer_getoverrun, (timer_t __timer), qmsg_qnx_timer_getoverrun);
#endif

/* Timeouts: TimerTimeout(3) */
int timer_timeout(clockid_t __clock, __uint32_t __flags, const struct sigevent *__notify,
		  const struct timespec *__ntime, struct timespec *__otime);
int timer_timeout_r(clockid_t __clock, __uint32_t __flags, const struct sigevent *__notify,
		    const struct timespec *__ntime, struct timespec *__otime);

__uint64_t timespec2nsec(const struct timespec *__ts) __asm__("qmsg_qnx_timespec2nsec");
void nsec2timespec(struct timespec *__ts, __uint64_t __nsec) __asm__("qmsg_qnx_nsec2timespec");

/* Busy waiting. A count of nanospin_count() is a nanosecond. */
int nanospin(const struct timespec *__when) __asm__("qmsg_qnx_nanospin");
int nanospin_ns(unsigned long __nsec) __asm__("qmsg_qnx_nanospin_ns");
int nanospin_calibrate(int __disable) __asm__("qmsg_qnx_nanospin_calibrate");
void nanospin_count(unsigned long __count) __asm__("qmsg_qnx_nanospin_count");
unsigned long nanospin_ns_to_count(unsigned long __nsec) __asm__("qmsg_qnx_nanospin_ns_to_count");

__END_DECLS

#endif
