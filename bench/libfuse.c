// SPDX-License-Identifier: GPL-2.0-only
/* A server of libfuse's: one thread, which is libfuse's own loop, and data copied once. */
#include "libfuse.h"

#include <errno.h>
#include <stdlib.h>

void libfuse_reply(fuse_req_t req, size_t size, off_t offset)
{
	struct read_part part = read_part(fuse_req_userdata(req), size, offset);

	fuse_reply_buf(req, part.data, part.len);
}

int libfuse_serve_one(struct fuse_session *session)
{
	struct fuse_buf buf = { 0 };
	int n;

	do {
		n = fuse_session_receive_buf(session, &buf);
	} while (n == -EINTR);
	if (n > 0)
		fuse_session_process_buf(session, &buf);
	free(buf.mem);
	return n > 0 ? 0 : n ?: -EPIPE;
}
