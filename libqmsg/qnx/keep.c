// SPDX-License-Identifier: MIT
/*
 * A server may answer a request, and long afterwards deliver the event that was in it
 * (S8.3). To QNX the receive id is then still the client; here an id is one request's and
 * ends with it, and of ended ones the kernel remembers the last sixteen of a connection.
 *
 * A server that will deliver an event must have received one. So what has been received
 * is looked through for something that looks like an event, and if there is, the kernel
 * is asked to remember that id. To be wrong costs one call; the work is bounded, and so
 * is what the kernel keeps. Events stand where requests begin: the first KiB is looked at.
 */
#include <string.h>

#include "internal.h"

#define LOOK_AT		1024
#define BLOCK		64

/* What the compare instructions of most processors take at once. */
typedef uint32_t words __attribute__((vector_size(16)));
typedef uint16_t halves __attribute__((vector_size(16)));
typedef uint64_t longs __attribute__((vector_size(16)));

/* One of the kinds QNX alone has, with any flags: numbers that do not occur by chance. */
static bool looks_like_event(uint32_t word)
{
	uint32_t kind = word & (uint32_t)SIGEV_TYPE_MASK;

	return (kind >= SIGEV_SIGNAL_CODE && kind <= SIGEV_MEMORY) || word == __SIGEV_MARK ||
	       word == (SIGEV_SIGNAL | SIGEV_FLAG_HANDLE) ||
	       word == (SIGEV_THREAD | SIGEV_FLAG_HANDLE);
}

static bool has_event_word(const char *buf, size_t len)
{
	uint32_t word;
	size_t i;

	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, buf + i, sizeof(word));
		if (looks_like_event(word))
			return true;
	}
	return false;
}

/*
 * Each of the numbers above has the upper half of QNX's kinds, or the lower half of a
 * registered SIGEV_SIGNAL or, with one bit more, SIGEV_THREAD. So one comparison by halves
 * finds them all, and little else.
 */
static inline void look_at_part(const char *buf, halves *found)
{
	const uint32_t number = __SIGEV_QNX | SIGEV_SIGNAL | SIGEV_FLAG_HANDLE;
	const uint32_t bits = ~(uint32_t)(SIGEV_SIGNAL ^ SIGEV_THREAD);
	words w;

	memcpy(&w, buf, sizeof(w));
	*found |= (halves)((halves)(w & bits) == (halves)((words){ 0 } + number));
}

static inline void look_at_block(const char *buf, halves *found)
{
	look_at_part(buf, found);
	look_at_part(buf + 16, found);
	look_at_part(buf + 32, found);
	look_at_part(buf + 48, found);
}

/*
 * Hardly ever: so the loop does not ask for each block. The last one ends with the last
 * word, and may begin inside the one before. A block at least.
 */
static bool may_have_event(const char *buf, size_t len)
{
	const char *last = buf + len / sizeof(uint32_t) * sizeof(uint32_t) - BLOCK;
	halves found = { 0 };
	longs any;

	for (; buf < last; buf += BLOCK)
		look_at_block(buf, &found);
	look_at_block(last, &found);
	any = (longs)found;
	return any[0] | any[1];
}

static bool has_event(const char *buf, size_t len)
{
	return (len < BLOCK || may_have_event(buf, len)) && has_event_word(buf, len);
}

static void keep(rcvid_t rcvid)
{
	struct qmsg_event_keep args = { .size = sizeof(args), .rcvid = rcvid };

	qmsg_qnx_ioctl(QMSG_IOC_EVENT_KEEP, &args);
}

void qmsg_qnx_keep(rcvid_t rcvid, const void *buf, size_t len)
{
	if (has_event(buf, len < LOOK_AT ? len : LOOK_AT))
		keep(rcvid);
}

/* Each part for itself: nobody cuts a message in the middle of an event. */
void qmsg_qnx_keepv(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t len)
{
	size_t left = len < LOOK_AT ? len : LOOK_AT;
	size_t i;

	for (i = 0; i < parts && left; i++) {
		size_t n = iov[i].iov_len < left ? iov[i].iov_len : left;

		if (has_event(iov[i].iov_base, n)) {
			keep(rcvid);
			return;
		}
		left -= n;
	}
}
