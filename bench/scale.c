// SPDX-License-Identifier: GPL-2.0-only
/* What a server gets done for several clients, and whether each gets its share. */
#include "bench.h"
#include "scale.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define WARM_UP_MS 50
#define WINDOW_MS 150
#define WINDOWS 3	/* of each shape and method, not in a row */

/* Where an instruction takes a nanosecond, all windows are alike, and each takes minutes. */
#define ICOUNT_WARM_UP_MS 10
#define ICOUNT_WINDOW_MS 50

static const struct scale_method *const scaled[] = {
	&scale_qmsg, &scale_udgram, &scale_sysvmsg,
};

static const struct shape {
	int servers, clients;
} shapes[] = {
	{ 1, 1 }, { 1, 4 }, { 1, 16 }, { 2, 16 }, { 4, 4 },
};

struct windows {
	double total[WINDOWS], fairness[WINDOWS];
	int n;
};

static void *server_thread(void *arg)
{
	struct scale *s = arg;

	s->method->serve(s);
	return NULL;
}

static int server_prepare(void *arg)
{
	struct scale *s = arg;

	return s->method->listen ? s->method->listen(s) : 0;
}

static void server_run(void *arg)
{
	struct scale *s = arg;
	pthread_t thread;

	for (int i = 1; i < s->servers; i++)
		if (pthread_create(&thread, NULL, server_thread, s))
			return;
	server_thread(s);
}

static int client_prepare(void *arg)
{
	struct scale *s = arg;

	return s->method->connect(s);
}

static void client_run(void *arg)
{
	struct scale *s = arg;
	atomic_ulong *done = &s->shared->count[s->me].done;

	while (s->method->call(s) == 0)
		atomic_store_explicit(done, atomic_load_explicit(done, memory_order_relaxed) + 1,
				      memory_order_relaxed);
}

static int start(struct scale *s)
{
	int error = s->method->open ? s->method->open(s) : 0;

	if (!error)
		error = child_start(&s->server, server_prepare, server_run, s);
	for (s->me = 0; s->me < s->clients && !error; s->me++)
		error = child_start(&s->client[s->me], client_prepare, client_run, s);
	return error;
}

static void end(struct scale *s)
{
	for (int i = 0; i < s->clients; i++)
		end_child(s->client[i]);
	end_child(s->server);
	if (s->method->close)
		s->method->close(s);
	munmap(s->shared, sizeof(*s->shared));
}

static void read_counts(const struct scale *s, unsigned long *counts)
{
	for (int i = 0; i < s->clients; i++)
		counts[i] = atomic_load(&s->shared->count[i].done);
}

/* False: a client got nothing done at all. */
static bool evaluate(const struct scale *s, const unsigned long *from, const unsigned long *to,
		     uint64_t ns, struct windows *w)
{
	unsigned long total = 0, least = ~0UL, most = 0, n;

	for (int i = 0; i < s->clients; i++) {
		n = to[i] - from[i];
		total += n;
		least = n < least ? n : least;
		most = n > most ? n : most;
	}
	if (!total)
		return false;
	w->total[w->n] = total * 1e9 / ns;
	w->fairness[w->n++] = (double)least / most;
	return true;
}

static bool look(const struct scale *s, struct windows *w)
{
	unsigned long from[SCALE_CLIENTS], to[SCALE_CLIENTS];
	uint64_t begin;

	nap_ms(by_instructions() ? ICOUNT_WARM_UP_MS : WARM_UP_MS);
	read_counts(s, from);
	begin = now_ns();
	nap_ms(by_instructions() ? ICOUNT_WINDOW_MS : WINDOW_MS);
	read_counts(s, to);
	return evaluate(s, from, to, now_ns() - begin, w);
}

static void one_window(const struct scale_method *m, struct shape shape, struct windows *w)
{
	struct scale s = { .method = m, .servers = shape.servers, .clients = shape.clients };
	int error;

	watch(m->name);
	s.q = s.fd = s.requests = s.replies = -1;
	s.shared = mmap(NULL, sizeof(*s.shared), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s.shared == MAP_FAILED) {
		failed(m->name, "scale", errno);
		return;
	}
	error = start(&s);
	if (!error) {
		run_before_all();
		if (!look(&s, w))
			failed(m->name, "nothing done", 0);
	} else {
		failed(m->name, "scale", error);
	}
	end(&s);
	run_as(current_schedule);
}

bool scale_has(const char *method)
{
	for (size_t i = 0; i < ARRAY_SIZE(scaled); i++)
		if (strcmp(scaled[i]->name, method) == 0)
			return true;
	return false;
}

static bool usable(const struct scale_method *m)
{
	return list_has(args.methods, m->name) && !(m->missing && m->missing());
}

static void one_shape(struct shape shape)
{
	struct windows w[ARRAY_SIZE(scaled)] = { 0 };

	for (int i = 0; i < (by_instructions() ? 1 : WINDOWS); i++)
		for (size_t m = 0; m < ARRAY_SIZE(scaled); m++)
			if (usable(scaled[m]))
				one_window(scaled[m], shape, &w[m]);
	for (size_t m = 0; m < ARRAY_SIZE(scaled); m++)
		if (w[m].n)
			say("scale", "method=%s servers=%d clients=%d size=%d sched=%s "
			    "total_per_s=%.0f slowest_over_fastest=%.2f", scaled[m]->name,
			    shape.servers, shape.clients, SCALE_SIZE, current_schedule,
			    quartiles(w[m].total, w[m].n).median,
			    quartiles(w[m].fairness, w[m].n).median);
}

void section_scale(void)
{
	progress("many clients");
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		one_shape(shapes[i]);
}
