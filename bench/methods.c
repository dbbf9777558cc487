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

/* Said once for each. */
static bool is_missing(const struct method *m)
{
	static const struct method *told[ARRAY_SIZE(methods)];
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

const struct method *method_named(const char *name)
{
	for (int i = 0; methods[i]; i++)
		if (strcmp(methods[i]->name, name) == 0)
			return methods[i];
	return NULL;
}
