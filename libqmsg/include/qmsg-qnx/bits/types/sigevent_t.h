/* SPDX-License-Identifier: MIT */
/*
 * Stands in for glibc's file of this name, so that every prototype of the C library too
 * means this struct: the members of QNX and those of glibc in one. What glibc and the
 * kernel look at lies where they look for it, and there are 64 bytes as they expect.
 */
#ifndef __sigevent_t_defined
#define __sigevent_t_defined 1

#include <bits/types.h>
#include <bits/types/__sigval_t.h>
#include <bits/wordsize.h>

#if __WORDSIZE == 64
#define __SIGEV_PAD_SIZE	12
#else
#define __SIGEV_PAD_SIZE	13
#endif

#ifndef __have_pthread_attr_t
typedef union pthread_attr_t pthread_attr_t;
#define __have_pthread_attr_t	1
#endif

typedef struct sigevent {
	union sigval sigev_value;
	union {
		int sigev_signo;
		int sigev_coid;		/* SIGEV_PULSE */
		int sigev_id;		/* a registered event */
		int sigev_handle;
	};
	int sigev_notify;
	union {
		struct {
			short sigev_code;
			short sigev_priority;
		};
		struct {
			void (*sigev_notify_function)(union sigval);
			pthread_attr_t *sigev_notify_attributes;
		};
		struct {
			void *sigev_addr;
			int sigev_memop;
		};
		union {
			int _pad[__SIGEV_PAD_SIZE];
			__pid_t _tid;	/* SIGEV_THREAD_ID */
		} _sigev_un;
		struct {
			int __sigev_room[__SIGEV_PAD_SIZE - 1];
			int __sigev_mark;	/* see SIGEV_SIGNAL_INIT() */
		};
	};
} sigevent_t;

/* These are also macros in glibc, and programs ask #ifdef. */
#define sigev_notify_function	sigev_notify_function
#define sigev_notify_attributes	sigev_notify_attributes

#endif
