/* SPDX-License-Identifier: GPL-2.0-only */
/* One cgroup with a memory limit (cgroup v2) that a test puts its peers into. */
#ifndef SELFTESTS_HAZARDS_CGROUP_H
#define SELFTESTS_HAZARDS_CGROUP_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hazard.h"

#define CGROUPS	"/sys/fs/cgroup"
#define CGROUP	CGROUPS "/qmsg_memory"

/* -ENOENT: this machine has no memory controller of cgroup v2. */
static inline int cgroup_make(void)
{
	if (put_text(CGROUPS "/cgroup.subtree_control", "+memory"))
		return -ENOENT;
	return mkdir(CGROUP, 0755) && errno != EEXIST ? -errno : 0;
}

static inline int cgroup_limit(const char *max)
{
	put_text(CGROUP "/memory.swap.max", "0");
	return put_text(CGROUP "/memory.max", max);
}

static inline int cgroup_enter(struct peer *p)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", p->pid);
	return put_text(CGROUP "/cgroup.procs", text);
}

/* It must be empty. */
static inline int cgroup_remove(void)
{
	return wait_until(!rmdir(CGROUP) || errno != EBUSY) ? 0 : -EBUSY;
}

static inline long cgroup_bytes(void)
{
	char text[32] = "";
	int fd = open(CGROUP "/memory.current", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	return n > 0 ? atol(text) : -1;
}

/* Value of "@key N" in memory.events. */
static inline long cgroup_events(const char *key)
{
	FILE *f = fopen(CGROUP "/memory.events", "re");
	long value, found = -1;
	char name[32];

	while (f && fscanf(f, "%31s %ld", name, &value) == 2)
		if (!strcmp(name, key))
			found = value;
	if (f)
		fclose(f);
	return found;
}

#endif
