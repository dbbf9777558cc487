// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a worker does about requests.
 */
#include "demo.h"
#include "load_server.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

static bool asked_to_unblock(int64_t rcvid)
{
	struct qmsg_msg_info info;

	return qmsg_msg_info(server.q, rcvid, &info) == 0 && info.flags & QMSG_MI_UNBLOCK_REQ;
}

static bool answer_result(int result)
{
	if (result == 0)
		count(&server.tally->answered);
	else if (result == -ESRCH)
		count(&server.tally->refused);
	else
		count(&server.tally->faults);
	return result == 0;
}

static bool answer(int64_t rcvid, uint64_t number)
{
	struct load_answer data = { .number = number, .check = load_mix(number) };

	return answer_result(qmsg_msg_reply(server.q, rcvid, number, &data, sizeof(data)));
}

/* At the client's wish: it gets the errno of what made it want to leave. */
bool serve_give_up(int64_t rcvid)
{
	return answer_result(qmsg_msg_error(server.q, rcvid, QMSG_ERROR_REASON));
}

/* The same request again, when its client may be in the next one. Never accepted. */
static void answer_late(struct desk *desk)
{
	static const struct load_answer garbage = { .number = ~0ULL };
	int result;

	if (!desk->stale)
		return;
	result = qmsg_msg_reply(server.q, desk->stale, 0, &garbage, sizeof(garbage));
	if (result == -ESRCH)
		count(&server.tally->refused);
	else
		count(&server.tally->accepted_late);
	desk->stale = 0;
}

static void open_desk(struct desk *desk, int64_t rcvid, bool race)
{
	pthread_mutex_lock(&server.lock);
	desk->rcvid = rcvid;
	desk->race = race;
	/* The pulse may have come, and found nothing, before the request lay here. */
	desk->asked = asked_to_unblock(rcvid);
	pthread_mutex_unlock(&server.lock);
}

static void clear_desk(struct desk *desk)
{
	pthread_mutex_lock(&server.lock);
	desk->rcvid = 0;
	pthread_mutex_unlock(&server.lock);
}

static void work_a_little(void)
{
	for (volatile int i = 0; i < 2000; i++)
		;
}

static bool work(int64_t rcvid, uint64_t number)
{
	for (unsigned int n = load_mix(number) % 40; n; n--) {
		work_a_little();
		if (asked_to_unblock(rcvid))
			return serve_give_up(rcvid);
	}
	return answer(rcvid, number);
}

static void await_pulse(struct desk *desk)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	/* One loss is enough to know; many must not take for ever. */
	limit.tv_sec += atomic_load(&server.tally->lost) ? 1 : AWAIT_SECONDS;
	pthread_mutex_lock(&server.lock);
	while (!desk->asked)
		if (pthread_cond_timedwait(&desk->told, &server.lock, &limit)) {
			count(&server.tally->lost);
			break;
		}
	pthread_mutex_unlock(&server.lock);
}

static bool too_slow_for_a_kill(int64_t rcvid, uint64_t number)
{
	struct qmsg_msg_info info;

	return number % 2 && qmsg_msg_info(server.q, rcvid, &info) == 0 &&
	       info.unblock_reasons & QMSG_UNBLOCK_KILL;
}

/* Its client is being killed: let the grace run out, and find an orphan. */
static void await_orphan(int64_t rcvid)
{
	struct qmsg_msg_info info;

	while (qmsg_msg_info(server.q, rcvid, &info) == 0 &&
	       !(info.flags & QMSG_MI_CLIENT_GONE))
		poll(NULL, 0, 1);
}

static bool await(struct desk *desk, int64_t rcvid, uint64_t number)
{
	open_desk(desk, rcvid, false);
	await_pulse(desk);
	clear_desk(desk);
	if (too_slow_for_a_kill(rcvid, number))
		await_orphan(rcvid);
	return serve_give_up(rcvid);
}

static bool race(struct desk *desk, int64_t rcvid, uint64_t number)
{
	open_desk(desk, rcvid, true);
	for (unsigned int n = load_mix(number) % 40; n; n--)
		work_a_little();
	clear_desk(desk);
	return answer(rcvid, number);
}

void serve_request(struct desk *desk, int64_t rcvid, const struct load_request *request)
{
	uint64_t number = request->number;

	count(&server.tally->received);
	answer_late(desk);
	switch (request->kind) {
	case LOAD_QUICK:
		answer(rcvid, number);
		break;
	case LOAD_WORK:
		work(rcvid, number);
		break;
	case LOAD_AWAIT:
		await(desk, rcvid, number);
		break;
	case LOAD_RACE:
		race(desk, rcvid, number);
		break;
	default:
		count(&server.tally->faults);
	}
	if (number % 8 == 0)
		desk->stale = rcvid;
}
