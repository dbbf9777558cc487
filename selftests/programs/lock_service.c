// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers/writer lock for processes. Whoever has to wait is parked; a process
 * that dies with the lock held or while it waits is noticed by its disconnect
 * pulse (and by the unblock pulse for what it had parked) and cleaned up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>
#include <sys/wait.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define LOCK_READ	1
#define LOCK_WRITE	2
#define UNLOCK		3
#define STATE		4	/* replies holders * 100 + waiting */

#define MAX		16

typedef struct {
	unsigned short type;
	unsigned short dummy;
} lock_msg_t;

typedef union {
	struct _pulse pulse;
	lock_msg_t lock;
} buf_t;

struct entry {
	int scoid;
	int rcvid;		/* 0: holds the lock */
	int write;
};

static struct entry entries[MAX];	/* in order of arrival */
static int nentries;

static void drop(int i)
{
	memmove(&entries[i], &entries[i + 1], (--nentries - i) * sizeof(entries[0]));
}

static int holders(int write)
{
	int i, n = 0;

	for (i = 0; i < nentries; i++)
		n += !entries[i].rcvid && entries[i].write == write;
	return n;
}

/* first come, first served */
static void grant(void)
{
	int i;

	for (i = 0; i < nentries; i++) {
		struct entry *e = &entries[i];

		if (!e->rcvid)
			continue;
		if (holders(1) || (e->write && holders(0)))
			return;
		MsgReply(e->rcvid, EOK, NULL, 0);
		e->rcvid = 0;
	}
}

static void lock(int rcvid, int scoid, int write)
{
	entries[nentries].scoid = scoid;
	entries[nentries].rcvid = rcvid;
	entries[nentries].write = write;
	nentries++;
	grant();
}

static void unlock(int rcvid, int scoid)
{
	int i;

	for (i = 0; i < nentries; i++) {
		if (entries[i].scoid == scoid && !entries[i].rcvid) {
			drop(i);
			MsgReply(rcvid, EOK, NULL, 0);
			grant();
			return;
		}
	}
	MsgError(rcvid, EPERM);
}

static void unblock(int rcvid)
{
	struct _msg_info info;
	int i;

	for (i = 0; i < nentries; i++) {
		if (entries[i].rcvid != rcvid)
			continue;
		if (MsgInfo(rcvid, &info) == -1 || (info.flags & _NTO_MI_UNBLOCK_REQ)) {
			drop(i);
			MsgError(rcvid, EINTR);
			grant();
		}
		return;
	}
}

static void gone(int scoid)
{
	int i;

	for (i = nentries - 1; i >= 0; i--)
		if (entries[i].scoid == scoid)
			drop(i);
	ConnectDetach(scoid);
	grant();
}

static int call(int coid, int type)
{
	lock_msg_t m = { type, 0 };

	return MsgSend(coid, &m, sizeof(m), NULL, 0);
}

static void server(int chid)
{
	struct _msg_info info;
	int i, rcvid, waiting;
	buf_t b;

	for (;;) {
		rcvid = MsgReceive(chid, &b, sizeof(b), &info);
		if (rcvid == -1) {
			perror("MsgReceive");
			_exit(1);
		}
		if (rcvid == 0) {
			if (b.pulse.code == _PULSE_CODE_UNBLOCK)
				unblock(b.pulse.value.sival_int);
			else if (b.pulse.code == _PULSE_CODE_DISCONNECT)
				gone(b.pulse.scoid);
			continue;
		}
		switch (b.lock.type) {
		case LOCK_READ:
		case LOCK_WRITE:
			lock(rcvid, info.scoid, b.lock.type == LOCK_WRITE);
			break;
		case UNLOCK:
			unlock(rcvid, info.scoid);
			break;
		case STATE:
			for (i = waiting = 0; i < nentries; i++)
				waiting += entries[i].rcvid != 0;
			MsgReply(rcvid, (nentries - waiting) * 100 + waiting, NULL, 0);
			break;
		default:
			MsgError(rcvid, ENOSYS);
		}
	}
}

static pid_t server_pid, kids[4];

/* takes the lock and keeps it until killed; exits if it cannot have it */
static pid_t holder(int type)
{
	pid_t pid = fork();

	if (pid == 0) {
		int coid = ConnectAttach(ND_LOCAL_NODE, server_pid, 1, _NTO_SIDE_CHANNEL, 0);

		if (call(coid, type) == -1)
			_exit(errno == ESRCH || errno == EBADF ? 0 : 1);
		for (;;)
			pause();
	}
	return pid;
}

static int done(int rc)
{
	int i;

	for (i = 0; i < 4; i++)
		if (kids[i] > 0)
			kill(kids[i], SIGKILL);
	kill(server_pid, SIGKILL);
	while (wait(NULL) != -1)
		;
	return rc;
}

static void wait_state(int coid, int state)
{
	int n, i;

	for (i = 0; (n = call(coid, STATE)) != state; i++) {
		if (n == -1 || i > 800) {
			fprintf(stderr, "state is %d and not %d: %s\n", n, state, strerror(errno));
			exit(done(1));
		}
		delay(5);
	}
}

int main(void)
{
	int coid, tries = 0;

	server_pid = fork();
	if (server_pid == 0)
		server(ChannelCreate(_NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT));
	while ((coid = ConnectAttach(ND_LOCAL_NODE, server_pid, 1, _NTO_SIDE_CHANNEL, 0)) == -1) {
		if (errno != ESRCH || tries++ > 500) {
			perror("ConnectAttach");
			return done(1);
		}
		delay(5);
	}
	if (call(coid, UNLOCK) != -1 || errno != EPERM) {
		perror("unlocked what was not locked");
		return done(1);
	}
	if (call(coid, LOCK_READ) == -1) {
		perror("LOCK_READ");
		return done(1);
	}
	kids[0] = holder(LOCK_READ);
	wait_state(coid, 200);
	kids[1] = holder(LOCK_WRITE);
	wait_state(coid, 201);
	kids[2] = holder(LOCK_WRITE);
	wait_state(coid, 202);

	/* a reader that holds it dies, then a writer that waits */
	kill(kids[0], SIGKILL);
	wait_state(coid, 102);
	kill(kids[1], SIGKILL);
	wait_state(coid, 101);
	/* we let go: the other writer has it */
	if (call(coid, UNLOCK) == -1) {
		perror("UNLOCK");
		return done(1);
	}
	wait_state(coid, 100);
	kids[3] = holder(LOCK_READ);
	wait_state(coid, 101);
	kill(kids[2], SIGKILL);
	wait_state(coid, 100);
	kill(kids[3], SIGKILL);
	wait_state(coid, 0);
	return done(0);
}
