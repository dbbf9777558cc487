// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text 002's example, on a terminal: Ctrl-C is an unblock, Ctrl-Z is none. Rules: S10.7, S10.10,
 * S10.11.
 */
#define MANAGER	"sample"
#include "run.h"
