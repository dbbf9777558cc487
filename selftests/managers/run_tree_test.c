// SPDX-License-Identifier: GPL-2.0-only
/* Files that are made, changed, listed, by their paths. Rules: S10.19, S10.20, S10.21, S10.22. */
#define MANAGER	"tree"
#include "run.h"
