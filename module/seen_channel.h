/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking over channels for who looks.
 */
#ifndef QMSG_SEEN_CHANNEL_H
#define QMSG_SEEN_CHANNEL_H

#include "seen.h"

u32 qmsg_pulses_queued_locked(struct qmsg_channel *ch);
void qmsg_seen_each_channel(struct qmsg_seen *seen, struct qmsg_ctx *ctx,
			    void (*fn)(struct qmsg_seen *seen, struct qmsg_channel *ch));

#endif /* QMSG_SEEN_CHANNEL_H */
