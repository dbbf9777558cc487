/* SPDX-License-Identifier: MIT */
/*
 * Node descriptors. There is one node.
 */
#ifndef QMSG_QNX_SYS_NETMGR_H
#define QMSG_QNX_SYS_NETMGR_H

#include <stdint.h>
#include <sys/cdefs.h>
#include <sys/types.h>

#define ND_LOCAL_NODE	0

#define ND_NODE_CMP(a, b) \
	((uint32_t)(a) < (uint32_t)(b) ? -1 : (uint32_t)(a) > (uint32_t)(b))

/* netmgr_ndtostr(): which parts of the name. All mean the host name here. */
#define ND2S_DIR_HIDE		0x0001
#define ND2S_DIR_SHOW		0x0002
#define ND2S_QOS_HIDE		0x0004
#define ND2S_QOS_SHOW		0x0008
#define ND2S_NAME_HIDE		0x0010
#define ND2S_NAME_SHOW		0x0020
#define ND2S_DOMAIN_HIDE	0x0040
#define ND2S_DOMAIN_SHOW	0x0080
#define ND2S_LOCAL_STR		0x0100
#define ND2S_SEP_FORCE		0x0200

__BEGIN_DECLS
int netmgr_strtond(const char *__nodename, char **__end);
int netmgr_ndtostr(unsigned __flags, int __nd, char *__buf, size_t __size);
int netmgr_remote_nd(int __remote_nd, int __local_nd);
__END_DECLS

#endif
