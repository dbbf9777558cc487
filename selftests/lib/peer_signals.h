/* SPDX-License-Identifier: GPL-2.0-only */
/* Between peer.c, signals.c and worker.c: who a counting handler counts for. */
#ifndef PEER_SIGNALS_H
#define PEER_SIGNALS_H

struct peer;
struct worker;

struct peer *current_peer(void);
extern __thread struct worker *current_worker;

#endif
