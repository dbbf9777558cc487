// SPDX-License-Identifier: MIT
/*
 * A QNX program by somebody who relies on what QNX's headers bring along: it includes two
 * of them, and has an int that it does not say and a name that glibc has taken.
 */
#include <sys/dispatch.h>
#include <sys/netmgr.h>

enum { LOCK_READ, LOCK_WRITE, LOCK_RW, LOCK_MAND };

static void *thread(void *arg)
{
	*(volatile int *)arg = 1;
	return NULL;
}

main(argc, argv)
	char **argv;
{
	struct sigevent event;
	char number[20];
	timer_t timer = -1;
	int ran = 0;

	pthread_create(NULL, NULL, thread, &ran);
	while (!*(volatile int *)&ran)
		delay(1);
	SIGEV_PULSE_INIT(&event, ConnectAttach(ND_LOCAL_NODE, getpid(), 1, _NTO_SIDE_CHANNEL, 0),
			 SIGEV_PULSE_PRIO_INHERIT, _PULSE_CODE_MINAVAIL, 0);
	/* Without the device there is no pulse, with it no channel. */
	if (timer_create(CLOCK_REALTIME, &event, &timer) != -1)
		exit(EXIT_FAILURE);
	printf("%s: %s, %s\n", basename(argv[0]), itoa(argc, number, 10), strerror(errno));
	return EXIT_SUCCESS;
}
