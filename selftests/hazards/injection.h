/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making the n-th allocation or user copy of the calling thread fail (CONFIG_FAULT_INJECTION,
 * Documentation/fault-injection/fault-injection.rst of the kernel).
 */
#ifndef SELFTESTS_HAZARDS_INJECTION_H
#define SELFTESTS_HAZARDS_INJECTION_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hazard.h"

static int fail_nth_fd = -1;

static inline int injection_set(const char *file, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s", file);
	return put_text(path, value);
}

/* Also allocations that may sleep, of any size; and nothing is to be said about it. */
static inline int injection_open(void)
{
	static const char *const all[][2] = {
		{ "failslab/ignore-gfp-wait", "N" }, { "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" }, { "fail_page_alloc/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" }, { "fail_usercopy/verbose", "0" },
	};
	int err = 0;

	fail_nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth_fd < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		err = err ?: injection_set(all[i][0], all[i][1]);
	return err;
}

/* Between this and injection_end(): one system call. */
static inline bool injection_begin(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	return pwrite(fail_nth_fd, text, len, 0) == len;
}

/*
 * Whether something has failed. Reading the count copies to user space, and is itself
 * what fails where one was left; so may be the write that clears it.
 */
static inline bool injection_end(void)
{
	char text[16] = "";
	bool hit = pread(fail_nth_fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;

	while (pwrite(fail_nth_fd, "0", 1, 0) != 1)
		;
	return hit;
}

#endif
