/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A history: what threads asked of the module and what it said, each with the moments before
 * and after. The moments are counted, not measured: one counter for all processes.
 */
#ifndef QMSG_HISTORY_H
#define QMSG_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "small_file.h"

#define OPS_MAX		250	/* numbers of them, plus one, are bytes */
#define PROCESSES	3	/* 0: the server */
#define THREADS		9	/* 0: winds up, then servers, one for trouble, clients */
#define SERVERS		3
#define TROUBLE		(1 + SERVERS)
#define CLIENTS		(TROUBLE + 1)	/* the first of them */
#define NEVER		UINT32_MAX

enum op_type {
	OP_NONE,
	OP_ATTACH,	/* -> coid */
	OP_DETACH,	/* coid */
	OP_SEND,	/* coid, number of the message */
	OP_PULSE,	/* coid, prio, value */
	OP_FORK,	/* a child uses its parent's context */
	OP_RECEIVE,	/* -> message, pulse or nothing */
	OP_ANSWER,	/* of = the OP_RECEIVE, how */
	OP_INFO,	/* of -> flags, reasons */
	OP_READ,	/* of -> number */
	OP_FREE_SCOID,	/* scoid */
	OP_SIGNAL,	/* thread of the client */
	OP_KILL,	/* a process; until it is reaped */
	OP_EXIT,	/* a process, by itself; likewise */
	OP_DESTROY,	/* the channel */
	OP_LOOK,	/* from then on somebody looks now and then, which a deadline may notice */
	/* of files: coid is a descriptor */
	OP_OPEN,	/* -> coid */
	OP_DUP,		/* coid -> coid */
	OP_CLOSE,	/* coid */
	OP_CALL,	/* coid, call */
	OP_INHERIT,	/* a process has the descriptors of process 0 */
	OP_HANDLED,	/* a handler runs */
};

enum how {
	BY_REPLY,
	BY_ERROR,
	BY_REASON,		/* MsgError(rcvid, -1) */
	BY_RESTART,		/* MsgError(rcvid, ERESTART) */
	BY_REPLY_IF_NOT_ASKED,
	BY_REPLY_IF_ASKED,
	NR_HOW
};

struct op {
	uint32_t begin;		/* 0: not begun */
	uint32_t end;		/* 0: it never came back */
	uint8_t type;
	uint8_t thread;
	uint8_t process;	/* of the thread; of OP_KILL and OP_EXIT: the one that ends */
	uint8_t how;
	uint8_t target;		/* OP_SIGNAL: thread */
	bool pulse_only;
	bool send_deadline, reply_deadline;
	bool undelivered;	/* QMSG_SENT_UNDELIVERED */
	bool garbled;		/* the bytes do not belong to the rest of the result */
	bool restarts;		/* OP_SIGNAL, OP_HANDLED: has SA_RESTART */
	bool late;		/* OP_CLOSE: it took as long as a grace, or longer */
	uint8_t part;		/* OP_ANSWER: of a read or write, no more cells than that */
	uint8_t pieces;		/* OP_CALL: so many buffers */
	struct call call;
	int16_t prio;
	int16_t of;		/* an OP_RECEIVE of the same history */
	int32_t coid;
	int32_t scoid;		/* also a result */
	int64_t value;		/* what is sent: number, value of a pulse, status of an answer */
	/* results */
	int32_t ret;		/* 0, -errno, coid */
	int32_t error;		/* of MsgError */
	int32_t code;		/* of a pulse */
	int64_t rcvid;		/* 0: a pulse */
	int64_t got;		/* number of the message, value of the pulse, status of the answer */
	uint32_t flags, reasons;
	uint16_t cell[CELLS];		/* OP_CALL: what was read */
};

/* In the order in which the operations began. */
struct history {
	unsigned int flags;		/* of the channel */
	unsigned int pulse_limit;
	int n;
	struct op op[OPS_MAX];
};

#endif /* QMSG_HISTORY_H */
