// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does what is about to be timed carry every byte there and back, and not one too many?
 * A method that is fast because it is wrong is found out here.
 */
#include "bench.h"

#include <string.h>
#include <sys/uio.h>

#define ROUNDS 3	/* with other bytes each, so that no old reply passes */

static const size_t sizes[] = {
	1, 2, 3, 7, 63, 64, 65, 255, 256, 4095, 4096, 4097, 65535, 131071, 1048575, 1048576,
};

static void fill(char *data, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = seed >> 24;
	}
}

/* The bytes behind the server's buffer, which is in its own memory. */
static bool server_guard_is_whole(const struct pair *p)
{
	char guard[GUARD];
	struct iovec here = { guard, GUARD };
	struct iovec there = { (char *)p->shared->server_data + p->size, GUARD };

	return process_vm_readv(p->server, &here, 1, &there, 1, 0) == GUARD &&
	       guard_is_whole(guard);
}

/* What the server reads from is in memory of both. */
static bool one_read(struct pair *p, int round)
{
	fill(p->shared->data, p->size, p->size * ROUNDS + round);
	memset(p->in.data, 0, p->size);
	return p->method->round_trip(p) == 0 &&
	       memcmp(p->in.data, p->shared->data, p->size) == 0 &&
	       guard_is_whole(p->in.data + p->size);
}

static bool one_round(struct pair *p, int round)
{
	if (p->method->reads)
		return one_read(p, round);
	fill(p->out.data, p->size, p->size * ROUNDS + round);
	memset(p->in.data, 0, p->size);
	return p->method->round_trip(p) == 0 &&
	       memcmp(p->reply, p->out.data, p->size) == 0 &&
	       guard_is_whole(p->in.data + p->size) && server_guard_is_whole(p);
}

static bool echoes(const struct method *m, size_t size)
{
	struct pair pair;
	bool good = true;

	if (pair_start(&pair, m, size))
		return false;
	if (m->before)
		m->before();
	for (int round = 0; round < ROUNDS && good; round++)
		good = one_round(&pair, round);
	if (m->after)
		m->after();
	pair_end(&pair);
	return good;
}

static void verify(const struct method *m)
{
	int checks = 0, bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sizes) && !m->no_payload; i++) {
		if (!method_fits(m, sizes[i]))
			continue;
		checks++;
		if (!echoes(m, sizes[i])) {
			bad++;
			progress("%s does not echo %zu bytes", m->name, sizes[i]);
		}
	}
	failures += bad;
	say("verify", "method=%s checks=%d bad=%d", m->name, checks, bad);
}

static void verify_all(const struct method *const *m)
{
	for (; *m; m++)
		if (method_usable(*m))
			verify(*m);
}

void section_verify(void)
{
	progress("byte-exact echoes");
	verify_all(methods);
	if (list_has(args.sections, "read"))
		verify_all(readers);
}
