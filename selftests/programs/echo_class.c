// SPDX-License-Identifier: GPL-2.0-only
/*
 * echo_class.c
 *
 * The first exercise of every course: a server thread that turns text to
 * upper case, a client in main() that sends it some.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <unistd.h>
#include <sys/neutrino.h>

#define MAX_TEXT 100

int chid;
int served;

void *server(void *notused)
{
	char text[MAX_TEXT];
	int rcvid;
	int i;

	printf("Server thread, channel %d\n", chid);

	while (1) {
		rcvid = MsgReceive(chid, text, sizeof(text), NULL);
		if (rcvid == -1) {
			perror("MsgReceive");
			exit(EXIT_FAILURE);
		}
		served++;
		if (strcmp(text, "quit") == 0) {
			MsgReply(rcvid, EOK, "bye", 4);
			break;
		}
		for (i = 0; text[i]; i++)
			text[i] = toupper(text[i]);
		if (MsgReply(rcvid, EOK, text, strlen(text) + 1) == -1)
			perror("MsgReply");
	}
	return NULL;
}

int main(int argc, char *argv[])
{
	static const char *words[] = { "hello", "qnx neutrino", "Mixed Case 42", "" };
	static const char *upper[] = { "HELLO", "QNX NEUTRINO", "MIXED CASE 42", "" };
	char answer[MAX_TEXT];
	int coid;
	int i;

	chid = ChannelCreate(0);
	if (chid == -1) {
		perror("ChannelCreate");
		return EXIT_FAILURE;
	}

	// we never join it, so we do not want its id either
	pthread_create(NULL, NULL, server, NULL);

	coid = ConnectAttach(0, 0, chid, 0, 0);
	if (coid == -1) {
		perror("ConnectAttach");
		return EXIT_FAILURE;
	}

	for (i = 0; i < 4; i++) {
		memset(answer, '?', sizeof(answer));
		if (MsgSend(coid, words[i], strlen(words[i]) + 1, answer, sizeof(answer)) == -1) {
			perror("MsgSend");
			return EXIT_FAILURE;
		}
		printf("Sent '%s', got '%s'\n", words[i], answer);
		if (strcmp(answer, upper[i])) {
			fprintf(stderr, "expected '%s' but got '%s'\n", upper[i], answer);
			return EXIT_FAILURE;
		}
	}

	if (MsgSend(coid, "quit", 5, answer, sizeof(answer)) != EOK || strcmp(answer, "bye")) {
		fprintf(stderr, "the server does not want to quit\n");
		return EXIT_FAILURE;
	}
	if (served != 5) {
		fprintf(stderr, "served %d messages instead of 5\n", served);
		return EXIT_FAILURE;
	}
	ConnectDetach(coid);
	ChannelDestroy(chid);

	/* nobody there any more */
	if (MsgSend(coid, "hello", 6, answer, sizeof(answer)) != -1 || errno != EBADF) {
		fprintf(stderr, "MsgSend over a detached coid: errno %d\n", errno);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
