/* SPDX-License-Identifier: MIT */
/*
 * Dispatch: one loop for messages to resource managers, other messages and pulses; pools of
 * threads that run it. And names: name_attach(3).
 */
#ifndef QMSG_QNX_SYS_DISPATCH_H
#define QMSG_QNX_SYS_DISPATCH_H

#include <pthread.h>
#include <signal.h>
#include <sys/cdefs.h>
#include <sys/resmgr.h>
#include <sys/types.h>
#include <time.h>

/*
 * A context is what one thread receives with: dispatch_context_alloc(3). Of the parts of the
 * union each handler knows its own.
 */
typedef resmgr_context_t message_context_t;

typedef struct _select_context {
	rcvid_t rcvid;
	struct _msg_info info;
	resmgr_iomsgs_t *msg;
	dispatch_t *dpp;
	int fd;
} select_context_t;

union _dispatch_context {
	resmgr_context_t resmgr_context;
	message_context_t message_context;
	select_context_t select_context;
};
typedef union _dispatch_context dispatch_context_t;

/* dispatch_create_channel() */
#define DISPATCH_FLAG_NOLOCK	0x01
#define DISPATCH_CHANNEL_NOFLAGS	0

/**
 * struct _message_attr - limits of message_attach()
 * @flags: 0
 * @nparts_max: parts of a context's iov
 * @msg_max_size: of a context's buffer
 */
typedef struct _message_attr {
	unsigned flags;
	unsigned nparts_max;
	size_t msg_max_size;
} message_attr_t;

/* No limits are known yet: NULL does. */
typedef struct _select_attr {
	unsigned flags;
} select_attr_t;

/*
 * select_attach(): what a descriptor is to be ready for, and is. It is watched on, unless NOREARM
 * is set; SRVEXCEPT, without a descriptor, stands for servers that have gone.
 */
#define SELECT_FLAG_READ	0x10000000
#define SELECT_FLAG_WRITE	0x20000000
#define SELECT_FLAG_EXCEPT	0x40000000
#define SELECT_FLAG_REARM	0x0001
#define SELECT_FLAG_SRVEXCEPT	0x0002
#define SELECT_FLAG_NOREARM	0x0004

#define MSG_FLAG_ALLOC_PULSE		0x02
#define MSG_FLAG_DEFAULT_FUNC		0x100
#define MSG_FLAG_SIDE_CHANNEL		0x200
#define MSG_FLAG_CROSS_ENDIAN		0x400

/* A pool's functions take what the program says, if it does so before it includes this. */
#ifndef THREAD_POOL_PARAM_T
#define THREAD_POOL_PARAM_T	resmgr_context_t
#endif
#ifndef THREAD_POOL_HANDLE_T
#define THREAD_POOL_HANDLE_T	dispatch_t
#endif

/**
 * struct _thread_pool_attr - thread_pool_create(3)
 * @handle: for @context_alloc
 * @block_func: waits; returns the context, or NULL
 * @unblock_func: ends a wait
 * @handler_func: handles what @block_func has returned
 * @context_alloc: makes a thread's context
 * @context_free: …
 * @attr: of the threads
 * @lo_water: at least as many wait
 * @increment: how many are made at a time
 * @hi_water: at most as many wait
 * @maximum: at most as many there are
 */
typedef struct _thread_pool_attr {
	THREAD_POOL_HANDLE_T *handle;
	THREAD_POOL_PARAM_T *(*block_func)(THREAD_POOL_PARAM_T *ctp);
	void (*unblock_func)(THREAD_POOL_PARAM_T *ctp);
	int (*handler_func)(THREAD_POOL_PARAM_T *ctp);
	THREAD_POOL_PARAM_T *(*context_alloc)(THREAD_POOL_HANDLE_T *handle);
	void (*context_free)(THREAD_POOL_PARAM_T *ctp);
	pthread_attr_t *attr;
	unsigned short lo_water;
	unsigned short increment;
	unsigned short hi_water;
	unsigned short maximum;
	const char *tid_name;
	unsigned reserved[8];
} thread_pool_attr_t;

typedef struct _thread_pool thread_pool_t;

#define POOL_FLAG_EXIT_SELF	0x01
#define POOL_FLAG_USE_SELF	0x02

#define THREAD_POOL_CONTROL_LO_WATER	0x01
#define THREAD_POOL_CONTROL_INCREMENT	0x02
#define THREAD_POOL_CONTROL_HI_WATER	0x04
#define THREAD_POOL_CONTROL_MAXIMUM	0x08

/**
 * typedef name_attach_t - a name and its channel
 * @dpp: NULL
 * @chid: the channel to receive on
 * @mntid: an id of the name
 * @zero: 0
 */
typedef struct _name_attach {
	dispatch_t *dpp;
	int chid;
	int mntid;
	int zero[2];
} name_attach_t;

/* name_attach(), name_open() */
#define NAME_FLAG_ATTACH_GLOBAL		0x02

/* name_detach(): the channel stays */
#define NAME_FLAG_DETACH_SAVEDPP	0x01

__BEGIN_DECLS
dispatch_t *dispatch_create(void);
dispatch_t *dispatch_create_channel(int __chid, unsigned __flags);
int dispatch_destroy(dispatch_t *__dpp);
int dispatch_timeout(dispatch_t *__dpp, struct timespec *__reltime);
dispatch_context_t *dispatch_context_alloc(dispatch_t *__dpp);
void dispatch_context_free(dispatch_context_t *__ctp);
dispatch_context_t *dispatch_block(dispatch_context_t *__ctp);
void dispatch_unblock(dispatch_context_t *__ctp);
int dispatch_handler(dispatch_context_t *__ctp);

int message_attach(dispatch_t *__dpp, message_attr_t *__attr, int __low, int __high,
		   int (*__func)(message_context_t *__ctp, int __code, unsigned __flags,
				 void *__handle), void *__handle);
int message_detach(dispatch_t *__dpp, int __low, int __high, int __flags);
int message_connect(dispatch_t *__dpp, int __flags);
int pulse_attach(dispatch_t *__dpp, int __flags, int __code,
		 int (*__func)(message_context_t *__ctp, int __code, unsigned __flags,
			       void *__handle), void *__handle);
int pulse_detach(dispatch_t *__dpp, int __code, int __flags);
int select_attach(dispatch_t *__dpp, select_attr_t *__attr, int __fd, unsigned __flags,
		  int (*__func)(select_context_t *__ctp, int __fd, unsigned __flags,
				void *__handle), void *__handle);
int select_detach(dispatch_t *__dpp, int __fd);

thread_pool_t *thread_pool_create(thread_pool_attr_t *__attr, unsigned __flags);
int thread_pool_start(void *__pool);
int thread_pool_destroy(thread_pool_t *__pool);
int thread_pool_control(thread_pool_t *__pool, thread_pool_attr_t *__attr, uint16_t __lower,
			uint16_t __upper, unsigned __flags);
int thread_pool_limits(thread_pool_t *__pool, int __lowater, int __hiwater, int __maximum,
		       int __increment, unsigned __flags);

name_attach_t *name_attach(dispatch_t *__dpp, const char *__path, unsigned __flags);
int name_detach(name_attach_t *__attach, unsigned __flags);
int name_open(const char *__name, int __flags);
int name_close(int __coid);
__END_DECLS

#endif
