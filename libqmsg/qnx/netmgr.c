// SPDX-License-Identifier: MIT
/* Node descriptors: the one node, by its host name. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/netmgr.h>
#include <unistd.h>

#include "internal.h"

static const char *host_name(char *name, size_t size)
{
	if (gethostname(name, size))
		return "localhost";
	name[size - 1] = '\0';
	return name;
}

/* The name ends at the end of the string or at a slash. */
static bool is_name(const char *text, size_t len, const char *name)
{
	return strlen(name) == len && !strncmp(text, name, len);
}

QMSG_API int netmgr_strtond(const char *nodename, char **end)
{
	const char *node = nodename;
	char host[HOST_NAME_MAX + 1];
	size_t len;

	if (!strncmp(node, "/net/", 5))
		node += 5;
	len = strcspn(node, "/");
	if (!is_name(node, len, "localhost") &&
	    !is_name(node, len, host_name(host, sizeof(host))))
		return qmsg_qnx_success(ENOENT);
	if (end)
		*end = (char *)node + len;
	return ND_LOCAL_NODE;
}

/* The length of the name with its zero. */
QMSG_API int netmgr_ndtostr(unsigned flags, int nd, char *buf, size_t size)
{
	char host[HOST_NAME_MAX + 1];
	int n;

	(void)flags;
	if (nd != ND_LOCAL_NODE)
		return qmsg_qnx_success(EINVAL);
	n = snprintf(buf, size, "%s", host_name(host, sizeof(host)));
	return (size_t)n < size ? n + 1 : qmsg_qnx_success(ENOSPC);
}

QMSG_API int netmgr_remote_nd(int remote_nd, int local_nd)
{
	if (remote_nd != ND_LOCAL_NODE || local_nd != ND_LOCAL_NODE)
		return qmsg_qnx_success(ENOREMOTE);
	return ND_LOCAL_NODE;
}
