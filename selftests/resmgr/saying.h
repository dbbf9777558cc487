/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A manager without the library that says what the test tells it to, byte by byte: of each type of
 * message the status, or an error, and what follows. It keeps what came last.
 */
#ifndef RESMGR_SAYING_H
#define RESMGR_SAYING_H

#include <fcntl.h>
#include <linux/qmsgfs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "module.h"

#define TOP	"/tmp/qnx"
#define SAID	TOP "/said"

/* One kind of message; all have numbers from 0x100 on. */
struct said {
	atomic_int asked;
	atomic_bool hold;	/* no answer, ever */
	bool once;		/* the next one has nothing */
	int error;		/* in place of an answer */
	int status;
	size_t len;
	char bytes[2048];
};

struct saying {
	struct said to[32];
	char last[2048];	/* the message that came last, or the one within an open */
	size_t last_len;
	int chid, scoid;	/* its channel; whose the last message was */
	mode_t mode;		/* of the node, set before it starts */
	atomic_int ready;
	pid_t pid;
};

static inline struct said *said_to(struct saying *s, int type)
{
	return &s->to[type & 31];
}

static inline void say(struct saying *s, int type, const void *bytes, size_t len)
{
	struct said *to = said_to(s, type);

	memcpy(to->bytes, bytes, len);
	to->len = len;
	to->error = 0;
}

static inline void say_error(struct saying *s, int type, int error)
{
	said_to(s, type)->error = error;
}

/* What is asked of a path comes within an open. */
static inline const char *what_is_asked(const char *msg)
{
	const struct qmsgfs_connect *c = (const void *)msg;

	if (c->type != QMSGFS_CONNECT || c->subtype != QMSGFS_CONNECT_COMBINE_CLOSE)
		return msg;
	return msg + ((sizeof(*c) + c->path_len + 7) & ~7UL);
}

static inline void answer(struct saying *s, rcvid_t rcvid, const char *msg, size_t len)
{
	const char *asked = what_is_asked(msg);
	struct said *to = said_to(s, *(const uint16_t *)asked);

	s->last_len = len - (size_t)(asked - msg);
	memcpy(s->last, asked, s->last_len);
	to->asked++;
	if (to->hold)
		return;
	if (to->error)
		MsgError(rcvid, to->error);
	else if (to->once && to->asked > 1)
		MsgReply(rcvid, 0, NULL, 0);
	else
		MsgReply(rcvid, to->status, to->bytes, to->len);
}

static inline int attach_node(int fd, int chid, mode_t mode, const char *path)
{
	struct qmsgfs_attach args = {
		.size = sizeof(args),
		.chid = chid,
		.mode = mode,
		.path_len = strlen(path),
		.path_ptr = (uintptr_t)path,
	};

	return ioctl(fd, QMSGFS_IOC_ATTACH, &args) ? -errno : (int)args.out_id;
}

static inline int be_saying(void *arg)
{
	int fd = open("/dev/qmsgfs", O_RDWR | O_CLOEXEC);
	struct saying *s = arg;
	struct _msg_info info;
	char msg[2048] __attribute__((aligned(8)));
	rcvid_t rcvid;

	s->chid = ChannelCreate(_NTO_CHF_UNBLOCK);
	if (attach_node(fd, s->chid, s->mode, "/said") < 0)
		return 1;
	s->ready = 1;
	while ((rcvid = MsgReceive(s->chid, msg, sizeof(msg), &info)) != -1) {
		if (!rcvid)
			continue;
		s->scoid = info.scoid;
		answer(s, rcvid, msg, (size_t)info.msglen);
	}
	close(fd);
	return 2;
}

static inline bool saying_start(struct saying *s, mode_t mode)
{
	struct qmsgfs_stat st = { .mode = mode, .nlink = 1 };

	s->mode = mode;
	say(s, QMSGFS_STAT, &st, sizeof(st));
	s->pid = fork_child(be_saying, s);
	return s->pid > 0 && wait_until(s->ready);
}

static inline int saying_end(struct saying *s)
{
	pid_t pid = s->pid;

	s->pid = 0;
	return pid > 0 ? kill(pid, SIGKILL) ?: reap(pid, NULL) : 0;
}

static inline int top_mount(void)
{
	mkdir(TOP, 0755);
	return mount("none", TOP, "qmsgfs", 0, NULL) ? -errno : 0;
}

static inline bool top_unmounted(void)
{
	return !umount(TOP) || errno == EINVAL;
}

static inline int errno_of(long ret)
{
	return ret == -1 ? errno : 0;
}

#endif
