// SPDX-License-Identifier: GPL-2.0-only
/*
 * Android's binder, for the benchmark to compare with. A kernel without it is
 * no failure: the benchmark then says so and leaves it out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "guest.h"

#define MODULE "/binder_linux.ko"
#define BINDERFS "/dev/binderfs"

/* Each device has one server, and takes its time to forget it. */
#define DEVICES 64

/* /dev/binder0 and so on, where the kernel has no file system for them. */
static void load(void)
{
	char devices[DEVICES * sizeof("binder00,")];
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC), i, n;

	n = snprintf(devices, sizeof(devices), "devices=binder0");
	for (i = 1; i < DEVICES; i++)
		n += snprintf(devices + n, sizeof(devices) - n, ",binder%d", i);
	if (fd >= 0 && syscall(SYS_finit_module, fd, devices, 0))
		tap_note("%s: %s", MODULE, strerror(errno));
	close(fd);
}

void binder_provide(void)
{
	load();
	if (access("/dev/binder0", F_OK) == 0)
		return;
	mkdir(BINDERFS, 0755);
	if (mount("binder", BINDERFS, "binder", 0, NULL))
		tap_note("%s: %s", BINDERFS, strerror(errno));
}
