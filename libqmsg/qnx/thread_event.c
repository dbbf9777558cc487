// SPDX-License-Identifier: MIT
/*
 * SIGEV_THREAD: no kernel of Linux makes threads in a process, so a thread of the library
 * does. It waits on a channel of its own; the registered event is a pulse to that, whose
 * value is the number of the program's event in the list below.
 *
 * The number, not an address: nobody but the kernel sends it, but a pulse may still be
 * queued when its event has been taken back. For the same reason it is never updateable.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct thread_event {
	struct thread_event *next;
	uint64_t id;
	uint32_t handle;
	struct sigevent event;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct thread_event *events;
static uint64_t last_id;
static int helper_chid;
static int helper_coid;

/* The program's waits heed a timeout; the library's own must not. */
int qmsg_libc_mutex_lock(pthread_mutex_t *mutex) __asm__("pthread_mutex_lock");

struct start {
	void (*function)(union sigval);
	union sigval value;
};

static void *run(void *arg)
{
	struct start start = *(struct start *)arg;
	sigset_t none;

	free(arg);
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	start.function(start.value);
	return NULL;
}

static void make_thread(const struct sigevent *event)
{
	struct start *start = malloc(sizeof(*start));
	pthread_t thread;

	if (!start)
		return;
	start->function = event->sigev_notify_function;
	start->value = event->sigev_value;
	if (pthread_create(&thread, event->sigev_notify_attributes, run, start))
		free(start);
	else
		pthread_detach(thread);
}

static bool find(uint64_t id, struct sigevent *event)
{
	struct thread_event *e;

	qmsg_libc_mutex_lock(&lock);
	for (e = events; e && e->id != id; e = e->next)
		;
	if (e)
		*event = e->event;
	pthread_mutex_unlock(&lock);
	return e;
}

static void *helper(void *arg)
{
	int chid = (int)(intptr_t)arg;
	int q = qmsg_qnx_context();
	struct qmsg_pulse pulse;
	struct sigevent event;
	int64_t ret;

	for (;;) {
		ret = qmsg_msg_receive(q, chid, &pulse, sizeof(pulse), NULL);
		if (ret < 0 && ret != -EINTR)
			return NULL;
		if (!ret && find(pulse.value, &event))
			make_thread(&event);
	}
}

/* It must never run a handler of the program's. */
static int start_thread(int chid)
{
	sigset_t all, old;
	pthread_t thread;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&thread, NULL, helper, (void *)(intptr_t)chid);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!ret)
		pthread_detach(thread);
	return -ret;
}

static int start_helper(void)
{
	int q = qmsg_qnx_context();
	int chid, coid, ret;

	if (q < 0)
		return q;
	chid = qmsg_channel_create(q, QMSG_CHF_PRIVATE | QMSG_CHF_FIXED_PRIORITY);
	if (chid < 0)
		return chid;
	coid = qmsg_connect_attach(q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	ret = coid < 0 ? coid : start_thread(chid);
	if (ret < 0) {
		qmsg_channel_destroy(q, chid);
		return ret;
	}
	helper_chid = chid;
	helper_coid = coid;
	return 0;
}

static int add(const struct sigevent *event, uint64_t *id)
{
	struct thread_event *e = malloc(sizeof(*e));
	int ret;

	if (!e)
		return -ENOMEM;
	qmsg_libc_mutex_lock(&lock);
	ret = helper_chid ? 0 : start_helper();
	if (!ret) {
		*id = ++last_id;
		*e = (struct thread_event){ .next = events, .id = *id, .event = *event };
		events = e;
	}
	pthread_mutex_unlock(&lock);
	if (ret)
		free(e);
	return ret;
}

int qmsg_qnx_thread_event(struct qmsg_event *to, const struct sigevent *from, uint64_t *id)
{
	int ret;

	if (!from->sigev_notify_function)
		return -EINVAL;
	ret = add(from, id);
	if (ret)
		return ret;
	*to = (struct qmsg_event){
		.notify = QMSG_EVENT_PULSE,
		.id = helper_coid,
		.priority = QMSG_PRIORITY_SELF,
		.value = *id,
	};
	return 0;
}

static struct thread_event *take(struct thread_event **at)
{
	struct thread_event *e = *at;

	if (e)
		*at = e->next;
	return e;
}

void qmsg_qnx_thread_event_end(uint32_t handle)
{
	struct thread_event **at = &events;
	struct thread_event *e;

	qmsg_libc_mutex_lock(&lock);
	while (*at && (*at)->handle != handle)
		at = &(*at)->next;
	e = take(at);
	pthread_mutex_unlock(&lock);
	free(e);
}

/* No handle: it was not registered after all. */
void qmsg_qnx_thread_event_is(uint64_t id, uint32_t handle)
{
	struct thread_event **at = &events;
	struct thread_event *failed = NULL;

	qmsg_libc_mutex_lock(&lock);
	while (*at && (*at)->id != id)
		at = &(*at)->next;
	if (!handle)
		failed = take(at);
	else if (*at)
		(*at)->handle = handle;
	pthread_mutex_unlock(&lock);
	free(failed);
}

/* In a forked child: thread, channel and handles are the parent's. */
void qmsg_qnx_forget_thread_events(void)
{
	pthread_mutex_t unlocked = PTHREAD_MUTEX_INITIALIZER;

	lock = unlocked;
	events = NULL;
	helper_chid = 0;
}
