/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: /sys/kernel/tracing/events/qmsg.
 *
 * DOC: Their names and fields stay. Processes and threads are in the numbers of the initial pid
 * namespace, as everywhere in traces. @serial is the channel's number for the request: with
 * @server and @chid it says which, from qmsg_send to the last qmsg_state.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM qmsg

#if !defined(QMSG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define QMSG_TRACE_H

#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "request.h"

#define qmsg_show_state(state)						\
	__print_symbolic(state, { QMSG_SEND, "SEND" }, { QMSG_REPLY, "REPLY" },	\
			 { QMSG_HELD, "HELD" }, { QMSG_ASKED, "ASKED" },	\
			 { QMSG_DYING, "DYING" }, { QMSG_ORPHAN, "ORPHAN" },	\
			 { QMSG_DONE, "DONE" })

#define qmsg_show_event(event)						\
	__print_symbolic(event, { QMSG_EV_RECEIVE, "receive" },		\
			 { QMSG_EV_RECEIVE_HOLD, "receive" },			\
			 { QMSG_EV_ANSWER, "answer" }, { QMSG_EV_SIGNAL, "signal" },	\
			 { QMSG_EV_SEND_TIMEOUT, "send_timeout" },		\
			 { QMSG_EV_REPLY_TIMEOUT, "reply_timeout" },		\
			 { QMSG_EV_UNBLOCK, "unblock" }, { QMSG_EV_DETACH, "detach" },	\
			 { QMSG_EV_KILL, "kill" }, { QMSG_EV_GRACE_OVER, "grace_over" }, \
			 { QMSG_EV_GONE, "gone" }, { QMSG_EV_DEADLOCK, "deadlock" })

#define qmsg_show_origin(origin)						\
	__print_symbolic(origin, { QMSG_PULSE_USER, "user" },			\
			 { QMSG_PULSE_UNBLOCK, "unblock" },			\
			 { QMSG_PULSE_DISCONNECT, "disconnect" },		\
			 { QMSG_PULSE_COIDDEATH, "coid_death" },		\
			 { QMSG_PULSE_THREADDEATH, "thread_death" },		\
			 { QMSG_PULSE_TIMER, "timer" })

/* The numbers have to be known to who reads a trace without this header. */
TRACE_DEFINE_ENUM(QMSG_SEND);
TRACE_DEFINE_ENUM(QMSG_REPLY);
TRACE_DEFINE_ENUM(QMSG_HELD);
TRACE_DEFINE_ENUM(QMSG_ASKED);
TRACE_DEFINE_ENUM(QMSG_DYING);
TRACE_DEFINE_ENUM(QMSG_ORPHAN);
TRACE_DEFINE_ENUM(QMSG_DONE);
TRACE_DEFINE_ENUM(QMSG_EV_RECEIVE);
TRACE_DEFINE_ENUM(QMSG_EV_RECEIVE_HOLD);
TRACE_DEFINE_ENUM(QMSG_EV_ANSWER);
TRACE_DEFINE_ENUM(QMSG_EV_SIGNAL);
TRACE_DEFINE_ENUM(QMSG_EV_SEND_TIMEOUT);
TRACE_DEFINE_ENUM(QMSG_EV_REPLY_TIMEOUT);
TRACE_DEFINE_ENUM(QMSG_EV_UNBLOCK);
TRACE_DEFINE_ENUM(QMSG_EV_DETACH);
TRACE_DEFINE_ENUM(QMSG_EV_KILL);
TRACE_DEFINE_ENUM(QMSG_EV_GRACE_OVER);
TRACE_DEFINE_ENUM(QMSG_EV_GONE);
TRACE_DEFINE_ENUM(QMSG_EV_DEADLOCK);
TRACE_DEFINE_ENUM(QMSG_PULSE_USER);
TRACE_DEFINE_ENUM(QMSG_PULSE_UNBLOCK);
TRACE_DEFINE_ENUM(QMSG_PULSE_DISCONNECT);
TRACE_DEFINE_ENUM(QMSG_PULSE_COIDDEATH);
TRACE_DEFINE_ENUM(QMSG_PULSE_THREADDEATH);
TRACE_DEFINE_ENUM(QMSG_PULSE_TIMER);

/* A request is posted: its client is SEND-blocked. Under the channel's lock. */
TRACE_EVENT(qmsg_send,
	TP_PROTO(const struct qmsg_request *req),
	TP_ARGS(req),
	TP_STRUCT__entry(
		__field(u64, serial)
		__field(u64, len)
		__field(pid_t, client)
		__field(pid_t, client_pid)
		__field(pid_t, server)
		__field(int, chid)
		__field(int, coid)
		__field(u32, prio)
	),
	TP_fast_assign(
		__entry->serial = req->node.seq;
		__entry->len = req->srclen;
		__entry->client = pid_nr(req->tid);
		__entry->client_pid = pid_nr(req->tgid);
		__entry->server = pid_nr(req->channel->ctx->proc->tgid);
		__entry->chid = req->channel->chid;
		__entry->coid = req->coid;
		__entry->prio = qmsg_request_prio(req);
	),
	TP_printk("client=%d/%d server=%d chid=%d serial=%llu coid=%#x len=%llu prio=%u",
		  __entry->client_pid, __entry->client, __entry->server, __entry->chid,
		  __entry->serial, __entry->coid, __entry->len, __entry->prio)
);

/*
 * Something happens to a request: the row and the column of the table in state.c. The current
 * thread has received or answered it, where that is the event. @error is the client's result
 * where this is the end, @len the bytes of the answer.
 */
TRACE_EVENT(qmsg_state,
	TP_PROTO(const struct qmsg_request *req, enum qmsg_state_event event, enum qmsg_state next,
		 int error, size_t len),
	TP_ARGS(req, event, next, error, len),
	TP_STRUCT__entry(
		__field(u64, serial)
		__field(u64, rcvid)
		__field(u64, len)
		__field(pid_t, client)
		__field(pid_t, server)
		__field(int, chid)
		__field(u32, event)
		__field(u32, from)
		__field(u32, to)
		__field(u32, reasons)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->serial = req->node.seq;
		__entry->rcvid = req->rcvid;
		__entry->len = len;
		__entry->client = pid_nr(req->tid);
		__entry->server = pid_nr(req->channel->ctx->proc->tgid);
		__entry->chid = req->channel->chid;
		__entry->event = event;
		__entry->from = req->state;
		__entry->to = next;
		__entry->reasons = req->reasons;
		__entry->error = error;
	),
	TP_printk("client=%d server=%d chid=%d serial=%llu event=%s from=%s to=%s rcvid=%#llx reasons=%#x error=%d len=%llu",
		  __entry->client, __entry->server, __entry->chid, __entry->serial,
		  qmsg_show_event(__entry->event), qmsg_show_state(__entry->from),
		  qmsg_show_state(__entry->to), __entry->rcvid, __entry->reasons,
		  __entry->error, __entry->len)
);

/* @pid is the process of the current thread; 0 in an interrupt, where that means nothing. */
DECLARE_EVENT_CLASS(qmsg_pulse,
	TP_PROTO(const struct qmsg_channel *ch, const struct qmsg_pulse_node *pulse),
	TP_ARGS(ch, pulse),
	TP_STRUCT__entry(
		__field(u64, value)
		__field(pid_t, server)
		__field(pid_t, pid)
		__field(int, chid)
		__field(int, scoid)
		__field(int, code)
		__field(u32, origin)
		__field(u32, prio)
	),
	TP_fast_assign(
		__entry->value = pulse->value;
		__entry->server = pid_nr(ch->ctx->proc->tgid);
		__entry->pid = in_task() ? task_tgid_nr(current) : 0;
		__entry->chid = ch->chid;
		__entry->scoid = pulse->scoid;
		__entry->code = pulse->code;
		__entry->origin = pulse->origin;
		__entry->prio = pulse->q.prio;
	),
	TP_printk("server=%d chid=%d origin=%s code=%d value=%#llx scoid=%#x prio=%u pid=%d",
		  __entry->server, __entry->chid, qmsg_show_origin(__entry->origin),
		  __entry->code, __entry->value, __entry->scoid, __entry->prio, __entry->pid)
);

/* A pulse is posted, or a receiver has one. */
DEFINE_EVENT(qmsg_pulse, qmsg_pulse_post,
	TP_PROTO(const struct qmsg_channel *ch, const struct qmsg_pulse_node *pulse),
	TP_ARGS(ch, pulse));
DEFINE_EVENT(qmsg_pulse, qmsg_pulse_receive,
	TP_PROTO(const struct qmsg_channel *ch, const struct qmsg_pulse_node *pulse),
	TP_ARGS(ch, pulse));

/* The current thread waits for a message: it is RECEIVE-blocked. */
TRACE_EVENT(qmsg_receive_block,
	TP_PROTO(const struct qmsg_channel *ch),
	TP_ARGS(ch),
	TP_STRUCT__entry(
		__field(pid_t, server)
		__field(int, chid)
	),
	TP_fast_assign(
		__entry->server = pid_nr(ch->ctx->proc->tgid);
		__entry->chid = ch->chid;
	),
	TP_printk("server=%d chid=%d", __entry->server, __entry->chid)
);

/* ... and does not any more: with something in hand, or an error. Each of the above has one. */
TRACE_EVENT(qmsg_receive_end,
	TP_PROTO(const struct qmsg_channel *ch, int error),
	TP_ARGS(ch, error),
	TP_STRUCT__entry(
		__field(pid_t, server)
		__field(int, chid)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->server = pid_nr(ch->ctx->proc->tgid);
		__entry->chid = ch->chid;
		__entry->error = error;
	),
	TP_printk("server=%d chid=%d error=%d", __entry->server, __entry->chid, __entry->error)
);

/* The current thread answers something that is over, or never was: ESRCH. */
TRACE_EVENT(qmsg_answer_late,
	TP_PROTO(const struct qmsg_ctx *ctx, u64 rcvid),
	TP_ARGS(ctx, rcvid),
	TP_STRUCT__entry(
		__field(u64, rcvid)
		__field(pid_t, server)
	),
	TP_fast_assign(
		__entry->rcvid = rcvid;
		__entry->server = pid_nr(ctx->proc->tgid);
	),
	TP_printk("server=%d rcvid=%#llx", __entry->server, __entry->rcvid)
);

/*
 * A thread is given a priority, or its own back. @serve is that of what it works on, @queue of what
 * waits for it; 0 is none. The current thread may be another.
 */
TRACE_EVENT(qmsg_priority,
	TP_PROTO(const struct task_struct *task, u8 from, u8 to, u8 serve, u8 queue),
	TP_ARGS(task, from, to, serve, queue),
	TP_STRUCT__entry(
		__field(pid_t, pid)
		__field(pid_t, tid)
		__field(u32, from)
		__field(u32, to)
		__field(u32, serve)
		__field(u32, queue)
	),
	TP_fast_assign(
		__entry->pid = task->tgid;
		__entry->tid = task->pid;
		__entry->from = from;
		__entry->to = to;
		__entry->serve = serve;
		__entry->queue = queue;
	),
	TP_printk("thread=%d/%d from=%u to=%u serve=%u queue=%u", __entry->pid, __entry->tid,
		  __entry->from, __entry->to, __entry->serve, __entry->queue)
);

#endif /* QMSG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
