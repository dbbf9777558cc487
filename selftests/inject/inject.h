/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holding threads at the points of the module (module/inject.c), and threads that do one thing.
 */
#ifndef SELFTESTS_INJECT_H
#define SELFTESTS_INJECT_H

#include <fcntl.h>
#include <stdarg.h>

#include "../unblock/scene.h"

#define INJECT "/sys/kernel/debug/qmsg/inject"

__attribute__((format(printf, 1, 2)))
static inline int inject(const char *format, ...)
{
	char line[64];
	va_list args;
	int fd = open(INJECT, O_WRONLY | O_CLOEXEC), len, err;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	err = fd < 0 || write(fd, line, len) != len ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return err;
}

static inline bool is_held(pid_t tid, const char *point)
{
	char line[64], wanted[64];
	FILE *f = fopen(INJECT, "re");
	bool found = false;

	snprintf(wanted, sizeof(wanted), "%d %s\n", tid, point);
	while (f && fgets(line, sizeof(line), f))
		found |= !strcmp(line, wanted);
	if (f)
		fclose(f);
	return found;
}

static inline int wait_held(pid_t tid, const char *point)
{
	return wait_until(is_held(tid, point)) ? 0 : -ETIMEDOUT;
}

/* ---- a thread that makes one call ---- */

struct actor {
	struct worker w;
	scene *s;			/* as it was when the call was told to begin */
	int64_t (*call)(scene *s, struct peer *p);
	int64_t ret;
	int coid;
};

static inline void actor_run(struct worker *w)
{
	struct actor *a = (struct actor *)w;

	a->ret = a->call(a->s, w->peer);
}

static inline int64_t no_call(scene *s, struct peer *p)
{
	(void)s;
	(void)p;
	return 0;
}

/* In @p; its thread is there, so that it can be told where to stop. */
static inline struct actor *actor_new(scene *s, struct peer *p)
{
	struct actor *a = shared_alloc(sizeof(*a));

	a->w.peer = p;
	a->w.run = actor_run;
	a->s = shared_alloc(sizeof(*s));
	a->call = no_call;
	return worker_go(&a->w) || worker_wait(&a->w) ? NULL : a;
}

static inline int actor_go(struct actor *a, scene *s, int64_t (*call)(scene *s, struct peer *p))
{
	*a->s = *s;
	a->call = call;
	return worker_go(&a->w);
}

#endif
