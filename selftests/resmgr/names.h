/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A resource manager with a tree in memory, whose names clients make, remove and move. It may hold
 * whoever does so with a name that begins with "slow", or have an error for him.
 */
#ifndef RESMGR_NAMES_H
#define RESMGR_NAMES_H

#include <dirent.h>
#include <stdio.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "module.h"

#define TOP	"/tmp/qnx"
#define TREE	TOP "/names"
#define OTHER	TOP "/plain"		/* another node: it has no handlers for this */
#define RELEASE	TREE "/release"		/* to look for it lets go of who is held */
#define FORGET	TREE "/forget"		/* likewise: "x" is no more */
#define HELD_MOST	64

struct change {
	rcvid_t rcvid;
	int subtype;
	mode_t mode;
	char path[128], old[128];
};

/* What the tests see of the manager, and tell it. */
struct names {
	atomic_int ready;
	atomic_int asked[16];	/* by subtype */
	atomic_int opened;
	atomic_int parked;
	atomic_int unblocked;
	atomic_int entries;	/* names there are */
	atomic_bool hold;	/* names that begin with "slow" */
	atomic_bool hold_stat;	/* the name "lazy" */
	atomic_int error;	/* instead of doing it */
	struct change last;
	pid_t pid;
};

struct entry {
	iofunc_attr_t attr;	/* first */
	struct entry *next;
	char path[128];
};

static struct names *names;
static struct entry *entries;
static iofunc_attr_t root_attr;
static struct change held[HELD_MOST];

static struct entry *entry_at(const char *path)
{
	struct entry *e;

	for (e = entries; e && strcmp(e->path, path); e = e->next)
		;
	return e;
}

static iofunc_attr_t *attr_at(const char *path)
{
	struct entry *e = entry_at(path);

	return *path ? e ? &e->attr : NULL : &root_attr;
}

static iofunc_attr_t *dir_above(const char *path)
{
	char dir[128] = "";
	const char *slash = strrchr(path, '/');
	iofunc_attr_t *attr;

	if (slash)
		memcpy(dir, path, (size_t)(slash - path));
	attr = attr_at(dir);
	return attr && S_ISDIR(attr->mode) ? attr : NULL;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] == '/';
}

static bool has_entries(const char *path)
{
	struct entry *e;

	for (e = entries; e; e = e->next)
		if (is_below(e->path, path))
			return true;
	return false;
}

static struct entry *entry_add(const char *path, const iofunc_attr_t *attr)
{
	struct entry *e = calloc(1, sizeof(*e));

	iofunc_attr_init(&e->attr, attr->mode, NULL, NULL);
	e->attr.uid = attr->uid;
	e->attr.gid = attr->gid;
	strcpy(e->path, path);
	e->next = entries;
	entries = e;
	names->entries++;
	return e;
}

/* Not freed: somebody may have it open. */
static void entry_remove(const char *path)
{
	struct entry **at = &entries;

	while (*at && strcmp((*at)->path, path))
		at = &(*at)->next;
	if (!*at)
		return;
	*at = (*at)->next;
	names->entries--;
}

static void entry_move(const char *old, const char *path)
{
	char rest[128];
	struct entry *e;

	entry_remove(path);
	for (e = entries; e; e = e->next) {
		if (strcmp(e->path, old) && !is_below(e->path, old))
			continue;
		strcpy(rest, e->path + strlen(old));
		snprintf(e->path, sizeof(e->path), "%.60s%.60s", path, rest);
	}
}

/* Without looking at who it is. */
static int perform(const struct change *c)
{
	iofunc_attr_t attr;

	switch (c->subtype) {
	case _IO_CONNECT_MKNOD:
		if (attr_at(c->path))
			return EEXIST;
		iofunc_attr_init(&attr, c->mode, NULL, NULL);
		entry_add(c->path, &attr);
		return EOK;
	case _IO_CONNECT_UNLINK:
		if (!attr_at(c->path))
			return ENOENT;
		entry_remove(c->path);
		return EOK;
	}
	if (!attr_at(c->old))
		return ENOENT;
	entry_move(c->old, c->path);
	return EOK;
}

static bool is_waiting(rcvid_t rcvid)
{
	struct _msg_info info;

	return MsgInfo(rcvid, &info) != -1 && !(info.flags & _NTO_MI_UNBLOCK_REQ);
}

/* Nothing is done for who does not wait any more. */
static void release(const struct change *c)
{
	int status = is_waiting(c->rcvid) ? perform(c) : EINTR;

	if (status == EOK)
		MsgReply(c->rcvid, 0, NULL, 0);
	else
		MsgError(c->rcvid, status);
}

static void release_all(void)
{
	int i;

	for (i = 0; i < HELD_MOST; i++) {
		if (!held[i].rcvid)
			continue;
		release(&held[i]);
		held[i].rcvid = 0;
		names->parked--;
	}
}

static void park(const struct change *c)
{
	int i;

	for (i = 0; i < HELD_MOST - 1 && held[i].rcvid; i++)
		;
	held[i] = *c;
	names->parked++;
}

static bool is_slow(const char *path)
{
	const char *slash = strrchr(path, '/');

	return !strncmp(slash ? slash + 1 : path, "slow", 4);
}

/* What has come. A status that is not _RESMGR_DEFAULT is the answer. */
static int note(resmgr_context_t *ctp, int subtype, const io_open_t *msg, const char *old)
{
	struct change c = {
		.rcvid = ctp->rcvid, .subtype = subtype, .mode = msg->connect.mode,
	};

	strncpy(c.path, msg->connect.path, sizeof(c.path) - 1);
	if (old)
		strncpy(c.old, old, sizeof(c.old) - 1);
	names->last = c;
	names->asked[subtype]++;
	if (names->error)
		return names->error;
	if (!names->hold || !is_slow(c.path))
		return _RESMGR_DEFAULT;
	park(&c);
	return _RESMGR_NOREPLY;
}

static int names_mknod(resmgr_context_t *ctp, io_mknod_t *msg, RESMGR_HANDLE_T *handle, void *extra)
{
	iofunc_attr_t attr, *dir = dir_above(msg->connect.path);
	int status = note(ctp, _IO_CONNECT_MKNOD, msg, NULL);

	(void)handle;
	if (status != _RESMGR_DEFAULT)
		return status;
	if (!dir)
		return ENOENT;
	if (extra || attr_at(msg->connect.path))
		return extra ? EBADMSG : EEXIST;
	status = iofunc_mknod(ctp, msg, &attr, dir, NULL);
	if (status == EOK)
		entry_add(msg->connect.path, &attr);
	return status;
}

static int names_unlink(resmgr_context_t *ctp, io_unlink_t *msg, RESMGR_HANDLE_T *handle,
			void *extra)
{
	iofunc_attr_t *attr = attr_at(msg->connect.path);
	int status = note(ctp, _IO_CONNECT_UNLINK, msg, NULL);

	(void)handle;
	if (status != _RESMGR_DEFAULT)
		return status;
	if (extra || !attr)
		return extra ? EBADMSG : ENOENT;
	if (S_ISDIR(msg->connect.mode) && has_entries(msg->connect.path))
		return ENOTEMPTY;
	status = iofunc_unlink(ctp, msg, attr, dir_above(msg->connect.path), NULL);
	if (status == EOK)
		entry_remove(msg->connect.path);
	return status;
}

static int names_rename(resmgr_context_t *ctp, io_rename_t *msg, RESMGR_HANDLE_T *handle,
			io_rename_extra_t *extra)
{
	iofunc_attr_t *from = attr_at(extra->path), *to = attr_at(msg->connect.path);
	int status = note(ctp, _IO_CONNECT_RENAME, msg, extra->path);

	(void)handle;
	if (status != _RESMGR_DEFAULT)
		return status;
	if (msg->connect.extra_type != _IO_CONNECT_EXTRA_RENAME ||
	    msg->connect.extra_len != strlen(extra->path) + 1)
		return EBADMSG;
	if (!from || !dir_above(msg->connect.path))
		return ENOENT;
	if (has_entries(msg->connect.path))
		return ENOTEMPTY;
	status = iofunc_rename(ctp, msg, from, dir_above(extra->path), to,
			       dir_above(msg->connect.path), NULL);
	if (status == EOK)
		entry_move(extra->path, msg->connect.path);
	return status;
}

static int names_make(resmgr_context_t *ctp, io_open_t *msg)
{
	iofunc_attr_t attr, *dir = dir_above(msg->connect.path);
	int status;

	if (!dir || !(msg->connect.ioflag & O_CREAT))
		return ENOENT;
	status = iofunc_open(ctp, msg, &attr, dir, NULL);
	if (status != EOK)
		return status;
	attr.mode = S_IFREG | (attr.mode & 07777);
	return iofunc_ocb_attach(ctp, msg, NULL, &entry_add(msg->connect.path, &attr)->attr, NULL);
}

static int names_open(resmgr_context_t *ctp, io_open_t *msg, RESMGR_HANDLE_T *handle, void *extra)
{
	iofunc_attr_t *attr = attr_at(msg->connect.path);
	struct change c = { .rcvid = ctp->rcvid };
	int status;

	(void)handle;
	(void)extra;
	names->opened++;
	if (!strcmp(msg->connect.path, "release"))
		release_all();
	if (!strcmp(msg->connect.path, "forget"))
		entry_remove("x");
	if (names->hold_stat && !strcmp(msg->connect.path, "lazy")) {
		park(&c);
		return _RESMGR_NOREPLY;
	}
	if (!attr)
		return names_make(ctp, msg);
	status = iofunc_open(ctp, msg, attr, NULL, NULL);
	return status == EOK ? iofunc_ocb_attach(ctp, msg, NULL, attr, NULL) : status;
}

/* The @n-th in @dir, or NULL. */
static const char *name_in(const char *dir, off_t n)
{
	size_t len = *dir ? strlen(dir) + 1 : 0;
	struct entry *e;

	for (e = entries; e; e = e->next)
		if ((!len || is_below(e->path, dir)) && !strchr(e->path + len, '/') && !n--)
			return e->path + len;
	return NULL;
}

/* One entry at a time. */
static int names_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	static union {
		struct _io_dirent head;
		char room[160];
	} to;
	const char *dir = (iofunc_attr_t *)ocb->attr == &root_attr ? "" :
			  ((struct entry *)ocb->attr)->path;
	const char *name = name_in(dir, ocb->offset);

	if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_READDIR || !name)
		return _RESMGR_NPARTS(0);
	memset(&to, 0, sizeof(to));
	to.head.d_offset = ocb->offset++;
	to.head.d_namelen = (int16_t)strlen(name);
	to.head.d_reclen = _IO_DIRENT_RECLEN(strlen(name));
	strcpy(to.head.d_name, name);
	_IO_SET_READ_NBYTES(ctp, to.head.d_reclen);
	return _RESMGR_PTR(ctp, &to, (size_t)to.head.d_reclen);
}

static int names_space(resmgr_context_t *ctp, io_space_t *msg, RESMGR_OCB_T *ocb)
{
	(void)ctp;
	ocb->attr->nbytes = (off_t)msg->i.start;
	return EOK;
}

static int names_unblock(resmgr_context_t *ctp, io_pulse_t *msg, RESMGR_HANDLE_T *handle,
			 void *reserved)
{
	struct _msg_info info;
	int i;

	(void)msg;
	(void)handle;
	(void)reserved;
	for (i = 0; i < HELD_MOST && held[i].rcvid != ctp->rcvid; i++)
		;
	if (i == HELD_MOST || MsgInfo(ctp->rcvid, &info) == -1 ||
	    !(info.flags & _NTO_MI_UNBLOCK_REQ))
		return _RESMGR_NOREPLY;
	held[i].rcvid = 0;
	names->parked--;
	names->unblocked++;
	return EINTR;
}

static int be_manager(void *arg)
{
	static resmgr_connect_funcs_t connect, plain;
	static resmgr_io_funcs_t io;
	static iofunc_attr_t plain_attr;
	dispatch_context_t *ctp;
	dispatch_t *dpp = dispatch_create();

	names = arg;
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect, _RESMGR_IO_NFUNCS, &io);
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &plain, 0, NULL);
	plain.open = names_open;
	connect.open = names_open;
	io.read = names_read;
	io.space = names_space;
	connect.mknod = names_mknod;
	connect.unlink = names_unlink;
	connect.rename = names_rename;
	connect.unblock = names_unblock;
	iofunc_attr_init(&root_attr, S_IFDIR | 0755, NULL, NULL);
	iofunc_attr_init(&plain_attr, S_IFDIR | 0777, NULL, NULL);
	if (resmgr_attach(dpp, NULL, "/names", _FTYPE_ANY, _RESMGR_FLAG_DIR, &connect, &io,
			  &root_attr) == -1 ||
	    resmgr_attach(dpp, NULL, "/plain", _FTYPE_ANY, _RESMGR_FLAG_DIR, &plain, &io,
			  &plain_attr) == -1)
		return 1;
	ctp = dispatch_context_alloc(dpp);
	names->ready = 1;
	while ((ctp = dispatch_block(ctp)))
		dispatch_handler(ctp);
	return 1;
}

static inline bool names_start(struct names *n)
{
	n->pid = fork_child(be_manager, n);
	mkdir(TOP, 0755);
	return n->pid > 0 && wait_until(n->ready) && !mount("none", TOP, "qmsgfs", 0, NULL);
}

static inline bool names_unmounted(void)
{
	return !umount(TOP) || errno == EINVAL;
}

static inline int names_end(struct names *n)
{
	kill(n->pid, SIGKILL);
	return reap(n->pid, NULL) ?: wait_until(names_unmounted()) ? 0 : -EBUSY;
}

/* ---- clients: 0 or errno ---- */

static inline int status_of(int ret)
{
	return ret < 0 ? errno : 0;
}

static inline int do_make(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644), err = status_of(fd);

	if (fd >= 0)
		close(fd);
	return err;
}

static inline int do_stat(const char *path)
{
	struct stat st;

	return status_of(stat(path, &st));
}

static inline int do_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = status_of(fd);

	if (fd >= 0)
		close(fd);
	return err;
}

/* The beginning of it. */
static inline int do_list(const char *path)
{
	DIR *dir = opendir(path);
	int err;

	if (!dir)
		return errno;
	errno = 0;
	err = readdir(dir) ? 0 : errno;
	closedir(dir);
	return err;
}

static inline int do_mkdir(const char *path)
{
	return status_of(mkdir(path, 0777));
}

static inline int do_mkfifo(const char *path)
{
	return status_of(mkfifo(path, 0666));
}

static inline int do_mknod(const char *path)
{
	return status_of(mknod(path, S_IFREG | 0666, 0));
}

static inline int do_unlink(const char *path)
{
	return status_of(unlink(path));
}

static inline int do_rmdir(const char *path)
{
	return status_of(rmdir(path));
}

static inline int do_rename(const char *old, const char *path)
{
	return status_of(rename(old, path));
}

static inline int do_move(const char *path)
{
	return do_rename(TREE "/from", path);
}

/* 0: it is nothing */
static inline mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode;
}

/* Each thing there is to do with a name, and what has to be there for it. */
static const struct deed {
	const char *name;
	int subtype;
	int (*call)(const char *path);
	int (*before)(const char *path);
} calls[] = {
	{ "mkdir", _IO_CONNECT_MKNOD, do_mkdir, NULL },
	{ "mkfifo", _IO_CONNECT_MKNOD, do_mkfifo, NULL },
	{ "mknod", _IO_CONNECT_MKNOD, do_mknod, NULL },
	{ "unlink", _IO_CONNECT_UNLINK, do_unlink, do_make },
	{ "rmdir", _IO_CONNECT_UNLINK, do_rmdir, do_mkdir },
	{ "rename", _IO_CONNECT_RENAME, do_move, NULL },
};
#define EACH_CALL(c)	(c) = calls; (c) < calls + ARRAY_SIZE(calls); (c)++

#endif
