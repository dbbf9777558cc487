/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two servers that are libfuse's have in common. */
#ifndef QMSG_BENCH_LIBFUSE_H
#define QMSG_BENCH_LIBFUSE_H

#include "read.h"

#define FUSE_USE_VERSION 314
#include <fuse3/fuse_lowlevel.h>

/* ---- libfuse.c ---- */

void libfuse_reply(fuse_req_t req, size_t size, off_t offset);	/* to a read */
int libfuse_serve_one(struct fuse_session *session);

#endif
