// SPDX-License-Identifier: GPL-2.0-only
/* The smallest resource manager: nothing but default handlers. Reads are empty, writes vanish. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>

static resmgr_connect_funcs_t connect_funcs;
static resmgr_io_funcs_t io_funcs;
static iofunc_attr_t attr;

int main(int argc, char **argv)
{
	resmgr_attr_t resmgr_attr = { .nparts_max = 1, .msg_max_size = 2048 };
	dispatch_context_t *ctp;
	dispatch_t *dpp;

	if ((dpp = dispatch_create()) == NULL) {
		fprintf(stderr, "%s: no dispatch handle\n", argv[0]);
		return EXIT_FAILURE;
	}
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	iofunc_attr_init(&attr, S_IFNAM | 0666, 0, 0);
	if (resmgr_attach(dpp, &resmgr_attr, "/dev/sample_null", _FTYPE_ANY, 0, &connect_funcs,
			  &io_funcs, &attr) == -1) {
		perror("resmgr_attach");
		return EXIT_FAILURE;
	}
	ctp = dispatch_context_alloc(dpp);
	while (1) {
		if ((ctp = dispatch_block(ctp)) == NULL) {
			perror("dispatch_block");
			return EXIT_FAILURE;
		}
		dispatch_handler(ctp);
	}
	return argc;
}
