// SPDX-License-Identifier: GPL-2.0-only
/*
 * Alarm panel. Detectors hand in the event they want to be told with; the
 * panel checks it with MsgVerifyEvent() while they are still blocked, so a
 * bad one is the caller's problem and not discovered in the night.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

enum { PANEL_ATTACH = 1, PANEL_FIRE, PANEL_OFF };

typedef struct {
	uint16_t type;
	uint16_t zone;
	struct sigevent ev;
} panel_msg_t;

static int panel_chid;

static void *panel(void *unused)
{
	struct { int rcvid; struct sigevent ev; } zones[4];
	panel_msg_t m;
	int rcvid;

	memset(zones, 0, sizeof zones);
	while ((rcvid = MsgReceive(panel_chid, &m, sizeof m, NULL)) > 0) {
		if (m.type == PANEL_ATTACH) {
			int rc = MsgVerifyEvent(rcvid, &m.ev);

			if (rc == -1) {
				MsgError(rcvid, errno);
				continue;
			}
			zones[m.zone].rcvid = rcvid;
			zones[m.zone].ev = m.ev;
			MsgReply(rcvid, EOK, NULL, 0);
		} else if (m.type == PANEL_FIRE) {
			if (!zones[m.zone].rcvid)
				MsgError(rcvid, ENOENT);
			else if (MsgDeliverEvent(zones[m.zone].rcvid, &zones[m.zone].ev) == -1)
				MsgError(rcvid, errno);
			else
				MsgReply(rcvid, EOK, NULL, 0);
		} else {
			MsgReply(rcvid, EOK, NULL, 0);
			break;
		}
	}
	return NULL;
}

static int coid;

static int ask(int type, int zone, const struct sigevent *ev)
{
	panel_msg_t m = { .type = type, .zone = zone };

	if (ev)
		m.ev = *ev;
	return MsgSend(coid, &m, sizeof m, NULL, 0) == -1 ? errno : EOK;
}

static int errors;

static void expect(const char *what, int got, int wanted)
{
	if (got == wanted)
		return;
	fprintf(stderr, "alarm_verify: %s: %s, expected %s\n", what, strerror(got),
		strerror(wanted));
	errors++;
}

int main(void)
{
	struct sigevent ev;
	struct _pulse p;
	pthread_t tid;
	int chid, self, gone;

	panel_chid = ChannelCreate(0);
	coid = ConnectAttach(ND_LOCAL_NODE, 0, panel_chid, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&tid, NULL, panel, NULL);
	chid = ChannelCreate(0);
	self = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	gone = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	ConnectDetach(gone);

	SIGEV_PULSE_INIT(&ev, self, 10, _PULSE_CODE_MINAVAIL, 1);
	expect("pulse", ask(PANEL_ATTACH, 0, &ev), EOK);

	SIGEV_PULSE_INIT(&ev, self, 1000, _PULSE_CODE_MINAVAIL, 1);
	expect("pulse of priority 1000", ask(PANEL_ATTACH, 1, &ev), EINVAL);

	SIGEV_SIGNAL_INIT(&ev, 4711);
	expect("signal 4711", ask(PANEL_ATTACH, 1, &ev), EINVAL);

	ev.sigev_notify = 0x77;
	expect("event of kind 0x77", ask(PANEL_ATTACH, 1, &ev), EINVAL);

	/* a pulse over a connection that is not there */
	SIGEV_PULSE_INIT(&ev, gone, 10, _PULSE_CODE_MINAVAIL, 1);
	if (ask(PANEL_ATTACH, 1, &ev) == EOK) {
		fprintf(stderr, "alarm_verify: detached coid was accepted\n");
		errors++;
	}

	SIGEV_SIGNAL_INIT(&ev, SIGUSR1);
	expect("signal", ask(PANEL_ATTACH, 2, &ev), EOK);
	SIGEV_NONE_INIT(&ev);
	expect("none", ask(PANEL_ATTACH, 3, &ev), EOK);

	/* verifying has had no effect so far */
	TimerTimeout(CLOCK_REALTIME, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL);
	if (MsgReceivePulse(chid, &p, sizeof p, NULL) != -1 || errno != ETIMEDOUT) {
		fprintf(stderr, "alarm_verify: a pulse came too early\n");
		errors++;
	}

	expect("refused zone", ask(PANEL_FIRE, 1, NULL), ENOENT);
	expect("zone 3", ask(PANEL_FIRE, 3, NULL), EOK);
	expect("zone 0", ask(PANEL_FIRE, 0, NULL), EOK);
	if (MsgReceivePulse(chid, &p, sizeof p, NULL) == -1 || p.value.sival_int != 1) {
		fprintf(stderr, "alarm_verify: no pulse\n");
		errors++;
	}
	/* the connection may go away after it was verified */
	ConnectDetach(self);
	if (ask(PANEL_FIRE, 0, NULL) == EOK) {
		fprintf(stderr, "alarm_verify: pulse over a detached coid\n");
		errors++;
	}
	ask(PANEL_OFF, 0, NULL);
	pthread_join(tid, NULL);
	return errors ? EXIT_FAILURE : EXIT_SUCCESS;
}
