// SPDX-License-Identifier: GPL-2.0-only
/* A rescue service: SIGEV_UNBLOCK throws a client out of its MsgSend(),
 * SIGEV_INTR wakes a thread in InterruptWait() (no hardware needed). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define HOLD_ME   1   /* never answered */
#define FREE_HIM  2   /* deliver SIGEV_UNBLOCK to the one held */
#define WAKE_ME   3   /* event to be delivered later */
#define WAKE      4
#define GO_HOME   5

struct msg {
	unsigned short type, pad;
	struct sigevent event;
};

static int chid;
static int reply_errno;

static void *service(void *arg)
{
	int rcvid, held = -1, sleeper = -1;
	struct sigevent wake, unblock;
	struct msg m;

	SIGEV_UNBLOCK_INIT(&unblock);
	memset(&wake, 0, sizeof(wake));
	for (;;) {
		rcvid = MsgReceive(chid, &m, sizeof(m), NULL);
		if (rcvid == -1) {
			perror("MsgReceive");
			exit(1);
		}
		switch (m.type) {
		case HOLD_ME:
			held = rcvid;
			break;
		case FREE_HIM:
			if (held == -1) {
				MsgError(rcvid, EAGAIN);
				break;
			}
			if (MsgDeliverEvent(held, &unblock) == -1) {
				MsgError(rcvid, errno);
				break;
			}
			/* it is not ours any more */
			reply_errno = MsgReply(held, EOK, NULL, 0) == -1 ? errno : EOK;
			MsgReply(rcvid, EOK, NULL, 0);
			break;
		case WAKE_ME:
			sleeper = rcvid;
			wake = m.event;
			MsgReply(rcvid, EOK, NULL, 0);
			break;
		case WAKE:
			if (MsgDeliverEvent(sleeper, &wake) == -1)
				MsgError(rcvid, errno);
			else
				MsgReply(rcvid, EOK, NULL, 0);
			break;
		case GO_HOME:
			MsgReply(rcvid, EOK, NULL, 0);
			return NULL;
		}
	}
}

static int tell(int coid, int type, const struct sigevent *ev)
{
	struct msg m;

	memset(&m, 0, sizeof(m));
	m.type = type;
	if (ev)
		m.event = *ev;
	return MsgSend(coid, &m, sizeof(m), NULL, 0);
}

static int held_ret, held_errno;

static void *held_client(void *arg)
{
	int coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);

	held_ret = tell(coid, HOLD_ME, NULL);
	held_errno = errno;
	ConnectDetach(coid);
	return NULL;
}

static sem_t subscribed;

static void *sleeper(void *arg)
{
	int coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	struct sigevent ev;
	long woken = 0;

	SIGEV_INTR_INIT(&ev);
	if (tell(coid, WAKE_ME, &ev) == -1) {
		perror("WAKE_ME");
		exit(1);
	}
	sem_post(&subscribed);
	/* like the interrupt thread of a driver */
	while (woken < 2) {
		if (InterruptWait(0, NULL) == -1) {
			perror("InterruptWait");
			exit(1);
		}
		woken++;
		sem_post(&subscribed);
	}
	ConnectDetach(coid);
	return (void *)woken;
}

int main(void)
{
	pthread_t server, held, asleep;
	uint64_t ns = 20000000;
	int coid, i;
	void *woken;

	chid = ChannelCreate(0);
	coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&server, NULL, service, NULL);

	pthread_create(&held, NULL, held_client, NULL);
	while (tell(coid, FREE_HIM, NULL) == -1) {
		if (errno != EAGAIN) {
			perror("SIGEV_UNBLOCK");
			return 1;
		}
		delay(1);
	}
	pthread_join(held, NULL);
	if (held_ret != -1 || held_errno != ETIMEDOUT) {
		fprintf(stderr, "held client: %d, %s\n", held_ret, strerror(held_errno));
		return 1;
	}
	if (reply_errno != ESRCH) {
		fprintf(stderr, "reply to the rescued: %s\n", strerror(reply_errno));
		return 1;
	}

	sem_init(&subscribed, 0, 0);
	pthread_create(&asleep, NULL, sleeper, NULL);
	sem_wait(&subscribed);
	for (i = 0; i < 2; i++) {
		if (tell(coid, WAKE, NULL) == -1) {
			perror("SIGEV_INTR");
			return 1;
		}
		sem_wait(&subscribed);
	}
	pthread_join(asleep, &woken);
	if ((long)woken != 2) {
		fprintf(stderr, "woken %ld times\n", (long)woken);
		return 1;
	}

	/* nothing pending here, so this ends by its timeout */
	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_INTR, NULL, &ns, NULL);
	if (InterruptWait(0, NULL) != -1 || errno != ETIMEDOUT) {
		perror("InterruptWait with a timeout");
		return 1;
	}
	tell(coid, GO_HOME, NULL);
	pthread_join(server, NULL);
	return 0;
}
