/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Points at which a test can hold, delay or fail a thread. In the module that people use they
 * are nothing at all; they are there with "make QMSG_INJECT=1" only.
 */
#ifndef QMSG_INJECT_H
#define QMSG_INJECT_H

/* Where no lock is held. Their names are in inject.c. */
enum qmsg_point {
	QMSG_POINT_COPY,	/* a receiver has a request in hand, and will copy it */
	QMSG_POINT_COMMIT,	/* it has copied it, and will commit */
	QMSG_POINT_PULSE,	/* it has copied a pulse, and will commit */
	QMSG_POINT_ANSWER,	/* a server will answer */
	QMSG_POINT_EVENT,	/* a client knows of its signal, deadline or kill, and will say so */
	QMSG_POINT_GRACE,	/* its grace is over, and it will leave */
	QMSG_POINT_RESULT,	/* it knows that its request is over, and will look at the result */
	QMSG_POINT_UNBLOCK,	/* somebody has found a request to unblock, and will do it */
	QMSG_POINT_GROW,	/* a client has found no room for an id, and will make some */
	QMSG_POINT_LEAVE,	/* one whose grace is over goes, and will look at what is left to it */
	QMSG_POINT_DETACH,	/* a connection is about to be detached */
	QMSG_POINT_USE,		/* a descriptor has been found, and its connection will be */
	QMSG_POINT_GONE,	/* a request is about to end with its channel */
	QMSG_POINT_SLEEP,	/* a client knows until when it will sleep, and will */
	QMSG_POINT_UNASK,	/* who has asked without waiting is about to give up the question */
	QMSG_NR_POINTS,
};

#ifdef QMSG_INJECT
struct dentry;

/* 0, or the error that a test has asked for. */
int qmsg_point_reached(enum qmsg_point point);
void qmsg_inject_init(struct dentry *dir);
#define qmsg_point(name)	qmsg_point_reached(QMSG_POINT_##name)
#else
#define qmsg_inject_init(dir)	((void)(dir))
#define qmsg_point(name)	0
#endif

#endif /* QMSG_INJECT_H */
