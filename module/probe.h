/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Being told by the scheduler.
 *
 * DOC: That a task ends or forks a module hears only by a tracepoint. The probe is there from
 * when the module is loaded until it goes: to switch one rewrites the kernel's text under all
 * CPUs and may wait for a grace period, which is not for users to cause. It runs with preemption
 * disabled, for each task of the machine, so it has to be short for those that are not ours.
 */
#ifndef QMSG_PROBE_H
#define QMSG_PROBE_H

struct tracepoint;

struct qmsg_probe {
	const char *name;		/* the tracepoint's */
	void *fn;			/* as that calls it, with NULL before its arguments */
	struct tracepoint *point;	/* NULL: not there, or the kernel has none */
};

int qmsg_probe_register(struct qmsg_probe *probe);
void qmsg_probe_unregister(struct qmsg_probe *probe);

#endif /* QMSG_PROBE_H */
