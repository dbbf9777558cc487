// SPDX-License-Identifier: GPL-2.0-only
/* A game loop: one frame per timer pulse, the input is polled with an
 * immediate timeout.  Written for 6.x: int rcvid, -1 priority. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <time.h>
#include <pthread.h>
#include <sys/siginfo.h>
#include <sys/neutrino.h>

#define FRAMES     8
#define FRAME      _PULSE_CODE_MINAVAIL
#define KEY_LEFT   1
#define KEY_RIGHT  2
#define KEY_SCORE  3

struct key { short type; short key; };

static int input_chid, video_chid;
static pthread_barrier_t pressed;

/* every frame the player presses: 2 x right, 1 x left, and looks at the score */
static void *player(void *arg)
{
	int coid = ConnectAttach(0, 0, input_chid, _NTO_SIDE_CHANNEL, 0);
	struct key k = { 7, KEY_SCORE };
	int frame, position, wrong = 0;

	for (frame = 0; frame < FRAMES; frame++) {
		MsgSendPulse(coid, -1, KEY_RIGHT, 0);
		MsgSendPulse(coid, -1, KEY_RIGHT, 0);
		MsgSendPulse(coid, -1, KEY_LEFT, 0);
		pthread_barrier_wait(&pressed);
		/* the game answers this in its next frame, or this one */
		if (MsgSend(coid, &k, sizeof(k), &position, sizeof(position)) == -1) {
			perror("player");
			exit(1);
		}
		if (position != frame + 1)
			wrong++;
	}
	return (void *)(long)wrong;
}

static int poll_input(union sigval *unused, struct key *k, struct _pulse *p)
{
	union { struct _pulse pulse; struct key key; } m;
	int rcvid;

	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL);
	rcvid = MsgReceive(input_chid, &m, sizeof(m), NULL);
	if (rcvid == -1 && errno != ETIMEDOUT) {
		perror("input");
		exit(1);
	}
	*p = m.pulse;
	*k = m.key;
	return rcvid;
}

int main(int argc, char *argv[])
{
	struct sigevent ev;
	struct itimerspec it;
	struct _pulse p;
	struct key k;
	pthread_t tid;
	timer_t timer;
	void *wrong;
	int coid, rcvid, position = 0, frames = 0, answered = 0, polls = 0;

	input_chid = ChannelCreate(0);
	video_chid = ChannelCreate(0);
	pthread_barrier_init(&pressed, NULL, 2);
	coid = ConnectAttach(0, 0, video_chid, _NTO_SIDE_CHANNEL, 0);
	SIGEV_PULSE_INIT(&ev, coid, SIGEV_PULSE_PRIO_INHERIT, FRAME, 0);
	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) == -1) {
		perror("timer_create");
		return 1;
	}
	it.it_value.tv_sec = it.it_interval.tv_sec = 0;
	it.it_value.tv_nsec = it.it_interval.tv_nsec = 4000000;
	timer_settime(timer, 0, &it, NULL);
	pthread_create(&tid, NULL, player, NULL);

	while (answered < FRAMES) {
		if (MsgReceivePulse(video_chid, &p, sizeof(p), NULL) == -1 || p.code != FRAME) {
			perror("frame");
			return 1;
		}
		frames++;
		if (answered == polls) {
			pthread_barrier_wait(&pressed);
			polls++;
		}
		while ((rcvid = poll_input(NULL, &k, &p)) != -1) {
			if (rcvid == 0) {
				position += p.code == KEY_RIGHT ? 1 : p.code == KEY_LEFT ? -1 : 1000;
			} else {
				MsgReply(rcvid, EOK, &position, sizeof(position));
				answered++;
			}
		}
	}
	timer_delete(timer);
	pthread_join(tid, &wrong);
	if ((long)wrong || position != FRAMES) {
		fprintf(stderr, "position %d after %d frames, %ld times wrong\n", position, frames,
			(long)wrong);
		return 1;
	}
	return 0;
}
