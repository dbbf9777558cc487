/* SPDX-License-Identifier: MIT */
/*
 * The few entries of the system page that programs look at.
 */
#ifndef QMSG_QNX_SYS_SYSPAGE_H
#define QMSG_QNX_SYS_SYSPAGE_H

#include <stdint.h>
#include <sys/cdefs.h>

/**
 * struct qtime_entry - about time
 * @cycles_per_sec: what ClockCycles() counts in a second
 * @nsec_inc: nanoseconds in a tick of the clock: see ClockPeriod()
 * @boot_time: seconds since 1970
 */
struct qtime_entry {
	uint64_t cycles_per_sec;
	uint32_t nsec_inc;
	uint32_t boot_time;
};

struct syspage_entry {
	struct qtime_entry qtime;
	uint16_t num_cpu;
};

__BEGIN_DECLS
const struct syspage_entry *qmsg_qnx_syspage(void);
__END_DECLS

#define _syspage_ptr		(qmsg_qnx_syspage())
#define SYSPAGE_ENTRY(entry)	(&_syspage_ptr->entry)

#endif
