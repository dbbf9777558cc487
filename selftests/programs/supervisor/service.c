// SPDX-License-Identifier: GPL-2.0-only
/* service ID START */
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <signal.h>
#include <errno.h>
#include <unistd.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include "service.h"

int main(int argc, char *argv[])
{
	struct sv_msg m;
	int coid, id, start;

	if (argc != 3)
		return 10;
	id = atoi(argv[1]);
	start = atoi(argv[2]);
	coid = name_open(SUPERVISOR_NAME, 0);
	if (coid == -1) {
		perror("service: name_open");
		return 11;
	}
	m.type = SV_HELLO;
	m.id = id;
	m.step = 0;
	if (MsgSend(coid, &m, sizeof(m), NULL, 0) == -1)
		return 12;
	m.type = SV_WORKING;
	for (m.step = 0; m.step < 5; m.step++) {
		if (m.step == 2 && (id == 2 || (id == 1 && start == 0)))
			raise(SIGKILL);
		if (MsgSend(coid, &m, sizeof(m), NULL, 0) == -1)
			return 13;
	}
	return 0;
}
