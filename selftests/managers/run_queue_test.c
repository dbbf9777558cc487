// SPDX-License-Identifier: GPL-2.0-only
/* Who waits: with read(), ionotify() and poll(). Rules: S10.17, S10.24, S10.25. */
#define MANAGER	"queue"
#include "run.h"
