/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the kernels qmsg is built for (6.1 … 6.12), and nothing
 * else: what changed, in which version, the shim.
 */
#ifndef QMSG_COMPAT_H
#define QMSG_COMPAT_H

#include <linux/device.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/uio.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "qmsg needs Linux 6.1 or later (TASK_FREEZABLE)"
#endif

/* 6.2 named the directions of an iov_iter. */
#ifndef ITER_SOURCE
#define ITER_SOURCE	1
#define ITER_DEST	0
#endif

/* Kernels clear what is on the stack; not where all of it is written at once, and often. */
#if defined(CONFIG_INIT_STACK_ALL_ZERO) || defined(CONFIG_INIT_STACK_ALL_PATTERN)
#define __qmsg_uninitialized	__attribute__((uninitialized))
#else
#define __qmsg_uninitialized
#endif

/* 6.12 hid struct fd behind an accessor. */
#ifndef fd_file
#define fd_file(f)	((f).file)
#endif

/* 6.12 lets an ordinary task choose its slice; setting the policy anew resets it. */
static inline u64 qmsg_custom_slice(const struct task_struct *task)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return task->se.custom_slice ? task->se.slice : 0;
#else
	return 0;
#endif
}

/* 6.8 took the number away that is added: it is 1. */
static inline void qmsg_eventfd_signal(struct eventfd_ctx *efd)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
	eventfd_signal(efd, 1);
#else
	eventfd_signal(efd);
#endif
}

/* 6.3 made the device const for those who name its file. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
typedef struct device qmsg_const_device;
#else
typedef const struct device qmsg_const_device;
#endif

/* 6.5 took away the splicing into a pipe's own iterator. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define qmsg_splice_read	generic_file_splice_read
#else
#define qmsg_splice_read	copy_splice_read
#endif

/* 6.7 hid the times of an inode behind accessors. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define qmsg_inode_init_ts(inode) \
	((inode)->i_atime = (inode)->i_mtime = (inode)->i_ctime = current_time(inode))
#else
#define qmsg_inode_init_ts	simple_inode_init_ts
#endif

/* Exported, but not declared for all before 6.4. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt, const char *name,
		    unsigned int flags, struct path *path);
#endif

/* 6.3 maps ids by a type of their own; 6.6 wants to know which attributes are asked for. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
typedef struct user_namespace qmsg_idmap;
#else
typedef struct mnt_idmap qmsg_idmap;
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define qmsg_generic_fillattr(idmap, mask, inode, stat)	generic_fillattr(idmap, inode, stat)
#else
#define qmsg_generic_fillattr	generic_fillattr
#endif

/*
 * Whether the current task has a lock, a semaphore as its writer: that nobody but itself changes.
 * PREEMPT_RT makes both of an rt_mutex; elsewhere the owner is in a word with flags, of which
 * bit 0 of a semaphore's says that it is a reader.
 */
#ifdef CONFIG_PREEMPT_RT
#define qmsg_mutex_owner(lock)	((unsigned long)READ_ONCE((lock)->rtmutex.owner) & ~1UL)
#define qmsg_rwsem_owner(sem)	((unsigned long)READ_ONCE((sem)->rwbase.rtmutex.owner) & ~1UL)
#else
#define qmsg_mutex_owner(lock)	((unsigned long)atomic_long_read(&(lock)->owner) & ~7UL)
#define qmsg_rwsem_owner(sem)	((unsigned long)atomic_long_read(&(sem)->owner) & ~2UL)
#endif

static inline bool qmsg_mutex_is_mine(const struct mutex *lock)
{
	return qmsg_mutex_owner(lock) == (unsigned long)current;
}

static inline bool qmsg_rwsem_is_mine(const struct rw_semaphore *sem)
{
	return qmsg_rwsem_owner(sem) == (unsigned long)current;
}

#endif /* QMSG_COMPAT_H */
