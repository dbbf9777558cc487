// SPDX-License-Identifier: GPL-2.0-only
/* Nothing but default handlers. Rules: S10.17. */
#define MANAGER	"null"
#include "run.h"
