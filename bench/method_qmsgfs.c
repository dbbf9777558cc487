// SPDX-License-Identifier: GPL-2.0-only
/* A resource manager as QNX programs are: one thread, and a read handler that replies. */
#include "read.h"

#include <errno.h>
#include <unistd.h>

#include <sys/iofunc.h>
#include <sys/dispatch.h>

#define NODE "/dev/qmsg_bench"

static struct pair *served;
static dispatch_context_t *context;

static int io_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	struct read_part part = read_part(served, msg->i.nbytes, 0);
	int status = iofunc_read_verify(ctp, msg, ocb, NULL);

	if (status != EOK)
		return status;
	if (MsgReply(ctp->rcvid, part.len, part.data, part.len) == -1)
		return errno;
	return _RESMGR_NOREPLY;
}

static int attach(struct pair *p)
{
	static resmgr_connect_funcs_t connect_funcs;
	static resmgr_io_funcs_t io_funcs;
	static iofunc_attr_t attr;
	dispatch_t *dpp = dispatch_create();

	served = p;
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	io_funcs.read = io_read;
	iofunc_attr_init(&attr, S_IFCHR | 0666, NULL, NULL);
	if (!dpp || resmgr_attach(dpp, NULL, NODE, _FTYPE_ANY, 0, &connect_funcs, &io_funcs,
				  &attr) == -1)
		return -errno;
	context = dispatch_context_alloc(dpp);
	return context ? 0 : -errno;
}

static int serve(struct pair *p)
{
	(void)p;
	while ((context = dispatch_block(context)))
		dispatch_handler(context);
	return -EPROTO;
}

static int open_file(struct pair *p)
{
	return read_open(p, NODE);
}

static const char *missing(void)
{
	return access("/dev/qmsgfs", R_OK | W_OK) ? "no /dev/qmsgfs" : NULL;
}

const struct method method_qmsgfs = {
	.name = "qmsgfs",
	.smallest = 1,
	.largest = LARGEST,
	.reads = true,
	.missing = missing,
	.listen = attach,
	.connect = open_file,
	.round_trip = read_round_trip,
	.serve = serve,
};
