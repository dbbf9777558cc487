/* SPDX-License-Identifier: MIT */
/*
 * A pool: several threads receive on one channel, and each answers what it has received. The
 * kernel gives a message to a thread that waits, so there is nothing to distribute.
 *
 * A pulse ends the pool: whoever gets it passes it on to the next and leaves.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS		4
#define CLIENTS		8
#define REQUESTS	100
#define CODE_END	_PULSE_CODE_MINAVAIL

static int chid, self;

static void *worker(void *counter)
{
	union { long number; struct _pulse pulse; } msg;
	int rcvid, *served = (int *)counter;

	while ((rcvid = MsgReceive(chid, &msg, sizeof(msg), NULL)) > 0) {
		msg.number *= msg.number;
		MsgReply(rcvid, EOK, &msg.number, sizeof(msg.number));
		++*served;
	}
	if (rcvid == 0 && msg.pulse.code == CODE_END && msg.pulse.value.sival_int > 1)
		MsgSendPulse(self, -1, CODE_END, msg.pulse.value.sival_int - 1);
	return NULL;
}

static int client(void)
{
	int coid = ConnectAttach(0, getppid(), chid, _NTO_SIDE_CHANNEL, 0);
	long number, square;

	for (number = 0; number < REQUESTS; number++)
		if (MsgSend(coid, &number, sizeof(number), &square, sizeof(square)) == -1 ||
		    square != number * number)
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

int main(void)
{
	int served[THREADS] = { 0 }, total = 0, failed = 0, status, i;
	pthread_t thread[THREADS];

	chid = ChannelCreate(0);
	/* Before there are threads: a fork copies only one. */
	for (i = 0; i < CLIENTS; i++)
		if (fork() == 0)
			return client();
	self = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, worker, &served[i]);
	while (wait(&status) != -1)
		failed |= status;
	MsgSendPulse(self, -1, CODE_END, THREADS);
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		total += served[i];
		printf("thread %d has served %d\n", i, served[i]);
	}
	return !failed && total == CLIENTS * REQUESTS ? EXIT_SUCCESS : EXIT_FAILURE;
}
