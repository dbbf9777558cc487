/* SPDX-License-Identifier: GPL-2.0-only */
/* A history for people: one operation a line, in the order in which they began. */
#ifndef QMSG_PRINT_H
#define QMSG_PRINT_H

#include <stdio.h>

#include "history.h"

static inline const char *call_name(const struct call *call)
{
	static const char * const name[] = {
		[C_NONE] = "nothing", [C_OPEN] = "open", [C_CLOSE] = "close", [C_READ] = "read",
		[C_WRITE] = "write", [C_LSEEK] = "lseek", [C_TELL] = "tell",
		[C_DEVCTL] = "ioctl", [C_TRUNCATE] = "ftruncate", [C_SYNC] = "fsync",
	};

	return name[call->kind];
}

static inline const char *op_name(const struct op *op)
{
	static const char * const name[] = {
		[OP_ATTACH] = "attach", [OP_DETACH] = "detach", [OP_SEND] = "send",
		[OP_PULSE] = "pulse", [OP_FORK] = "fork", [OP_RECEIVE] = "receive",
		[OP_ANSWER] = "answer", [OP_INFO] = "info", [OP_READ] = "read",
		[OP_FREE_SCOID] = "free scoid", [OP_SIGNAL] = "signal", [OP_KILL] = "kill",
		[OP_EXIT] = "exit", [OP_DESTROY] = "destroy channel",
		[OP_LOOK] = "looks now and then", [OP_OPEN] = "open", [OP_DUP] = "dup",
		[OP_CLOSE] = "close", [OP_INHERIT] = "begin", [OP_HANDLED] = "handler",
	};
	static const char * const how[] = {
		[BY_REPLY] = "reply", [BY_ERROR] = "error", [BY_REASON] = "error -1",
		[BY_RESTART] = "restart", [BY_REPLY_IF_NOT_ASKED] = "reply if not asked",
		[BY_REPLY_IF_ASKED] = "reply if asked",
	};

	if (op->type == OP_CALL)
		return call_name(&op->call);
	return op->type == OP_ANSWER ? how[op->how] : name[op->type];
}

static inline void print_call(const struct call *call)
{
	printf(" #%u", call->number);
	if (call->cells)
		printf(" %u cells", call->cells);
	if (call->placed || call->place)
		printf(" at %u", call->place);
}

static inline void print_arguments(const struct op *op)
{
	switch (op->type) {
	case OP_SEND:
		printf(" #%lld coid %#x prio %d%s%s", (long long)op->value, op->coid, op->prio,
		       op->send_deadline ? ", deadline in SEND" : "",
		       op->reply_deadline ? ", deadline in REPLY" : "");
		break;
	case OP_PULSE:
		printf(" #%lld coid %#x prio %d", (long long)op->value, op->coid, op->prio);
		break;
	case OP_DETACH:
		printf(" coid %#x", op->coid);
		break;
	case OP_RECEIVE:
		printf("%s", op->pulse_only ? " pulse" : "");
		break;
	case OP_ANSWER:
		printf(" to %d with %lld", op->of, (long long)op->value);
		if (op->how == BY_ERROR)
			printf(" (%d)", op->error);
		else if (op->part < CELLS)
			printf(", %u cells at most", op->part);
		break;
	case OP_INFO:
	case OP_READ:
		printf(" of %d", op->of);
		break;
	case OP_FREE_SCOID:
		printf(" %#x", op->scoid);
		break;
	case OP_SIGNAL:
		printf(" to thread %d%s", op->target, op->restarts ? ", SA_RESTART" : "");
		break;
	case OP_HANDLED:
		printf("%s", op->restarts ? ", SA_RESTART" : "");
		break;
	case OP_OPEN:
		printf(" #%lld file %u prio %d", (long long)op->value, op->call.place, op->prio);
		break;
	case OP_DUP:
		printf(" fd %d", op->coid);
		break;
	case OP_CLOSE:
		printf(" #%lld fd %d prio %d", (long long)op->value, op->coid, op->prio);
		break;
	case OP_CALL:
		print_call(&op->call);
		printf(" fd %d prio %d, in %u", op->coid, op->prio, op->pieces);
		break;
	case OP_KILL:
	case OP_EXIT:
	case OP_INHERIT:
		printf(" process %d", op->process);
		break;
	}
}

static inline void print_cells(const struct op *op)
{
	for (unsigned int i = 1; i < op->ret / sizeof(*op->cell); i++)
		printf(" %u", op->cell[i - 1]);
}

static inline void print_result(const struct op *op)
{
	if (!op->end) {
		printf(" ...");
		return;
	}
	printf(" = %d", op->ret);
	if (op->type == OP_CALL && op->call.kind == C_READ && op->ret > 0)
		print_cells(op);
	if (op->ret < 0)
		printf("%s", op->type == OP_SEND ? op->undelivered ? " undelivered" : " delivered" : "");
	else if (op->type == OP_SEND)
		printf(" error %d status %lld", op->error, (long long)op->got);
	else if (op->type == OP_INFO)
		printf(" flags %#x reasons %#x", op->flags, op->reasons);
	else if (op->type == OP_READ)
		printf(" #%lld", (long long)op->got);
	else if (op->type == OP_RECEIVE && op->rcvid)
		printf(" %s #%lld rcvid %llx prio %d scoid %#x",
		       op->call.kind ? call_name(&op->call) : "message", (long long)op->got,
		       (long long)op->rcvid, op->prio, op->scoid);
	else if (op->type == OP_RECEIVE)
		printf(" pulse %d %llx scoid %#x", op->code, (long long)op->got, op->scoid);
	printf("%s%s", op->garbled ? " GARBLED" : "", op->late ? " late" : "");
}

/* As far as @last, which is the one that nothing explains. */
static inline void print_history(const struct history *h, int last)
{
	uint32_t until = last < 0 ? NEVER : h->op[last].end;

	printf("# channel flags %#x, %u pulses; from/to thread operation = result\n", h->flags,
	       h->pulse_limit);
	for (int o = 0; o < h->n; o++) {
		const struct op *op = &h->op[o];

		if (op->begin > until)
			continue;
		printf("# %c%3d: %3u/%-3u %d %s", o == last ? '>' : ' ', o, op->begin, op->end,
		       op->thread, op_name(op));
		print_arguments(op);
		if (op->end <= until)
			print_result(op);
		else
			printf(" ...");
		printf("\n");
	}
}

#endif /* QMSG_PRINT_H */
