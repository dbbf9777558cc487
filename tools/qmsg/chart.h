/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are in a message sequence chart.
 *
 * DOC: Threads are columns, grouped by process, clients left of servers. Time goes down, but not
 * evenly: a message takes microseconds and a client may wait for minutes. Each event has a row, and
 * what lies between two adds the logarithm of that time to the distance.
 */
#ifndef QMSG_CHART_H
#define QMSG_CHART_H

#include "report.h"

#define CHART_AXIS	104	/* width of the times at the left */
#define CHART_RIGHT	24
#define CHART_LONG_NS	50000000	/* a gap that is told */

struct chart_column {
	size_t thread;
	double x;
	bool first;		/* of its process */
};

struct chart {
	const struct report *report;
	struct chart_column *columns;
	size_t ncolumns;
	double *y;		/* of each event; one that is not shown has that of the one before */
	double *x;		/* of each thread, or -1 */
	double pitch, width, top, bottom;
};

void chart_layout(struct chart *c, const struct report *r, double top);
double chart_y(const struct chart *c, size_t event);	/* at the edge if it is outside */
bool chart_has(const struct chart *c, size_t event);

#endif /* QMSG_CHART_H */
