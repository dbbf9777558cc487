/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COUNTER_CMDS_H
#define COUNTER_CMDS_H

#include <devctl.h>

#define COUNTER_GET	__DIOF(_DCMD_MISC, 1, int)
#define COUNTER_SET	__DIOT(_DCMD_MISC, 2, int)
#define COUNTER_ADD	__DIOTF(_DCMD_MISC, 3, int)
#define COUNTER_OPENS	__DIOF(_DCMD_MISC, 5, int)
#define COUNTER_RESET	__DION(_DCMD_MISC, 4)

#endif
