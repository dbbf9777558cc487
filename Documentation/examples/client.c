/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>

int main(int argc, char **argv)
{
	char reply[64] = "";
	int coid;

	if (argc != 4)
		return 2;
	coid = ConnectAttach(0, atoi(argv[1]), atoi(argv[2]), _NTO_SIDE_CHANNEL, 0);
	if (coid == -1 || MsgSend(coid, argv[3], strlen(argv[3]), reply, sizeof(reply) - 1) == -1) {
		perror("client");
		return 1;
	}
	printf("%s\n", reply);
	return 0;
}
