// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file in memory, with an attribute and an OCB of its own: reads and writes at the OCB's
 * offset or, with _IO_XTYPE_OFFSET, at the client's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mem_attr;
struct mem_ocb;
#define IOFUNC_ATTR_T struct mem_attr
#define IOFUNC_OCB_T struct mem_ocb
#include <sys/iofunc.h>
#include <sys/dispatch.h>

#define SIZE (4 << 20)

struct mem_attr {
	iofunc_attr_t attr;
	char *bytes;
};

struct mem_ocb {
	iofunc_ocb_t hdr;
	int reads, writes;
};

IOFUNC_OCB_T *ocb_calloc(resmgr_context_t *ctp, IOFUNC_ATTR_T *attr)
{
	return calloc(1, sizeof(struct mem_ocb));
}

void ocb_free(IOFUNC_OCB_T *ocb)
{
	free(ocb);
}

static iofunc_funcs_t funcs = { _IOFUNC_NFUNCS, ocb_calloc, ocb_free };
static iofunc_mount_t mount = { 0, 0, 0, 4096, &funcs };

/* Where a transfer begins, and how much the head is. */
static int place(unsigned xtype, void *after, off_t *offset, size_t *head)
{
	switch (xtype & _IO_XTYPE_MASK) {
	case _IO_XTYPE_NONE:
		return EOK;
	case _IO_XTYPE_OFFSET:
		*offset = ((struct _xtype_offset *)after)->offset;
		*head += sizeof(struct _xtype_offset);
		return EOK;
	}
	return ENOSYS;
}

int io_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	struct mem_attr *attr = ocb->hdr.attr;
	off_t offset = ocb->hdr.offset;
	size_t head = sizeof(msg->i);
	int status, nbytes;

	if ((status = iofunc_read_verify(ctp, msg, ocb, NULL)) != EOK)
		return status;
	if ((status = place(msg->i.xtype, &msg->i + 1, &offset, &head)) != EOK)
		return status;
	nbytes = offset < attr->attr.nbytes ? min(msg->i.nbytes, attr->attr.nbytes - offset) : 0;
	ocb->reads++;
	if ((msg->i.xtype & _IO_XTYPE_MASK) == _IO_XTYPE_NONE)
		ocb->hdr.offset += nbytes;
	_IO_SET_READ_NBYTES(ctp, nbytes);
	SETIOV(ctp->iov, attr->bytes + offset, nbytes);
	return nbytes ? _RESMGR_NPARTS(1) : _RESMGR_NPARTS(0);
}

int io_write(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb)
{
	struct mem_attr *attr = ocb->hdr.attr;
	off_t offset = ocb->hdr.offset;
	size_t head = sizeof(msg->i);
	int status, nbytes;

	if ((status = iofunc_write_verify(ctp, msg, ocb, NULL)) != EOK)
		return status;
	if ((status = place(msg->i.xtype, &msg->i + 1, &offset, &head)) != EOK)
		return status;
	if (ocb->hdr.ioflag & O_APPEND)
		offset = attr->attr.nbytes;
	if (offset >= SIZE)
		return ENOSPC;
	nbytes = min(msg->i.nbytes, SIZE - offset);
	nbytes = resmgr_msgread(ctp, attr->bytes + offset, nbytes, head);
	if (nbytes < 0)
		return errno;
	if (offset + nbytes > attr->attr.nbytes)
		attr->attr.nbytes = offset + nbytes;
	ocb->writes++;
	if ((msg->i.xtype & _IO_XTYPE_MASK) == _IO_XTYPE_NONE)
		ocb->hdr.offset = offset + nbytes;
	_IO_SET_WRITE_NBYTES(ctp, nbytes);
	return EOK;
}

int main(void)
{
	static resmgr_connect_funcs_t connect_funcs;
	static resmgr_io_funcs_t io_funcs;
	static struct mem_attr attr;
	resmgr_attr_t rattr;
	dispatch_context_t *ctp;
	dispatch_t *dpp = dispatch_create();

	memset(&rattr, 0, sizeof(rattr));
	rattr.nparts_max = 1;
	rattr.msg_max_size = 65536;
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	io_funcs.read = io_read;
	io_funcs.write = io_write;
	iofunc_attr_init(&attr.attr, S_IFREG | 0666, NULL, NULL);
	attr.attr.mount = &mount;
	attr.bytes = calloc(1, SIZE);
	if (resmgr_attach(dpp, &rattr, "/dev/mem_file", _FTYPE_ANY, 0, &connect_funcs, &io_funcs,
			  &attr) == -1) {
		perror("resmgr_attach");
		return EXIT_FAILURE;
	}
	ctp = dispatch_context_alloc(dpp);
	while ((ctp = dispatch_block(ctp)) != NULL)
		dispatch_handler(ctp);
	return EXIT_FAILURE;
}
