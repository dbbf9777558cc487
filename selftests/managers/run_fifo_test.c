// SPDX-License-Identifier: GPL-2.0-only
/* Readers are parked until somebody writes; a signal lets them go. Rules: S10.10, S10.17, S10.23. */
#define MANAGER	"fifo"
#include "run.h"
