// SPDX-License-Identifier: MIT
/* Pools of threads that wait, handle and wait again (S10.23). */

#include "internal.h"

struct _thread_pool {
	thread_pool_attr_t attr;
	unsigned flags;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under @lock. */
	unsigned total, waiting, starting;
	bool ending;
};

static void *run(void *arg);

/* A thread that cannot be had is not missed until the next time. */
static bool start_one(thread_pool_t *pool)
{
	pthread_attr_t detached, *attr = pool->attr.attr ? pool->attr.attr : &detached;
	pthread_t thread;
	int error;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, attr, run, pool);
	if (!error && attr != &detached)
		pthread_detach(thread);
	pthread_attr_destroy(&detached);
	return !error;
}

/* How many more are wanted: at least @lo_water wait, and they come @increment at a time. */
static unsigned wanted_locked(thread_pool_t *pool)
{
	const thread_pool_attr_t *a = &pool->attr;
	unsigned idle = pool->waiting + pool->starting, at_a_time = a->increment ? a->increment : 1;
	unsigned n = 0;

	if (pool->ending || pool->total >= a->maximum)
		return 0;
	while (idle + n < a->lo_water)
		n += at_a_time;
	return n < a->maximum - pool->total ? n : a->maximum - pool->total;
}

static void start_more(thread_pool_t *pool)
{
	unsigned n;

	pthread_mutex_lock(&pool->lock);
	n = wanted_locked(pool);
	pool->total += n;
	pool->starting += n;
	pthread_mutex_unlock(&pool->lock);
	for (; n; n--) {
		if (start_one(pool))
			continue;
		pthread_mutex_lock(&pool->lock);
		pool->total--;
		pool->starting--;
		pthread_mutex_unlock(&pool->lock);
	}
}

/* False: there are enough without this one. */
static bool begin_wait(thread_pool_t *pool, bool first)
{
	bool stay;

	pthread_mutex_lock(&pool->lock);
	if (first)
		pool->starting--;
	stay = !pool->ending && (first || pool->waiting < pool->attr.hi_water ||
				 !pool->attr.hi_water);
	if (stay)
		pool->waiting++;
	pthread_mutex_unlock(&pool->lock);
	return stay;
}

static void end_wait(thread_pool_t *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->waiting--;
	pthread_mutex_unlock(&pool->lock);
}

static void leave(thread_pool_t *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->total--;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
}

static void work(thread_pool_t *pool, THREAD_POOL_PARAM_T *ctp)
{
	THREAD_POOL_PARAM_T *got;
	bool first = true;

	while (begin_wait(pool, first)) {
		first = false;
		got = pool->attr.block_func(ctp);
		end_wait(pool);
		if (!got && errno != EINTR)
			break;
		if (!got)
			continue;
		start_more(pool);
		pool->attr.handler_func(got);
		ctp = got;
	}
	pool->attr.context_free(ctp);
}

static void *run(void *arg)
{
	thread_pool_t *pool = arg;
	THREAD_POOL_PARAM_T *ctp = pool->attr.context_alloc(pool->attr.handle);

	if (ctp)
		work(pool, ctp);
	leave(pool);
	return NULL;
}

QMSG_API thread_pool_t *thread_pool_create(thread_pool_attr_t *attr, unsigned flags)
{
	thread_pool_t *pool;

	if (!attr || !attr->block_func || !attr->handler_func || !attr->context_alloc ||
	    !attr->context_free || !attr->maximum || attr->lo_water > attr->maximum ||
	    flags & ~(unsigned)(POOL_FLAG_EXIT_SELF | POOL_FLAG_USE_SELF)) {
		errno = EINVAL;
		return NULL;
	}
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->attr = *attr;
	pool->flags = flags;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->changed, NULL);
	return pool;
}

/* The calling thread is one of them, goes, or comes back at once. */
QMSG_API int thread_pool_start(void *p)
{
	thread_pool_t *pool = p;

	if (!pool)
		return success(EINVAL);
	if (pool->flags & POOL_FLAG_USE_SELF) {
		pthread_mutex_lock(&pool->lock);
		pool->total++;
		pool->starting++;
		pthread_mutex_unlock(&pool->lock);
	}
	start_more(pool);
	if (pool->flags & POOL_FLAG_USE_SELF)
		run(pool);
	if (pool->flags & POOL_FLAG_EXIT_SELF)
		pthread_exit(NULL);
	return EOK;
}

/* Wakes one after the other, with a context that is made for it. */
static void wake_all(thread_pool_t *pool)
{
	THREAD_POOL_PARAM_T *ctp = pool->attr.context_alloc(pool->attr.handle);
	unsigned before;

	pthread_mutex_lock(&pool->lock);
	while ((before = pool->total) && ctp) {
		pthread_mutex_unlock(&pool->lock);
		pool->attr.unblock_func(ctp);
		pthread_mutex_lock(&pool->lock);
		while (pool->total == before)
			pthread_cond_wait(&pool->changed, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	if (ctp)
		pool->attr.context_free(ctp);
}

QMSG_API int thread_pool_destroy(thread_pool_t *pool)
{
	if (!pool)
		return success(EINVAL);
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_mutex_unlock(&pool->lock);
	if (pool->attr.unblock_func)
		wake_all(pool);
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
	return EOK;
}

static void set(unsigned short *to, int value)
{
	if (value >= 0)
		*to = (unsigned short)value;
}

QMSG_API int thread_pool_limits(thread_pool_t *pool, int lo, int hi, int maximum, int increment,
				unsigned flags)
{
	bool started;

	if (!pool || flags)
		return success(EINVAL);
	pthread_mutex_lock(&pool->lock);
	set(&pool->attr.lo_water, lo);
	set(&pool->attr.hi_water, hi);
	set(&pool->attr.maximum, maximum);
	set(&pool->attr.increment, increment);
	started = pool->total;
	pthread_mutex_unlock(&pool->lock);
	if (started)
		start_more(pool);
	return EOK;
}

QMSG_API int thread_pool_control(thread_pool_t *pool, thread_pool_attr_t *attr, uint16_t lower,
				 uint16_t upper, unsigned flags)
{
	(void)lower;
	(void)upper;
	if (!attr)
		return success(EINVAL);
	return thread_pool_limits(pool,
		flags & THREAD_POOL_CONTROL_LO_WATER ? attr->lo_water : -1,
		flags & THREAD_POOL_CONTROL_HI_WATER ? attr->hi_water : -1,
		flags & THREAD_POOL_CONTROL_MAXIMUM ? attr->maximum : -1,
		flags & THREAD_POOL_CONTROL_INCREMENT ? attr->increment : -1, 0);
}
