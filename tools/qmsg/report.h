/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a report is to show, and as what.
 */
#ifndef QMSG_REPORT_H
#define QMSG_REPORT_H

#include <stdio.h>

#include "scene.h"

struct report {
	const struct scene *scene;
	FILE *out;
	bool *shown;		/* for each event */
	size_t nshown, left_out;
	size_t first, last;	/* of those that are shown */
};

void report_svg(const struct report *r);
void report_perfetto(const struct report *r);

/* ns since the first event of the recording */
static inline int64_t report_time(const struct report *r, size_t event)
{
	return r->scene->trace->events[event].time - r->scene->trace->events[0].time;
}

/* Does some of what lasted from one event to another lie in what is shown? */
static inline bool report_overlaps(const struct report *r, const struct scene_bar *b)
{
	return (b->from == SCENE_BEFORE || b->from <= r->last) &&
	       (b->to == SCENE_AFTER || b->to >= r->first);
}

#endif /* QMSG_REPORT_H */
