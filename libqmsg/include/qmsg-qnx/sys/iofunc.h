/* SPDX-License-Identifier: MIT */
/*
 * The POSIX layer of resource managers: attributes of a name, OCBs, and a default handler for
 * each message.
 *
 * A program that extends them says so before it includes this: IOFUNC_ATTR_T, IOFUNC_OCB_T;
 * the struct here is then the first member of its own.
 */
#ifndef QMSG_QNX_SYS_IOFUNC_H
#define QMSG_QNX_SYS_IOFUNC_H

#include <devctl.h>
#include <pthread.h>
#include <sys/cdefs.h>
#include <sys/dispatch.h>
#include <sys/iomsg.h>
#include <sys/resmgr.h>

#ifndef IOFUNC_MOUNT_T
#define IOFUNC_MOUNT_T	struct _iofunc_mount
#endif

struct _iofunc_mount;
struct _iofunc_lock_list;

/* iofunc_attr_t.flags */
#define IOFUNC_ATTR_ATIME		0x0001
#define IOFUNC_ATTR_CTIME		0x0002
#define IOFUNC_ATTR_MTIME		0x0004
#define IOFUNC_ATTR_DIRTY_MODE		0x0008
#define IOFUNC_ATTR_DIRTY_OWNER		0x0010
#define IOFUNC_ATTR_DIRTY_NLINK		0x0020
#define IOFUNC_ATTR_DIRTY_RDEV		0x0040
#define IOFUNC_ATTR_DIRTY_SIZE		0x0080
#define IOFUNC_ATTR_DIRTY_TIME		0x0100
#define IOFUNC_ATTR_DIRTY_MTIME		0x0200
#define IOFUNC_ATTR_PRIVATE		0xffff0000u

/* A named special file. */
#ifndef S_IFNAM
#define S_IFNAM		0050000
#define S_ISNAM(mode)	(((mode) & S_IFMT) == S_IFNAM)
#endif

/**
 * struct _iofunc_attr - one for each name (S10.21)
 * @mount: shared by names, or NULL
 * @flags: IOFUNC_ATTR_*: which times have to be updated, and what has changed
 * @lock_tid: thread that has locked it
 * @lock_count: how often
 * @count: OCBs
 * @rcount: of them, how many may read
 * @wcount: … write
 * @rlocks: read locks
 * @wlocks: write locks
 * @mmap_list: NULL
 * @lock_list: clients that wait for a lock
 * @list: the program's
 * @list_size: the program's
 * @nbytes: size of the file
 * @inode: its number
 * @uid: owner
 * @gid: group
 * @mtime: times
 * @atime: …
 * @ctime: …
 * @mode: type and permissions
 * @nlink: names it has
 * @rdev: device number
 */
typedef struct _iofunc_attr {
	IOFUNC_MOUNT_T *mount;
	uint32_t flags;
	int32_t lock_tid;
	uint16_t lock_count;
	uint16_t count;
	uint16_t rcount;
	uint16_t wcount;
	uint16_t rlocks;
	uint16_t wlocks;
	void *mmap_list;
	struct _iofunc_lock_list *lock_list;
	void *list;
	uint32_t list_size;
	off_t nbytes;
	ino_t inode;
	uid_t uid;
	gid_t gid;
	time_t mtime;
	time_t atime;
	time_t ctime;
	mode_t mode;
	nlink_t nlink;
	dev_t rdev;
	pthread_mutex_t __lock;
} iofunc_attr_t;

/**
 * struct _iofunc_ocb - one for each open (S10.20)
 * @attr: of the name
 * @ioflag: %_IO_FLAG_RD, %_IO_FLAG_WR and O_ flags
 * @offset: where the next read or write begins
 * @sflag: sharing
 * @flags: IOFUNC_OCB_*
 * @reserved: …
 */
typedef struct _iofunc_ocb {
	IOFUNC_ATTR_T *attr;
	int32_t ioflag;
	off_t offset;
	uint16_t sflag;
	uint16_t flags;
	void *reserved;
} iofunc_ocb_t;

#define IOFUNC_OCB_PRIVILEGED	0x0001

#define _IOFUNC_NFUNCS	2

typedef struct _iofunc_funcs {
	unsigned nfuncs;
	IOFUNC_OCB_T *(*ocb_calloc)(resmgr_context_t *ctp, IOFUNC_ATTR_T *attr);
	void (*ocb_free)(IOFUNC_OCB_T *ocb);
} iofunc_funcs_t;

typedef struct _iofunc_mount {
	uint32_t flags;
	uint32_t conf;
	dev_t dev;
	int32_t blocksize;
	iofunc_funcs_t *funcs;
	void *power;
} iofunc_mount_t;

/**
 * struct _iofunc_notify - who wants to be told of a condition; one for each (S10.26)
 * @cnt: the fewest bytes anybody waits for
 * @list: who
 */
typedef struct _iofunc_notify {
	int cnt;
	struct _iofunc_notify_event *list;
} iofunc_notify_t;

#define IOFUNC_NOTIFY_INPUT	0
#define IOFUNC_NOTIFY_OUTPUT	1
#define IOFUNC_NOTIFY_OBAND	2

#define IOFUNC_NOTIFY_INIT(nop) do {						\
	int __i;								\
	for (__i = IOFUNC_NOTIFY_INPUT; __i <= IOFUNC_NOTIFY_OBAND; __i++) {	\
		(nop)[__i].cnt = 0x7fffffff;					\
		(nop)[__i].list = NULL;						\
	}									\
} while (0)

#define IOFUNC_NOTIFY_INPUT_CHECK(nop, count, force) \
	((force) || ((nop)[IOFUNC_NOTIFY_INPUT].list && (count) >= (nop)[IOFUNC_NOTIFY_INPUT].cnt))
#define IOFUNC_NOTIFY_OUTPUT_CHECK(nop, count, force) \
	((force) || ((nop)[IOFUNC_NOTIFY_OUTPUT].list && (count) >= (nop)[IOFUNC_NOTIFY_OUTPUT].cnt))

__BEGIN_DECLS
int iofunc_notify(resmgr_context_t *__ctp, io_notify_t *__msg, iofunc_notify_t *__nop,
		  int __trig, const int *__counts, int *__armed);
void iofunc_notify_trigger(iofunc_notify_t *__nop, int __count, int __index);
void iofunc_notify_remove(resmgr_context_t *__ctp, iofunc_notify_t *__nop);

void iofunc_func_init(unsigned __nconnect, resmgr_connect_funcs_t *__connect, unsigned __nio,
		      resmgr_io_funcs_t *__io);
/* An attribute is the program's own struct, or begins it. */
void iofunc_attr_init(void *__attr, mode_t __mode, void *__dattr, struct _client_info *__info);
int iofunc_attr_lock(void *__attr);
int iofunc_attr_unlock(void *__attr);
int iofunc_attr_trylock(void *__attr);

IOFUNC_OCB_T *iofunc_ocb_calloc(resmgr_context_t *__ctp, IOFUNC_ATTR_T *__attr);
void iofunc_ocb_free(IOFUNC_OCB_T *__ocb);
int iofunc_ocb_attach(resmgr_context_t *__ctp, io_open_t *__msg, void *__ocb, void *__attr,
		      const resmgr_io_funcs_t *__io);
int iofunc_ocb_detach(resmgr_context_t *__ctp, void *__ocb);

int iofunc_client_info(resmgr_context_t *__ctp, int __ioflag, struct _client_info *__info);
int iofunc_check_access(resmgr_context_t *__ctp, const void *__attr, mode_t __check,
			const struct _client_info *__info);
int iofunc_open(resmgr_context_t *__ctp, io_open_t *__msg, void *__attr, void *__dattr,
		struct _client_info *__info);
int iofunc_mknod(resmgr_context_t *__ctp, io_mknod_t *__msg, void *__attr, void *__dattr,
		 struct _client_info *__info);
int iofunc_unlink(resmgr_context_t *__ctp, io_unlink_t *__msg, void *__attr, void *__dattr,
		  struct _client_info *__info);
int iofunc_rename(resmgr_context_t *__ctp, io_rename_t *__msg, void *__oldattr, void *__olddattr,
		  void *__newattr, void *__newdattr, struct _client_info *__info);
int iofunc_read_verify(resmgr_context_t *__ctp, io_read_t *__msg, void *__ocb, int *__nonblock);
int iofunc_write_verify(resmgr_context_t *__ctp, io_write_t *__msg, void *__ocb,
			int *__nonblock);
int iofunc_time_update(void *__attr);
int iofunc_stat(resmgr_context_t *__ctp, void *__attr, struct stat *__stat);
int iofunc_devctl(resmgr_context_t *__ctp, io_devctl_t *__msg, void *__ocb, void *__attr);
int iofunc_lseek(resmgr_context_t *__ctp, io_lseek_t *__msg, void *__ocb, void *__attr);
int iofunc_chmod(resmgr_context_t *__ctp, io_chmod_t *__msg, void *__ocb, void *__attr);
int iofunc_chown(resmgr_context_t *__ctp, io_chown_t *__msg, void *__ocb, void *__attr);
int iofunc_utime(resmgr_context_t *__ctp, io_utime_t *__msg, void *__ocb, void *__attr);
int iofunc_sync_verify(resmgr_context_t *__ctp, io_sync_t *__msg, void *__ocb);
int iofunc_close_ocb(resmgr_context_t *__ctp, void *__ocb, void *__attr);
int iofunc_close_dup(resmgr_context_t *__ctp, io_close_t *__msg, void *__ocb, void *__attr);
int iofunc_unblock(resmgr_context_t *__ctp, void *__attr);

int iofunc_open_default(resmgr_context_t *__ctp, io_open_t *__msg, RESMGR_HANDLE_T *__attr,
			void *__extra);
int iofunc_read_default(resmgr_context_t *__ctp, io_read_t *__msg, IOFUNC_OCB_T *__ocb);
int iofunc_write_default(resmgr_context_t *__ctp, io_write_t *__msg, IOFUNC_OCB_T *__ocb);
int iofunc_close_ocb_default(resmgr_context_t *__ctp, void *__reserved, IOFUNC_OCB_T *__ocb);
int iofunc_close_dup_default(resmgr_context_t *__ctp, io_close_t *__msg, IOFUNC_OCB_T *__ocb);
int iofunc_stat_default(resmgr_context_t *__ctp, io_stat_t *__msg, IOFUNC_OCB_T *__ocb);
int iofunc_devctl_default(resmgr_context_t *__ctp, io_devctl_t *__msg, IOFUNC_OCB_T *__ocb);
int iofunc_unblock_default(resmgr_context_t *__ctp, io_pulse_t *__msg, IOFUNC_OCB_T *__ocb);
int iofunc_lseek_default(resmgr_context_t *__ctp, io_lseek_t *__msg, IOFUNC_OCB_T *__ocb);
int iofunc_chmod_default(resmgr_context_t *__ctp, io_chmod_t *__msg, IOFUNC_OCB_T *__ocb);
int iofunc_chown_default(resmgr_context_t *__ctp, io_chown_t *__msg, IOFUNC_OCB_T *__ocb);
int iofunc_utime_default(resmgr_context_t *__ctp, io_utime_t *__msg, IOFUNC_OCB_T *__ocb);
int iofunc_sync_default(resmgr_context_t *__ctp, io_sync_t *__msg, IOFUNC_OCB_T *__ocb);
int iofunc_lock_ocb_default(resmgr_context_t *__ctp, void *__reserved, IOFUNC_OCB_T *__ocb);
int iofunc_unlock_ocb_default(resmgr_context_t *__ctp, void *__reserved, IOFUNC_OCB_T *__ocb);
__END_DECLS

#endif
