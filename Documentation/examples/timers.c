/* SPDX-License-Identifier: MIT */
/*
 * Timers: they send pulses, so a server that does something every so often has one place where
 * it waits, for clients and for the time. And a receive can have a deadline.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/neutrino.h>
#include <time.h>

#define CODE_TICK	(_PULSE_CODE_MINAVAIL + 1)
#define TICKS		5
#define TICK_NS		20000000

/* Every TICK_NS a pulse, from now on. */
static int start_timer(int coid, timer_t *timer)
{
	struct sigevent event;
	struct itimerspec when = { { 0, TICK_NS }, { 0, TICK_NS } };

	SIGEV_PULSE_INIT(&event, coid, SIGEV_PULSE_PRIO_INHERIT, CODE_TICK, 42);
	if (timer_create(CLOCK_MONOTONIC, &event, timer) == -1)
		return -1;
	return timer_settime(*timer, 0, &when, NULL);
}

int main(void)
{
	int chid = ChannelCreate(0), ticks = 0;
	int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	uint64_t tenth = 100000000;
	struct _pulse pulse;
	timer_t timer;

	if (start_timer(coid, &timer) == -1)
		return EXIT_FAILURE;
	while (ticks < TICKS) {
		if (MsgReceive(chid, &pulse, sizeof(pulse), NULL) != 0 ||
		    pulse.code != CODE_TICK || pulse.value.sival_int != 42)
			return EXIT_FAILURE;
		printf("tick %d\n", ++ticks);
	}
	timer_delete(timer);

	/* Nothing will come any more but, perhaps, a tick that was waiting already. */
	do {
		TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, &tenth, NULL);
	} while (MsgReceive(chid, &pulse, sizeof(pulse), NULL) == 0);
	printf("and then nothing for a tenth of a second\n");
	return errno == ETIMEDOUT ? EXIT_SUCCESS : EXIT_FAILURE;
}
