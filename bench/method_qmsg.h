/* SPDX-License-Identifier: GPL-2.0-only */
/* What the native methods of qmsg have in common. */
#ifndef QMSG_BENCH_METHOD_QMSG_H
#define QMSG_BENCH_METHOD_QMSG_H

struct pair;

int qmsg_listen(struct pair *p);
int qmsg_connect(struct pair *p);
void qmsg_disconnect(struct pair *p);
int qmsg_round_trip(struct pair *p);
const char *qmsg_missing(void);

#endif
