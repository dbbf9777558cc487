/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rig in which every request of <linux/qmsg.h> can be made to succeed, and the table
 * of those requests. A negative test spoils one thing in a struct that arm() made good;
 * the same struct unspoiled must succeed afterwards, which proves that nothing else was
 * wrong with it and that the refused call left nothing behind.
 */
#ifndef SELFTESTS_ABI_RIG_H
#define SELFTESTS_ABI_RIG_H

#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../hazards/hazard.h"

#define RIG_BYTES	64
#define RIG_ARG_MAX	192
#define RIG_ARG(name)	_Alignas(8) char name[RIG_ARG_MAX]

struct rig {
	int q;				/* everything below lives here */
	int fresh;			/* a context that never had a channel, for SETUP */
	int idle_chid, idle_coid;	/* nobody receives on it */
	int echo_chid, echo_coid;	/* a thread answers everything on it */
	int held_chid, held_coid;	/* a client is REPLY-blocked on it */
	pthread_t echo, client;
	bool echo_runs;
	long served;			/* by the echo thread */
	int64_t rcvid;			/* of the REPLY-blocked client, 0 while there is none */
	int64_t client_result;
	char client_message[RIG_BYTES], client_reply[RIG_BYTES];
	char out[RIG_BYTES], in[RIG_BYTES];
	struct qmsg_msg_info info;
	bool named;			/* idle_chid has the name "rig" */
	int spare_chid, spare_coid, spare_timer;
	bool has_spare_timer;
	uint32_t spare_handle;
};

static inline uint64_t rig_ptr(const void *p)
{
	return (uintptr_t)p;
}

static inline void *rig_echo_thread(void *p)
{
	struct rig *r = p;
	struct qmsg_msg_receive args = {
		.chid = r->echo_chid, .deadline = QMSG_NO_DEADLINE,
	};
	char buf[RIG_BYTES];

	args.buf_ptr = rig_ptr(buf);
	args.buf_len = sizeof(buf);
	while (!qmsg_msg_receive_with(r->q, &args)) {
		__atomic_fetch_add(&r->served, 1, __ATOMIC_SEQ_CST);
		qmsg_msg_reply(r->q, args.out_rcvid, 7, buf, sizeof(buf));
	}
	return NULL;
}

static inline void *rig_client_thread(void *p)
{
	struct rig *r = p;

	r->client_result = qmsg_msg_send(r->q, r->held_coid, r->client_message,
					 sizeof(r->client_message), r->client_reply,
					 sizeof(r->client_reply));
	return NULL;
}

/* Makes sure that rig.rcvid is the receive id of a REPLY-blocked client. */
static inline int rig_hold(struct rig *r)
{
	char buf[8];

	if (r->rcvid > 0)
		return 0;
	memset(r->client_message, 'm', sizeof(r->client_message));
	if (pthread_create(&r->client, NULL, rig_client_thread, r))
		return -EAGAIN;
	r->rcvid = qmsg_msg_receive(r->q, r->held_chid, buf, sizeof(buf), NULL);
	return r->rcvid > 0 ? 0 : -EIO;
}

/* The client has been answered: its thread ends. */
static inline void rig_released(struct rig *r)
{
	pthread_join(r->client, NULL);
	r->rcvid = 0;
}

static inline int rig_channel(struct rig *r, int *chid, int *coid)
{
	*chid = qmsg_channel_create(r->q, 0);
	if (*chid < 0)
		return *chid;
	*coid = qmsg_connect_attach(r->q, 0, *chid, QMSG_SIDE_CHANNEL, 0);
	return *coid < 0 ? *coid : 0;
}

/* As @uid; the device may be closed to it, so it is opened before. */
static inline int rig_open(struct rig *r, uid_t uid)
{
	int err = 0;

	memset(r, 0, sizeof(*r));
	r->q = qmsg_open();
	r->fresh = qmsg_open();
	if (r->q < 0 || r->fresh < 0)
		return r->q < 0 ? r->q : r->fresh;
	if (uid)
		err = give_up_root(uid);
	err = err ?: rig_channel(r, &r->idle_chid, &r->idle_coid);
	err = err ?: rig_channel(r, &r->echo_chid, &r->echo_coid);
	err = err ?: rig_channel(r, &r->held_chid, &r->held_coid);
	err = err ?: -pthread_create(&r->echo, NULL, rig_echo_thread, r);
	r->echo_runs = !err;
	return err ?: rig_hold(r);
}

static inline void rig_close(struct rig *r)
{
	if (r->rcvid > 0) {
		qmsg_msg_reply(r->q, r->rcvid, 0, NULL, 0);
		rig_released(r);
	}
	if (r->echo_runs) {
		qmsg_channel_destroy(r->q, r->echo_chid);
		pthread_join(r->echo, NULL);
	}
	close(r->q);
	close(r->fresh);
}

/*
 * One row per request. known_flags: bits that are not refused. iov_flag: the bit that
 * makes the buffer an array, and where its pointer and count are.
 */
struct call {
	const char *name;
	unsigned long request;
	size_t size;
	size_t first;		/* size of the first version, where it has grown since */
	struct { size_t at; uint32_t known; } flags[2];
	size_t reserved[2];
	struct { size_t at, bytes; } outs[4];
	struct { size_t flags, ptr, len; uint32_t bit; bool in; } buffers[2];
	void (*arm)(struct rig *r, void *arg);
	void (*disarm)(struct rig *r, void *arg);
};

static inline size_t call_first_size(const struct call *call)
{
	return call->first ?: call->size;
}

static inline int call_fd(const struct call *call, const struct rig *r)
{
	return call->request == QMSG_IOC_SETUP ? r->fresh : r->q;
}

static inline void disarm_channel_create(struct rig *r, void *arg)
{
	qmsg_channel_destroy(r->q, ((struct qmsg_channel_create *)arg)->out_chid);
}

static inline void arm_channel_destroy(struct rig *r, void *arg)
{
	if (!r->spare_chid)
		r->spare_chid = qmsg_channel_create(r->q, 0);
	((struct qmsg_channel_destroy *)arg)->chid = r->spare_chid;
}

static inline void disarm_channel_destroy(struct rig *r, void *arg)
{
	(void)arg;
	r->spare_chid = 0;
}

static inline void arm_connect_attach(struct rig *r, void *arg)
{
	struct qmsg_connect_attach *args = arg;

	args->chid = r->idle_chid;
	args->index = QMSG_SIDE_CHANNEL;
}

static inline void disarm_connect_attach(struct rig *r, void *arg)
{
	qmsg_connect_detach(r->q, ((struct qmsg_connect_attach *)arg)->out_coid);
}

static inline void arm_connect_detach(struct rig *r, void *arg)
{
	if (!r->spare_coid)
		r->spare_coid = qmsg_connect_attach(r->q, 0, r->idle_chid, QMSG_SIDE_CHANNEL, 0);
	((struct qmsg_connect_detach *)arg)->coid = r->spare_coid;
}

static inline void disarm_connect_detach(struct rig *r, void *arg)
{
	(void)arg;
	r->spare_coid = 0;
}

static inline void arm_connect_flags(struct rig *r, void *arg)
{
	((struct qmsg_connect_flags *)arg)->coid = r->idle_coid;
}

static inline void arm_connect_info(struct rig *r, void *arg)
{
	((struct qmsg_connect_info *)arg)->coid = r->idle_coid;
}

static inline void arm_client_info(struct rig *r, void *arg)
{
	(void)r;
	((struct qmsg_client_info *)arg)->scoid = -1;
}

static inline void arm_msg_send(struct rig *r, void *arg)
{
	struct qmsg_msg_send *args = arg;

	args->coid = r->echo_coid;
	args->send_ptr = rig_ptr(r->out);
	args->send_len = sizeof(r->out);
	args->reply_ptr = rig_ptr(r->in);
	args->reply_len = sizeof(r->in);
	args->send_deadline = QMSG_NO_DEADLINE;
	args->reply_deadline = QMSG_NO_DEADLINE;
}

/* A pulse is ready, and the deadline is past: the call never waits. */
static inline void arm_pulse_queued(struct rig *r)
{
	struct qmsg_msg_receive poll = {
		.chid = r->idle_chid, .buf_ptr = rig_ptr(r->in), .buf_len = sizeof(r->in),
	};

	while (!qmsg_msg_receive_with(r->q, &poll))
		;
	qmsg_pulse_send(r->q, r->idle_coid, 10, 1, 2);
}

static inline void arm_msg_receive(struct rig *r, void *arg)
{
	struct qmsg_msg_receive *args = arg;

	arm_pulse_queued(r);
	args->chid = r->idle_chid;
	args->buf_ptr = rig_ptr(r->in);
	args->buf_len = sizeof(r->in);
	args->info_ptr = rig_ptr(&r->info);
	args->info_len = sizeof(r->info);
}

static inline void arm_msg_reply(struct rig *r, void *arg)
{
	struct qmsg_msg_reply *args = arg;

	rig_hold(r);
	args->rcvid = r->rcvid;
	args->status = 7;
	args->buf_ptr = rig_ptr(r->out);
	args->buf_len = sizeof(r->out);
}

static inline void disarm_answer(struct rig *r, void *arg)
{
	(void)arg;
	rig_released(r);
}

static inline void arm_msg_error(struct rig *r, void *arg)
{
	struct qmsg_msg_error *args = arg;

	rig_hold(r);
	args->rcvid = r->rcvid;
	args->error = EPROTO;
}

static inline void arm_msg_copy(struct rig *r, void *arg)
{
	struct qmsg_msg_copy *args = arg;

	rig_hold(r);
	args->rcvid = r->rcvid;
	args->buf_ptr = rig_ptr(r->in);
	args->buf_len = sizeof(r->in);
}

static inline void arm_msg_info(struct rig *r, void *arg)
{
	struct qmsg_msg_get_info *args = arg;

	rig_hold(r);
	args->rcvid = r->rcvid;
	args->info_ptr = rig_ptr(&r->info);
	args->info_len = sizeof(r->info);
}

static inline void arm_msg_reply_receive(struct rig *r, void *arg)
{
	struct qmsg_msg_reply_receive *args = arg;

	rig_hold(r);
	arm_pulse_queued(r);
	args->rcvid = r->rcvid;
	args->status = 7;
	args->reply_ptr = rig_ptr(r->out);
	args->reply_len = sizeof(r->out);
	args->chid = r->idle_chid;
	args->buf_ptr = rig_ptr(r->in);
	args->buf_len = sizeof(r->in);
	args->info_ptr = rig_ptr(&r->info);
	args->info_len = sizeof(r->info);
}

static inline void arm_msg_current(struct rig *r, void *arg)
{
	struct qmsg_msg_current *args = arg;

	rig_hold(r);
	args->rcvid = r->rcvid;
}

static inline void arm_msg_eventfd(struct rig *r, void *arg)
{
	struct qmsg_msg_eventfd *args = arg;

	rig_hold(r);
	args->rcvid = r->rcvid;
	args->fd = -1;
}

static inline void arm_pulse_send(struct rig *r, void *arg)
{
	struct qmsg_pulse_send *args = arg;

	arm_pulse_queued(r);
	args->coid = r->idle_coid;
	args->priority = QMSG_PRIORITY_SELF;
	args->code = 3;
	args->value = 4;
}

static inline void arm_channel_access(struct rig *r, void *arg)
{
	((struct qmsg_channel_access *)arg)->chid = r->idle_chid;
}

static inline void arm_channel_fd(struct rig *r, void *arg)
{
	((struct qmsg_channel_fd *)arg)->chid = r->idle_chid;
}

static inline void disarm_channel_fd(struct rig *r, void *arg)
{
	(void)r;
	close(((struct qmsg_channel_fd *)arg)->out_fd);
}

static inline void rig_name(struct rig *r, bool named)
{
	if (named && !r->named)
		qmsg_name_attach(r->q, r->idle_chid, "rig");
	if (!named && r->named)
		qmsg_name_detach(r->q, r->idle_chid, "rig");
	r->named = named;
}

static inline void arm_name_attach(struct rig *r, void *arg)
{
	struct qmsg_name_attach *args = arg;

	rig_name(r, false);
	args->chid = r->idle_chid;
	args->name_ptr = rig_ptr("rig");
	args->name_len = 3;
}

static inline void disarm_name_attach(struct rig *r, void *arg)
{
	(void)arg;
	r->named = true;
	rig_name(r, false);
}

static inline void arm_name_detach(struct rig *r, void *arg)
{
	struct qmsg_name_detach *args = arg;

	rig_name(r, true);
	args->chid = r->idle_chid;
	args->name_ptr = rig_ptr("rig");
	args->name_len = 3;
}

static inline void disarm_name_detach(struct rig *r, void *arg)
{
	(void)arg;
	r->named = false;
}

static inline void arm_name_connect(struct rig *r, void *arg)
{
	struct qmsg_name_connect *args = arg;

	rig_name(r, true);
	args->name_ptr = rig_ptr("rig");
	args->name_len = 3;
	args->index = QMSG_SIDE_CHANNEL;
}

static inline void disarm_name_connect(struct rig *r, void *arg)
{
	qmsg_connect_detach(r->q, ((struct qmsg_name_connect *)arg)->out_coid);
}

static inline void disarm_event_register(struct rig *r, void *arg)
{
	qmsg_event_unregister(r->q, ((struct qmsg_event_register *)arg)->out_handle);
}

static inline void arm_event_register(struct rig *r, void *arg)
{
	((struct qmsg_event_register *)arg)->coid = r->idle_coid;
}

static inline void arm_event_unregister(struct rig *r, void *arg)
{
	static const struct qmsg_event nothing;

	if (!r->spare_handle)
		qmsg_event_register(r->q, QMSG_REGISTER_SELF, &nothing, &r->spare_handle);
	((struct qmsg_event_unregister *)arg)->handle = r->spare_handle;
}

static inline void disarm_event_unregister(struct rig *r, void *arg)
{
	(void)arg;
	r->spare_handle = 0;
}

static inline void arm_event_keep(struct rig *r, void *arg)
{
	rig_hold(r);
	((struct qmsg_event_keep *)arg)->rcvid = r->rcvid;
}

/* The id is kept as long as the connection it came over. */
static inline void disarm_event_keep(struct rig *r, void *arg)
{
	(void)arg;
	qmsg_msg_reply(r->q, r->rcvid, 0, NULL, 0);
	rig_released(r);
	qmsg_connect_detach(r->q, r->held_coid);
	r->held_coid = qmsg_connect_attach(r->q, 0, r->held_chid, QMSG_SIDE_CHANNEL, 0);
}

/* One is there already. */
static inline void arm_intr_wait(struct rig *r, void *arg)
{
	static const struct qmsg_event intr = { .notify = QMSG_EVENT_INTR };

	(void)arg;
	qmsg_event_deliver(r->q, 0, &intr);
}

static inline void arm_timer_create(struct rig *r, void *arg)
{
	struct qmsg_timer_create *args = arg;

	args->event.notify = QMSG_EVENT_PULSE;
	args->event.id = r->idle_coid;
	args->event.priority = QMSG_PRIORITY_SELF;
}

static inline void disarm_timer_create(struct rig *r, void *arg)
{
	qmsg_timer_delete(r->q, ((struct qmsg_timer_create *)arg)->out_timer);
}

/* The three calls about a timer have its id in the same place. */
static inline void arm_timer(struct rig *r, void *arg)
{
	static const struct qmsg_event nothing;

	if (!r->has_spare_timer)
		r->spare_timer = qmsg_timer_create(r->q, 0, &nothing);
	r->has_spare_timer = true;
	((struct qmsg_timer_delete *)arg)->timer = r->spare_timer;
}

static inline void disarm_timer_delete(struct rig *r, void *arg)
{
	(void)arg;
	r->has_spare_timer = false;
}

#define AT(s, m)	offsetof(struct s, m)
#define CALL(n, s)	.name = #n, .request = QMSG_IOC_##n, .size = sizeof(struct s)
#define OUT(s, m)	{ AT(s, m), sizeof(((struct s *)0)->m) }

static const struct call calls[] = {
	{ CALL(QUERY, qmsg_query), .flags = { { AT(qmsg_query, flags), 0 } },
	  .outs = { { AT(qmsg_query, out_features), 24 } } },
	{ CALL(SETUP, qmsg_setup), .flags = { { AT(qmsg_setup, flags), 0 } },
	  .reserved = { AT(qmsg_setup, __reserved) } },
	{ CALL(CHANNEL_CREATE, qmsg_channel_create),
	  .first = AT(qmsg_channel_create, pool_event),
	  .flags = { { AT(qmsg_channel_create, flags), 0x400010ef },
		     { AT(qmsg_channel_create, mode), 0222 } },
	  .reserved = { AT(qmsg_channel_create, pool_rearm), AT(qmsg_channel_create, gid) },
	  .outs = { OUT(qmsg_channel_create, out_chid) },
	  .disarm = disarm_channel_create },
	{ CALL(CHANNEL_DESTROY, qmsg_channel_destroy),
	  .flags = { { AT(qmsg_channel_destroy, flags), 0 } },
	  .reserved = { AT(qmsg_channel_destroy, __reserved) },
	  .arm = arm_channel_destroy, .disarm = disarm_channel_destroy },
	{ CALL(CHANNEL_ACCESS, qmsg_channel_access),
	  .flags = { { AT(qmsg_channel_access, flags), 0 },
		     { AT(qmsg_channel_access, mode), 0222 } },
	  .reserved = { AT(qmsg_channel_access, __reserved), AT(qmsg_channel_access, gid) },
	  .arm = arm_channel_access },
	{ CALL(CHANNEL_FD, qmsg_channel_fd), .flags = { { AT(qmsg_channel_fd, flags), 1 } },
	  .outs = { OUT(qmsg_channel_fd, out_fd) },
	  .arm = arm_channel_fd, .disarm = disarm_channel_fd },
	{ CALL(CONNECT_ATTACH, qmsg_connect_attach),
	  .flags = { { AT(qmsg_connect_attach, flags), 0x6841 } },
	  .reserved = { AT(qmsg_connect_attach, __reserved) },
	  .outs = { OUT(qmsg_connect_attach, out_coid) },
	  .arm = arm_connect_attach, .disarm = disarm_connect_attach },
	{ CALL(CONNECT_DETACH, qmsg_connect_detach),
	  .flags = { { AT(qmsg_connect_detach, flags), 0 } },
	  .reserved = { AT(qmsg_connect_detach, __reserved) },
	  .arm = arm_connect_detach, .disarm = disarm_connect_detach },
	{ CALL(CONNECT_FLAGS, qmsg_connect_flags),
	  .flags = { { AT(qmsg_connect_flags, flags), 0 } },
	  .reserved = { AT(qmsg_connect_flags, bits) },
	  .outs = { OUT(qmsg_connect_flags, out_flags) }, .arm = arm_connect_flags },
	{ CALL(CONNECT_INFO, qmsg_connect_info),
	  .flags = { { AT(qmsg_connect_info, flags), 3 } },
	  .outs = { { AT(qmsg_connect_info, out_coid), 20 } }, .arm = arm_connect_info },
	{ CALL(CLIENT_INFO, qmsg_client_info),
	  .flags = { { AT(qmsg_client_info, flags), 0 } },
	  .outs = { { AT(qmsg_client_info, out_ngroups), 40 } }, .arm = arm_client_info },
	{ CALL(MSG_SEND, qmsg_msg_send), .flags = { { AT(qmsg_msg_send, flags), 3 } },
	  .reserved = { AT(qmsg_msg_send, __reserved) },
	  .outs = { { AT(qmsg_msg_send, out_status), 24 } },
	  .buffers = { { AT(qmsg_msg_send, flags), AT(qmsg_msg_send, send_ptr),
			 AT(qmsg_msg_send, send_len), QMSG_SEND_IOV, false },
		       { AT(qmsg_msg_send, flags), AT(qmsg_msg_send, reply_ptr),
			 AT(qmsg_msg_send, reply_len), QMSG_REPLY_IOV, true } },
	  .arm = arm_msg_send },
	{ CALL(MSG_RECEIVE, qmsg_msg_receive), .first = AT(qmsg_msg_receive, out_msglen),
	  .flags = { { AT(qmsg_msg_receive, flags), 3 } },
	  .outs = { OUT(qmsg_msg_receive, out_rcvid), OUT(qmsg_msg_receive, out_msglen) },
	  .buffers = { { AT(qmsg_msg_receive, flags), AT(qmsg_msg_receive, buf_ptr),
			 AT(qmsg_msg_receive, buf_len), QMSG_RECEIVE_IOV, true } },
	  .arm = arm_msg_receive },
	{ CALL(MSG_REPLY, qmsg_msg_reply), .flags = { { AT(qmsg_msg_reply, flags), 7 } },
	  .buffers = { { AT(qmsg_msg_reply, flags), AT(qmsg_msg_reply, buf_ptr),
			 AT(qmsg_msg_reply, buf_len), QMSG_REPLY_DATA_IOV, false } },
	  .arm = arm_msg_reply, .disarm = disarm_answer },
	{ CALL(MSG_ERROR, qmsg_msg_error), .flags = { { AT(qmsg_msg_error, flags), 6 } },
	  .reserved = { AT(qmsg_msg_error, __reserved) },
	  .arm = arm_msg_error, .disarm = disarm_answer },
	{ CALL(MSG_READ, qmsg_msg_copy), .flags = { { AT(qmsg_msg_copy, flags), 1 } },
	  .outs = { OUT(qmsg_msg_copy, out_copied) },
	  .buffers = { { AT(qmsg_msg_copy, flags), AT(qmsg_msg_copy, buf_ptr),
			 AT(qmsg_msg_copy, buf_len), QMSG_COPY_IOV, true } },
	  .arm = arm_msg_copy },
	{ CALL(MSG_WRITE, qmsg_msg_copy), .flags = { { AT(qmsg_msg_copy, flags), 1 } },
	  .outs = { OUT(qmsg_msg_copy, out_copied) },
	  .buffers = { { AT(qmsg_msg_copy, flags), AT(qmsg_msg_copy, buf_ptr),
			 AT(qmsg_msg_copy, buf_len), QMSG_COPY_IOV, false } },
	  .arm = arm_msg_copy },
	{ CALL(MSG_INFO, qmsg_msg_get_info), .flags = { { AT(qmsg_msg_get_info, flags), 0 } },
	  .reserved = { AT(qmsg_msg_get_info, __reserved) }, .arm = arm_msg_info },
	{ CALL(MSG_REPLY_RECEIVE, qmsg_msg_reply_receive),
	  .first = AT(qmsg_msg_reply_receive, out_msglen),
	  .flags = { { AT(qmsg_msg_reply_receive, flags), 3 },
		     { AT(qmsg_msg_reply_receive, reply_flags), 7 } },
	  .outs = { OUT(qmsg_msg_reply_receive, out_reply_error),
		    OUT(qmsg_msg_reply_receive, out_rcvid),
		    OUT(qmsg_msg_reply_receive, out_msglen),
		    OUT(qmsg_msg_reply_receive, rcvid) },
	  .buffers = { { AT(qmsg_msg_reply_receive, reply_flags),
			 AT(qmsg_msg_reply_receive, reply_ptr),
			 AT(qmsg_msg_reply_receive, reply_len), QMSG_REPLY_DATA_IOV, false },
		       { AT(qmsg_msg_reply_receive, flags),
			 AT(qmsg_msg_reply_receive, buf_ptr),
			 AT(qmsg_msg_reply_receive, buf_len), QMSG_RECEIVE_IOV, true } },
	  .arm = arm_msg_reply_receive, .disarm = disarm_answer },
	{ CALL(MSG_CURRENT, qmsg_msg_current), .flags = { { AT(qmsg_msg_current, flags), 0 } },
	  .arm = arm_msg_current },
	{ CALL(MSG_EVENTFD, qmsg_msg_eventfd), .flags = { { AT(qmsg_msg_eventfd, flags), 0 } },
	  .reserved = { AT(qmsg_msg_eventfd, __reserved) }, .arm = arm_msg_eventfd },
	{ CALL(PULSE_SEND, qmsg_pulse_send), .flags = { { AT(qmsg_pulse_send, flags), 0 } },
	  .reserved = { AT(qmsg_pulse_send, __reserved) }, .arm = arm_pulse_send },
	{ CALL(NAME_ATTACH, qmsg_name_attach), .flags = { { AT(qmsg_name_attach, flags), 0 } },
	  .arm = arm_name_attach, .disarm = disarm_name_attach },
	{ CALL(NAME_DETACH, qmsg_name_detach), .flags = { { AT(qmsg_name_detach, flags), 0 } },
	  .arm = arm_name_detach, .disarm = disarm_name_detach },
	{ CALL(NAME_CONNECT, qmsg_name_connect),
	  .flags = { { AT(qmsg_name_connect, flags), 0x6841 } },
	  .reserved = { AT(qmsg_name_connect, __reserved) },
	  .outs = { OUT(qmsg_name_connect, out_coid) },
	  .arm = arm_name_connect, .disarm = disarm_name_connect },
	{ CALL(EVENT_DELIVER, qmsg_event_deliver),
	  .flags = { { AT(qmsg_event_deliver, flags), 1 },
		     { AT(qmsg_event_deliver, event.notify), QMSG_EVENT_UPDATEABLE |
		       QMSG_EVENT_CODE_UPDATEABLE | QMSG_EVENT_HANDLE | 7 } } },
	{ CALL(EVENT_REGISTER, qmsg_event_register),
	  .flags = { { AT(qmsg_event_register, flags), 0 },
		     { AT(qmsg_event_register, event.notify), QMSG_EVENT_UPDATEABLE |
		       QMSG_EVENT_CODE_UPDATEABLE | 7 } },
	  .outs = { OUT(qmsg_event_register, out_handle) },
	  .arm = arm_event_register, .disarm = disarm_event_register },
	{ CALL(EVENT_UNREGISTER, qmsg_event_unregister),
	  .flags = { { AT(qmsg_event_unregister, flags), 0 } },
	  .reserved = { AT(qmsg_event_unregister, __reserved) },
	  .arm = arm_event_unregister, .disarm = disarm_event_unregister },
	{ CALL(EVENT_KEEP, qmsg_event_keep), .flags = { { AT(qmsg_event_keep, flags), 0 } },
	  .arm = arm_event_keep, .disarm = disarm_event_keep },
	{ CALL(INTR_WAIT, qmsg_intr_wait), .flags = { { AT(qmsg_intr_wait, flags), 0 } },
	  .arm = arm_intr_wait },
	{ CALL(TIMER_CREATE, qmsg_timer_create), .flags = { { AT(qmsg_timer_create, flags), 0 } },
	  .outs = { OUT(qmsg_timer_create, out_timer) },
	  .arm = arm_timer_create, .disarm = disarm_timer_create },
	{ CALL(TIMER_SETTIME, qmsg_timer_settime),
	  .flags = { { AT(qmsg_timer_settime, flags), 1 } },
	  .reserved = { AT(qmsg_timer_settime, __reserved) },
	  .outs = { OUT(qmsg_timer_settime, out_value), OUT(qmsg_timer_settime, out_interval) },
	  .arm = arm_timer },
	{ CALL(TIMER_GETTIME, qmsg_timer_gettime),
	  .flags = { { AT(qmsg_timer_gettime, flags), 0 } },
	  .outs = { { AT(qmsg_timer_gettime, out_overrun), 20 } }, .arm = arm_timer },
	{ CALL(TIMER_DELETE, qmsg_timer_delete), .flags = { { AT(qmsg_timer_delete, flags), 0 } },
	  .reserved = { AT(qmsg_timer_delete, __reserved) },
	  .arm = arm_timer, .disarm = disarm_timer_delete },
};

#define CALLS		(sizeof(calls) / sizeof(calls[0]))
#define FOR_EACH_CALL(call)	for (const struct call *call = calls; call < calls + CALLS; call++)

#undef AT
#undef CALL
#undef OUT

/* Members are set through memcpy(): the struct's type is known only to the row. */
static inline void call_set32(void *arg, size_t at, uint32_t value)
{
	memcpy((char *)arg + at, &value, sizeof(value));
}

static inline void call_set64(void *arg, size_t at, uint64_t value)
{
	memcpy((char *)arg + at, &value, sizeof(value));
}

static inline uint32_t call_get32(const void *arg, size_t at)
{
	uint32_t value;

	memcpy(&value, (const char *)arg + at, sizeof(value));
	return value;
}

/* Fills @arg so that the call succeeds. */
static inline void call_arm(const struct call *call, struct rig *r, void *arg)
{
	memset(arg, 0, RIG_ARG_MAX);
	call_set32(arg, 0, call->size);
	if (call->arm)
		call->arm(r, arg);
	for (size_t i = 0; i < 4; i++) {
		size_t at = call->outs[i].at;

		/* reply_receive's rcvid is input and output: it stays */
		if (at && !(call->request == QMSG_IOC_MSG_REPLY_RECEIVE && at == 8))
			memset((char *)arg + at, 0xa5, call->outs[i].bytes);
	}
}

static inline int call_now(const struct call *call, struct rig *r, void *arg)
{
	return raw_ioctl(call_fd(call, r), call->request, arg);
}

/*
 * A call that is meant to fail, with a struct that can be read. The fused call may have
 * given the answer before its receive failed; rcvid says so.
 */
static inline int call_refused(const struct call *call, struct rig *r, void *arg)
{
	int err = call_now(call, r, arg);

	if (call->request == QMSG_IOC_MSG_REPLY_RECEIVE && err && r->rcvid > 0 &&
	    !call_get32(arg, 8) && !call_get32(arg, 12))
		rig_released(r);
	return err;
}

/* The unspoiled call: its result, with everything it made undone. */
static inline int call_good(const struct call *call, struct rig *r, void *arg)
{
	int err = call_now(call, r, arg);

	if (!err && call->disarm)
		call->disarm(r, arg);
	return err;
}

#endif
