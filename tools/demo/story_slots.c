// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small message passing inside one process in which a receive id is the number of
 * the client's slot, and a slot is used again as soon as it is free: what "receive
 * ids" are where nothing but their number tells requests apart.
 */
#include "demo.h"
#include "story.h"

#include <errno.h>
#include <string.h>

#define SLOTS 4

enum slot_state { SLOT_FREE, SLOT_SENT, SLOT_RECEIVED, SLOT_ANSWERED };

struct slot {
	enum slot_state state;
	char msg[STORY_TEXT];
	char reply[STORY_TEXT];
	int error;
};

static struct slot slots[SLOTS + 1];	/* receive ids start at 1 */
static int unblock_pulse;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;

static int find(enum slot_state state)
{
	for (int i = 1; i <= SLOTS; i++)
		if (slots[i].state == state)
			return i;
	return 0;
}

static int slots_open(void)
{
	memset(slots, 0, sizeof(slots));
	unblock_pulse = 0;
	return 0;
}

static void slots_close(void)
{
}

static int slots_send(const char *msg, char *reply)
{
	struct slot *slot;
	int error;

	pthread_mutex_lock(&lock);
	slot = &slots[find(SLOT_FREE)];
	strcpy(slot->msg, msg);
	slot->state = SLOT_SENT;
	pthread_cond_broadcast(&moved);
	while (slot->state != SLOT_ANSWERED)
		pthread_cond_wait(&moved, &lock);
	strcpy(reply, slot->reply);
	error = slot->error;
	slot->state = SLOT_FREE;
	pthread_mutex_unlock(&lock);
	return error;
}

static int64_t slots_receive(char *msg, int64_t *unblock)
{
	int rcvid;

	pthread_mutex_lock(&lock);
	while (!unblock_pulse && !find(SLOT_SENT))
		pthread_cond_wait(&moved, &lock);
	*unblock = unblock_pulse;
	unblock_pulse = 0;
	rcvid = *unblock ? 0 : find(SLOT_SENT);
	if (rcvid) {
		strcpy(msg, slots[rcvid].msg);
		slots[rcvid].state = SLOT_RECEIVED;
	}
	pthread_mutex_unlock(&lock);
	return rcvid;
}

static int answer(int64_t rcvid, const char *text, int error)
{
	struct slot *slot = &slots[rcvid];
	int result = -ESRCH;

	pthread_mutex_lock(&lock);
	/* All that can be asked of a slot number: is somebody waiting there? */
	if (slot->state == SLOT_RECEIVED) {
		strcpy(slot->reply, text);
		slot->error = error;
		slot->state = SLOT_ANSWERED;
		pthread_cond_broadcast(&moved);
		result = 0;
	}
	pthread_mutex_unlock(&lock);
	return result;
}

static int slots_reply(int64_t rcvid, const char *text)
{
	return answer(rcvid, text, 0);
}

static int slots_abort(int64_t rcvid)
{
	return answer(rcvid, "", -EINTR);
}

/* The client stays until it is answered; the server is told that it wants to leave. */
static void slots_signal(pthread_t client)
{
	(void)client;
	pthread_mutex_lock(&lock);
	unblock_pulse = find(SLOT_RECEIVED);
	pthread_cond_broadcast(&moved);
	pthread_mutex_unlock(&lock);
}

const struct story_ipc story_slots = {
	.open = slots_open,
	.close = slots_close,
	.send = slots_send,
	.receive = slots_receive,
	.reply = slots_reply,
	.abort = slots_abort,
	.signal = slots_signal,
};
