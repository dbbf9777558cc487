/* SPDX-License-Identifier: MIT */
/*
 * Sharing modes of files. Linux knows none, so there is no sopen().
 */
#ifndef QMSG_QNX_SHARE_H
#define QMSG_QNX_SHARE_H

#define SH_COMPAT	0x00
#define SH_DENYRW	0x10
#define SH_DENYWR	0x20
#define SH_DENYRD	0x30
#define SH_DENYNO	0x40

#endif
