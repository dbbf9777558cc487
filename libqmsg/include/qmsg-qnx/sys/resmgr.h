/* SPDX-License-Identifier: MIT */
/*
 * Resource managers: resmgr_attach(3), and the tables of functions that it is given.
 *
 * What a program calls its handles and OCBs it says before it includes this: RESMGR_HANDLE_T,
 * RESMGR_OCB_T, or IOFUNC_ATTR_T and IOFUNC_OCB_T for both layers at once.
 */
#ifndef QMSG_QNX_SYS_RESMGR_H
#define QMSG_QNX_SYS_RESMGR_H

#include <pthread.h>
#include <sys/cdefs.h>
#include <sys/iomgr.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <utime.h>

struct _iofunc_attr;
struct _iofunc_ocb;

#ifndef IOFUNC_ATTR_T
#define IOFUNC_ATTR_T	struct _iofunc_attr
#endif
#ifndef IOFUNC_OCB_T
#define IOFUNC_OCB_T	struct _iofunc_ocb
#endif
#ifndef RESMGR_HANDLE_T
#define RESMGR_HANDLE_T	IOFUNC_ATTR_T
#endif
#ifndef RESMGR_OCB_T
#define RESMGR_OCB_T	IOFUNC_OCB_T
#endif

typedef struct _dispatch dispatch_t;

/* Every message there is; a context's buffer may be longer. */
typedef union _resmgr_iomsgs {
	uint16_t type;
	struct _pulse pulse;
	struct _io_connect connect;
	io_open_t open;
	io_read_t read;
	io_write_t write;
	io_lseek_t lseek;
	io_stat_t stat;
	io_notify_t notify;
	io_devctl_t devctl;
	io_chmod_t chmod;
	io_chown_t chown;
	io_utime_t utime;
	io_pathconf_t pathconf;
	io_sync_t sync;
	io_space_t space;
	io_lock_t lock;
	io_close_t close;
	io_msg_t msg;
	io_openfd_t openfd;
	io_fdinfo_t fdinfo;
	io_mmap_t mmap;
	io_shutdown_t shutdown;
	io_dup_t dup;
} resmgr_iomsgs_t;

/**
 * struct _resmgr_context - what a handler is given (S10.19)
 * @rcvid: of the message, 0 for a pulse
 * @info: about it
 * @msg: the buffer it was received into
 * @dpp: the dispatch handle
 * @id: of the resmgr_attach() that it is for
 * @tid: 0
 * @msg_max_size: room in @msg
 * @status: what MsgReply() is called with
 * @offset: in the client's message, where the one that is handled begins
 * @size: of it, where handlers of several messages count it
 * @extra: what follows the path of a connect message, or NULL
 * @iov: for the reply: _RESMGR_NPARTS()
 */
typedef struct _resmgr_context {
	rcvid_t rcvid;
	struct _msg_info info;
	resmgr_iomsgs_t *msg;
	dispatch_t *dpp;
	int id;
	int tid;
	size_t msg_max_size;
	long status;
	size_t offset;
	size_t size;
	void *extra;
	iov_t iov[1];
} resmgr_context_t;

/* What a handler returns (S10.17): an error, or one of these. */
#define _RESMGR_NOREPLY		((int)0x80000000)
#define _RESMGR_DEFAULT		((int)0x80000001)
#define _RESMGR_NPARTS(n)	(-(int)(n))
#define _RESMGR_ERRNO(error)	(error)
#define _RESMGR_PTR(ctp, addr, nbytes) \
	(SETIOV((ctp)->iov, addr, nbytes), _RESMGR_NPARTS(1))
#define _RESMGR_STATUS(ctp, s)	((ctp)->status = (s))
#define _RESMGR_CONNECT_NFUNCS	8
#define _RESMGR_IO_NFUNCS	29

/* resmgr_attach() */
#define _RESMGR_FLAG_BEFORE	0x0001
#define _RESMGR_FLAG_AFTER	0x0002
#define _RESMGR_FLAG_OPAQUE	0x0004
#define _RESMGR_FLAG_FTYPEONLY	0x0008
#define _RESMGR_FLAG_FTYPEALL	0x0010
#define _RESMGR_FLAG_DIR	0x0100
#define _RESMGR_FLAG_SELF	0x0200

/* resmgr_detach() */
#define _RESMGR_DETACH_ALL	0x0000
#define _RESMGR_DETACH_PATHNAME	0x0001
#define _RESMGR_DETACH_CLOSE	0x8000

/* resmgr_pathname(): not as the network knows it */
#define RESMGR_PATHNAME_LOCALPATH	0x0001

/* resmgr_attr_t.flags */
#define RESMGR_FLAG_ATTACH_LOCAL	0x0002
#define RESMGR_FLAG_ATTACH_OTHERFUNC	0x0004
#define RESMGR_FLAG_CROSS_ENDIAN	0x0008
#define RESMGR_FLAG_RCM			0x0010

/**
 * struct _resmgr_attr - limits of resmgr_attach()
 * @flags: RESMGR_FLAG_*; OTHERFUNC has an effect
 * @nparts_max: parts of a context's iov, at least one
 * @msg_max_size: of a context's buffer
 * @other_func: called for what nobody else handles
 */
typedef struct _resmgr_attr {
	unsigned flags;
	unsigned nparts_max;
	size_t msg_max_size;
	int (*other_func)(resmgr_context_t *ctp, void *msg);
	unsigned reserved[4];
} resmgr_attr_t;

/* What a path is asked. The order, and that the number comes first, are QNX's (10.4). */
typedef struct _resmgr_connect_funcs {
	unsigned nfuncs;
	int (*open)(resmgr_context_t *ctp, io_open_t *msg, RESMGR_HANDLE_T *handle, void *extra);
	int (*unlink)(resmgr_context_t *ctp, io_unlink_t *msg, RESMGR_HANDLE_T *handle,
		      void *reserved);
	int (*rename)(resmgr_context_t *ctp, io_rename_t *msg, RESMGR_HANDLE_T *handle,
		      io_rename_extra_t *extra);
	int (*mknod)(resmgr_context_t *ctp, io_mknod_t *msg, RESMGR_HANDLE_T *handle,
		     void *reserved);
	int (*readlink)(resmgr_context_t *ctp, io_readlink_t *msg, RESMGR_HANDLE_T *handle,
			void *reserved);
	int (*link)(resmgr_context_t *ctp, io_link_t *msg, RESMGR_HANDLE_T *handle, void *extra);
	int (*unblock)(resmgr_context_t *ctp, io_pulse_t *msg, RESMGR_HANDLE_T *handle,
		       void *reserved);
	int (*mount)(resmgr_context_t *ctp, io_mount_t *msg, RESMGR_HANDLE_T *handle,
		     void *extra);
} resmgr_connect_funcs_t;

/* What an open file is asked. */
typedef struct _resmgr_io_funcs {
	unsigned nfuncs;
	int (*read)(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb);
	int (*write)(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb);
	int (*close_ocb)(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb);
	int (*stat)(resmgr_context_t *ctp, io_stat_t *msg, RESMGR_OCB_T *ocb);
	int (*notify)(resmgr_context_t *ctp, io_notify_t *msg, RESMGR_OCB_T *ocb);
	int (*devctl)(resmgr_context_t *ctp, io_devctl_t *msg, RESMGR_OCB_T *ocb);
	int (*unblock)(resmgr_context_t *ctp, io_pulse_t *msg, RESMGR_OCB_T *ocb);
	int (*pathconf)(resmgr_context_t *ctp, io_pathconf_t *msg, RESMGR_OCB_T *ocb);
	int (*lseek)(resmgr_context_t *ctp, io_lseek_t *msg, RESMGR_OCB_T *ocb);
	int (*chmod)(resmgr_context_t *ctp, io_chmod_t *msg, RESMGR_OCB_T *ocb);
	int (*chown)(resmgr_context_t *ctp, io_chown_t *msg, RESMGR_OCB_T *ocb);
	int (*utime)(resmgr_context_t *ctp, io_utime_t *msg, RESMGR_OCB_T *ocb);
	int (*openfd)(resmgr_context_t *ctp, io_openfd_t *msg, RESMGR_OCB_T *ocb);
	int (*fdinfo)(resmgr_context_t *ctp, io_fdinfo_t *msg, RESMGR_OCB_T *ocb);
	int (*lock)(resmgr_context_t *ctp, io_lock_t *msg, RESMGR_OCB_T *ocb);
	int (*space)(resmgr_context_t *ctp, io_space_t *msg, RESMGR_OCB_T *ocb);
	int (*shutdown)(resmgr_context_t *ctp, io_shutdown_t *msg, RESMGR_OCB_T *ocb);
	int (*mmap)(resmgr_context_t *ctp, io_mmap_t *msg, RESMGR_OCB_T *ocb);
	int (*msg)(resmgr_context_t *ctp, io_msg_t *msg, RESMGR_OCB_T *ocb);
	int (*reserved)(resmgr_context_t *ctp, void *msg, RESMGR_OCB_T *ocb);
	int (*dup)(resmgr_context_t *ctp, io_dup_t *msg, RESMGR_OCB_T *ocb);
	int (*close_dup)(resmgr_context_t *ctp, io_close_t *msg, RESMGR_OCB_T *ocb);
	int (*lock_ocb)(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb);
	int (*unlock_ocb)(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb);
	int (*sync)(resmgr_context_t *ctp, io_sync_t *msg, RESMGR_OCB_T *ocb);
	int (*power)(resmgr_context_t *ctp, io_power_t *msg, RESMGR_OCB_T *ocb);
	int (*acl)(resmgr_context_t *ctp, io_acl_t *msg, RESMGR_OCB_T *ocb);
	int (*pause)(resmgr_context_t *ctp, io_pause_t *msg, RESMGR_OCB_T *ocb);
	int (*unpause)(resmgr_context_t *ctp, io_unpause_t *msg, RESMGR_OCB_T *ocb);
} resmgr_io_funcs_t;

/**
 * struct _resmgr_waiter - a client that waits for its answer
 * @next: the library's
 * @rcvid: to answer
 * @scoid: of whom, together with @coid
 * @coid: …
 * @nbytes: that it wants
 * @data: the program's
 */
typedef struct _resmgr_waiter {
	struct _resmgr_waiter *next;
	rcvid_t rcvid;
	int scoid;
	int coid;
	size_t nbytes;
	void *data;
} resmgr_waiter_t;

/**
 * struct _resmgr_waiters - clients that wait, and the lock for them; not of QNX
 * @first: the one that has waited longest
 *
 * resmgr_waiters_lock() is for a program that decides by something of its own whether a client
 * waits: the calls may be made with the lock or without.
 */
typedef struct _resmgr_waiters {
	resmgr_waiter_t *first;
	pthread_mutex_t __lock;
} resmgr_waiters_t;

__BEGIN_DECLS
int resmgr_attach(dispatch_t *__dpp, resmgr_attr_t *__attr, const char *__path,
		  enum _file_type __type, unsigned __flags,
		  const resmgr_connect_funcs_t *__connect, const resmgr_io_funcs_t *__io,
		  RESMGR_HANDLE_T *__handle);
int resmgr_detach(dispatch_t *__dpp, int __id, unsigned __flags);
int resmgr_open_bind(resmgr_context_t *__ctp, void *__ocb, const resmgr_io_funcs_t *__io);
int resmgr_unbind(resmgr_context_t *__ctp);
ssize_t resmgr_msgread(resmgr_context_t *__ctp, void *__msg, size_t __size, size_t __offset);
ssize_t resmgr_msgreadv(resmgr_context_t *__ctp, const iov_t *__iov, size_t __parts,
			size_t __offset);
ssize_t resmgr_msgget(resmgr_context_t *__ctp, void *__msg, size_t __size, size_t __offset);
ssize_t resmgr_msggetv(resmgr_context_t *__ctp, const iov_t *__iov, size_t __parts,
		       size_t __offset);
ssize_t resmgr_msgwrite(resmgr_context_t *__ctp, const void *__msg, size_t __size,
			size_t __offset);
ssize_t resmgr_msgwritev(resmgr_context_t *__ctp, const iov_t *__iov, size_t __parts,
			 size_t __offset);
int resmgr_msgreply(resmgr_context_t *__ctp, const void *__msg, size_t __size);
int resmgr_msg_again(resmgr_context_t *__ctp, rcvid_t __rcvid);
resmgr_context_t *resmgr_context_alloc(dispatch_t *__dpp);
void resmgr_context_free(resmgr_context_t *__ctp);
resmgr_context_t *resmgr_block(resmgr_context_t *__ctp);
void resmgr_unblock(resmgr_context_t *__ctp);
int resmgr_handler(resmgr_context_t *__ctp);
int resmgr_pathname(int __id, unsigned __flags, char *__path, int __maxbuf);
int resmgr_devino(int __id, dev_t *__dev, ino_t *__ino);
int resmgr_handle_tune(int __min_handles, int __min_clients, int __max_client_handles);
int resmgr_handle_grow(int __handles, int __clients);

/* Not of QNX: see struct _resmgr_waiters. */
int resmgr_waiters_init(resmgr_waiters_t *__w);
int resmgr_waiters_lock(resmgr_waiters_t *__w);
int resmgr_waiters_unlock(resmgr_waiters_t *__w);
int resmgr_waiters_park(resmgr_waiters_t *__w, resmgr_context_t *__ctp, size_t __nbytes,
			void *__data);
int resmgr_waiters_take(resmgr_waiters_t *__w, resmgr_waiter_t *__copy);
int resmgr_waiters_unblock(resmgr_waiters_t *__w, resmgr_context_t *__ctp);
int resmgr_waiters_close(resmgr_waiters_t *__w, resmgr_context_t *__ctp, int __error);
__END_DECLS

#endif
