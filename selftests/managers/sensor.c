// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sensor: a timer's pulse measures, in the same loop that serves clients. A read waits for
 * the next value.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>

static int value;
static int waiting[256], nwaiting;
static iofunc_notify_t notify[3];

int measure(message_context_t *ctp, int code, unsigned flags, void *handle)
{
	char text[32];
	int i, len;

	len = snprintf(text, sizeof(text), "value %d\n", ++value);
	for (i = 0; i < nwaiting; i++)
		MsgReply(waiting[i], len, text, len);
	nwaiting = 0;
	iofunc_notify_trigger(notify, 1, IOFUNC_NOTIFY_INPUT);
	return 0;
}

int io_read(resmgr_context_t *ctp, io_read_t *msg, iofunc_ocb_t *ocb)
{
	int status, nonblock;

	if ((status = iofunc_read_verify(ctp, msg, ocb, &nonblock)) != EOK)
		return status;
	if (nonblock || nwaiting == 256)
		return EAGAIN;
	waiting[nwaiting++] = ctp->rcvid;
	return _RESMGR_NOREPLY;
}

/* No unblock handler: who wants to leave is answered with the next value. */

int main(void)
{
	resmgr_connect_funcs_t connect_funcs;
	resmgr_io_funcs_t io_funcs;
	struct itimerspec itime;
	struct sigevent event;
	dispatch_context_t *ctp;
	iofunc_attr_t attr;
	timer_t timer;
	int coid, code;
	dispatch_t *dpp = dispatch_create();

	IOFUNC_NOTIFY_INIT(notify);
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	io_funcs.read = io_read;
	iofunc_attr_init(&attr, S_IFNAM | 0444, NULL, NULL);
	if (resmgr_attach(dpp, NULL, "/dev/sensor", _FTYPE_ANY, 0, &connect_funcs, &io_funcs,
			  &attr) == -1) {
		perror("resmgr_attach");
		return EXIT_FAILURE;
	}
	code = pulse_attach(dpp, MSG_FLAG_ALLOC_PULSE, 0, measure, NULL);
	coid = message_connect(dpp, MSG_FLAG_SIDE_CHANNEL);
	if (code == -1 || coid == -1) {
		perror("pulse_attach, message_connect");
		return EXIT_FAILURE;
	}
	SIGEV_PULSE_INIT(&event, coid, SIGEV_PULSE_PRIO_INHERIT, code, 0);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) == -1) {
		perror("timer_create");
		return EXIT_FAILURE;
	}
	itime.it_value.tv_sec = itime.it_interval.tv_sec = 0;
	itime.it_value.tv_nsec = itime.it_interval.tv_nsec = 20000000;
	timer_settime(timer, 0, &itime, NULL);
	ctp = dispatch_context_alloc(dpp);
	while ((ctp = dispatch_block(ctp)) != NULL)
		dispatch_handler(ctp);
	return EXIT_FAILURE;
}
