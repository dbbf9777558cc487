/* SPDX-License-Identifier: MIT */
/*
 * What the files of the resource manager library share.
 *
 * A dispatch handle (dispatch.c) has a channel, functions for pulses and ranges of messages
 * (message.c), and *links* (attach.c): what resmgr_attach() was given. A client's open of a
 * link that succeeds leaves a *binding* (binding.c): from the connection to an OCB and its
 * functions. handler.c brings messages to them, unblock.c unblock pulses.
 */
#ifndef QMSG_RESMGR_INTERNAL_H
#define QMSG_RESMGR_INTERNAL_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/resmgr.h>

#define QMSG_API __attribute__((visibility("default")))

typedef int message_func(message_context_t *ctp, int code, unsigned flags, void *handle);

/* A range of message types, or one pulse code. */
struct entry {
	struct entry *next;
	int low, high;
	message_func *func;
	void *handle;
};

struct link {
	int id;
	unsigned node;			/* of the kernel, 0: it has no path */
	uint32_t dev;			/* its device number there */
	char *path;			/* NULL: none */
	const resmgr_connect_funcs_t *connect;
	const resmgr_io_funcs_t *io;
	RESMGR_HANDLE_T *handle;
	struct link *next;
	struct link *next_attached;	/* of all handles: attached.c */
};

/* An open file of the kernel's, whoever sends through it; or a connection of a program's. */
struct key {
	int scoid, coid;
};

static inline struct key key_of(const resmgr_context_t *ctp)
{
	if (ctp->info.reserved)
		return (struct key){ .scoid = (int)ctp->info.reserved };
	return (struct key){ .scoid = ctp->info.scoid, .coid = ctp->info.coid };
}

/* Through an open file, but by MsgSend(fd, …): the kernel's own come with the file's scoid. */
static inline bool is_by_hand(const resmgr_context_t *ctp)
{
	return ctp->info.reserved && ctp->info.scoid != (int)ctp->info.reserved;
}

struct binding {
	struct binding *next;
	struct key key;
	int id;
	unsigned refs;			/* the table's, and of who is at work on it */
	uint32_t ioflag;		/* what it was opened for; 0: not known */
	void *ocb;
	const resmgr_io_funcs_t *io;
};

#define BUCKETS	64

typedef int select_func(select_context_t *ctp, int fd, unsigned flags, void *handle);
struct selector;

struct _dispatch {
	/* The first members: name_attach() of libqmsg-qnx calls them. */
	int (*named)(dispatch_t *dpp);
	int (*destroy)(dispatch_t *dpp);

	pthread_mutex_t lock;
	/* Under @lock. */
	int chid;			/* -1: not made yet */
	bool own;			/* it was made here */
	int coid;			/* to it, -1: none */
	int wake_code;			/* of pulses that only wake, -1: none yet */
	struct entry *messages, *pulses, *rest;
	struct link *links;
	bool attached;			/* something was */
	bool resmgr;			/* messages of files are handled */
	size_t msg_max_size;
	unsigned nparts_max;
	uint64_t timeout;		/* ns; 0: none */
	int (*other_func)(resmgr_context_t *ctp, void *msg);
	struct binding *bindings[BUCKETS];
	struct selector *selector;	/* NULL: nothing is watched */
	select_func *server_died;
	void *server_died_handle;
};

/* Plain form of a call that is EOK or an error. */
static inline int success(int error)
{
	if (!error)
		return 0;
	errno = error;
	return -1;
}

/* dispatch.c */
int dispatch_channel(dispatch_t *dpp);		/* a chid or -errno */
int dispatch_self(dispatch_t *dpp);		/* a coid to it, or -errno */
void dispatch_grow(dispatch_t *dpp, size_t msg_max_size, unsigned nparts_max);

/* message.c */
struct entry *entry_find(dispatch_t *dpp, struct entry *const *list, int code,
			 struct entry *copy);
int pulse_code_take(dispatch_t *dpp, message_func *func);

/* attach.c */
int control_ioctl(unsigned long request, void *args);	/* 0 or -errno */
bool link_find(dispatch_t *dpp, int id, struct link *copy);
void links_free(dispatch_t *dpp);

/* attached.c */
void attached_add(struct link *link);
void attached_remove(struct link *link);

/* binding.c */
int binding_add(dispatch_t *dpp, const struct binding *b);
struct binding *binding_get(dispatch_t *dpp, struct key key);
struct binding *binding_take(dispatch_t *dpp, struct key key);
struct binding *binding_take_any(dispatch_t *dpp, int scoid);
void binding_put(resmgr_context_t *ctp, struct binding *b);
void bindings_free(dispatch_t *dpp);

/* notify.c */
bool notify_is_poller(const io_notify_t *msg);
/* select.c */
bool select_server_died(resmgr_context_t *ctp);
void select_end(dispatch_t *dpp);

/* handler.c */
int resmgr_message(resmgr_context_t *ctp);
int resmgr_answer(resmgr_context_t *ctp, rcvid_t rcvid, int ret);
int resmgr_connect(resmgr_context_t *ctp, int subtype);

/* plain.c */
#define MSG_ROOM	256		/* where a message is: for it or for its answer */
_Static_assert(sizeof(resmgr_iomsgs_t) <= MSG_ROOM, "any message");
bool plain_is_stat(const struct _io_combine *msg);
int plain_stat(resmgr_context_t *ctp, struct _io_combine *msg, int ret);
void plain_utime(struct _io_combine *msg);

/* unblock.c */
int resmgr_unblock_pulse(resmgr_context_t *ctp);
int resmgr_disconnect_pulse(resmgr_context_t *ctp);

#endif /* QMSG_RESMGR_INTERNAL_H */
