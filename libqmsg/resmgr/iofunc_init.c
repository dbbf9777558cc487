// SPDX-License-Identifier: MIT
/* The tables with the default handlers (10.4). */

#include "internal.h"

static const resmgr_connect_funcs_t connect_defaults = {
	.nfuncs = _RESMGR_CONNECT_NFUNCS,
	.open = iofunc_open_default,
};

static const resmgr_io_funcs_t io_defaults = {
	.nfuncs = _RESMGR_IO_NFUNCS,
	.read = iofunc_read_default,
	.write = iofunc_write_default,
	.close_ocb = iofunc_close_ocb_default,
	.stat = iofunc_stat_default,
	.devctl = iofunc_devctl_default,
	.unblock = iofunc_unblock_default,
	.lseek = iofunc_lseek_default,
	.chmod = iofunc_chmod_default,
	.chown = iofunc_chown_default,
	.utime = iofunc_utime_default,
	.close_dup = iofunc_close_dup_default,
	.lock_ocb = iofunc_lock_ocb_default,
	.unlock_ocb = iofunc_unlock_ocb_default,
	.sync = iofunc_sync_default,
};

/* As many functions as the program's table has. */
static void fill(void *table, const void *defaults, unsigned n, unsigned known, size_t first)
{
	memset((char *)table + first, 0, n * sizeof(void (*)(void)));
	if (n > known)
		n = known;
	memcpy((char *)table + first, (const char *)defaults + first,
	       n * sizeof(void (*)(void)));
}

QMSG_API void iofunc_func_init(unsigned nconnect, resmgr_connect_funcs_t *connect, unsigned nio,
			       resmgr_io_funcs_t *io)
{
	if (connect) {
		fill(connect, &connect_defaults, nconnect, _RESMGR_CONNECT_NFUNCS,
		     offsetof(resmgr_connect_funcs_t, open));
		connect->nfuncs = nconnect;
	}
	if (io) {
		fill(io, &io_defaults, nio, _RESMGR_IO_NFUNCS, offsetof(resmgr_io_funcs_t, read));
		io->nfuncs = nio;
	}
}
