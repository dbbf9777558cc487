// SPDX-License-Identifier: GPL-2.0-only
/* One thread only for pulses (MsgReceivePulse), workers for messages. */
#include <stdlib.h>
#include <stdio.h>
#include <errno.h>
#include <string.h>
#include <pthread.h>
#include <sys/neutrino.h>

#define CODE_COUNT 33
#define CODE_TEXT  34
#define CODE_STOP  35

static int chid, coid;
static int counted, last_value;
static char *text;

static void *
pulse_thread(void *arg)
{
	struct _pulse pulse;

	for (;;) {
		if (MsgReceivePulse(chid, &pulse, sizeof pulse, NULL) == -1) {
			perror("MsgReceivePulse");
			exit(1);
		}
		switch (pulse.code) {
		case CODE_COUNT:
			if (pulse.value.sival_int < last_value) {
				fprintf(stderr, "%d after %d\n", pulse.value.sival_int, last_value);
				exit(1);
			}
			last_value = pulse.value.sival_int;
			counted++;
			break;
		case CODE_TEXT:
			text = pulse.value.sival_ptr;
			break;
		case CODE_STOP:
			return NULL;
		default:
			fprintf(stderr, "pulse code %d\n", pulse.code);
			exit(1);
		}
	}
}

/* There is nobody in MsgReceive() at first: this message has to stay in the
 * queue and may not be given to the pulse thread. */
static void *
client(void *arg)
{
	int n = 5;

	if (MsgSend(coid, &n, sizeof n, &n, sizeof n) == -1)
		return strerror(errno);
	return n == 50 ? NULL : "wrong answer";
}

int
main(void)
{
	pthread_t pt, ct;
	int i, n, rcvid;
	void *why;

	chid = ChannelCreate(0);
	coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&ct, NULL, client, NULL);
	pthread_create(&pt, NULL, pulse_thread, NULL);

	for (i = 0; i < 100; i++) {
		if (MsgSendPulse(coid, 10, CODE_COUNT, i / 10) == -1) {
			perror("MsgSendPulse");
			return 1;
		}
	}
	MsgSendPulsePtr(coid, 10, CODE_TEXT, "a pointer");
	MsgSendPulse(coid, 10, CODE_STOP, 0);
	pthread_join(pt, NULL);
	if (counted != 100 || last_value != 9) {
		fprintf(stderr, "counted %d pulses, last %d\n", counted, last_value);
		return 1;
	}
	if (text == NULL || strcmp(text, "a pointer")) {
		fprintf(stderr, "the pointer was lost\n");
		return 1;
	}

	rcvid = MsgReceive(chid, &n, sizeof n, NULL);
	if (rcvid <= 0 || n != 5) {
		fprintf(stderr, "rcvid %d\n", rcvid);
		return 1;
	}
	n *= 10;
	MsgReply(rcvid, EOK, &n, sizeof n);
	pthread_join(ct, &why);
	if (why) {
		fprintf(stderr, "client: %s\n", (char *)why);
		return 1;
	}

	/* order: highest priority first, first come first served among equals */
	MsgSendPulse(coid, 8, CODE_COUNT, 1);
	MsgSendPulse(coid, 20, CODE_COUNT, 2);
	MsgSendPulse(coid, 8, CODE_COUNT, 3);
	MsgSendPulse(coid, 15, CODE_COUNT, 4);
	MsgSendPulse(coid, 20, CODE_COUNT, 5);
	{
		static const int want[] = { 2, 5, 4, 1, 3 };
		struct _pulse p;

		for (i = 0; i < 5; i++) {
			MsgReceive(chid, &p, sizeof p, NULL);
			if (p.value.sival_int != want[i]) {
				fprintf(stderr, "pulse %d is number %d\n", i, p.value.sival_int);
				return 1;
			}
		}
	}
	ConnectDetach(coid);
	ChannelDestroy(chid);
	return 0;
}
