/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the thread states. A timeout flag is 1 << state.
 */
#ifndef QMSG_QNX_SYS_STATES_H
#define QMSG_QNX_SYS_STATES_H

#define STATE_DEAD		0
#define STATE_RUNNING		1
#define STATE_READY		2
#define STATE_STOPPED		3
#define STATE_SEND		4
#define STATE_RECEIVE		5
#define STATE_REPLY		6
#define STATE_STACK		7
#define STATE_WAITTHREAD	8
#define STATE_WAITPAGE		9
#define STATE_SIGSUSPEND	10
#define STATE_SIGWAITINFO	11
#define STATE_NANOSLEEP		12
#define STATE_MUTEX		13
#define STATE_CONDVAR		14
#define STATE_JOIN		15
#define STATE_INTR		16
#define STATE_SEM		17
#define STATE_WAITCTX		18
#define STATE_NET_SEND		19
#define STATE_NET_REPLY		20

#endif
