// SPDX-License-Identifier: GPL-2.0-only
/* Offsets and sizes are the manager's. Rules: S10.17, S10.20, S10.21. */
#define MANAGER	"mem"
#include "run.h"
