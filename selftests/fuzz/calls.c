// SPDX-License-Identifier: GPL-2.0-only
/* The calls of <linux/qmsg.h>, member by member; and the table of all instructions. */
#include <string.h>
#include <sys/ioctl.h>

#include <linux/qmsg.h>

#include "deeds.h"
#include "ops.h"

#define COUNT(a)		(sizeof(a) / sizeof((a)[0]))
#define F(s, m, k)		{ offsetof(struct s, m), sizeof(((struct s *)0)->m), k, 0 }
#define FLAG(s, m, bits)	{ offsetof(struct s, m), sizeof(((struct s *)0)->m), FLAGS, bits }
#define MAKES(s, m, kind)	.result = { offsetof(struct s, m), sizeof(((struct s *)0)->m), kind }
#define CALL(n, name_, s)	.name = name_, .request = QMSG_IOC_##n, .size = sizeof(struct s)
#define EVENT(s, m)		FLAG(s, m.notify, 0x6407), F(s, m.id, EVENT_ID), \
				F(s, m.code, NUMBER), F(s, m.priority, PRIORITY), F(s, m.value, WORD)

static const struct op ops[] = {
	{ CALL(QUERY, "query", qmsg_query), .fields = { FLAG(qmsg_query, flags, 0) } },
	{ CALL(SETUP, "setup", qmsg_setup), .fields = { FLAG(qmsg_setup, flags, 0),
	  F(qmsg_setup, rcvid_bits, NUMBER), F(qmsg_setup, __reserved, NUMBER) } },
	{ CALL(CHANNEL_CREATE, "channel_create", qmsg_channel_create),
	  MAKES(qmsg_channel_create, out_chid, CHIDS),
	  .fields = { FLAG(qmsg_channel_create, flags, 0x10ef),
		      F(qmsg_channel_create, mode, MODE), F(qmsg_channel_create, gid, NUMBER),
		      F(qmsg_channel_create, pulse_limit, NUMBER),
		      F(qmsg_channel_create, kill_grace_ms, GRACE),
		      F(qmsg_channel_create, pool_rearm, NUMBER),
		      EVENT(qmsg_channel_create, pool_event) } },
	{ CALL(CHANNEL_DESTROY, "channel_destroy", qmsg_channel_destroy),
	  .fields = { FLAG(qmsg_channel_destroy, flags, 0), F(qmsg_channel_destroy, chid, CHID) } },
	{ CALL(CHANNEL_ACCESS, "channel_access", qmsg_channel_access),
	  .fields = { FLAG(qmsg_channel_access, flags, 0), F(qmsg_channel_access, chid, CHID),
		      F(qmsg_channel_access, mode, MODE), F(qmsg_channel_access, gid, NUMBER) } },
	{ CALL(CHANNEL_FD, "channel_fd", qmsg_channel_fd), MAKES(qmsg_channel_fd, out_fd, FDS),
	  .fields = { FLAG(qmsg_channel_fd, flags, 1), F(qmsg_channel_fd, chid, CHID) } },
	{ CALL(CONNECT_ATTACH, "connect_attach", qmsg_connect_attach),
	  MAKES(qmsg_connect_attach, out_coid, COIDS),
	  .fields = { FLAG(qmsg_connect_attach, flags, 0x6841),
		      F(qmsg_connect_attach, pid, PID), F(qmsg_connect_attach, chid, CHID),
		      FLAG(qmsg_connect_attach, index, QMSG_SIDE_CHANNEL),
		      F(qmsg_connect_attach, nd, NUMBER) } },
	{ CALL(CONNECT_DETACH, "connect_detach", qmsg_connect_detach),
	  .fields = { FLAG(qmsg_connect_detach, flags, 0), F(qmsg_connect_detach, coid, COID) } },
	{ CALL(CONNECT_FLAGS, "connect_flags", qmsg_connect_flags),
	  .fields = { FLAG(qmsg_connect_flags, flags, 0), F(qmsg_connect_flags, coid, COID),
		      FLAG(qmsg_connect_flags, mask, 0x6841),
		      FLAG(qmsg_connect_flags, bits, 0x6841) } },
	{ CALL(CONNECT_INFO, "connect_info", qmsg_connect_info),
	  .fields = { FLAG(qmsg_connect_info, flags, 3), F(qmsg_connect_info, coid, COID) } },
	{ CALL(CLIENT_INFO, "client_info", qmsg_client_info),
	  .fields = { FLAG(qmsg_client_info, flags, 0), F(qmsg_client_info, scoid, SCOID),
		      F(qmsg_client_info, ngroups, NUMBER),
		      F(qmsg_client_info, groups_ptr, POINTER) } },
	{ CALL(MSG_SEND, "msg_send", qmsg_msg_send), .blocks = true,
	  .fields = { FLAG(qmsg_msg_send, flags, 3), F(qmsg_msg_send, coid, COID),
		      F(qmsg_msg_send, send_ptr, POINTER), F(qmsg_msg_send, send_len, LENGTH),
		      F(qmsg_msg_send, reply_ptr, POINTER), F(qmsg_msg_send, reply_len, LENGTH),
		      F(qmsg_msg_send, send_deadline, DEADLINE),
		      F(qmsg_msg_send, reply_deadline, DEADLINE),
		      F(qmsg_msg_send, out_flags, NUMBER) } },
	{ CALL(MSG_RECEIVE, "msg_receive", qmsg_msg_receive), .blocks = true,
	  MAKES(qmsg_msg_receive, out_rcvid, RCVIDS),
	  .fields = { FLAG(qmsg_msg_receive, flags, 3), F(qmsg_msg_receive, chid, CHID),
		      F(qmsg_msg_receive, buf_ptr, POINTER), F(qmsg_msg_receive, buf_len, LENGTH),
		      F(qmsg_msg_receive, info_ptr, POINTER),
		      F(qmsg_msg_receive, info_len, LENGTH),
		      F(qmsg_msg_receive, deadline, DEADLINE) } },
	{ CALL(MSG_REPLY, "msg_reply", qmsg_msg_reply),
	  .fields = { FLAG(qmsg_msg_reply, flags, 7), F(qmsg_msg_reply, rcvid, RCVID),
		      F(qmsg_msg_reply, buf_ptr, POINTER), F(qmsg_msg_reply, buf_len, LENGTH),
		      F(qmsg_msg_reply, status, WORD) } },
	{ CALL(MSG_ERROR, "msg_error", qmsg_msg_error),
	  .fields = { FLAG(qmsg_msg_error, flags, 7), F(qmsg_msg_error, rcvid, RCVID),
		      F(qmsg_msg_error, error, ERROR) } },
	{ CALL(MSG_READ, "msg_read", qmsg_msg_copy),
	  .fields = { FLAG(qmsg_msg_copy, flags, 1), F(qmsg_msg_copy, rcvid, RCVID),
		      F(qmsg_msg_copy, offset, LENGTH), F(qmsg_msg_copy, buf_ptr, POINTER),
		      F(qmsg_msg_copy, buf_len, LENGTH) } },
	{ CALL(MSG_WRITE, "msg_write", qmsg_msg_copy),
	  .fields = { FLAG(qmsg_msg_copy, flags, 1), F(qmsg_msg_copy, rcvid, RCVID),
		      F(qmsg_msg_copy, offset, LENGTH), F(qmsg_msg_copy, buf_ptr, POINTER),
		      F(qmsg_msg_copy, buf_len, LENGTH) } },
	{ CALL(MSG_INFO, "msg_info", qmsg_msg_get_info),
	  .fields = { FLAG(qmsg_msg_get_info, flags, 0), F(qmsg_msg_get_info, rcvid, RCVID),
		      F(qmsg_msg_get_info, info_ptr, POINTER),
		      F(qmsg_msg_get_info, info_len, LENGTH) } },
	{ CALL(MSG_REPLY_RECEIVE, "msg_reply_receive", qmsg_msg_reply_receive), .blocks = true,
	  MAKES(qmsg_msg_reply_receive, out_rcvid, RCVIDS),
	  .fields = { FLAG(qmsg_msg_reply_receive, reply_flags, 7),
		      F(qmsg_msg_reply_receive, rcvid, RCVID),
		      F(qmsg_msg_reply_receive, reply_ptr, POINTER),
		      F(qmsg_msg_reply_receive, reply_len, LENGTH),
		      FLAG(qmsg_msg_reply_receive, flags, 3),
		      F(qmsg_msg_reply_receive, chid, CHID),
		      F(qmsg_msg_reply_receive, buf_ptr, POINTER),
		      F(qmsg_msg_reply_receive, buf_len, LENGTH),
		      F(qmsg_msg_reply_receive, info_ptr, POINTER),
		      F(qmsg_msg_reply_receive, info_len, LENGTH),
		      F(qmsg_msg_reply_receive, deadline, DEADLINE) } },
	{ CALL(MSG_CURRENT, "msg_current", qmsg_msg_current),
	  .fields = { FLAG(qmsg_msg_current, flags, 0), F(qmsg_msg_current, rcvid, RCVID) } },
	{ CALL(MSG_EVENTFD, "msg_eventfd", qmsg_msg_eventfd),
	  .fields = { FLAG(qmsg_msg_eventfd, flags, 0), F(qmsg_msg_eventfd, rcvid, RCVID),
		      F(qmsg_msg_eventfd, fd, FD) } },
	{ CALL(PULSE_SEND, "pulse_send", qmsg_pulse_send),
	  .fields = { FLAG(qmsg_pulse_send, flags, 0), F(qmsg_pulse_send, coid, COID),
		      F(qmsg_pulse_send, priority, PRIORITY), F(qmsg_pulse_send, code, NUMBER),
		      F(qmsg_pulse_send, value, WORD) } },
	{ CALL(EVENT_DELIVER, "event_deliver", qmsg_event_deliver),
	  .fields = { FLAG(qmsg_event_deliver, flags, 1), F(qmsg_event_deliver, rcvid, RCVID),
		      EVENT(qmsg_event_deliver, event) } },
	{ CALL(EVENT_REGISTER, "event_register", qmsg_event_register),
	  MAKES(qmsg_event_register, out_handle, HANDLES),
	  .fields = { FLAG(qmsg_event_register, flags, 0), F(qmsg_event_register, coid, COID),
		      EVENT(qmsg_event_register, event) } },
	{ CALL(EVENT_UNREGISTER, "event_unregister", qmsg_event_unregister),
	  .fields = { FLAG(qmsg_event_unregister, flags, 0),
		      F(qmsg_event_unregister, handle, HANDLE) } },
	{ CALL(EVENT_KEEP, "event_keep", qmsg_event_keep),
	  .fields = { FLAG(qmsg_event_keep, flags, 0), F(qmsg_event_keep, rcvid, RCVID) } },
	{ CALL(INTR_WAIT, "intr_wait", qmsg_intr_wait), .blocks = true,
	  .fields = { FLAG(qmsg_intr_wait, flags, 0), F(qmsg_intr_wait, deadline, DEADLINE) } },
	{ CALL(TIMER_CREATE, "timer_create", qmsg_timer_create),
	  MAKES(qmsg_timer_create, out_timer, TIMERS),
	  .fields = { FLAG(qmsg_timer_create, flags, 0), F(qmsg_timer_create, clockid, CLOCK),
		      EVENT(qmsg_timer_create, event) } },
	{ CALL(TIMER_SETTIME, "timer_settime", qmsg_timer_settime),
	  .fields = { FLAG(qmsg_timer_settime, flags, 1), F(qmsg_timer_settime, timer, TIMER),
		      F(qmsg_timer_settime, value, NANOSECONDS),
		      F(qmsg_timer_settime, interval, NANOSECONDS) } },
	{ CALL(TIMER_GETTIME, "timer_gettime", qmsg_timer_gettime),
	  .fields = { FLAG(qmsg_timer_gettime, flags, 0), F(qmsg_timer_gettime, timer, TIMER) } },
	{ CALL(TIMER_DELETE, "timer_delete", qmsg_timer_delete),
	  .fields = { FLAG(qmsg_timer_delete, flags, 0), F(qmsg_timer_delete, timer, TIMER) } },
	{ CALL(NAME_ATTACH, "name_attach", qmsg_name_attach),
	  .fields = { FLAG(qmsg_name_attach, flags, 0), F(qmsg_name_attach, chid, CHID),
		      F(qmsg_name_attach, name_ptr, NAME),
		      F(qmsg_name_attach, name_len, NAME_LENGTH) } },
	{ CALL(NAME_DETACH, "name_detach", qmsg_name_detach),
	  .fields = { FLAG(qmsg_name_detach, flags, 0), F(qmsg_name_detach, chid, CHID),
		      F(qmsg_name_detach, name_ptr, NAME),
		      F(qmsg_name_detach, name_len, NAME_LENGTH) } },
	{ CALL(NAME_CONNECT, "name_connect", qmsg_name_connect),
	  MAKES(qmsg_name_connect, out_coid, COIDS),
	  .fields = { FLAG(qmsg_name_connect, flags, 0x6841),
		      F(qmsg_name_connect, name_ptr, NAME),
		      F(qmsg_name_connect, name_len, NAME_LENGTH),
		      FLAG(qmsg_name_connect, index, QMSG_SIDE_CHANNEL) } },
	DEEDS
};

int op_count(void)
{
	return COUNT(ops);
}

const struct op *op_get(uint8_t op)
{
	return &ops[op % COUNT(ops)];
}

const char *op_name(uint8_t op)
{
	return op_get(op)->name;
}

int op_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(ops); i++)
		if (!strcmp(ops[i].name, name))
			return i;
	return -1;
}
