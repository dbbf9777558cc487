// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads of a file that another process serves. Nothing goes there but the request; what comes
 * back is the memory that both ends have in common.
 */
#include "read.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int read_open(struct pair *p, const char *path)
{
	p->fd[CLIENT_IN] = open(path, O_RDONLY | O_CLOEXEC);
	return p->fd[CLIENT_IN] < 0 ? -errno : 0;
}

/* By one call. */
int read_round_trip(struct pair *p)
{
	ssize_t n = read(p->fd[CLIENT_IN], p->in.data, p->size);

	return n < 0 ? -errno : (size_t)n == p->size ? 0 : -EIO;
}

/*
 * The file repeats itself, so that each call finds the same wherever it begins; one that comes in
 * several requests has them all in one period.
 */
struct read_part read_part(const struct pair *p, size_t len, off_t offset)
{
	size_t at = offset % p->size, left = p->size - at;

	return (struct read_part){ p->shared->data + at, len < left ? len : left };
}
