// SPDX-License-Identifier: GPL-2.0-only
/* Vending machine: a table of (state, event) -> action, fed by pulses */
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <string.h>
#include <pthread.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

enum state { WAIT_COIN, WAIT_CHOICE, DELIVER, RETURN_COINS, OUT_OF_ORDER, NSTATES };
enum event { COIN = 1, CHOICE, DONE, TIMEOUT, KICK, OFF, NEVENTS };

struct machine;
typedef enum state (*action_t)(struct machine *, int value);

struct machine {
	int chid, coid;
	enum state state;
	int credit, sold, returned, kicks;
	int done_timer, patience_timer;
	char log[64];
};

static void note(struct machine *m, char c)
{
	size_t n = strlen(m->log);

	if (n < sizeof(m->log) - 1)
		m->log[n] = c;
}

static void start(struct machine *m, int timer, unsigned ms)
{
	struct _itimer it = { (uint64_t)ms * 1000000, 0 };

	if (TimerSettime(timer, 0, &it, NULL) == -1) {
		perror("TimerSettime");
		exit(1);
	}
}

static enum state coin(struct machine *m, int value)
{
	note(m, 'c');
	m->credit += value;
	start(m, m->patience_timer, 400);
	return WAIT_CHOICE;
}

static enum state choice(struct machine *m, int price)
{
	if (m->credit < price)
		return m->state;
	note(m, 's');
	start(m, m->patience_timer, 0);
	m->credit -= price;
	m->sold++;
	start(m, m->done_timer, 5);
	return DELIVER;
}

static enum state delivered(struct machine *m, int unused)
{
	note(m, 'd');
	return m->credit ? coin(m, 0) : WAIT_COIN;
}

static enum state too_late(struct machine *m, int unused)
{
	note(m, 't');
	m->returned += m->credit;
	m->credit = 0;
	start(m, m->done_timer, 5);
	return RETURN_COINS;
}

static enum state kicked(struct machine *m, int unused)
{
	note(m, 'k');
	m->kicks++;
	return m->kicks < 2 ? m->state : OUT_OF_ORDER;
}

static enum state ready(struct machine *m, int unused) { return WAIT_COIN; }

static const action_t table[NSTATES][NEVENTS] = {
	[WAIT_COIN]    = { [COIN] = coin, [KICK] = kicked },
	[WAIT_CHOICE]  = { [COIN] = coin, [CHOICE] = choice, [TIMEOUT] = too_late },
	[DELIVER]      = { [DONE] = delivered },
	[RETURN_COINS] = { [DONE] = ready },
};

static int timer_with(struct machine *m, int code)
{
	struct sigevent ev;
	int id;

	SIGEV_PULSE_INIT(&ev, m->coid, SIGEV_PULSE_PRIO_INHERIT, code, 0);
	id = TimerCreate(CLOCK_MONOTONIC, &ev);
	if (id == -1) {
		perror("TimerCreate");
		exit(1);
	}
	return id;
}

static void *run(void *arg)
{
	struct machine *m = arg;
	union { struct _pulse p; short type; } msg;
	int rcvid;

	while (1) {
		rcvid = MsgReceive(m->chid, &msg, sizeof(msg), NULL);
		if (rcvid > 0) {		/* "what are you doing?" */
			MsgReply(rcvid, m->state, m, sizeof(*m));
			continue;
		}
		if (rcvid == -1 || msg.p.code <= 0 || msg.p.code >= NEVENTS) {
			fprintf(stderr, "machine: rcvid %d code %d\n", rcvid, msg.p.code);
			exit(1);
		}
		if (msg.p.code == OFF)
			return NULL;
		if (table[m->state][msg.p.code])
			m->state = table[m->state][msg.p.code](m, msg.p.value.sival_int);
	}
}

static void event(struct machine *m, int code, int value)
{
	if (MsgSendPulse(m->coid, 10, code, value) == -1) {
		perror("MsgSendPulse");
		exit(1);
	}
}

static void wait_for(struct machine *m, enum state s)
{
	short type = 0x300;
	int now;

	while ((now = MsgSend(m->coid, &type, sizeof(type), NULL, 0)) != (int)s) {
		if (now == -1) {
			perror("MsgSend");
			exit(1);
		}
		delay(2);
	}
}

int main(void)
{
	static struct machine m;
	struct machine seen;
	pthread_t tid;
	short type = 0x300;

	m.chid = ChannelCreate(_NTO_CHF_FIXED_PRIORITY);
	m.coid = ConnectAttach(ND_LOCAL_NODE, 0, m.chid, _NTO_SIDE_CHANNEL, 0);
	m.done_timer = timer_with(&m, DONE);
	m.patience_timer = timer_with(&m, TIMEOUT);
	pthread_create(&tid, NULL, run, &m);

	/* coffee for 30 with two coins, no change */
	event(&m, COIN, 20);
	event(&m, COIN, 10);
	event(&m, CHOICE, 30);
	wait_for(&m, WAIT_COIN);
	/* pay, and go away without a choice */
	event(&m, COIN, 50);
	event(&m, CHOICE, 80);		/* too expensive */
	wait_for(&m, WAIT_COIN);
	event(&m, KICK, 0);
	event(&m, CHOICE, 10);		/* without money */
	event(&m, KICK, 0);
	wait_for(&m, OUT_OF_ORDER);
	event(&m, COIN, 10);

	if (MsgSend(m.coid, &type, sizeof(type), &seen, sizeof(seen)) != OUT_OF_ORDER
	    || strcmp(seen.log, "ccsdctkk") || seen.sold != 1 || seen.returned != 50
	    || seen.credit != 0) {
		fprintf(stderr, "log %s, sold %d, returned %d, credit %d\n", seen.log, seen.sold,
			seen.returned, seen.credit);
		return 1;
	}
	event(&m, OFF, 0);
	pthread_join(tid, NULL);
	TimerDestroy(m.done_timer);
	TimerDestroy(m.patience_timer);
	return 0;
}
