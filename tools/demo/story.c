// SPDX-License-Identifier: GPL-2.0-only
#include "demo.h"
#include "story.h"

#include <errno.h>
#include <string.h>

/* The order is forced: each step is waited for by whoever comes after it. */
enum step { STEP_NONE, STEP_A_RECEIVED, STEP_B_RECEIVED, STEP_A_ANSWERED };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	enum step step;
	const struct story_ipc *ipc;
	struct story_end *end;
} story = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.moved = PTHREAD_COND_INITIALIZER,
};

static void reach(enum step step)
{
	pthread_mutex_lock(&story.lock);
	story.step = step;
	pthread_cond_broadcast(&story.moved);
	pthread_mutex_unlock(&story.lock);
}

static void await(enum step step)
{
	pthread_mutex_lock(&story.lock);
	while (story.step < step)
		pthread_cond_wait(&story.moved, &story.lock);
	pthread_mutex_unlock(&story.lock);
}

static void *client(void *unused)
{
	char reply[STORY_TEXT];

	(void)unused;
	story.end->sent_a = story.ipc->send("A", reply);
	story.end->sent_b = story.ipc->send("B", story.end->got);
	return NULL;
}

static void *worker(void *unused)
{
	char msg[STORY_TEXT];
	int64_t unblock;

	(void)unused;
	story.end->rcvid_a = story.ipc->receive(msg, &unblock);
	reach(STEP_A_RECEIVED);
	await(STEP_B_RECEIVED);
	story.end->late = story.ipc->reply(story.end->rcvid_a, STORY_ANSWER_A);
	reach(STEP_A_ANSWERED);
	return NULL;
}

static void *second(void *unused)
{
	char msg[STORY_TEXT];
	int64_t unblock = 0;

	(void)unused;
	await(STEP_A_RECEIVED);
	story.ipc->receive(msg, &unblock);
	story.ipc->abort(unblock);
	story.end->rcvid_b = story.ipc->receive(msg, &unblock);
	reach(STEP_B_RECEIVED);
	await(STEP_A_ANSWERED);
	story.end->own = story.ipc->reply(story.end->rcvid_b, STORY_ANSWER_B);
	return NULL;
}

int story_play(const struct story_ipc *ipc, struct story_end *end)
{
	pthread_t threads[3];
	int error = ipc->open();

	if (error)
		return error;
	memset(end, 0, sizeof(*end));
	story.ipc = ipc;
	story.end = end;
	story.step = STEP_NONE;
	if (pthread_create(&threads[0], NULL, worker, NULL) ||
	    pthread_create(&threads[1], NULL, second, NULL) ||
	    pthread_create(&threads[2], NULL, client, NULL))
		return -EAGAIN;
	await(STEP_A_RECEIVED);
	ipc->signal(threads[2]);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	ipc->close();
	return 0;
}
