// SPDX-License-Identifier: GPL-2.0-only
/* A client, which is this process, and its server, which is a child. */
#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t shared_size(const struct pair *p)
{
	return sizeof(*p->shared) + p->size + GUARD;
}

static int alloc(struct pair *p)
{
	int error = buffer_alloc(&p->out, p->size) ?: buffer_alloc(&p->in, p->size);

	if (error)
		return error;
	p->reply = p->in.data;
	p->shared = mmap(NULL, shared_size(p), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p->shared == MAP_FAILED) {
		p->shared = NULL;
		return -ENOMEM;
	}
	p->shared->client_out = (uintptr_t)p->out.data;
	p->shared->client_in = (uintptr_t)p->in.data;
	return 0;
}

static int prepare(void *arg)
{
	struct pair *p = arg;
	int error = buffer_alloc(&p->echo, p->size);

	if (error)
		return error;
	p->shared->server_data = (uintptr_t)p->echo.data;
	return p->method->listen ? p->method->listen(p) : 0;
}

static void serve(void *arg)
{
	struct pair *p = arg;

	p->method->serve(p);
}

static int start(struct pair *p)
{
	int error = alloc(p);

	if (!error && p->method->open)
		error = p->method->open(p);
	if (!error)
		error = child_start(&p->server, prepare, serve, p);
	if (!error && p->method->connect)
		error = p->method->connect(p);
	for (int i = 0; i < WARM_UP && !error; i++)
		error = p->method->round_trip(p);
	return error;
}

int pair_start(struct pair *p, const struct method *method, size_t size)
{
	int error;

	memset(p, 0, sizeof(*p));
	memset(p->fd, -1, sizeof(p->fd));
	p->q = -1;
	p->method = method;
	p->size = size;
	watch(method->name);
	error = start(p);
	if (error) {
		failed(method->name, "start", error);
		pair_end(p);
	}
	return error;
}

static void close_fds(struct pair *p)
{
	for (int i = 0; i < FDS; i++) {
		if (p->fd[i] >= 0)
			close(p->fd[i]);
		for (int j = FDS - 1; j >= i; j--)
			if (p->fd[j] == p->fd[i])
				p->fd[j] = -1;
	}
}

void pair_end(struct pair *p)
{
	end_child(p->server);
	p->server = 0;
	if (p->method->close)
		p->method->close(p);
	close_fds(p);
	buffer_free(&p->out);
	buffer_free(&p->in);
	if (p->shared)
		munmap(p->shared, shared_size(p));
	p->shared = NULL;
}

uint64_t pair_run(struct pair *p, unsigned long round_trips)
{
	int (*round_trip)(struct pair *p) = p->method->round_trip;
	uint64_t start;
	int error = 0;

	watch(p->method->name);
	start = now_ns();
	while (round_trips-- && !error)
		error = round_trip(p);
	if (!error)
		return now_ns() - start;
	failed(p->method->name, "round trip", error);
	return 0;
}
