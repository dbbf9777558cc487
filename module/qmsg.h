/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qmsg: the whole in one page.
 */
#ifndef QMSG_H
#define QMSG_H

#include <linux/types.h>
#include <linux/qmsg.h>

/**
 * DOC: Objects
 *
 *   process (proc.c)      numbers the channels of one process
 *    └ context (ctx.c)    one open of /dev/qmsg; owns everything below
 *       ├ channel         (channel.c)  send queue (queue.c), waiting receivers;
 *       │  │                           chanfile.c: a descriptor to poll it with
 *       │  ├ name         (name.c)     how it is found besides by process and number
 *       │  └ server connection (connect.c)  one client context on one channel:
 *       │     │                        scoid, link count, disconnect pulse
 *       │     └ request   (request.c)  one MsgSend; state.c says what may happen to it
 *       ├ connection      (connect.c)  a coid; refers to a server connection.
 *       │                              connfile.c: the kind that is a descriptor
 *       │                              coiddeath.c: the pulse when its channel ends
 *       ├ timer           (timer.c)    posts a pulse, or delivers an event
 *       └ receive ids     (rcvid.c)    number -> request
 *
 *   A thread that receives (server.c) belongs to its process and to the channel of its last
 *   receive, which decides about its priority (boost.c, prio.c).
 *
 * A request lives on its own. The client has a reference, and so does whoever works on it
 * without a lock. The server's side (list of its server connection, table of receive ids) and a
 * receiver that has it in hand need none as long as the client is there: when it leaves, it
 * leaves them one, under the lock (state.c).
 */

/**
 * DOC: Locking
 *
 *   qmsg_proc_lock (mutex)           table of processes, their contexts
 *   qmsg_ctx.lock (mutex)            making and ending a context's channels and connections
 *    └ qmsg_channel.lock (spinlock)  queue, receivers, pulses, server connections and
 *       │                            the state of every request on the channel; one for all
 *       │                            channels of a context, and its receive ids (rcvid.h)
 *       ├ qmsg_timer.lock            whether it runs
 *       ├ qmsg_ctx.sconns_lock       a client's list of its server connections
 *       ├ qmsg_ctx.scoids (xa_lock)  a server's table of them
 *       ├ qmsg_proc.channels (xa_lock)  a process' table of channels
 *       └ qmsg_server.lock           a thread's channel, and what it has lent
 *
 *   qmsg_timer.mutex                 setting and ending a timer
 *    └ qmsg_channel.lock
 *
 *   stats.c's lock (mutex)           what is measured
 *    └ qmsg_channel.lock
 *   slow.c's lock (mutex)            whether slow requests are looked for; nothing below it
 *
 *   qmsg_window.lock (mutex)         moving one piece of a long message; nothing below it, and
 *                                    nothing faults under it
 *   qmsg_proc.servers_lock           changing the table of threads that receive
 *   RCU                              finding such a thread's record, what it last received
 *                                    on, and a connection that was found before
 *
 *   threaddeath.c: raw locks; the probe of a tracepoint has nothing else
 *   park.c's lock                    clients that stepped aside; nothing below it
 *   name.c's lock                    the registry of names; nothing below it
 *
 * Never two contexts' channels at once. No user memory is touched, nothing sleeps and no
 * object is freed under a spinlock: bytes move on the strength of a reference, or of an open
 * window.
 * Whoever is to be woken is noted under the channel's lock and woken right after it, and
 * whose priority is to change, has it changed there: under qmsg_server.settling (an
 * rt_mutex) and nothing that spins.
 */

/*
 * A step that every message takes: hot.c has all callers of it that matter, and puts it into each of
 * them. Elsewhere a function like any other.
 */
#ifdef QMSG_HOT
#define __qmsg_hot	__always_inline
#else
#define __qmsg_hot
#endif

/*
 * What is not part of the call and yet on the way of most messages, or of most long ones, lies
 * together: after each switch to another process, each page of code is looked up anew.
 */
#define __qmsg_near	__section(".text.qmsg_near")
#define __qmsg_long	__section(".text.qmsg_long")

struct qmsg_answer;
struct qmsg_buffer;
struct qmsg_channel;
struct qmsg_conn;
struct qmsg_connfile;
struct qmsg_ctx;
struct qmsg_proc;
struct qmsg_pulse_node;
struct qmsg_request;
struct qmsg_sconn;
struct qmsg_server;
struct qmsg_stats;
struct qmsg_thread_watch;
struct qmsg_timer;
struct qmsg_user;

#endif /* QMSG_H */
