// SPDX-License-Identifier: GPL-2.0-only
/* The table of methods, in the order in which their batches follow each other. */
#include "bench.h"

#include <string.h>

const struct method *const methods[] = {
	&method_pipe,
	&method_qmsg,
	&method_qmsg_nospin,
	&method_qmsg_native,
	&method_qmsg_qnx,
	&method_futex,
	&method_futex_copy,
	&method_eventfd,
	&method_ustream,
	&method_useqpkt,
	&method_posixmq,
	&method_sysvmsg,
	&method_pvm,
	&method_tcp,
	&method_binder,
	NULL
};

const struct method *const readers[] = {
	&method_qmsgfs,
	&method_fuse,
	&method_cuse,
	NULL
};

/* Said once for each. */
static bool is_missing(const struct method *m)
{
	static const struct method *told[ARRAY_SIZE(methods) + ARRAY_SIZE(readers)];
	const char *why = m->missing ? m->missing() : NULL;
	int i = 0;

	if (!why)
		return false;
	while (told[i] && told[i] != m)
		i++;
	if (!told[i])
		progress("%s is left out: %s", m->name, why);
	told[i] = m;
	return true;
}

bool method_usable(const struct method *m)
{
	return list_has(args.methods, m->name) && !is_missing(m);
}

bool method_fits(const struct method *m, size_t size)
{
	return size >= m->smallest && size <= m->largest;
}

static const struct method *find(const struct method *const *m, const char *name)
{
	while (*m && strcmp((*m)->name, name))
		m++;
	return *m;
}

const struct method *method_named(const char *name)
{
	return find(methods, name) ?: find(readers, name);
}
