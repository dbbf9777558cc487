// SPDX-License-Identifier: GPL-2.0-only
/* Processors and schedules: a server inherits both from the process that forks it. */
#include "bench.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/sysinfo.h>

#define FIFO_PRIORITY 10
#define MOST_HOGS 64

const char *current_schedule = "other";
const char *current_place = "free";

static pid_t hogs[MOST_HOGS];

static void set_schedule(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &param))
		failed("setup", "sched_setscheduler", errno);
}

void run_as(const char *schedule)
{
	bool fifo = strcmp(schedule, "fifo") == 0;

	set_schedule(fifo ? SCHED_FIFO : SCHED_OTHER, fifo ? FIFO_PRIORITY : 0);
	current_schedule = fifo ? "fifo" : "other";
}

/* Who looks at a clock or a counter must not have to wait for those it looks at. */
void run_before_all(void)
{
	set_schedule(SCHED_FIFO, FIFO_PRIORITY + 10);
}

void run_at(const char *place)
{
	bool pinned = strcmp(place, "pinned") == 0;
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < (pinned ? 1 : get_nprocs_conf()); cpu++)
		CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		failed("setup", "sched_setaffinity", errno);
	current_place = pinned ? "pinned" : "free";
}

/* Ordinary processes, whatever those are that they compete with. */
void hogs_start(int n)
{
	for (int i = 0; i < n && i < MOST_HOGS; i++) {
		hogs[i] = fork_child();
		if (hogs[i] < 0)
			failed("setup", "fork", hogs[i]);
		if (hogs[i])
			continue;
		for (;;)
			__asm__ volatile("" ::: "memory");
	}
}

void hogs_end(void)
{
	for (int i = 0; i < MOST_HOGS; i++) {
		end_child(hogs[i]);
		hogs[i] = 0;
	}
}
