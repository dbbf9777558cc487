/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qmsgfs.ko, there while a test runs and gone after it: that it can be taken out again is part
 * of each.
 */
#ifndef RESMGR_KO_H
#define RESMGR_KO_H

#include <fcntl.h>
#include <sys/syscall.h>

#include <qmsg_test.h>

static inline int module_load(void)
{
	int fd = open("/qmsgfs.ko", O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 || syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;

	close(fd);
	return ret;
}

static inline bool module_removed(void)
{
	return !syscall(SYS_delete_module, "qmsgfs", O_NONBLOCK) || errno == ENOENT;
}

/* The last references may go a little later than who had them. */
static inline bool module_unload(void)
{
	return wait_until(module_removed()) && access("/dev/qmsgfs", F_OK);
}

#endif
