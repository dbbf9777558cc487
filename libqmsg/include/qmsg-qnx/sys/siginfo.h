/* SPDX-License-Identifier: MIT */
/*
 * What QNX has in a sigevent and glibc has not.
 *
 * SIGEV_NONE, SIGEV_SIGNAL and SIGEV_THREAD have glibc's numbers, because glibc gets such
 * events too (mq_notify() ...). All others have a number that neither glibc nor the
 * kernel knows, and that hardly occurs in a message by chance: the library finds in what
 * a server received the events a client has sent it (qnx/keep.c).
 */
#ifndef QMSG_QNX_SYS_SIGINFO_H
#define QMSG_QNX_SYS_SIGINFO_H

#include <signal.h>
#include <bits/types/sigevent_t.h>

#define __SIGEV_QNX		0x514d0000

#define SIGEV_SIGNAL_CODE	(__SIGEV_QNX | 2)
#define SIGEV_SIGNAL_THREAD	(__SIGEV_QNX | 3)
#define SIGEV_PULSE		(__SIGEV_QNX | 4)
#define SIGEV_UNBLOCK		(__SIGEV_QNX | 5)
#define SIGEV_INTR		(__SIGEV_QNX | 6)
#define SIGEV_MEMORY		(__SIGEV_QNX | 8)

/* sigev_notify is a kind and flags (3.7). */
#define SIGEV_FLAG_CRITICAL		0x0100	/* no effect */
#define SIGEV_FLAG_OVERDRIVE		0x0200	/* no effect */
#define SIGEV_FLAG_UPDATEABLE		0x0400
#define SIGEV_FLAG_SIVAL_INT		0x0800	/* no effect */
#define SIGEV_FLAG_NOQUEUE		0x1000	/* no effect */
#define SIGEV_FLAG_HANDLE		0x2000
#define SIGEV_FLAG_CODE_UPDATEABLE	0x4000
#define SIGEV_FLAG_MASK			0x7f00
#define SIGEV_TYPE_MASK			(~SIGEV_FLAG_MASK)

#define SIGEV_GET_TYPE(event)	((event)->sigev_notify & SIGEV_TYPE_MASK)
#define SIGEV_SET_TYPE(event, type) \
	((event)->sigev_notify = ((event)->sigev_notify & SIGEV_FLAG_MASK) | (type))

#define SIGEV_MAKE_CRITICAL(event)	((event)->sigev_notify |= SIGEV_FLAG_CRITICAL)
#define SIGEV_CLEAR_CRITICAL(event)	((event)->sigev_notify &= ~SIGEV_FLAG_CRITICAL)
#define SIGEV_MAKE_OVERDRIVE(event)	((event)->sigev_notify |= SIGEV_FLAG_OVERDRIVE)
#define SIGEV_CLEAR_OVERDRIVE(event)	((event)->sigev_notify &= ~SIGEV_FLAG_OVERDRIVE)
#define SIGEV_MAKE_UPDATEABLE(event)	((event)->sigev_notify |= SIGEV_FLAG_UPDATEABLE)
#define SIGEV_CLEAR_UPDATEABLE(event)	((event)->sigev_notify &= ~SIGEV_FLAG_UPDATEABLE)
#define SIGEV_MAKE_CODE_UPDATEABLE(event) \
	((event)->sigev_notify |= SIGEV_FLAG_CODE_UPDATEABLE)
#define SIGEV_MAKE_NOQUEUE(event)	((event)->sigev_notify |= SIGEV_FLAG_NOQUEUE)

/* Priority of a pulse: that of the thread that makes the event known to the kernel. */
#define SIGEV_PULSE_PRIO_INHERIT	(-1)

/* Codes of signals (si_code) that are a program's own; neither Linux nor glibc has them. */
#define SI_MINAVAIL	(-128)
#define SI_MAXAVAIL	(-64)

/* Operations of SIGEV_MEMORY, which no call takes. */
#define SIGEV_MEM_ASSIGN	1
#define SIGEV_MEM_ADD		2
#define SIGEV_MEM_SUB		3
#define SIGEV_MEM_BITSET	4
#define SIGEV_MEM_BITCLR	5
#define SIGEV_MEM_BITTOGGLE	6

/* A value may be an integer or a pointer. */
#define __SIGEV_VALUE(event, value) \
	((event)->sigev_value.sival_ptr = (void *)(__SIZE_TYPE__)(value))

/* The kind of a signal is 0: nothing to find in a message. So it has a mark elsewhere. */
#define __SIGEV_MARK		0x514d7a01

#define SIGEV_NONE_INIT(event) \
	((event)->sigev_notify = SIGEV_NONE)
#define SIGEV_SIGNAL_VALUE_INIT(event, signo, value) \
	((event)->sigev_notify = SIGEV_SIGNAL, (event)->sigev_signo = (signo), \
	 (event)->__sigev_mark = __SIGEV_MARK, (void)__SIGEV_VALUE(event, value))
#define SIGEV_SIGNAL_VALUE_INT_INIT(event, signo, value) \
	SIGEV_SIGNAL_VALUE_INIT(event, signo, (int)(value))
#define SIGEV_SIGNAL_VALUE_PTR_INIT	SIGEV_SIGNAL_VALUE_INIT
#define SIGEV_SIGNAL_INIT(event, signo) \
	SIGEV_SIGNAL_VALUE_INIT(event, signo, 0)
#define SIGEV_SIGNAL_CODE_INIT(event, signo, value, code) \
	((event)->sigev_notify = SIGEV_SIGNAL_CODE, (event)->sigev_signo = (signo), \
	 (event)->sigev_code = (short)(code), (void)__SIGEV_VALUE(event, value))
#define SIGEV_SIGNAL_CODE_INT_INIT(event, signo, value, code) \
	SIGEV_SIGNAL_CODE_INIT(event, signo, (int)(value), code)
#define SIGEV_SIGNAL_CODE_PTR_INIT	SIGEV_SIGNAL_CODE_INIT
#define SIGEV_SIGNAL_THREAD_INIT(event, signo, value, code) \
	((event)->sigev_notify = SIGEV_SIGNAL_THREAD, (event)->sigev_signo = (signo), \
	 (event)->sigev_code = (short)(code), (void)__SIGEV_VALUE(event, value))
#define SIGEV_SIGNAL_THREAD_INT_INIT(event, signo, value, code) \
	SIGEV_SIGNAL_THREAD_INIT(event, signo, (int)(value), code)
#define SIGEV_SIGNAL_THREAD_PTR_INIT	SIGEV_SIGNAL_THREAD_INIT
#define SIGEV_PULSE_INIT(event, coid, priority, code, value) \
	((event)->sigev_notify = SIGEV_PULSE, (event)->sigev_coid = (coid), \
	 (event)->sigev_priority = (short)(priority), (event)->sigev_code = (short)(code), \
	 (void)__SIGEV_VALUE(event, value))
#define SIGEV_PULSE_INT_INIT(event, coid, priority, code, value) \
	SIGEV_PULSE_INIT(event, coid, priority, code, (int)(value))
#define SIGEV_PULSE_PTR_INIT	SIGEV_PULSE_INIT
#define SIGEV_UNBLOCK_INIT(event) \
	((event)->sigev_notify = SIGEV_UNBLOCK)
#define SIGEV_INTR_INIT(event) \
	((event)->sigev_notify = SIGEV_INTR)
#define SIGEV_THREAD_INIT(event, function, value, attributes) \
	((event)->sigev_notify = SIGEV_THREAD, \
	 (event)->sigev_notify_function = (function), \
	 (event)->sigev_notify_attributes = (attributes), (void)__SIGEV_VALUE(event, value))
#define SIGEV_MEMORY_INIT(event, address, operation, value) \
	((event)->sigev_notify = SIGEV_MEMORY, (event)->sigev_addr = (address), \
	 (event)->sigev_memop = (operation), (void)__SIGEV_VALUE(event, value))

#endif
