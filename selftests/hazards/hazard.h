/* SPDX-License-Identifier: GPL-2.0-only */
/* What several hazard tests need beyond qmsg_test.h. */
#ifndef SELFTESTS_HAZARDS_HAZARD_H
#define SELFTESTS_HAZARDS_HAZARD_H

#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "qmsg_test.h"

#define Q		(peer_self()->q)
#define NOBODY		65534

/* Numbers for a function that runs in a peer. */
struct numbers {
	long n[3];
};

/* in_peer(peer, function, up to three numbers) */
#define in_peer(p, fn, ...)	run_in_peer(p, fn, (struct numbers){ .n = { __VA_ARGS__ } })

static inline int64_t run_in_peer(struct peer *p, int64_t (*fn)(void *), struct numbers numbers)
{
	struct numbers *n = shared_alloc(sizeof(*n));
	int64_t ret;

	*n = numbers;
	ret = peer_call(p, fn, n);
	if (ret != -ETIMEDOUT)
		shared_free(n, sizeof(*n));
	return ret;
}

/* The next message, whatever is in it. */
static inline int64_t receive_any(int q, int chid)
{
	char buf[CLIENT_BYTES];

	return receive_soon(q, chid, buf, sizeof(buf), NULL);
}

/* A part of the rounds of one test, where one round is long. */
static inline int rounds_by(int divisor)
{
	int n = rounds(10000) / divisor;

	return n > 10 ? n : 10;
}

/*
 * Gives up root for good. /proc/self stays readable, and a peer still dies with its
 * parent: the change of user has taken back both.
 */
static inline int give_up_root(uid_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return -errno;
	if (prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		return -errno;
	return 0;
}

static inline int64_t do_give_up_root(void *arg)
{
	return give_up_root(((struct numbers *)arg)->n[0]);
}

/* Into a file of /proc, /sys or a cgroup. */
static inline int put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	close(fd);
	return err;
}

union fd_message {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(int))];
};

static inline int send_fd(int sock, int fd)
{
	union fd_message control = { 0 };
	struct iovec iov = { "f", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

static inline int receive_fd(int sock)
{
	union fd_message control = { 0 };
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(sock, &msg, 0) != 1)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg)
		return -ENOMSG;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(int));
	return fd;
}

static inline int64_t do_receive_fd(void *arg)
{
	return receive_fd(((struct numbers *)arg)->n[0]);
}

static inline int64_t do_send_fd(void *arg)
{
	struct numbers *n = arg;

	return send_fd(n->n[0], n->n[1]);
}

#endif
