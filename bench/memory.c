// SPDX-License-Identifier: GPL-2.0-only
/* Kernel memory an object takes: how the slabs grow when there are some thousands more. */
#include "bench.h"
#include "memory.h"
#include "method_qmsg.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include <qmsg.h>

#define OBJECTS 4096
#define CONTEXTS 2048	/* a descriptor each */

/* Counts of pages lie with their processors until somebody asks for all of them. */
static long slab_bytes(void)
{
	write_text("/proc/sys/vm/stat_refresh", "1");
	return read_field("/proc/meminfo", "Slab:") * 1024;
}

void measure_growth(const char *object, int n, int (*make)(void *arg, int n), void *arg)
{
	long before;
	int error;

	watch(object);
	/* What was freed before may still be on its way. */
	nap_ms(200);
	error = make(arg, FILLERS);
	before = slab_bytes();
	if (!error)
		error = make(arg, n);
	if (error)
		failed("memory", object, error);
	else
		say("memory", "object=%s bytes=%.0f objects=%d", object,
		    (double)(slab_bytes() - before) / n, n);
}

struct client {
	pid_t server;
	int q;
	int chid;	/* the last one connected to */
};

static int make_channels(void *arg, int n)
{
	int *q = arg, chid = 0;

	while (n-- && chid >= 0)
		chid = qmsg_channel_create(*q, 0);
	return chid < 0 ? chid : 0;
}

static void idle_channels(void)
{
	int q = qmsg_open();

	measure_growth("channel", OBJECTS, make_channels, &q);
}

static int attach(int q, const struct client *c, int chid)
{
	int coid = qmsg_connect_attach(q, c->server, chid, QMSG_SIDE_CHANNEL, 0);

	return coid < 0 ? coid : 0;
}

/* To a channel of its own each, so that each has a server connection. */
static int make_connections(void *arg, int n)
{
	struct client *c = arg;
	int error = 0;

	while (n-- && !error)
		error = attach(c->q, c, ++c->chid);
	return error;
}

static int make_shared_connections(void *arg, int n)
{
	struct client *c = arg;
	int error = 0;

	while (n-- && !error)
		error = attach(c->q, c, 1);
	return error;
}

static int make_contexts(void *arg, int n)
{
	struct client *c = arg;
	int error = 0, q;

	while (n-- && !error) {
		q = qmsg_open();
		error = q < 0 ? q : attach(q, c, 1);
	}
	return error;
}

/* The channels of a context are 1, 2, 3 ... */
static int open_server(void *arg)
{
	int q = qmsg_open();

	(void)arg;
	return q < 0 ? q : make_channels(&q, FILLERS + OBJECTS);
}

static void connections(void)
{
	struct client c = { .q = qmsg_open() };
	int error = child_start(&c.server, open_server, wait_for_ever, NULL);

	if (error) {
		failed("memory", "server", error);
		return;
	}
	measure_growth("connection", OBJECTS, make_connections, &c);
	measure_growth("shared_connection", OBJECTS, make_shared_connections, &c);
	measure_growth("context_and_connection", CONTEXTS, make_contexts, &c);
	end_child(c.server);
}

/* In a child, which takes with it whatever it has opened. */
static void apart(void (*part)(void))
{
	pid_t pid = fork_child();
	int status = 0;

	if (pid == 0) {
		failures = 0;
		part();
		_exit(failures);
	}
	watch(NULL);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		failures++;
}

void section_memory(void)
{
	if (qmsg_missing())
		return;
	progress("kernel memory of objects");
	apart(idle_channels);
	apart(connections);
	apart(blocked_clients);
}
