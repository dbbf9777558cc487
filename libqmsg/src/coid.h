/* SPDX-License-Identifier: MIT */
/*
 * A connection id is a small integer of the context or, without QMSG_SIDE_CHANNEL,
 * a file descriptor. The kernel gives the lowest free descriptor; QNX's "at this
 * number or above" is made here (S1.9).
 */
#ifndef QMSG_COID_H
#define QMSG_COID_H

int qmsg_coid_check_index(unsigned index);
int qmsg_coid_place(int coid, unsigned index, unsigned flags);

#endif /* QMSG_COID_H */
