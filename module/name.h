/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of channels.
 *
 * DOC: A channel can be published under names (D16). A name is one of the pid namespace of
 * the process that attached it: there it is found, and there it is taken. It refers to its
 * channel and ends with it, before anybody is told of that end, so that a new server which
 * has seen the old one go can have the name at once.
 */
#ifndef QMSG_NAME_H
#define QMSG_NAME_H

#include "qmsg.h"

struct pid_namespace;
struct seq_file;

/* @fn is called under the registry's lock. */
void qmsg_names_each(const struct pid_namespace *ns,
		     void (*fn)(void *arg, const struct qmsg_channel *ch, const char *text, u32 len),
		     void *arg);
void qmsg_names_end(struct qmsg_channel *ch);
void qmsg_names_show(struct seq_file *m, struct qmsg_channel *ch);

#endif /* QMSG_NAME_H */
