// SPDX-License-Identifier: GPL-2.0-only
/* Numbers in /proc and /sys, and the limits that would be in the way. */
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

long read_number(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : atol(text);
}

long read_field(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	size_t n = strlen(name), room = 0;
	char *line = NULL;
	long value = -1;

	while (file && value < 0 && getline(&line, &room, file) > 0)
		if (strncmp(line, name, n) == 0 && line[n] == ' ')
			value = atol(line + n);
	if (file)
		fclose(file);
	free(line);
	return value;
}

static void raise_rlimit(int resource, rlim_t most)
{
	struct rlimit limit = { .rlim_cur = most, .rlim_max = most };

	if (setrlimit(resource, &limit))
		progress("cannot raise limit %d", resource);
}

/*
 * A message of 1 MiB is more than the defaults of most queues. RLIMIT_MSGQUEUE shows itself
 * as EMFILE.
 */
void raise_limits(void)
{
	raise_rlimit(RLIMIT_MSGQUEUE, RLIM_INFINITY);
	raise_rlimit(RLIMIT_NOFILE, 16384);
	write_text("/proc/sys/fs/mqueue/msgsize_max", "16777216");
	write_text("/proc/sys/kernel/msgmax", "16777216");
	write_text("/proc/sys/kernel/msgmnb", "16777216");
	write_text("/proc/sys/net/core/wmem_max", "16777216");
	write_text("/proc/sys/net/core/rmem_max", "16777216");
}
