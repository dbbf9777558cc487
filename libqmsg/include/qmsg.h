/* SPDX-License-Identifier: MIT */
/*
 * libqmsg: the native calls on /dev/qmsg.
 */
#ifndef QMSG_H
#define QMSG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/qmsg.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Conventions
 *
 * One call is one request to the device. A call returns its result, 0 or more, or
 * a negative errno; errno itself is never touched. The errors are those of the
 * request, listed in <linux/qmsg.h> at the struct named in each comment here,
 * together with the errors all requests share.
 *
 * @q is the descriptor that qmsg_open() returned. It belongs to the process that
 * opened it. A forked child gets EBADF from it, closes it and opens its own.
 *
 * The calls keep no state and take no lock: they may be used from any thread and
 * from a signal handler. None is a cancellation point. After fork() in a program
 * with several threads they may be used in the child.
 *
 * Memory stays the caller's; the kernel uses it until the call returns. A message
 * to be sent is copied when it is sent, a reply arrives in the sender's buffer at
 * any time before the call returns.
 *
 * Lengths are in bytes, at most %QMSG_LEN_MAX. A buffer of length 0 may be NULL.
 * The plain calls wait for ever; the ones named *_with() take the request's own
 * struct, in which deadlines, iovec arrays and rare options are found. They fill in
 * the size member, so a caller needs to set only what it uses and zero the rest;
 * but a deadline of 0 is one that is already past: say %QMSG_NO_DEADLINE to wait.
 */

/**
 * qmsg_open - open a context
 *
 * The descriptor is closed on exec. Close it with qmsg_close().
 *
 * Return: the descriptor, or as open(2): -ENOENT and -ENXIO: the module is not
 * loaded. -EACCES: the device is not the caller's to use. -EMFILE, -ENFILE, -ENOMEM.
 */
int qmsg_open(void);

/**
 * qmsg_close - close a context
 * @q: context
 *
 * When this was the process's last descriptor of it, the context ends: its connections
 * are detached, its channels destroyed, threads blocked on them return.
 *
 * Return: 0, or -EBADF: @q is not open.
 */
int qmsg_close(int q);

/**
 * qmsg_query - what this kernel and this context can do
 * @q: context, also another process's
 * @out: filled in
 *
 * Return: 0, or the errors of struct qmsg_query.
 */
int qmsg_query(int q, struct qmsg_query *out);

/**
 * qmsg_setup - choose the width of the context's receive ids
 * @q: context that has had no channel yet
 * @rcvid_bits: 8 … 63, 31 for ids that fit an int
 *
 * Return: 0, or the errors of struct qmsg_setup.
 */
int qmsg_setup(int q, unsigned rcvid_bits);

/**
 * qmsg_channel_create - make a channel for the same user's processes
 * @q: context
 * @flags: QMSG_CHF_* bits
 *
 * Return: the channel id, 1 or more, or the errors of struct qmsg_channel_create.
 */
int qmsg_channel_create(int q, unsigned flags);

/**
 * qmsg_channel_create_with - make a channel with access mode, limits and grace
 * @q: context
 * @args: the request
 *
 * Return: the channel id, 1 or more, or the errors of struct qmsg_channel_create.
 */
int qmsg_channel_create_with(int q, struct qmsg_channel_create *args);

/**
 * qmsg_channel_destroy - end a channel and everything that waits on it
 * @q: context
 * @chid: channel id
 *
 * Return: 0, or the errors of struct qmsg_channel_destroy.
 */
int qmsg_channel_destroy(int q, int chid);

/**
 * qmsg_channel_access - say anew who may attach to a channel
 * @q: context
 * @chid: channel id
 * @mode: write bits as of a file: 0200 the owner, 0020 members of @gid, 0002 everybody
 * @gid: group of the 0020 bit, 0 without it
 *
 * Return: 0, or the errors of struct qmsg_channel_access.
 */
int qmsg_channel_access(int q, int chid, mode_t mode, gid_t gid);

/**
 * qmsg_channel_fd - a descriptor to poll a channel with
 * @q: context
 * @chid: channel id
 * @flags: %QMSG_CHANNEL_FD_CLOEXEC
 *
 * For poll(2) and epoll(7), in this process or any other that it is given to: POLLIN:
 * qmsg_msg_receive() would find something; POLLRDNORM: a message; POLLPRI: a pulse;
 * POLLHUP: the channel has ended. Another thread may be faster: after the poll receive
 * with a deadline of 0, and take -ETIMEDOUT for nothing there. Close it with close().
 *
 * Return: the descriptor, or the errors of struct qmsg_channel_fd.
 */
int qmsg_channel_fd(int q, int chid, unsigned flags);

/**
 * qmsg_connect_attach - connect to a channel
 * @q: context
 * @pid: process that owns the channel, 0 for the caller
 * @chid: its channel id
 * @index: %QMSG_SIDE_CHANNEL: the connection id is a small integer with that bit.
 *	Anything without that bit: it is a file descriptor, the lowest free one that is
 *	@index or above
 * @flags: QMSG_COF_* bits
 *
 * An id that is a descriptor is given back with close(), the other kind with
 * qmsg_connect_detach().
 *
 * Return: the connection id, or the errors of struct qmsg_connect_attach, or
 * -EINVAL: @index is not below RLIMIT_NOFILE (looked at first). -EMFILE: no free
 * descriptor at @index or above.
 */
int qmsg_connect_attach(int q, pid_t pid, int chid, unsigned index, unsigned flags);

/**
 * qmsg_connect_detach - give up a connection
 * @q: context
 * @coid: connection id, of either kind, or the scoid of a client that has gone
 *
 * An id without %QMSG_SIDE_CHANNEL is a descriptor and is closed.
 *
 * Return: 0, or the errors of struct qmsg_connect_detach; -EBADF: a descriptor that is
 * not open. It is not examined whether an open one is a connection.
 */
int qmsg_connect_detach(int q, int coid);

/**
 * qmsg_connect_flags - look at and change a connection's flags
 * @q: context
 * @coid: connection id, of either kind
 * @mask: flags to change; 0 to look only
 * @bits: what to change them to
 *
 * %QMSG_COF_CLOEXEC of an id that is a descriptor is changed with fcntl(2) here.
 *
 * Return: the flags as they were before, or the errors of struct qmsg_connect_flags.
 */
int qmsg_connect_flags(int q, int coid, unsigned mask, unsigned bits);

/**
 * qmsg_connect_info - who is at the other end of a connection
 * @q: context
 * @args: the request
 *
 * Return: 0: see the out_* members of @args; or the errors of struct qmsg_connect_info.
 */
int qmsg_connect_info(int q, struct qmsg_connect_info *args);

/**
 * qmsg_client_info - a client's credentials as they are now
 * @q: context of the server
 * @args: the request
 *
 * Return: 0: see the out_* members of @args; or the errors of struct qmsg_client_info.
 */
int qmsg_client_info(int q, struct qmsg_client_info *args);

/**
 * qmsg_name_attach - publish a channel under a name
 * @q: context
 * @chid: channel id
 * @name: 1 … %QMSG_NAME_MAX bytes, no slash at the beginning, no component ".."
 *
 * It is a name of the caller's pid namespace. A channel can have several.
 *
 * Return: 0, or the errors of struct qmsg_name_attach.
 */
int qmsg_name_attach(int q, int chid, const char *name);

/**
 * qmsg_name_detach - take a name back
 * @q: context
 * @chid: channel id
 * @name: as given to qmsg_name_attach()
 *
 * Connections that were made by it stay. A channel that ends takes its names with it.
 *
 * Return: 0, or the errors of struct qmsg_name_detach.
 */
int qmsg_name_detach(int q, int chid, const char *name);

/**
 * qmsg_name_connect - connect to the channel of a name
 * @q: context
 * @name: as the server gave it to qmsg_name_attach()
 * @index: as for qmsg_connect_attach()
 * @flags: QMSG_COF_* bits
 *
 * Return: the connection id, or the errors of struct qmsg_name_connect.
 */
int qmsg_name_connect(int q, const char *name, unsigned index, unsigned flags);

/**
 * qmsg_msg_send - send a message and wait for the answer
 * @q: context
 * @coid: connection id
 * @smsg: the message
 * @slen: its length
 * @rmsg: where the reply goes
 * @rlen: room for it
 *
 * A negative status cannot be told from an error here; qmsg_msg_send_with() can.
 *
 * Return: the status the server replied with; if it answered with an error, that errno
 * negated; or the errors of struct qmsg_msg_send.
 */
int64_t qmsg_msg_send(int q, int coid, const void *smsg, size_t slen, void *rmsg, size_t rlen);

/**
 * qmsg_msg_send_with - send a message, with iovecs and deadlines
 * @q: context
 * @args: the request; the caller sets both deadlines
 *
 * Return: 0: the server answered, see out_status, out_error and out_reply_len of
 * @args; or the errors of struct qmsg_msg_send.
 */
int qmsg_msg_send_with(int q, struct qmsg_msg_send *args);

/**
 * qmsg_msg_receive - receive a message or a pulse
 * @q: context
 * @chid: channel id
 * @buf: where it goes
 * @len: room there; a pulse needs sizeof(struct qmsg_pulse)
 * @info: filled in for a message, zeroed for a pulse; may be NULL
 *
 * Return: the receive id, above 0; 0: a pulse; or the errors of struct qmsg_msg_receive.
 */
int64_t qmsg_msg_receive(int q, int chid, void *buf, size_t len, struct qmsg_msg_info *info);

/**
 * qmsg_msg_receive_pulse - receive a pulse, leaving messages where they are
 * @q: context
 * @chid: channel id
 * @buf: where it goes
 * @len: room there, at least sizeof(struct qmsg_pulse)
 * @info: zeroed; may be NULL
 *
 * Return: 0, or the errors of struct qmsg_msg_receive.
 */
int64_t qmsg_msg_receive_pulse(int q, int chid, void *buf, size_t len, struct qmsg_msg_info *info);

/**
 * qmsg_msg_receive_with - receive, with an iovec and a deadline
 * @q: context
 * @args: the request; the caller sets the deadline
 *
 * Return: 0: see out_rcvid of @args; or the errors of struct qmsg_msg_receive.
 */
int qmsg_msg_receive_with(int q, struct qmsg_msg_receive *args);

/**
 * qmsg_msg_reply - answer a request
 * @q: context
 * @rcvid: receive id
 * @status: what the client's send returns
 * @msg: the reply
 * @len: its length; what the client has no room for is dropped
 *
 * Return: 0, or the errors of struct qmsg_msg_reply.
 */
int qmsg_msg_reply(int q, int64_t rcvid, int64_t status, const void *msg, size_t len);

/**
 * qmsg_msg_reply_with - answer a request from an iovec
 * @q: context
 * @args: the request
 *
 * Return: 0, or the errors of struct qmsg_msg_reply.
 */
int qmsg_msg_reply_with(int q, struct qmsg_msg_reply *args);

/**
 * qmsg_msg_error - answer a request with an error
 * @q: context
 * @rcvid: receive id
 * @error: a positive errno, 0, ERESTART or %QMSG_ERROR_REASON
 *
 * Return: 0, or the errors of struct qmsg_msg_error.
 */
int qmsg_msg_error(int q, int64_t rcvid, int error);

/**
 * qmsg_msg_error_with - answer a request with an error, on a condition
 * @q: context
 * @args: the request
 *
 * Return: 0, or the errors of struct qmsg_msg_error.
 */
int qmsg_msg_error_with(int q, struct qmsg_msg_error *args);

/**
 * qmsg_msg_eventfd - be told when a request should be abandoned
 * @q: context
 * @rcvid: receive id
 * @fd: an eventfd(2), or -1 to take the request's away
 *
 * Return: 0, or the errors of struct qmsg_msg_eventfd.
 */
int qmsg_msg_eventfd(int q, int64_t rcvid, int fd);

/**
 * qmsg_msg_read - read from a client's message
 * @q: context
 * @rcvid: receive id
 * @buf: where the bytes go
 * @len: most bytes wanted
 * @offset: from the start of the message
 *
 * Return: bytes read, 0 from the end of the message on; or the errors of struct
 * qmsg_msg_copy.
 */
ssize_t qmsg_msg_read(int q, int64_t rcvid, void *buf, size_t len, uint64_t offset);

/**
 * qmsg_msg_write - write into a client's reply buffer
 * @q: context
 * @rcvid: receive id
 * @buf: the bytes
 * @len: their number
 * @offset: from the start of the reply buffer
 *
 * The client goes on waiting. A later reply is put at offset 0.
 *
 * Return: bytes written, 0 from the end of the client's buffer on; or the errors of
 * struct qmsg_msg_copy.
 */
ssize_t qmsg_msg_write(int q, int64_t rcvid, const void *buf, size_t len, uint64_t offset);

/**
 * qmsg_msg_copy_with - read or write with an iovec
 * @q: context
 * @request: QMSG_IOC_MSG_READ or QMSG_IOC_MSG_WRITE
 * @args: the request
 *
 * Return: 0: see out_copied of @args; or the errors of struct qmsg_msg_copy, or -EINVAL:
 * another @request.
 */
int qmsg_msg_copy_with(int q, unsigned long request, struct qmsg_msg_copy *args);

/**
 * qmsg_msg_info - look at a received request
 * @q: context
 * @rcvid: receive id
 * @info: filled in
 *
 * Return: 0, or the errors of struct qmsg_msg_get_info.
 */
int qmsg_msg_info(int q, int64_t rcvid, struct qmsg_msg_info *info);

/**
 * qmsg_msg_reply_receive - answer a request, then receive the next
 * @q: context
 * @rcvid: request to answer, 0 for none
 * @status: what its client's send returns
 * @rmsg: the reply
 * @rlen: its length
 * @chid: channel id
 * @buf: where the next message or pulse goes
 * @len: room there
 * @info: as in qmsg_msg_receive()
 *
 * That there was no such request to answer is not reported, and an error does not tell
 * whether the answer was given: when either matters use qmsg_msg_reply_receive_with().
 *
 * Return: as qmsg_msg_receive(), or the errors of struct qmsg_msg_reply_receive.
 */
int64_t qmsg_msg_reply_receive(int q, int64_t rcvid, int64_t status, const void *rmsg, size_t rlen,
			       int chid, void *buf, size_t len, struct qmsg_msg_info *info);

/**
 * qmsg_msg_reply_receive_with - answer, then receive, with iovecs and a deadline
 * @q: context
 * @args: the request; the caller sets the deadline. Its rcvid is 0 afterwards if the answer
 *	was given or refused, so that the same struct can be used to receive again
 *
 * Return: 0: see out_rcvid and out_reply_error of @args; or the errors of struct
 * qmsg_msg_reply_receive.
 */
int qmsg_msg_reply_receive_with(int q, struct qmsg_msg_reply_receive *args);

/**
 * qmsg_msg_current - work on a request again, with its client's priority
 * @q: context
 * @rcvid: receive id, or 0: on nothing, with the thread's own priority
 *
 * Return: 0, or the errors of struct qmsg_msg_current.
 */
int qmsg_msg_current(int q, int64_t rcvid);

/**
 * qmsg_pulse_send - send a pulse
 * @q: context
 * @coid: connection id
 * @priority: 1 … 255, or %QMSG_PRIORITY_SELF
 * @code: 0 … 127
 * @value: delivered as it is
 *
 * Never blocks.
 *
 * Return: 0, or the errors of struct qmsg_pulse_send.
 */
int qmsg_pulse_send(int q, int coid, int priority, int code, uint64_t value);

/**
 * qmsg_event_deliver - notify a client
 * @q: context
 * @rcvid: receive id of a request of the client, answered or not; 0 for the caller itself
 * @event: what the client had sent
 *
 * Never blocks.
 *
 * Return: 0, or the errors of struct qmsg_event_deliver.
 */
int qmsg_event_deliver(int q, int64_t rcvid, const struct qmsg_event *event);

/**
 * qmsg_event_check - could the event be delivered?
 * @q: context
 * @rcvid: as in qmsg_event_deliver()
 * @event: as in qmsg_event_deliver()
 *
 * Also keeps the id, as qmsg_event_keep().
 *
 * Return: 0, or the errors of struct qmsg_event_deliver.
 */
int qmsg_event_check(int q, int64_t rcvid, const struct qmsg_event *event);

/**
 * qmsg_event_register - make an event that only one server can deliver
 * @q: context
 * @coid: connection to that server, %QMSG_REGISTER_ANY_SERVER or %QMSG_REGISTER_SELF
 * @event: the event
 * @handle: set to its handle
 *
 * Return: 0, or the errors of struct qmsg_event_register.
 */
int qmsg_event_register(int q, int coid, const struct qmsg_event *event, uint32_t *handle);

/**
 * qmsg_event_unregister - take a registered event back
 * @q: context
 * @handle: its handle
 *
 * Return: 0, or the errors of struct qmsg_event_unregister.
 */
int qmsg_event_unregister(int q, uint32_t handle);

/**
 * qmsg_event_keep - keep a receive id for later events
 * @q: context
 * @rcvid: receive id
 *
 * Return: 0, or the errors of struct qmsg_event_keep.
 */
int qmsg_event_keep(int q, int64_t rcvid);

/**
 * qmsg_intr_wait - wait for a %QMSG_EVENT_INTR to the calling thread
 * @q: context
 * @deadline: latest time to return, or %QMSG_NO_DEADLINE
 *
 * Return: 0, or the errors of struct qmsg_intr_wait.
 */
int qmsg_intr_wait(int q, uint64_t deadline);

/**
 * qmsg_timer_create - make a timer
 * @q: context
 * @clockid: CLOCK_REALTIME, CLOCK_MONOTONIC or CLOCK_BOOTTIME
 * @event: what happens to this process when it expires
 *
 * Return: the timer's id, or the errors of struct qmsg_timer_create.
 */
int qmsg_timer_create(int q, int clockid, const struct qmsg_event *event);

/**
 * qmsg_timer_settime - start or stop a timer
 * @q: context
 * @args: the request; what the timer was set to before is in its out_value and out_interval
 *
 * Return: 0, or the errors of struct qmsg_timer_settime.
 */
int qmsg_timer_settime(int q, struct qmsg_timer_settime *args);

/**
 * qmsg_timer_gettime - what is left of a timer
 * @q: context
 * @args: the request, filled in
 *
 * Return: 0, or the errors of struct qmsg_timer_gettime.
 */
int qmsg_timer_gettime(int q, struct qmsg_timer_gettime *args);

/**
 * qmsg_timer_delete - end a timer
 * @q: context
 * @timer: its id
 *
 * A pulse of it that has not been received is taken back.
 *
 * Return: 0, or the errors of struct qmsg_timer_delete.
 */
int qmsg_timer_delete(int q, int timer);

#ifdef __cplusplus
}
#endif

#endif /* QMSG_H */
