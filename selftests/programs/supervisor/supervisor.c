// SPDX-License-Identifier: GPL-2.0-only
/*
 * supervisor: starts services, restarts the ones that crash.
 *
 * Services connect by name. That one is gone is told by the disconnect pulse
 * of its server connection; why, by waitpid().
 */
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <process.h>
#include <sys/wait.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include "service.h"

#define SERVICES	3
#define MAX_STARTS	3

struct service {
	pid_t pid;
	int scoid;
	int starts;
	int steps;
	int finished;
	int gave_up;
} services[SERVICES];

char service_path[512];

void start_service(int id)
{
	struct service *s = &services[id];
	char id_text[8], start_text[8];

	snprintf(id_text, sizeof(id_text), "%d", id);
	snprintf(start_text, sizeof(start_text), "%d", s->starts);
	s->pid = spawnl(P_NOWAIT, service_path, "service", id_text, start_text, NULL);
	if (s->pid == -1) {
		fprintf(stderr, "spawnl %s: %s\n", service_path, strerror(errno));
		exit(EXIT_FAILURE);
	}
	s->starts++;
}

void gone(int scoid)
{
	int i, status;

	for (i = 0; i < SERVICES && services[i].scoid != scoid; i++)
		;
	ConnectDetach(scoid);
	if (i == SERVICES)
		return;
	services[i].scoid = 0;
	if (waitpid(services[i].pid, &status, 0) == -1) {
		perror("waitpid");
		exit(EXIT_FAILURE);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		printf("service %d has finished\n", i);
		services[i].finished = 1;
	} else if (services[i].starts < MAX_STARTS) {
		printf("service %d: status %#x, restart\n", i, status);
		start_service(i);
	} else {
		printf("service %d: giving up\n", i);
		services[i].gave_up = 1;
	}
}

int all_done(void)
{
	int i;

	for (i = 0; i < SERVICES; i++)
		if (!services[i].finished && !services[i].gave_up)
			return 0;
	return 1;
}

int main(int argc, char *argv[])
{
	union {
		struct _pulse pulse;
		uint16_t type;
		struct sv_msg sv;
		char space[256];
	} m;
	struct _msg_info info;
	name_attach_t *att;
	char *slash;
	int i, rcvid;

	strlcpy(service_path, argv[0], sizeof(service_path));
	slash = strrchr(service_path, '/');
	strcpy(slash ? slash + 1 : service_path, "service");

	att = name_attach(NULL, SUPERVISOR_NAME, 0);
	if (!att) {
		perror("name_attach");
		return EXIT_FAILURE;
	}
	for (i = 0; i < SERVICES; i++)
		start_service(i);

	while (!all_done()) {
		rcvid = MsgReceive(att->chid, &m, sizeof(m), &info);
		if (rcvid == -1) {
			perror("MsgReceive");
			return EXIT_FAILURE;
		}
		if (rcvid == 0) {
			if (m.pulse.code == _PULSE_CODE_DISCONNECT)
				gone(m.pulse.scoid);
			continue;
		}
		if (m.type == _IO_CONNECT) {
			MsgReply(rcvid, EOK, NULL, 0);
			continue;
		}
		if (m.type != SV_HELLO && m.type != SV_WORKING) {
			MsgError(rcvid, ENOSYS);
			continue;
		}
		if (m.sv.id >= SERVICES || info.pid != services[m.sv.id].pid) {
			fprintf(stderr, "%d is not service %d\n", info.pid, m.sv.id);
			return EXIT_FAILURE;
		}
		if (m.type == SV_HELLO)
			services[m.sv.id].scoid = info.scoid;
		else
			services[m.sv.id].steps++;
		MsgReply(rcvid, EOK, NULL, 0);
	}
	name_detach(att, 0);

	/* 0 works, 1 crashes once, 2 always */
	if (!services[0].finished || services[0].starts != 1 || services[0].steps != 5
	    || !services[1].finished || services[1].starts != 2 || services[1].steps != 2 + 5
	    || !services[2].gave_up || services[2].starts != MAX_STARTS
	    || services[2].steps != 2 * MAX_STARTS) {
		for (i = 0; i < SERVICES; i++)
			fprintf(stderr, "service %d: %d starts, %d steps, finished %d\n", i,
				services[i].starts, services[i].steps, services[i].finished);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
