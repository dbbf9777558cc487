// SPDX-License-Identifier: GPL-2.0-only
/*
 * Acts 1 and 2: the story, told by its end.
 */
#include "demo.h"
#include "story.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *verdict(int error)
{
	if (!error)
		return "accepted";
	return error == -ESRCH ? "refused: ESRCH" : strerror(-error);
}

/* Only then has the story been played: A was let go, and B was answered. */
static bool was_interrupted(const struct story_end *end)
{
	return end->sent_a == -EINTR && end->sent_b == 0;
}

static void tell(const struct story_end *end)
{
	bool right = !strcmp(end->got, STORY_ANSWER_B);

	printf("   A is received as rcvid %lld, B as %lld\n",
	       (long long)end->rcvid_a, (long long)end->rcvid_b);
	printf("   the worker's late answer of A is %s\n", verdict(end->late));
	printf("   the client asked B, got %s: %s\n", end->got, right ? "right" : "WRONG");
}

static bool play(const struct story_ipc *ipc, struct story_end *end)
{
	int error = story_play(ipc, end);

	if (error)
		printf("   cannot be played: %s\n", strerror(-error));
	else
		tell(end);
	return !error && was_interrupted(end);
}

bool act_slots(void)
{
	struct story_end end;

	printf("1  Receive ids that are slot numbers (emulated in this program): the client\n"
	       "   sends A, is signalled, is answered EINTR by a second thread, sends B\n");
	return play(&story_slots, &end) && end.late == 0 && end.own == -ESRCH &&
	       !strcmp(end.got, STORY_ANSWER_A);
}

bool act_qmsg(void)
{
	struct story_end end;

	printf("\n2  The same order of events on /dev/qmsg\n");
	return play(&story_qmsg, &end) && end.late == -ESRCH && end.own == 0 &&
	       !strcmp(end.got, STORY_ANSWER_B);
}
