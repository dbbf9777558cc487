// SPDX-License-Identifier: MIT
/*
 * Names (10.7). What QNX has below /dev/name/local and /dev/name/global are here names of
 * the kernel module that begin so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/iomsg.h>
#include <unistd.h>

#include "internal.h"

/* Real servers expect these pulses of a channel with a name (D16). */
#define FLAGS		(_NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT)

/* To publish a name is to offer the channel to everybody (D21). */
#define EVERYBODY	0222

#define LOCAL		"name/local/"
#define GLOBAL		"name/global/"

struct name {
	char text[QMSG_NAME_MAX + 1];
	uint32_t len;
};

/* What name_attach() returns is the first member of this. */
struct attached {
	name_attach_t public;
	struct name name;
};

/* A component ".." is refused by the kernel. */
static int make_name(struct name *name, const char *prefix, const char *path)
{
	int n;

	if (!path || !*path || *path == '/')
		return -EINVAL;
	n = snprintf(name->text, sizeof(name->text), "%s%s", prefix, path);
	if (n >= (int)sizeof(name->text))
		return -ENAMETOOLONG;
	name->len = (uint32_t)n;
	return 0;
}

static int create_channel(unsigned flags)
{
	struct qmsg_channel_create args = { .flags = flags, .mode = EVERYBODY };
	int q = qmsg_qnx_context();

	return q < 0 ? q : qmsg_channel_create_with(q, &args);
}

/* One channel of a process has the COIDDEATH pulses; it may be another already. */
static int create_channel_for_name(void)
{
	int chid = create_channel(FLAGS | _NTO_CHF_COID_DISCONNECT);

	return chid == -EBUSY ? create_channel(FLAGS) : chid;
}

static int publish(int chid, const struct name *name)
{
	struct qmsg_name_attach args = {
		.size = sizeof(args),
		.chid = chid,
		.name_len = name->len,
		.name_ptr = qmsg_qnx_ptr(name->text),
	};

	return qmsg_qnx_ioctl(QMSG_IOC_NAME_ATTACH, &args);
}

static int withdraw(int chid, const struct name *name)
{
	struct qmsg_name_detach args = {
		.size = sizeof(args),
		.chid = chid,
		.name_len = name->len,
		.name_ptr = qmsg_qnx_ptr(name->text),
	};

	return qmsg_qnx_ioctl(QMSG_IOC_NAME_DETACH, &args);
}

/* The channel of a dispatch handle was for its own user up to now. */
static int open_channel(dispatch_t *dpp)
{
	struct qmsg_channel_access args = { .size = sizeof(args), .mode = EVERYBODY };
	int ret;

	args.chid = ((struct qmsg_qnx_dispatch *)dpp)->named(dpp);
	if (args.chid < 0)
		return args.chid;
	ret = qmsg_qnx_ioctl(QMSG_IOC_CHANNEL_ACCESS, &args);
	return ret ? ret : args.chid;
}

static int attach(struct attached *a, dispatch_t *dpp)
{
	int chid = dpp ? open_channel(dpp) : create_channel_for_name();
	int ret;

	if (chid < 0)
		return chid;
	ret = publish(chid, &a->name);
	if (ret) {
		if (!dpp)
			ChannelDestroy_r(chid);
		return ret;
	}
	a->public.dpp = dpp;
	a->public.chid = chid;
	a->public.mntid = chid;
	return 0;
}

static int check(unsigned flags)
{
	if (flags & ~(unsigned)NAME_FLAG_ATTACH_GLOBAL)
		return -EINVAL;
	if (flags & NAME_FLAG_ATTACH_GLOBAL && geteuid())
		return -EPERM;
	return 0;
}

QMSG_API name_attach_t *name_attach(dispatch_t *dpp, const char *path, unsigned flags)
{
	struct attached *a = calloc(1, sizeof(*a));
	int ret;

	if (!a)
		return NULL;
	ret = check(flags);
	if (!ret)
		ret = make_name(&a->name, flags & NAME_FLAG_ATTACH_GLOBAL ? GLOBAL : LOCAL, path);
	if (!ret)
		ret = attach(a, dpp);
	if (!ret)
		return &a->public;
	free(a);
	errno = -ret;
	return NULL;
}

/* The channel goes with it, or the handle with its channel, if it is the handle's own. */
static int end(const struct attached *a)
{
	dispatch_t *dpp = a->public.dpp;
	int error;

	if (!dpp)
		return ChannelDestroy_r(a->public.chid);
	error = -withdraw(a->public.chid, &a->name);
	((struct qmsg_qnx_dispatch *)dpp)->destroy(dpp);
	return error;
}

QMSG_API int name_detach(name_attach_t *attached, unsigned flags)
{
	struct attached *a = (struct attached *)attached;
	int error;

	if (!a || flags & ~(unsigned)NAME_FLAG_DETACH_SAVEDPP)
		return qmsg_qnx_success(EINVAL);
	if (flags & NAME_FLAG_DETACH_SAVEDPP)
		error = -withdraw(a->public.chid, &a->name);
	else
		error = end(a);
	free(a);
	return qmsg_qnx_success(error);
}

static int connect_to(const char *prefix, const char *path)
{
	struct name name;
	struct qmsg_name_connect args = {
		.size = sizeof(args),
		.index = QMSG_SIDE_CHANNEL,
		.name_ptr = qmsg_qnx_ptr(name.text),
	};
	int ret = make_name(&name, prefix, path);

	if (ret)
		return ret;
	args.name_len = name.len;
	ret = qmsg_qnx_ioctl(QMSG_IOC_NAME_CONNECT, &args);
	/* Its server is just going: so is the name. */
	if (ret == -ESRCH || ret == -ENXIO)
		return -ENOENT;
	return ret ? ret : args.out_coid;
}

static int connect_by_name(const char *path, int flags)
{
	int coid;

	if (flags & ~NAME_FLAG_ATTACH_GLOBAL)
		return -EINVAL;
	if (!(flags & NAME_FLAG_ATTACH_GLOBAL))
		return connect_to(LOCAL, path);
	coid = connect_to(GLOBAL, path);
	return coid == -ENOENT ? connect_to(LOCAL, path) : coid;
}

/*
 * A server written for QNX answers this (S10.31), one that does not know it will answer
 * something, or refuse with ENOSYS: all that is consent.
 */
static int handshake(int coid, const char *path)
{
	struct _io_connect connect = {
		.type = _IO_CONNECT,
		.subtype = _IO_CONNECT_OPEN,
		.file_type = _FTYPE_NAME,
		.ioflag = _IO_FLAG_RD | _IO_FLAG_WR,
		.path_len = (uint16_t)(strlen(path) + 1),
	};
	char answer[256];
	iov_t iov[2];
	long ret;

	SETIOV(&iov[0], &connect, offsetof(struct _io_connect, path));
	SETIOV(&iov[1], path, connect.path_len);
	ret = MsgSendvs_r(coid, iov, 2, answer, sizeof(answer));
	if (ret >= 0 || ret == -ENOSYS)
		return 0;
	return (int)ret;
}

QMSG_API int name_open(const char *name, int flags)
{
	int coid = connect_by_name(name, flags);
	int ret;

	if (coid < 0)
		return (int)qmsg_qnx_number(coid);
	ret = handshake(coid, name);
	if (!ret)
		return coid;
	ConnectDetach_r(coid);
	return (int)qmsg_qnx_number(ret);
}

QMSG_API int name_close(int coid)
{
	return ConnectDetach(coid);
}
