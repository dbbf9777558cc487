/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests of resource managers have in common: the module, and calls of the QNX layer. */
#ifndef RESMGR_MODULE_H
#define RESMGR_MODULE_H

#include "../qnx/call.h"
#include "ko.h"

#endif
