// SPDX-License-Identifier: GPL-2.0-only
/* Linked before all other objects: here their counts begin. */

#include "../count_first.c"
