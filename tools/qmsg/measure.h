/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long requests take, channel by channel, as the kernel has measured it.
 */
#ifndef QMSG_MEASURE_H
#define QMSG_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include <linux/qmsg_netlink.h>

struct histogram {
	uint64_t sum;				/* ns */
	uint64_t bucket[QMSG_NL_BUCKETS];	/* see qmsg.yaml */
};

struct measured {
	int pid, chid;
	uint64_t since, ns, pulses;
	struct histogram wait, service;
};

struct measure {
	struct measured *items;			/* by pid and chid */
	size_t n;
};

/* The kernel goes on measuring for some seconds. The caller frees @items. */
struct measure measure_read(void);
/* Takes what there was @before from what there is @now. */
void measure_subtract(struct measure *now, const struct measure *before);
/* Measures for @seconds; 0: what has been measured already. The caller frees @items. */
struct measure measure_for(long long seconds);

uint64_t histogram_count(const struct histogram *h);
uint64_t histogram_mean(const struct histogram *h);	/* ns; 0 of nothing */

#endif /* QMSG_MEASURE_H */
