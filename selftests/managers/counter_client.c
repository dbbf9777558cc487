// SPDX-License-Identifier: GPL-2.0-only
/* devctl() and ioctl() on the counter: the same messages. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "counter_cmds.h"

#define CHECK(what) do {						\
	if (!(what)) {							\
		printf("line %d: %s\n", __LINE__, #what);		\
		return EXIT_FAILURE;					\
	}								\
} while (0)

int main(void)
{
	int fd = open("/dev/local/counter", O_RDWR), value = 40, info = -1;

	CHECK(fd != -1);
	CHECK(devctl(fd, COUNTER_SET, &value, sizeof(value), NULL) == EOK);
	value = 2;
	CHECK(devctl(fd, COUNTER_ADD, &value, sizeof(value), &info) == EOK);
	CHECK(value == 42 && info == 42);
	value = 0;
	CHECK(ioctl(fd, COUNTER_GET, &value) == 42 && value == 42);
	CHECK(devctl(fd, COUNTER_RESET, NULL, 0, NULL) == EOK);
	CHECK(devctl(fd, COUNTER_GET, &value, sizeof(value), NULL) == EOK && value == 0);
	CHECK(devctl(fd, __DION(_DCMD_MISC, 99), NULL, 0, NULL) == ENOTTY);
	/* Six in the script so far, and this one. */
	CHECK(devctl(fd, COUNTER_OPENS, &value, sizeof(value), NULL) == EOK && value == 7);
	CHECK(pread(fd, &value, 1, 0) == -1 && errno == ENOSYS);
	CHECK(pwrite(fd, "1", 1, 5) == -1 && errno == ENOSYS);
	CHECK(!isatty(fd) && errno == ENOTTY);
	return EXIT_SUCCESS;
}
