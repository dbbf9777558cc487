// SPDX-License-Identifier: GPL-2.0-only
/*
 * The three acts, one after the other. Exit status: 0 if all went as they must.
 *
 *	qmsg-demo [REQUESTS]
 */
#include "demo.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <qmsg.h>

#define REQUESTS	10000

/* An act that neither ends nor says so would look like a slow machine. */
#define STORY_SECONDS	60

static void hung(int sig)
{
	static const char text[] = "\nqmsg-demo: FAILED: this act hangs\n";

	(void)sig;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

static bool module_answers(void)
{
	int q = qmsg_open();

	if (q < 0) {
		printf("qmsg-demo: cannot open /dev/qmsg: %s; is the module loaded?\n",
		       strerror(-q));
		return false;
	}
	qmsg_close(q);
	return true;
}

static bool all_acts(unsigned long requests)
{
	bool ok;

	alarm(STORY_SECONDS);
	ok = act_slots();
	ok &= act_qmsg();
	/* The last act watches over itself. */
	alarm(0);
	ok &= act_load(requests);
	return ok;
}

int main(int argc, char **argv)
{
	unsigned long requests = argc > 1 ? strtoul(argv[1], NULL, 10) : REQUESTS;
	bool ok;

	if (argc > 2 || !requests) {
		fprintf(stderr, "usage: qmsg-demo [REQUESTS]\n");
		return 2;
	}
	signal(SIGALRM, hung);
	if (!module_answers())
		return 1;
	ok = all_acts(requests);
	printf("qmsg-demo: %s\n", ok ? "all as it must be" : "FAILED");
	return ok ? 0 : 1;
}
