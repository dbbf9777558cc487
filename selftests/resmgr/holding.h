/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A resource manager that holds its clients at a chosen message, for as long as it lives or until
 * they want to leave; and a client for each kind of message.
 */
#ifndef RESMGR_HOLDING_H
#define RESMGR_HOLDING_H

#include <devctl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "module.h"

#define TOP		"/tmp/held"
#define HELD		"/dev/held"
#define FILE_NODE	"/held"			/* a regular file, which is in mounts only */
#define IN_MOUNT	TOP FILE_NODE
#define HELD_GET	__DIOF(_DCMD_MISC, 7, int)
#define HELD_MOST	256

enum point {
	AT_NONE, AT_OPEN, AT_READ, AT_WRITE, AT_LSEEK, AT_DEVCTL, AT_SYNC, AT_CLOSE, AT_STAT,
	AT_CHMOD, AT_CHOWN, AT_UTIME, AT_SPACE, AT_NOTIFY, POINTS,
};

/* What the test sees of it. */
struct holding {
	enum point point;		/* set before it starts */
	bool lets_go;			/* of whom wants to leave */
	bool holds_once;		/* only the first that comes there */
	bool drops;			/* whom it has held, with the next open */

	atomic_int ready;
	atomic_int held, at[POINTS];
	atomic_int unblocked;
	atomic_int opened, closed;
	pid_t pid;
};

static struct holding *holding;
static rcvid_t held[HELD_MOST];
static iofunc_notify_t held_pollers[3];

static bool hold(const resmgr_context_t *ctp, enum point point)
{
	int n = holding->at[point]++;

	if (holding->point != point || (holding->holds_once && n))
		return false;
	held[holding->held % HELD_MOST] = ctp->rcvid;
	holding->held++;
	return true;
}

/* A handler that holds, or does what is done by default. */
#define HELD_HANDLER(name, POINT, type, otherwise)					\
static int held_##name(resmgr_context_t *ctp, type *msg, RESMGR_OCB_T *ocb)		\
{											\
	return hold(ctp, POINT) ? _RESMGR_NOREPLY : otherwise(ctp, msg, ocb);		\
}

static inline int held_get(resmgr_context_t *ctp, io_devctl_t *msg, RESMGR_OCB_T *ocb)
{
	int *value = _DEVCTL_DATA(msg->i);

	(void)ocb;
	if (msg->i.dcmd != (int)HELD_GET)
		return ENOSYS;
	memset(&msg->o, 0, sizeof(msg->o));
	*value = 42;
	msg->o.nbytes = sizeof(*value);
	return _RESMGR_PTR(ctp, &msg->o, sizeof(msg->o) + sizeof(*value));
}

static inline int held_nothing(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	static const char text[] = "held";
	int status = iofunc_read_verify(ctp, msg, ocb, NULL);
	int n = msg->i.nbytes < (int)sizeof(text) - 1 ? msg->i.nbytes : (int)sizeof(text) - 1;

	if (status != EOK)
		return status;
	return MsgReply(ctp->rcvid, n, text, n) == -1 ? errno : _RESMGR_NOREPLY;
}

static inline int held_all(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb)
{
	int status = iofunc_write_verify(ctp, msg, ocb, NULL);

	if (status != EOK)
		return status;
	_IO_SET_WRITE_NBYTES(ctp, msg->i.nbytes);
	return EOK;
}

static inline int held_done(resmgr_context_t *ctp, void *msg, RESMGR_OCB_T *ocb)
{
	(void)ctp;
	(void)msg;
	(void)ocb;
	return EOK;
}

static inline int held_poll(resmgr_context_t *ctp, io_notify_t *msg, RESMGR_OCB_T *ocb)
{
	(void)ocb;
	return iofunc_notify(ctp, msg, held_pollers, _NOTIFY_COND_INPUT | _NOTIFY_COND_OUTPUT, NULL,
			     NULL);
}

HELD_HANDLER(waiting_read, AT_READ, io_read_t, held_nothing)

/* Who does not want to wait is not held: io_uring tries that first, in the task itself. */
static int held_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	if (holding->point == AT_READ && msg->i.xtype & _IO_XFLAG_NONBLOCK)
		return EAGAIN;
	return held_waiting_read(ctp, msg, ocb);
}

HELD_HANDLER(write, AT_WRITE, io_write_t, held_all)
HELD_HANDLER(lseek, AT_LSEEK, io_lseek_t, iofunc_lseek_default)
HELD_HANDLER(devctl, AT_DEVCTL, io_devctl_t, held_get)
HELD_HANDLER(sync, AT_SYNC, io_sync_t, held_done)
HELD_HANDLER(close_dup, AT_CLOSE, io_close_t, iofunc_close_dup_default)
HELD_HANDLER(stat, AT_STAT, io_stat_t, iofunc_stat_default)
HELD_HANDLER(chmod, AT_CHMOD, io_chmod_t, iofunc_chmod_default)
HELD_HANDLER(chown, AT_CHOWN, io_chown_t, iofunc_chown_default)
HELD_HANDLER(utime, AT_UTIME, io_utime_t, iofunc_utime_default)
HELD_HANDLER(space, AT_SPACE, io_space_t, held_done)
HELD_HANDLER(notify, AT_NOTIFY, io_notify_t, held_poll)

/* Also of whom nobody waits any more: only then is its file closed (S1.14). */
static inline void drop_all(void)
{
	int i;

	for (i = 0; i < HELD_MOST; i++) {
		if (held[i])
			MsgError(held[i], EINTR);
		held[i] = 0;
	}
}

static int held_open(resmgr_context_t *ctp, io_open_t *msg, RESMGR_HANDLE_T *handle, void *extra)
{
	int status;

	if (holding->drops)
		drop_all();
	if (hold(ctp, AT_OPEN))
		return _RESMGR_NOREPLY;
	status = iofunc_open_default(ctp, msg, handle, extra);
	holding->opened += status == EOK;
	return status;
}

static int held_close(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb)
{
	holding->closed++;
	return iofunc_close_ocb_default(ctp, reserved, ocb);
}

static int let_go(resmgr_context_t *ctp)
{
	struct _msg_info info;
	int i;

	for (i = 0; i < HELD_MOST && held[i] != ctp->rcvid; i++)
		;
	if (!holding->lets_go || i == HELD_MOST || MsgInfo(ctp->rcvid, &info) == -1 ||
	    !(info.flags & _NTO_MI_UNBLOCK_REQ))
		return _RESMGR_NOREPLY;
	held[i] = 0;
	holding->unblocked++;
	return MsgError(ctp->rcvid, -1) == -1 ? errno : _RESMGR_NOREPLY;
}

static int held_unblock(resmgr_context_t *ctp, io_pulse_t *msg, RESMGR_OCB_T *ocb)
{
	int status = iofunc_unblock_default(ctp, msg, ocb);

	return status != _RESMGR_DEFAULT ? status : let_go(ctp);
}

static int held_open_unblock(resmgr_context_t *ctp, io_pulse_t *msg, RESMGR_HANDLE_T *handle,
			     void *reserved)
{
	(void)msg;
	(void)handle;
	(void)reserved;
	return let_go(ctp);
}

static void held_functions(resmgr_connect_funcs_t *connect, resmgr_io_funcs_t *io)
{
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, connect, _RESMGR_IO_NFUNCS, io);
	connect->open = held_open;
	connect->unblock = held_open_unblock;
	io->read = held_read;
	io->write = held_write;
	io->lseek = held_lseek;
	io->devctl = held_devctl;
	io->sync = held_sync;
	io->close_dup = held_close_dup;
	io->close_ocb = held_close;
	io->stat = held_stat;
	io->chmod = held_chmod;
	io->chown = held_chown;
	io->utime = held_utime;
	io->space = held_space;
	io->notify = held_notify;
	io->unblock = held_unblock;
}

static int be_holding(void *arg)
{
	static resmgr_connect_funcs_t connect;
	static resmgr_io_funcs_t io;
	static iofunc_attr_t attr;
	dispatch_context_t *ctp;
	dispatch_t *dpp = dispatch_create();

	holding = arg;
	IOFUNC_NOTIFY_INIT(held_pollers);
	held_functions(&connect, &io);
	iofunc_attr_init(&attr, S_IFREG | 0666, NULL, NULL);
	if (resmgr_attach(dpp, NULL, FILE_NODE, _FTYPE_FILE, 0, &connect, &io, &attr) == -1 ||
	    resmgr_attach(dpp, NULL, HELD, _FTYPE_ANY, 0, &connect, &io, &attr) == -1) {
		perror("resmgr_attach");
		return 1;
	}
	ctp = dispatch_context_alloc(dpp);
	holding->ready = 1;
	while ((ctp = dispatch_block(ctp)))
		dispatch_handler(ctp);
	return 1;
}

static inline bool holding_start(struct holding *h)
{
	h->pid = fork_child(be_holding, h);
	return h->pid > 0 && wait_until(h->ready);
}

static inline int holding_end(struct holding *h)
{
	int ret = h->pid > 0 ? kill(h->pid, SIGKILL) ?: reap(h->pid, NULL) : 0;

	h->pid = 0;
	return ret;
}

static inline int holding_mount(void)
{
	mkdir(TOP, 0755);
	return mount("none", TOP, "qmsgfs", 0, NULL) ? -errno : 0;
}

static inline bool holding_unmounted(void)
{
	return !umount(TOP) || errno == EINVAL;
}

/* ---- clients: each does what comes to its point, and that only ---- */

static int do_open(int fd)
{
	int other = open(HELD, O_RDWR | O_CLOEXEC);

	(void)fd;
	if (other >= 0)
		close(other);
	return other < 0 ? -1 : 0;
}

static int do_read(int fd)
{
	char text[16];

	return read(fd, text, sizeof(text)) == 4 ? 0 : -1;
}

static int do_write(int fd)
{
	return write(fd, "text", 4) == 4 ? 0 : -1;
}

static int do_lseek(int fd)
{
	return lseek(fd, 0, SEEK_SET) == 0 ? 0 : -1;
}

static int do_devctl(int fd)
{
	int value = 0, err = devctl(fd, HELD_GET, &value, sizeof(value), NULL);

	errno = err ?: EIO;
	return !err && value == 42 ? 0 : -1;
}

/* Its result is no matter: the descriptor is gone in any case. */
static int do_close(int fd)
{
	return close(fd);
}

static int do_stat(int fd)
{
	struct stat st;

	(void)fd;
	return stat(IN_MOUNT, &st);
}

static int do_chmod(int fd)
{
	(void)fd;
	return chmod(IN_MOUNT, 0666);
}

static int do_chown(int fd)
{
	(void)fd;
	return chown(IN_MOUNT, 0, 0);
}

static int do_utime(int fd)
{
	const struct timespec times[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

	(void)fd;
	return utimensat(AT_FDCWD, IN_MOUNT, times, 0);
}

static int do_space(int fd)
{
	(void)fd;
	return truncate(IN_MOUNT, 0);
}

/* Which waits for no manager: with a limit, at which nothing is ready. */
static int do_poll(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, 10) < 0 ? -1 : 0;
}

static const struct client_call {
	const char *name;
	enum point point;
	int (*call)(int fd);		/* 0, or -1 and errno */
} client_calls[] = {
	{ "open", AT_OPEN, do_open },
	{ "read", AT_READ, do_read },
	{ "write", AT_WRITE, do_write },
	{ "lseek", AT_LSEEK, do_lseek },
	{ "devctl", AT_DEVCTL, do_devctl },
	{ "fsync", AT_SYNC, fsync },
	{ "stat", AT_STAT, do_stat },
	{ "chmod", AT_CHMOD, do_chmod },
	{ "chown", AT_CHOWN, do_chown },
	{ "utimensat", AT_UTIME, do_utime },
	{ "truncate", AT_SPACE, do_space },
	{ "poll", AT_NOTIFY, do_poll },
	{ "close", AT_CLOSE, do_close },	/* last: then there is no descriptor */
};

#endif
