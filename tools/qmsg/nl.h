/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All there is of libnl here.
 */
#ifndef QMSG_NL_H
#define QMSG_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/qmsg_netlink.h>

#define NL_ATTRS	32	/* more than any set has */

struct nlattr;

/* Calls @fn for each thing that @cmd tells of; ends the program with a message on an error. */
void kernel_dump(int cmd, void (*fn)(struct nlattr **attrs, void *arg), void *arg);

/* Calls @fn for each event until it returns false; @ready when none can be missed any more. */
void kernel_listen(void (*ready)(void), bool (*fn)(struct nlattr **attrs, void *arg), void *arg);

int64_t nl_number(struct nlattr **attrs, int type);	/* of any width; 0 if it is missing */
const void *nl_bytes(struct nlattr **attrs, int type, size_t *len);

#endif /* QMSG_NL_H */
