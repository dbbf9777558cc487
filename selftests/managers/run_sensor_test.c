// SPDX-License-Identifier: GPL-2.0-only
/* A timer and clients in one loop. Rules: S10.17, S10.33. */
#define MANAGER	"sensor"
#include "run.h"
