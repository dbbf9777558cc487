// SPDX-License-Identifier: GPL-2.0-only
/* A character device of libfuse's. */
#include "libfuse.h"

#include <errno.h>
#include <unistd.h>

#include <fuse3/cuse_lowlevel.h>

#define NAME "qmsg_bench_cuse"

static struct fuse_session *session;

static void cuse_open(fuse_req_t req, struct fuse_file_info *fi)
{
	fuse_reply_open(req, fi);
}

static void cuse_read(fuse_req_t req, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)fi;
	libfuse_reply(req, size, off);
}

static const struct cuse_lowlevel_ops ops = {
	.open = cuse_open,
	.read = cuse_read,
};

/* There is a device when the first request, of the kernel's own, has its answer. */
static int make_device(struct pair *p)
{
	static const char *dev_info[] = { "DEVNAME=" NAME };
	struct cuse_info info = { .dev_info_argc = 1, .dev_info_argv = dev_info };
	char *argv[] = { "qmsg-bench", "-f", "-s", NULL };
	int threads;

	session = cuse_lowlevel_setup(3, argv, &info, &ops, &threads, p);
	return session ? libfuse_serve_one(session) : -EIO;
}

static int serve(struct pair *p)
{
	(void)p;
	return fuse_session_loop(session);
}

static bool is_there(void)
{
	return access("/dev/" NAME, F_OK) == 0;
}

static int open_file(struct pair *p)
{
	return read_open(p, "/dev/" NAME);
}

/* The next one has the name again. */
static void wait_for_removal(struct pair *p)
{
	if (p->fd[CLIENT_IN] >= 0)
		close(p->fd[CLIENT_IN]);
	p->fd[CLIENT_IN] = -1;
	while (is_there())
		nap_ms(1);
}

static const char *missing(void)
{
	return access("/dev/cuse", R_OK | W_OK) ? "no /dev/cuse" : NULL;
}

const struct method method_cuse = {
	.name = "cuse",
	.smallest = 1,
	.largest = LARGEST,
	.reads = true,
	.missing = missing,
	.listen = make_device,
	.connect = open_file,
	.round_trip = read_round_trip,
	.serve = serve,
	.close = wait_for_removal,
};
