/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors and descriptions. An open makes a description, with a connection and a server
 * connection of its own; descriptors of several processes may be of it, and each call that is on
 * its way has it as well. When nobody has it any more, it is closed.
 */
#ifndef QMSG_FILES_MODEL_H
#define QMSG_FILES_MODEL_H

#include "model.h"

/* An operation may go on in one way or another. */
enum way { WAY_ONLY, WAY_REFUSED, NR_WAYS = 6 };

static inline bool finished(const struct task *t, struct model *m, int o, int64_t ret)
{
	m->phase[o] = FINISHED;
	return !has_result(t, o) || op_of(t, o)->ret == ret;
}

static inline int desc_new(struct model *m, int process, int file)
{
	int c = conn_free_place(m), s = sconn_new(m, process);

	m->sconn[s].of_file = true;
	m->sconn[s].links = 1;
	m->conn[c] = (struct model_conn){ 0, process, s, OF_FILE };
	m->desc[c] = (struct model_desc){ .refs = 1, .file = file };
	return c;
}

static inline void desc_put(const struct task *t, struct model *m, int c)
{
	if (--m->desc[c].refs)
		return;
	m->desc[c] = (struct model_desc){ 0 };
	conn_drop(t, m, c);
}

static inline int fd_find(const struct model *m, int process, int32_t fd)
{
	for (int i = 0; i < FDS_MAX; i++)
		if (m->fd[i].desc && m->fd[i].process == process && m->fd[i].fd == fd)
			return i;
	return -1;
}

/* The description, or -1. */
static inline int desc_find(const struct model *m, int process, int32_t fd)
{
	int i = fd_find(m, process, fd);

	return i < 0 ? -1 : m->fd[i].desc - 1;
}

/* With a reference of the caller's. False: what it is to be is another already. */
static inline bool fd_add(struct model *m, int process, int32_t fd, int c)
{
	int i;

	if (fd_find(m, process, fd) >= 0)
		return false;
	for (i = 0; i < FDS_MAX && m->fd[i].desc; i++)
		;
	if (i == FDS_MAX)
		__builtin_trap();
	m->fd[i] = (struct model_fd){ fd, process, 1 + c };
	return true;
}

/* Returns the description, and its reference is the caller's. */
static inline int fd_del(struct model *m, int i)
{
	int c = m->fd[i].desc - 1;

	m->fd[i] = (struct model_fd){ 0 };
	return c;
}

static inline bool desc_has_fd(const struct model *m, int c)
{
	for (int i = 0; i < FDS_MAX; i++)
		if (m->fd[i].desc == 1 + c)
			return true;
	return false;
}

/* One of a process after @before others, or -1. */
static inline int fd_of_process(const struct model *m, int process, int before)
{
	for (int i = 0; i < FDS_MAX; i++)
		if (m->fd[i].desc && m->fd[i].process == process && !before--)
			return i;
	return -1;
}

static inline bool fd_drop(const struct task *t, struct model *m, int i)
{
	if (i < 0)
		return false;
	desc_put(t, m, fd_del(m, i));
	return true;
}

#endif /* QMSG_FILES_MODEL_H */
