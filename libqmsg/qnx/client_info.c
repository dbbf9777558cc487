// SPDX-License-Identifier: MIT
/* Who a client is: ids as they are now (S9.3). */
#include <stddef.h>
#include <stdlib.h>

#include "internal.h"

#define FIXED_GROUPS	(sizeof(((struct _cred_info *)0)->grouplist) / sizeof(gid_t))

static void fill(struct _client_info *info, const struct qmsg_client_info *from)
{
	info->nd = ND_LOCAL_NODE;
	info->pid = from->out_pid;
	info->sid = from->out_sid;
	info->flags = from->out_flags;
	info->cred.ruid = from->out_ruid;
	info->cred.euid = from->out_euid;
	info->cred.suid = from->out_suid;
	info->cred.rgid = from->out_rgid;
	info->cred.egid = from->out_egid;
	info->cred.sgid = from->out_sgid;
	info->cred.ngroups = from->out_ngroups;
}

/* 0 or -errno; @info->cred.ngroups is how many there are, not how many fitted. */
int qmsg_qnx_client_info(int scoid, struct _client_info *info, unsigned room, gid_t *groups)
{
	struct qmsg_client_info args = {
		.size = sizeof(args),
		.scoid = scoid,
		.ngroups = room,
		.groups_ptr = qmsg_qnx_ptr(groups),
	};
	int ret = qmsg_qnx_ioctl(QMSG_IOC_CLIENT_INFO, &args);

	if (!ret)
		fill(info, &args);
	return ret;
}

QMSG_API int ConnectClientInfo_r(int scoid, struct _client_info *info, int ngroups)
{
	if (!info)
		return EFAULT;
	if (ngroups < 0)
		return EINVAL;
	return -qmsg_qnx_client_info(scoid, info, (unsigned)ngroups, info->cred.grouplist);
}

QMSG_API int ConnectClientInfo(int scoid, struct _client_info *info, int ngroups)
{
	return qmsg_qnx_success(ConnectClientInfo_r(scoid, info, ngroups));
}

static struct _client_info *allocate(unsigned ngroups)
{
	size_t more = ngroups > FIXED_GROUPS ? ngroups - FIXED_GROUPS : 0;

	return calloc(1, sizeof(struct _client_info) + more * sizeof(gid_t));
}

/* The client may join a group between two calls: then it needs another try. */
static int allocate_and_ask(int scoid, struct _client_info **result)
{
	unsigned room = FIXED_GROUPS;

	for (;;) {
		struct _client_info *info = allocate(room);
		int ret;

		if (!info)
			return -ENOMEM;
		ret = qmsg_qnx_client_info(scoid, info, room, info->cred.grouplist);
		if (!ret && info->cred.ngroups <= room) {
			*result = info;
			return 0;
		}
		room = info->cred.ngroups;
		free(info);
		if (ret)
			return ret;
	}
}

QMSG_API int ConnectClientInfoExt_r(int scoid, struct _client_info **info, int flags)
{
	int ret;

	if (!info)
		return EFAULT;
	if (flags & ~(_NTO_CLIENTINFO_GETGROUPS | _NTO_CLIENTINFO_GETTYPEID))
		return EINVAL;
	ret = allocate_and_ask(scoid, info);
	if (ret)
		return -ret;
	(*info)->flags |= flags & _NTO_CLIENTINFO_GETGROUPS ? _NTO_CI_FULL_GROUPS :
							      _NTO_CI_GROUPS_INFO_ONLY;
	return 0;
}

QMSG_API int ConnectClientInfoExt(int scoid, struct _client_info **info, int flags)
{
	return qmsg_qnx_success(ConnectClientInfoExt_r(scoid, info, flags));
}

/* Abilities are root's here, all of them. */
QMSG_API int ConnectClientInfoAble_r(int scoid, struct _client_info **info, int flags,
				     struct _client_able abilities[], unsigned nable)
{
	int error = ConnectClientInfoExt_r(scoid, info, flags);

	if (!error && nable && !abilities) {
		ClientInfoExtFree(info);
		return EFAULT;
	}
	if (!error && nable && (*info)->cred.euid)
		(*info)->flags |= _NTO_CI_UNABLE;
	return error;
}

QMSG_API int ConnectClientInfoAble(int scoid, struct _client_info **info, int flags,
				   struct _client_able abilities[], unsigned nable)
{
	return qmsg_qnx_success(ConnectClientInfoAble_r(scoid, info, flags, abilities, nable));
}

QMSG_API int ClientInfoExtFree(struct _client_info **info)
{
	free(*info);
	*info = NULL;
	return 0;
}
