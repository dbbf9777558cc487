/* SPDX-License-Identifier: MIT */
/*
 * Names: name_attach(3).
 */
#ifndef QMSG_QNX_SYS_DISPATCH_H
#define QMSG_QNX_SYS_DISPATCH_H

#include <pthread.h>
#include <signal.h>
#include <sys/cdefs.h>
#include <sys/resmgr.h>
#include <sys/types.h>
#include <time.h>

typedef struct _dispatch dispatch_t;

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
name_attach_t *name_attach(dispatch_t *__dpp, const char *__path, unsigned __flags);
int name_detach(name_attach_t *__attach, unsigned __flags);
int name_open(const char *__name, int __flags);
int name_close(int __coid);
__END_DECLS

#endif
