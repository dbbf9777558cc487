// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file system of libfuse whose root is its only file, of the kind that the kernel does not
 * keep (direct_io): each read is a request to the server.
 */
#include "libfuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define ATTR_S 3600.0

static struct fuse_session *session;

static void ll_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct stat st = { .st_ino = ino, .st_mode = S_IFREG | 0444, .st_nlink = 1 };

	(void)fi;
	fuse_reply_attr(req, &st, ATTR_S);
}

static void ll_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fi->direct_io = 1;
	fuse_reply_open(req, fi);
}

static void ll_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	(void)ino;
	(void)fi;
	libfuse_reply(req, size, off);
}

static const struct fuse_lowlevel_ops ops = {
	.getattr = ll_getattr,
	.open = ll_open,
	.read = ll_read,
};

/* Mounted over a file, so that the root is one; whose name the client knows as well. */
static int make_place(struct pair *p)
{
	int fd;

	snprintf(p->path, sizeof(p->path), "/tmp/qmsg-bench-fuse");
	fd = open(p->path, O_CREAT | O_RDONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int mount_it(struct pair *p)
{
	char *argv[] = { "qmsg-bench", NULL };
	struct fuse_args arguments = FUSE_ARGS_INIT(1, argv);

	session = fuse_session_new(&arguments, &ops, sizeof(ops), p);
	if (!session || fuse_session_mount(session, p->path))
		return -EIO;
	return 0;
}

static int serve(struct pair *p)
{
	(void)p;
	return fuse_session_loop(session);
}

static int open_file(struct pair *p)
{
	return read_open(p, p->path);
}

/* What its server has left, which was killed. */
static void unmount(struct pair *p)
{
	umount2(p->path, MNT_DETACH);
	unlink(p->path);
}

static const char *missing(void)
{
	return access("/dev/fuse", R_OK | W_OK) ? "no /dev/fuse" : NULL;
}

const struct method method_fuse = {
	.name = "fuse",
	.smallest = 1,
	.largest = LARGEST,
	.reads = true,
	.missing = missing,
	.open = make_place,
	.listen = mount_it,
	.connect = open_file,
	.round_trip = read_round_trip,
	.serve = serve,
	.close = unmount,
};
