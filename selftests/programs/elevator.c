// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elevator controller with one cabin.
 *
 * Buttons are pulses (the pulse value is the floor), the motor is a timer
 * that "moves" the cabin one floor per tick, the door another.  A display
 * thread asks for the status by message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <pthread.h>
#include <time.h>
#include <sys/siginfo.h>
#include <sys/neutrino.h>

#define FLOORS		6
#define PULSE_CALL	(_PULSE_CODE_MINAVAIL + 1)
#define PULSE_MOTOR	(_PULSE_CODE_MINAVAIL + 2)
#define PULSE_DOOR	(_PULSE_CODE_MINAVAIL + 3)
#define PULSE_POWER_OFF	(_PULSE_CODE_MINAVAIL + 4)

#define MSG_STATUS	0x201

typedef enum { IDLE, UP, DOWN, DOOR_OPEN } state_e;

typedef struct {
	uint16_t type;
	int floor;
	state_e state;
	int trips;
} status_t;

typedef union {
	struct _pulse pulse;
	status_t status;
} message_t;

static state_e state = IDLE;
static int     cabin = 0;
static int     wanted[FLOORS];
static int     visited[32], nvisited;
static timer_t motor, door;
static int     chid;

static timer_t make_timer(int coid, int code)
{
	struct sigevent ev;
	timer_t         id;

	SIGEV_PULSE_INIT(&ev, coid, 10, code, 0);
	if (timer_create(CLOCK_MONOTONIC, &ev, &id) == -1) {
		perror("timer_create");
		exit(1);
	}
	return id;
}

static void start_ms(timer_t id, int ms)
{
	struct itimerspec it = { { 0, 0 }, { 0, ms * 1000000L } };

	if (timer_settime(id, 0, &it, NULL) == -1) {
		perror("timer_settime");
		exit(1);
	}
}

static int nearest(int from, int step)
{
	int f;

	for (f = from + step; f >= 0 && f < FLOORS; f += step) {
		if (wanted[f]) return f;
	}
	return -1;
}

static void decide(state_e before)
{
	int keep = before == DOWN ? -1 : 1;

	if (wanted[cabin]) {
		wanted[cabin] = 0;
		visited[nvisited++] = cabin;
		printf("  floor %d: door open\n", cabin);
		state = DOOR_OPEN;
		start_ms(door, 3);
	} else if (nearest(cabin, keep) >= 0) {
		state = keep > 0 ? UP : DOWN;
		start_ms(motor, 2);
	} else if (nearest(cabin, -keep) >= 0) {
		state = keep > 0 ? DOWN : UP;
		start_ms(motor, 2);
	} else {
		state = IDLE;
	}
}

static void *controller(void *arg)
{
	message_t msg;
	state_e   direction = UP;
	int       coid, rcvid;

	coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	motor = make_timer(coid, PULSE_MOTOR);
	door  = make_timer(coid, PULSE_DOOR);

	for (;;) {
		rcvid = MsgReceive(chid, &msg, sizeof(msg), NULL);
		if (rcvid == -1) {
			perror("MsgReceive");
			exit(1);
		}
		if (rcvid > 0) {
			if (msg.status.type != MSG_STATUS) {
				MsgError(rcvid, ENOSYS);
				continue;
			}
			msg.status.floor = cabin;
			msg.status.state = state;
			msg.status.trips = nvisited;
			MsgReply(rcvid, EOK, &msg, sizeof(msg.status));
			continue;
		}
		switch (msg.pulse.code) {
		case PULSE_CALL:
			wanted[msg.pulse.value.sival_int] = 1;
			if (state == IDLE) decide(direction);
			break;
		case PULSE_MOTOR:
			cabin += state == UP ? 1 : -1;
			direction = state;
			decide(direction);
			break;
		case PULSE_DOOR:
			decide(direction);
			break;
		case PULSE_POWER_OFF:
			timer_delete(motor);
			timer_delete(door);
			ConnectDetach(coid);
			return NULL;
		}
	}
}

static void wait_idle(int coid, int trips)
{
	status_t st;

	do {
		delay(1);
		st.type = MSG_STATUS;
		if (MsgSend(coid, &st, sizeof(st), &st, sizeof(st)) == -1) {
			perror("MsgSend status");
			exit(1);
		}
		if (st.floor < 0 || st.floor >= FLOORS) {
			fprintf(stderr, "cabin on floor %d\n", st.floor);
			exit(1);
		}
	} while (st.state != IDLE || st.trips < trips);
}

int main(int argc, char **argv)
{
	static const int expect[] = { 2, 5, 1, 0, 4 };
	pthread_t tid;
	uint16_t  nonsense = 0x300;
	int       coid, i;

	chid = ChannelCreate(_NTO_CHF_FIXED_PRIORITY);
	coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);

	/* pressed while the power was off: up to 5, with a stop at 2 on the way */
	MsgSendPulse(coid, 10, PULSE_CALL, 5);
	MsgSendPulse(coid, 10, PULSE_CALL, 2);
	pthread_create(&tid, NULL, controller, NULL);
	wait_idle(coid, 2);
	MsgSendPulse(coid, 10, PULSE_CALL, 1);
	wait_idle(coid, 3);
	MsgSendPulse(coid, 10, PULSE_CALL, 0);
	wait_idle(coid, 4);
	MsgSendPulse(coid, 10, PULSE_CALL, 4);
	wait_idle(coid, 5);

	if (MsgSend(coid, &nonsense, sizeof(nonsense), NULL, 0) != -1 || errno != ENOSYS) {
		fprintf(stderr, "nonsense was accepted\n");
		return 1;
	}
	MsgSendPulse(coid, 10, PULSE_POWER_OFF, 0);
	pthread_join(tid, NULL);

	for (i = 0; i < 5; i++) {
		if (visited[i] != expect[i]) {
			fprintf(stderr, "stop %d: floor %d instead of %d\n", i, visited[i], expect[i]);
			return 1;
		}
	}
	ChannelDestroy(chid);
	return 0;
}
