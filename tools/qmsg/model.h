/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is, as the kernel has told it: requests, threads that receive, names.
 */
#ifndef QMSG_MODEL_H
#define QMSG_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/qmsg_netlink.h>

struct request {
	int pid, tid, server_pid, chid, receiver_tid;
	unsigned int coid, scoid, state, priority, reasons;
	uint64_t serial, age_ms;
};

struct receiver {
	int pid, tid, chid;
	unsigned int activity, priority;
	uint64_t age_ms;
};

struct name {
	int pid, chid;
	char *text;		/* printable */
};

struct model {
	struct request *requests;
	struct receiver *receivers;
	struct name *names;
	size_t nrequests, nreceivers, nnames;
};

/*
 * Requests are asked for twice, and only those are kept that were in the same state both times: so
 * all of them were there together, at the moment between. What is a cycle in the model
 * has been one.
 */
void model_read(struct model *m);
void model_read_names(struct model *m);	/* and nothing else */
void model_free_names(struct model *m);
/* A place for one more of @size in *@list, which has *@n; zeroed. */
void *grow(void *list, size_t *n, size_t size);
char *printable(const char *bytes, size_t len);
const char *model_name(const struct model *m, int pid, int chid);	/* "" if it has none */
const struct request *model_request_of(const struct model *m, int tid);	/* of a client that waits */
const struct receiver *model_receiver(const struct model *m, int tid);
const char *state_name(unsigned int state);
const char *activity_name(unsigned int activity);
const char *command_of(int pid);	/* until it is called again; "" if it has gone */

#endif /* QMSG_MODEL_H */
