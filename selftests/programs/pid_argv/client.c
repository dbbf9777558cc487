// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

// client <server pid> <word>...
// exits with 7 if there is no such server

int main(int argc, char **argv)
{
	char text[500] = "", reply[500];
	int coid, i, n;
	pid_t pid;

	if (argc < 3) {
		printf("Usage: client <pid> <word>...\n");
		return 2;
	}
	pid = atoi(argv[1]);
	coid = ConnectAttach(ND_LOCAL_NODE, pid, 1, 0, 0);
	if (coid == -1) {
		printf("cannot attach to %d: %s\n", pid, strerror(errno));
		return errno == ESRCH ? 7 : 3;
	}
	for (i = 2; i < argc; i++) {
		strcat(text, argv[i]);
		if (i < argc - 1)
			strcat(text, " ");
	}
	n = MsgSend(coid, text, strlen(text) + 1, reply, sizeof(reply));
	if (n == -1) {
		fprintf(stderr, "client: MsgSend: %s\n", strerror(errno));
		return 4;
	}
	printf("%d words: %s\n", n, reply);
	if (n != argc - 2 || strcmp(reply, text)) {
		fprintf(stderr, "client: %d words: '%s'\n", n, reply);
		return 5;
	}
	ConnectDetach(coid);
	return 0;
}
