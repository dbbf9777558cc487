/* SPDX-License-Identifier: MIT */
/*
 * Stands in for glibc's file of this name: a timer id is a small int, as QNX programs
 * print it, compare it with -1 and pass it to TimerSettime().
 */
#ifndef __timer_t_defined
#define __timer_t_defined 1

typedef int timer_t;

#endif
