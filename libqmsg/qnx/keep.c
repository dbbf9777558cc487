// SPDX-License-Identifier: MIT
/*
 * A server may answer a request, and long afterwards deliver the event that was in it
 * (S8.3). To QNX the receive id is then still the client; here an id is one request's and
 * ends with it, and of ended ones the kernel remembers the last sixteen of a connection.
 *
 * A server that will deliver an event must have received one. So what has been received
 * is looked through for something that looks like an event, and if there is, the kernel
 * is asked to remember that id. To be wrong costs one call; the work is bounded, and so
 * is what the kernel keeps.
 */
#include <string.h>

#include "internal.h"

#define LOOK_AT		4096

/* One of the kinds QNX alone has, with any flags: numbers that do not occur by chance. */
static bool looks_like_event(uint32_t word)
{
	uint32_t kind = word & (uint32_t)SIGEV_TYPE_MASK;

	return (kind >= SIGEV_SIGNAL_CODE && kind <= SIGEV_MEMORY) || word == __SIGEV_MARK ||
	       word == (SIGEV_SIGNAL | SIGEV_FLAG_HANDLE) ||
	       word == (SIGEV_THREAD | SIGEV_FLAG_HANDLE);
}

static bool has_event(const char *buf, size_t len)
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
