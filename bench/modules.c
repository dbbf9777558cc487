// SPDX-License-Identifier: GPL-2.0-only
/* Modules that methods need, where the guest has them as files. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WAIT_MS 5000

static const char *const names[] = { "fuse", "cuse", "qmsgfs" };

static void load(const char *name)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* init may have been here before. */
	if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		failed(path, "load", -errno);
	if (fd >= 0)
		close(fd);
}

void modules_load(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		load(names[i]);
}

/* What is on top of qmsg.ko, which is to be unloaded: servers that have ended may hold it yet. */
void modules_unload(void)
{
	int error = 0, ms;

	if (access("/sys/module/qmsgfs", F_OK))
		return;
	for (ms = 0; ms < WAIT_MS; ms += 10) {
		error = syscall(SYS_delete_module, "qmsgfs", O_NONBLOCK) ? -errno : 0;
		if (error != -EAGAIN && error != -EBUSY)
			break;
		nap_ms(10);
	}
	if (error)
		failed("qmsgfs", "unload", error);
}
