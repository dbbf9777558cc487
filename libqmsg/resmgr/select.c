// SPDX-License-Identifier: MIT
/*
 * select_attach(): what a descriptor is ready for, in the dispatch loop (S10.28). On QNX each
 * server tells it by an event; most descriptors here are not a server's. So a thread of the
 * library watches all of them, and sends the dispatch handle's own channel a pulse.
 */

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "internal.h"

_Static_assert(offsetof(select_context_t, fd) == offsetof(resmgr_context_t, id), "the same");

struct selected {
	struct selected *next;
	int fd, id;
	unsigned flags;
	uint32_t ready;			/* epoll's, since the last call */
	select_func *func;
	void *handle;
};

struct selector {
	pthread_t thread;
	int epoll, stop;
	int code;			/* of the pulses; their value is an id */
	int next_id;
	struct selected *list;		/* under the dispatch handle's lock, as all but the thread */
	dispatch_t *dpp;
};

static struct selected **find_locked(struct selector *s, int fd, int id)
{
	struct selected **at = &s->list;

	while (*at && (fd >= 0 ? (*at)->fd != fd : (*at)->id != id))
		at = &(*at)->next;
	return at;
}

static const struct {
	unsigned flag;
	uint32_t events;
} conditions[] = {
	{ SELECT_FLAG_READ, EPOLLIN | EPOLLRDHUP },
	{ SELECT_FLAG_WRITE, EPOLLOUT },
	{ SELECT_FLAG_EXCEPT, EPOLLPRI },
};

static uint32_t events_of(unsigned flags)
{
	uint32_t events = 0;
	unsigned i;

	for (i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (flags & conditions[i].flag)
			events |= conditions[i].events;
	return events;
}

/* What has ended is ready for everything: a call then says why. */
static unsigned flags_of(uint32_t events, unsigned wanted)
{
	unsigned flags = 0, i;

	if (events & (EPOLLERR | EPOLLHUP))
		events |= EPOLLIN | EPOLLOUT;
	for (i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (events & conditions[i].events)
			flags |= conditions[i].flag;
	return flags & wanted;
}

/* Each time it is told once; it is armed again when that has been handled. */
static int arm(struct selector *s, int op, const struct selected *one)
{
	struct epoll_event event = {
		.events = events_of(one->flags) | EPOLLONESHOT,
		.data.u64 = (uint64_t)one->id,
	};

	return epoll_ctl(s->epoll, op, one->fd, &event) ? errno : 0;
}

/* More pulses than the channel takes: nobody has come to handle them for a while. */
static void tell(struct selector *s, int coid, int id)
{
	while (MsgSendPulse_r(coid, -1, s->code, id) == -EAGAIN) {
		struct pollfd stop = { .fd = s->stop, .events = POLLIN };

		if (poll(&stop, 1, 10))
			return;
	}
}

static void note(struct selector *s, int id, uint32_t events)
{
	struct selected *one;

	pthread_mutex_lock(&s->dpp->lock);
	one = *find_locked(s, -1, id);
	if (one)
		one->ready |= events;
	pthread_mutex_unlock(&s->dpp->lock);
}

static void *watch(void *arg)
{
	struct selector *s = arg;
	int coid = s->dpp->coid;
	struct epoll_event event;

	while (epoll_wait(s->epoll, &event, 1, -1) > 0 || errno == EINTR) {
		/* Nobody's id. */
		if (!event.data.u64)
			break;
		note(s, (int)event.data.u64, event.events);
		tell(s, coid, (int)event.data.u64);
	}
	return NULL;
}

/* The program's signals are the program's threads'. */
static int start(struct selector *s)
{
	sigset_t all, old;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&s->thread, NULL, watch, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return error;
}

static int open_all(struct selector *s)
{
	struct epoll_event event = { .events = EPOLLIN };

	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->stop = eventfd(0, EFD_CLOEXEC);
	if (s->epoll < 0 || s->stop < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->stop, &event))
		return errno;
	return 0;
}

static void close_all(struct selector *s)
{
	if (s->epoll >= 0)
		close(s->epoll);
	if (s->stop >= 0)
		close(s->stop);
	free(s);
}

static int handle(message_context_t *ctp, int code, unsigned flags, void *handle);

/* Under the handle's lock, which has a connection to itself. */
static int make_locked(dispatch_t *dpp)
{
	struct selector *s = calloc(1, sizeof(*s));
	int error;

	if (!s)
		return ENOMEM;
	s->dpp = dpp;
	s->next_id = 1;
	error = open_all(s);
	s->code = error ? -1 : pulse_code_take(dpp, handle);
	if (!error && s->code < 0)
		error = EAGAIN;
	if (!error)
		error = start(s);
	if (error)
		close_all(s);
	else
		dpp->selector = s;
	return error;
}

static int add_locked(dispatch_t *dpp, const struct selected *as)
{
	struct selector *s = dpp->selector;
	struct selected *one;
	int error;

	if (*find_locked(s, as->fd, 0))
		return EBUSY;
	one = malloc(sizeof(*one));
	if (!one)
		return ENOMEM;
	*one = *as;
	one->id = s->next_id++;
	error = arm(s, EPOLL_CTL_ADD, one);
	if (error) {
		free(one);
		return error;
	}
	one->next = s->list;
	s->list = one;
	return 0;
}

static bool is_good(unsigned flags)
{
	const unsigned any = SELECT_FLAG_READ | SELECT_FLAG_WRITE | SELECT_FLAG_EXCEPT;
	const unsigned known = any | SELECT_FLAG_REARM | SELECT_FLAG_NOREARM |
			       SELECT_FLAG_SRVEXCEPT;

	return !(flags & ~known) && flags & (any | SELECT_FLAG_SRVEXCEPT);
}

QMSG_API int select_attach(dispatch_t *dpp, select_attr_t *attr, int fd, unsigned flags,
			   select_func *func, void *handle)
{
	struct selected one = { .fd = fd, .flags = flags, .func = func, .handle = handle };
	int ret;

	(void)attr;
	if (!dpp || !func || !is_good(flags))
		return success(EINVAL);
	ret = dispatch_self(dpp);
	if (ret < 0)
		return success(-ret);
	pthread_mutex_lock(&dpp->lock);
	ret = 0;
	if (flags & SELECT_FLAG_SRVEXCEPT) {
		dpp->server_died = func;
		dpp->server_died_handle = handle;
	} else {
		ret = dpp->selector ? 0 : make_locked(dpp);
		if (!ret)
			ret = add_locked(dpp, &one);
	}
	pthread_mutex_unlock(&dpp->lock);
	if (!ret)
		dispatch_grow(dpp, 0, 0);
	return success(ret);
}

QMSG_API int select_detach(dispatch_t *dpp, int fd)
{
	struct selected **at, *one = NULL;

	if (!dpp || fd < 0)
		return success(EINVAL);
	pthread_mutex_lock(&dpp->lock);
	if (dpp->selector) {
		at = find_locked(dpp->selector, fd, 0);
		one = *at;
		if (one) {
			*at = one->next;
			epoll_ctl(dpp->selector->epoll, EPOLL_CTL_DEL, fd, NULL);
		}
	}
	pthread_mutex_unlock(&dpp->lock);
	free(one);
	return success(one ? 0 : EINVAL);
}

/* A copy, since it may be detached meanwhile; and what it is ready for is told now. */
static bool take_ready(dispatch_t *dpp, int id, struct selected *copy)
{
	struct selected *one;

	pthread_mutex_lock(&dpp->lock);
	one = *find_locked(dpp->selector, -1, id);
	if (one) {
		*copy = *one;
		one->ready = 0;
	}
	pthread_mutex_unlock(&dpp->lock);
	return one;
}

static void arm_again(dispatch_t *dpp, int id)
{
	struct selected *one;

	pthread_mutex_lock(&dpp->lock);
	one = *find_locked(dpp->selector, -1, id);
	if (one && !(one->flags & SELECT_FLAG_NOREARM))
		arm(dpp->selector, EPOLL_CTL_MOD, one);
	pthread_mutex_unlock(&dpp->lock);
}

static int handle(message_context_t *ctp, int code, unsigned flags, void *unused)
{
	int id = ctp->msg->pulse.value.sival_int;
	struct selected one;

	(void)code;
	(void)flags;
	(void)unused;
	if (!take_ready(ctp->dpp, id, &one))
		return 0;
	ctp->id = one.fd;
	one.func((select_context_t *)ctp, one.fd, flags_of(one.ready, one.flags), one.handle);
	arm_again(ctp->dpp, id);
	return 0;
}

/* The pulse's value is the connection whose server has gone. False: nobody wants to know. */
bool select_server_died(resmgr_context_t *ctp)
{
	int coid = ctp->msg->pulse.value.sival_int;
	select_func *func;
	void *handle;

	pthread_mutex_lock(&ctp->dpp->lock);
	func = ctp->dpp->server_died;
	handle = ctp->dpp->server_died_handle;
	pthread_mutex_unlock(&ctp->dpp->lock);
	if (!func)
		return false;
	ctp->id = coid;
	func((select_context_t *)ctp, coid, SELECT_FLAG_SRVEXCEPT, handle);
	return true;
}

/* The handle is being destroyed: nobody else uses it. */
void select_end(dispatch_t *dpp)
{
	struct selector *s = dpp->selector;
	struct selected *one, *next;
	const uint64_t go = 1;

	if (!s)
		return;
	while (write(s->stop, &go, sizeof(go)) < 0 && errno == EINTR)
		;
	pthread_join(s->thread, NULL);
	for (one = s->list; one; one = next) {
		next = one->next;
		free(one);
	}
	close_all(s);
}
