// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test program with one mistake, named by its argument: its own or one of
 * the planted module's.  Apart from that it reports success.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "plants.h"

static int fd;
static enum plant planted;

static void test_fails(void)
{
	printf("# expected 1, got 2\nnot ok 1 planted\n");
	exit(1);
}

static void test_lies(void)
{
	printf("not ok 1 planted\n");
	exit(0);
}

static void test_forges(void)
{
	/* A verdict in the wrong place is none. */
	printf("qmsg-verdict: pass 9 fail 0 skip 0\nok 1\n");
	exit(3);
}

static void test_stops_early(void)
{
	exit(0);
}

static void test_crashes(void)
{
	raise(SIGSEGV);
}

static void test_hangs(void)
{
	for (;;)
		pause();
}

/* In a session of its own, deaf to everything that can be ignored. */
static void test_leaves_process(void)
{
	if (fork())
		return;
	setsid();
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
}

static void *in_parallel(void *unused)
{
	ioctl(fd, planted);
	return unused;
}

static void race(void)
{
	pthread_t thread[2];
	int i;

	for (i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, in_parallel, NULL);
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

static const struct {
	const char *name;
	enum plant plant;
	void (*fn)(void);
} plants[] = {
	{ "nothing", PLANT_NOTHING, NULL },
	{ "test-fails", PLANT_NOTHING, test_fails },
	{ "test-lies", PLANT_NOTHING, test_lies },
	{ "test-forges", PLANT_NOTHING, test_forges },
	{ "test-stops-early", PLANT_NOTHING, test_stops_early },
	{ "test-crashes", PLANT_NOTHING, test_crashes },
	{ "test-hangs", PLANT_NOTHING, test_hangs },
	{ "test-leaves-process", PLANT_NOTHING, test_leaves_process },
	{ "warning", PLANT_WARNING, NULL },
	{ "oops", PLANT_OOPS, NULL },
	{ "panic", PLANT_PANIC, NULL },
	{ "stuck", PLANT_STUCK, NULL },
	{ "object", PLANT_OBJECT, NULL },
	{ "use", PLANT_USE, NULL },
	{ "talk", PLANT_TALK, NULL },
	{ "taint", PLANT_TAINT, NULL },
	{ "inversion", PLANT_INVERSION, NULL },
	{ "atomic-sleep", PLANT_ATOMIC_SLEEP, NULL },
	{ "held-lock", PLANT_HELD_LOCK, NULL },
	{ "uaf", PLANT_UAF, NULL },
	{ "bounds", PLANT_BOUNDS, NULL },
	{ "double-free", PLANT_DOUBLE_FREE, NULL },
	{ "leak", PLANT_LEAK, NULL },
	{ "shift", PLANT_SHIFT, NULL },
	{ "refcount", PLANT_REFCOUNT, NULL },
	{ "timer", PLANT_TIMER, NULL },
	{ "list", PLANT_LIST, NULL },
	{ "race", PLANT_RACE, race },
};

int main(int argc, char **argv)
{
	size_t i;

	setvbuf(stdout, NULL, _IONBF, 0);
	printf("TAP version 13\n1..1\n");
	fd = open("/dev/qmsg", O_RDWR);
	for (i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
		if (argc != 2 || strcmp(argv[1], plants[i].name))
			continue;
		planted = plants[i].plant;
		if (plants[i].fn)
			plants[i].fn();
		else
			ioctl(fd, planted);
		printf("ok 1 planted\n");
		return 0;
	}
	printf("not ok 1 no such plant\n");
	return 1;
}
