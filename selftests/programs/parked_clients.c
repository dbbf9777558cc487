// SPDX-License-Identifier: GPL-2.0-only
/*
 * parked_clients.c: a "wait until the door opens" server.
 *
 * Clients that wait are parked in a linked list.  The channel has
 * _NTO_CHF_UNBLOCK, so a client that is hit by a signal is ours until we
 * answer it: on the pulse the list is searched under its lock, MsgInfo() is
 * asked whether the request is still wanted, and only then is it answered.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define MSG_WAIT_DOOR	0x1001
#define MSG_OPEN_DOOR	0x1002
#define MSG_HOW_MANY	0x1003

typedef struct {
	uint16_t type;
	uint16_t name;
} door_msg_t;

typedef union {
	struct _pulse pulse;
	door_msg_t msg;
} recv_t;

typedef struct client {
	struct client *next;
	int rcvid;
	int name;
} client_t;

static client_t *waiting;
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static int chid;
static int stale_pulses, unblocked;

static void add_client(int rcvid, int name)
{
	client_t *c = malloc(sizeof(*c));

	c->rcvid = rcvid;
	c->name = name;
	pthread_mutex_lock(&list_lock);
	c->next = waiting;
	waiting = c;
	pthread_mutex_unlock(&list_lock);
}

static void handle_unblock(int rcvid, int scoid)
{
	struct _msg_info info;
	client_t **pp, *c = NULL;

	pthread_mutex_lock(&list_lock);
	for (pp = &waiting; *pp; pp = &(*pp)->next)
		if ((*pp)->rcvid == rcvid)
			break;
	if (*pp && MsgInfo(rcvid, &info) == 0 && (info.flags & _NTO_MI_UNBLOCK_REQ)) {
		if (info.scoid != scoid) {
			fprintf(stderr, "pulse from scoid %x for a client of %x\n",
				scoid, info.scoid);
			exit(1);
		}
		c = *pp;
		*pp = c->next;
		unblocked++;
		MsgError(rcvid, EINTR);
		free(c);
	} else {
		stale_pulses++;
	}
	pthread_mutex_unlock(&list_lock);
}

static int open_door(void)
{
	int n = 0;

	pthread_mutex_lock(&list_lock);
	while (waiting) {
		client_t *c = waiting;

		waiting = c->next;
		MsgReply(c->rcvid, c->name, "come in", 8);
		free(c);
		n++;
	}
	pthread_mutex_unlock(&list_lock);
	return n;
}

static int count(void)
{
	client_t *c;
	int n = 0;

	pthread_mutex_lock(&list_lock);
	for (c = waiting; c; c = c->next)
		n++;
	pthread_mutex_unlock(&list_lock);
	return n;
}

static void *doorman(void *arg)
{
	recv_t r;
	int rcvid;

	for (;;) {
		rcvid = MsgReceive(chid, &r, sizeof(r), NULL);
		if (rcvid == -1)
			return NULL;		/* channel is gone */
		if (rcvid == 0) {
			if (r.pulse.code == _PULSE_CODE_UNBLOCK)
				handle_unblock(r.pulse.value.sival_int, r.pulse.scoid);
			else if (r.pulse.code == _PULSE_CODE_DISCONNECT)
				ConnectDetach(r.pulse.scoid);
			continue;
		}
		switch (r.msg.type) {
		case MSG_WAIT_DOOR:
			add_client(rcvid, r.msg.name);
			break;
		case MSG_OPEN_DOOR:
			MsgReply(rcvid, open_door(), NULL, 0);
			break;
		case MSG_HOW_MANY:
			MsgReply(rcvid, count(), NULL, 0);
			break;
		default:
			MsgError(rcvid, ENOSYS);
		}
	}
}

static volatile sig_atomic_t got_signal;

static void on_signal(int signo)
{
	got_signal++;
}

struct guest {
	pthread_t thread;
	int name, result, error, signals_seen;
	char answer[16];
};

static void *guest(void *arg)
{
	struct guest *g = arg;
	door_msg_t m = { MSG_WAIT_DOOR, g->name };
	int coid = ConnectAttach(ND_LOCAL_NODE, getpid(), chid, _NTO_SIDE_CHANNEL, 0);

	g->result = MsgSend(coid, &m, sizeof(m), g->answer, sizeof(g->answer));
	g->error = errno;
	g->signals_seen = got_signal;
	ConnectDetach(coid);
	return NULL;
}

static int ask(int coid, int type)
{
	door_msg_t m = { type, 0 };
	int n = MsgSend(coid, &m, sizeof(m), NULL, 0);

	if (n == -1) {
		perror("MsgSend");
		exit(1);
	}
	return n;
}

int main(void)
{
	struct guest g[3];
	struct sigaction sa;
	pthread_t tid;
	int coid, i, n;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sigaction(SIGUSR1, &sa, NULL);

	chid = ChannelCreate(_NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT);
	coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&tid, NULL, doorman, NULL);
	pthread_create(NULL, NULL, doorman, NULL);

	memset(g, 0, sizeof(g));
	for (i = 0; i < 3; i++) {
		g[i].name = 10 + i;
		pthread_create(&g[i].thread, NULL, guest, &g[i]);
	}
	while (ask(coid, MSG_HOW_MANY) < 3)
		delay(1);

	/* number 1 gets tired of it */
	pthread_kill(g[1].thread, SIGUSR1);
	pthread_join(g[1].thread, NULL);
	if (g[1].result != -1 || g[1].error != EINTR || g[1].signals_seen != 1) {
		fprintf(stderr, "tired guest: %d, %s, %d signals\n", g[1].result,
			strerror(g[1].error), g[1].signals_seen);
		return 1;
	}
	if (unblocked != 1 || ask(coid, MSG_HOW_MANY) != 2) {
		fprintf(stderr, "not taken off the list\n");
		return 1;
	}

	n = ask(coid, MSG_OPEN_DOOR);
	for (i = 0; i < 3; i += 2) {
		pthread_join(g[i].thread, NULL);
		if (g[i].result != g[i].name || strcmp(g[i].answer, "come in")) {
			fprintf(stderr, "guest %d: %d '%s'\n", i, g[i].result, g[i].answer);
			return 1;
		}
	}
	if (n != 2 || stale_pulses) {
		fprintf(stderr, "%d came in, %d stale pulses\n", n, stale_pulses);
		return 1;
	}
	ChannelDestroy(chid);
	pthread_join(tid, NULL);
	return 0;
}
