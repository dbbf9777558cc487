// SPDX-License-Identifier: GPL-2.0-only
/* What clients may do: as a mode of 0644 has it. And devctl(). Rules: S10.17, S10.20. */
#define MANAGER	"counter"
#include "run.h"
