/* SPDX-License-Identifier: MIT */
/*
 * Node descriptors. There is one node.
 */
#ifndef QMSG_QNX_SYS_NETMGR_H
#define QMSG_QNX_SYS_NETMGR_H

#include <stdint.h>

#define ND_LOCAL_NODE	0

#define ND_NODE_CMP(a, b) \
	((uint32_t)(a) < (uint32_t)(b) ? -1 : (uint32_t)(a) > (uint32_t)(b))

#endif
