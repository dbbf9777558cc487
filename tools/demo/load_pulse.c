// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the server does about pulses.
 */
#include "demo.h"
#include "load_server.h"

#include <stdlib.h>

static void log_unblock(int64_t rcvid)
{
	if (server.pulse_log_used < server.load->requests)
		server.pulse_log[server.pulse_log_used++] = rcvid;
}

/* Tell the owner, who decides. If none is at its desk yet, it will ask MsgInfo itself. */
static void tell_owner(int64_t rcvid, bool *race)
{
	for (struct desk *desk = server.desks; desk < server.desks + LOAD_WORKERS; desk++) {
		if (desk->rcvid != rcvid)
			continue;
		desk->asked = true;
		*race = desk->race;
		pthread_cond_signal(&desk->told);
		return;
	}
}

static void unblock(int64_t rcvid)
{
	bool race = false;

	count(&server.tally->unblocks);
	pthread_mutex_lock(&server.lock);
	log_unblock(rcvid);
	tell_owner(rcvid, &race);
	pthread_mutex_unlock(&server.lock);
	if (race)
		serve_give_up(rcvid);
}

static void disconnect(int scoid)
{
	if (qmsg_connect_detach(server.q, scoid))
		count(&server.tally->faults);
	count(&server.tally->disconnects);
}

static void client_pulse(uint64_t value)
{
	uint64_t life = value >> 32;

	if (life < LOAD_LIVES)
		count(&server.tally->pulses[life]);
	else
		count(&server.tally->faults);
}

static void wake_drain(void)
{
	pthread_mutex_lock(&server.lock);
	pthread_cond_broadcast(&server.pulse_came);
	pthread_mutex_unlock(&server.lock);
}

void serve_pulse(const struct qmsg_pulse *pulse)
{
	switch (pulse->code) {
	case QMSG_PULSE_CODE_UNBLOCK:
		unblock(pulse->value);
		break;
	case QMSG_PULSE_CODE_DISCONNECT:
		disconnect(pulse->scoid);
		wake_drain();
		break;
	case LOAD_PULSE:
		client_pulse(pulse->value);
		wake_drain();
		break;
	default:
		count(&server.tally->faults);
	}
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Receive ids do not come back, so a request that was told of twice is in the log twice. */
unsigned long server_doubled_pulses(void)
{
	unsigned long doubled = 0;

	qsort(server.pulse_log, server.pulse_log_used, sizeof(int64_t), by_value);
	for (unsigned long i = 1; i < server.pulse_log_used; i++)
		doubled += server.pulse_log[i] == server.pulse_log[i - 1];
	return doubled;
}
