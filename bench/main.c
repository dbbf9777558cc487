// SPDX-License-Identifier: GPL-2.0-only
/* qmsg-bench: measures round trips by every method side by side. Started in a guest. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

struct section {
	const char *name;
	void (*run)(void);
};

static const struct section sections[] = {
	{ "verify", section_verify },
	{ "rt", section_rt },
	{ "read", section_read },
	{ "scale", section_scale },
	{ "memory", section_memory },
	{ "pulse", section_pulse },
	{ "unblock", section_unblock },
	{ "latency", section_latency },
};

/* Round trips come under each schedule that is asked for; the others under the first. */
static void run_section(const struct section *section)
{
	const char *schedules = args.schedules;
	char schedule[32];

	list_next(&schedules, schedule, sizeof(schedule));
	run_as(schedule);
	section->run();
	run_as("other");
	watch(NULL);
}

int main(int argc, char **argv)
{
	args_parse(argc, argv);
	raise_limits();
	/* A kernel that has just booted is busy for some seconds with itself. */
	progress("the machine settles for %d s", args.settle);
	nap_ms(args.settle * 1000L);
	print_meta();
	modules_load();
	if (args.loop) {
		list_has(args.schedules, "fifo") ? run_as("fifo") : run_as("other");
		run_at(list_has(args.places, "pinned") ? "pinned" : "free");
		loop_for_ever();
		return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (list_has(args.sections, sections[i].name))
			run_section(&sections[i]);
	modules_unload();
	say("done", "failed=%d", failures);
	return failures ? 1 : 0;
}
