// SPDX-License-Identifier: GPL-2.0-only
/* The threads that a recording has met. */

#include <ctype.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "threads.h"
#include "tool.h"

struct met {
	int tid, pid;
	char name[64], word[64];
};

static void *all;		/* a tree of <search.h> */

static int by_tid(const void *a, const void *b)
{
	return ((const struct met *)a)->tid - ((const struct met *)b)->tid;
}

static int process_of(int tid)
{
	char path[32], line[128];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	f = fopen(path, "re");
	while (f && !pid && fgets(line, sizeof(line), f))
		sscanf(line, "Tgid: %d", &pid);
	if (f)
		fclose(f);
	return pid;
}

static void make_word(struct met *m)
{
	size_t i;

	for (i = 0; m->name[i]; i++)
		m->word[i] = isalnum((unsigned char)m->name[i]) || strchr("._:/+", m->name[i]) ?
			     m->name[i] : '_';
	if (!i)
		m->word[i++] = '?';
	m->word[i] = 0;
}

static struct met *meet(int tid)
{
	struct met key = { .tid = tid }, *m, **found;

	found = tsearch(&key, &all, by_tid);
	if (!found)
		die(QMSG_ERROR, "out of memory");
	if (*found != &key)
		return *found;
	m = calloc(1, sizeof(*m));
	if (!m)
		die(QMSG_ERROR, "out of memory");
	*m = key;
	*found = m;
	snprintf(m->name, sizeof(m->name), "%s", command_of(tid));
	m->pid = process_of(tid);
	make_word(m);
	return m;
}

void threads_meet(int tid, const char *fields)
{
	int pid, other;

	meet(tid);
	if (sscanf(fields, "client=%d/%d server=%d", &pid, &other, &pid) == 3 ||
	    sscanf(fields, "thread=%d/%d", &pid, &other) == 2) {
		meet(other);
		meet(pid);
	} else if (sscanf(fields, "server=%d", &pid) == 1) {
		meet(pid);
	}
}

const char *threads_word(int tid)
{
	return meet(tid)->word;
}

static struct {
	void (*fn)(int tid, int pid, const char *name, void *arg);
	void *arg;
} each;

static void visit(const void *node, VISIT order, int depth)
{
	const struct met *m = *(struct met * const *)node;

	(void)depth;
	if (order == postorder || order == leaf)
		each.fn(m->tid, m->pid, m->name, each.arg);
}

void threads_each(void (*fn)(int tid, int pid, const char *name, void *arg), void *arg)
{
	each.fn = fn;
	each.arg = arg;
	twalk(all, visit);
}
