/* SPDX-License-Identifier: GPL-2.0-only */
/* Many client processes and one server process with some threads, by one method. */
#ifndef QMSG_BENCH_SCALE_H
#define QMSG_BENCH_SCALE_H

#include <stdatomic.h>
#include <sys/types.h>

#define SCALE_SIZE	64	/* bytes each way */
#define SCALE_CLIENTS	16	/* at most */

/* A line of the cache each, written by one client. */
struct scale_count {
	atomic_ulong done;
} __attribute__((aligned(64)));

struct scale_shared {
	int chid;
	struct scale_count count[SCALE_CLIENTS];
};

struct scale {
	const struct scale_method *method;
	int servers, clients;
	struct scale_shared *shared;
	pid_t server;
	pid_t client[SCALE_CLIENTS];
	int me;			/* in a client: which one */
	int q, chid, coid;	/* of qmsg, of each process by itself */
	int fd;			/* of udgram: the server's socket; in a client its own */
	int requests, replies;	/* queues of sysvmsg */
};

/* All but serve() return 0 or -errno. */
struct scale_method {
	const char *name;
	const char *(*missing)(void);
	int (*open)(struct scale *s);		/* what all processes inherit */
	int (*listen)(struct scale *s);		/* server process */
	void (*serve)(struct scale *s);		/* each of its threads */
	int (*connect)(struct scale *s);	/* client process */
	int (*call)(struct scale *s);
	void (*close)(struct scale *s);
};

extern const struct scale_method scale_qmsg, scale_udgram, scale_sysvmsg;

#endif
