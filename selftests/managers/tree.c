// SPDX-License-Identifier: GPL-2.0-only
/*
 * A directory with all that is below it: files in memory, which clients make, fill, list, move,
 * remove and change: by iofunc_stat_default(), iofunc_chmod_default(), iofunc_chown_default() and
 * iofunc_utime_default(). One thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct file;
#define IOFUNC_ATTR_T struct file
#include <sys/iofunc.h>
#include <sys/dispatch.h>

#define SIZE (1 << 20)

struct file {
	iofunc_attr_t attr;
	struct file *parent, *next;	/* parent: NULL when it has no name any more */
	char name[NAME_MAX + 1];
	char *bytes;
};

static struct file root, *files;
static ino_t inodes;

static struct file *add(struct file *parent, const char *name, size_t n)
{
	struct file *file = calloc(1, sizeof(*file)), **at = &files;

	if (file == NULL)
		return NULL;
	file->parent = parent;
	memcpy(file->name, name, n);
	while (*at)
		at = &(*at)->next;
	*at = file;
	return file;
}

static struct file *find(struct file *parent, const char *name, size_t n)
{
	struct file *file;

	for (file = files; file; file = file->next)
		if (file->parent == parent && strlen(file->name) == n &&
		    memcmp(file->name, name, n) == 0)
			return file;
	return NULL;
}

/* The file, or NULL and, if only the last name is missing, where it would be. */
static struct file *walk(const char *path, struct file **parent, const char **last)
{
	struct file *file = &root;
	size_t n;

	*parent = NULL;
	while (*path && file) {
		n = strcspn(path, "/");
		*parent = path[n] ? NULL : file;
		*last = path;
		file = find(file, path, n);
		path += n + (path[n] == '/');
	}
	return file;
}

static int create(resmgr_context_t *ctp, io_open_t *msg, struct file *parent, const char *name)
{
	struct file new, *file;
	int status;

	if ((status = iofunc_open(ctp, msg, &new.attr, &parent->attr, NULL)) != EOK)
		return status;
	if ((file = add(parent, name, strlen(name))) == NULL)
		return ENOMEM;
	iofunc_attr_init(&file->attr, S_IFREG | (new.attr.mode & 07777), NULL, NULL);
	file->attr.uid = new.attr.uid;
	file->attr.gid = new.attr.gid;
	file->attr.inode = ++inodes;
	return iofunc_ocb_attach(ctp, msg, NULL, &file->attr, NULL);
}

int io_open(resmgr_context_t *ctp, io_open_t *msg, RESMGR_HANDLE_T *handle, void *extra)
{
	struct file *parent, *file;
	const char *last = NULL;
	int status;

	file = walk(msg->connect.path, &parent, &last);
	if (file == NULL)
		return parent && msg->connect.ioflag & O_CREAT ?
		       create(ctp, msg, parent, last) : ENOENT;
	if ((status = iofunc_open(ctp, msg, &file->attr, NULL, NULL)) != EOK)
		return status;
	return iofunc_ocb_attach(ctp, msg, NULL, &file->attr, NULL);
}

static void free_unused(struct file *file)
{
	struct file **at = &files;

	if (file->parent || file->attr.count || file == &root)
		return;
	while (*at != file)
		at = &(*at)->next;
	*at = file->next;
	free(file->bytes);
	free(file);
}

static int io_close_ocb(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb)
{
	struct file *file = ocb->attr;
	int status = iofunc_close_ocb_default(ctp, reserved, ocb);

	free_unused(file);
	return status;
}

static int io_mknod(resmgr_context_t *ctp, io_mknod_t *msg, RESMGR_HANDLE_T *handle, void *reserved)
{
	struct file new, *parent, *file;
	const char *last = NULL;
	int status;

	if (walk(msg->connect.path, &parent, &last))
		return EEXIST;
	if (parent == NULL || strlen(last) > NAME_MAX)
		return parent ? ENAMETOOLONG : ENOENT;
	if (!S_ISDIR(parent->attr.mode))
		return ENOTDIR;
	if ((status = iofunc_mknod(ctp, msg, &new.attr, &parent->attr, NULL)) != EOK)
		return status;
	if ((file = add(parent, last, strlen(last))) == NULL)
		return ENOMEM;
	iofunc_attr_init(&file->attr, new.attr.mode, NULL, NULL);
	file->attr.uid = new.attr.uid;
	file->attr.gid = new.attr.gid;
	file->attr.inode = ++inodes;
	return EOK;
}

static int is_empty(struct file *parent)
{
	struct file *file;

	for (file = files; file && file->parent != parent; file = file->next)
		;
	return file == NULL;
}

static int io_unlink(resmgr_context_t *ctp, io_unlink_t *msg, RESMGR_HANDLE_T *handle,
		     void *reserved)
{
	struct file *parent, *file;
	const char *last = NULL;
	int status;

	if ((file = walk(msg->connect.path, &parent, &last)) == NULL)
		return ENOENT;
	if (!is_empty(file))
		return ENOTEMPTY;
	if ((status = iofunc_unlink(ctp, msg, &file->attr, &file->parent->attr, NULL)) != EOK)
		return status;
	file->parent = NULL;
	free_unused(file);
	return EOK;
}

static int io_rename(resmgr_context_t *ctp, io_rename_t *msg, RESMGR_HANDLE_T *handle,
		     io_rename_extra_t *extra)
{
	struct file *parent, *file, *to;
	const char *last = NULL;
	int status;

	if ((file = walk(extra->path, &parent, &last)) == NULL)
		return ENOENT;
	to = walk(msg->connect.path, &parent, &last);
	if (parent == NULL || strlen(last) > NAME_MAX)
		return parent ? ENAMETOOLONG : ENOENT;
	if (to && !is_empty(to))
		return ENOTEMPTY;
	if ((status = iofunc_rename(ctp, msg, &file->attr, &file->parent->attr, to, &parent->attr,
				    NULL)) != EOK)
		return status;
	if (to) {
		to->parent = NULL;
		free_unused(to);
	}
	file->parent = parent;
	strcpy(file->name, last);
	return EOK;
}

/* From @number on. They are listed by their numbers, which stay when others go. */
static struct file *next_in(struct file *parent, off_t number)
{
	struct file *file;

	for (file = files; file; file = file->next)
		if (file->parent == parent && (off_t)file->attr.inode >= number)
			return file;
	return NULL;
}

static size_t fill(void *to, size_t room, struct file *file)
{
	struct _io_dirent *entry = to;
	int reclen = _IO_DIRENT_RECLEN(strlen(file->name));

	if ((size_t)reclen > room)
		return 0;
	memset(entry, 0, reclen);
	entry->d_ino = file->attr.inode;
	entry->d_offset = file->attr.inode;
	entry->d_reclen = reclen;
	entry->d_namelen = strlen(file->name);
	strcpy(entry->d_name, file->name);
	return reclen;
}

static int read_dir(resmgr_context_t *ctp, io_read_t *msg, iofunc_ocb_t *ocb)
{
	static char buf[8192];
	size_t room = min((size_t)msg->i.nbytes, sizeof(buf)), used = 0, n;
	struct file *file;

	if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_READDIR)
		return EISDIR;
	while ((file = next_in(ocb->attr, ocb->offset)) != NULL) {
		if ((n = fill(buf + used, room - used, file)) == 0)
			break;
		used += n;
		ocb->offset = file->attr.inode + 1;
	}
	_IO_SET_READ_NBYTES(ctp, used);
	return _RESMGR_PTR(ctp, buf, used);
}

/* Where a transfer begins; the head is longer by what says so. */
static off_t place(iofunc_ocb_t *ocb, unsigned xtype, void *after, size_t *head)
{
	if ((xtype & _IO_XTYPE_MASK) != _IO_XTYPE_OFFSET)
		return ocb->offset;
	*head += sizeof(struct _xtype_offset);
	return ((struct _xtype_offset *)after)->offset;
}

int io_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	struct file *file = ocb->attr;
	size_t head = sizeof(msg->i);
	int status, n;
	off_t at;

	if ((status = iofunc_read_verify(ctp, msg, ocb, NULL)) != EOK)
		return status;
	if (S_ISDIR(file->attr.mode))
		return read_dir(ctp, msg, ocb);
	at = place(ocb, msg->i.xtype, &msg->i + 1, &head);
	n = at < file->attr.nbytes ? min(msg->i.nbytes, file->attr.nbytes - at) : 0;
	if (head == sizeof(msg->i))
		ocb->offset += n;
	file->attr.flags |= IOFUNC_ATTR_ATIME;
	_IO_SET_READ_NBYTES(ctp, n);
	return n ? _RESMGR_PTR(ctp, file->bytes + at, n) : _RESMGR_NPARTS(0);
}

int io_write(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb)
{
	struct file *file = ocb->attr;
	size_t head = sizeof(msg->i);
	int status, n;
	off_t at;

	if ((status = iofunc_write_verify(ctp, msg, ocb, NULL)) != EOK)
		return status;
	at = place(ocb, msg->i.xtype, &msg->i + 1, &head);
	if (ocb->ioflag & O_APPEND)
		at = file->attr.nbytes;
	if (at >= SIZE)
		return ENOSPC;
	if (file->bytes == NULL && (file->bytes = calloc(1, SIZE)) == NULL)
		return ENOMEM;
	n = resmgr_msgread(ctp, file->bytes + at, min(msg->i.nbytes, SIZE - at), head);
	if (n < 0)
		return errno;
	if (at + n > file->attr.nbytes)
		file->attr.nbytes = at + n;
	if (head == sizeof(msg->i))
		ocb->offset = at + n;
	file->attr.flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
	_IO_SET_WRITE_NBYTES(ctp, n);
	return EOK;
}

/* Only cut off, and made longer, at the end. */
int io_space(resmgr_context_t *ctp, io_space_t *msg, RESMGR_OCB_T *ocb)
{
	struct file *file = ocb->attr;

	if (!(ocb->ioflag & _IO_FLAG_WR))
		return EBADF;
	if (msg->i.subtype != F_FREESP || msg->i.len || msg->i.start > SIZE)
		return EINVAL;
	if (file->bytes && (off_t)msg->i.start < file->attr.nbytes)
		memset(file->bytes + msg->i.start, 0, file->attr.nbytes - msg->i.start);
	if (file->bytes == NULL && (file->bytes = calloc(1, SIZE)) == NULL)
		return ENOMEM;
	file->attr.nbytes = msg->i.start;
	file->attr.flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
	return EOK;
}

static struct file *begin_with(struct file *parent, const char *name, mode_t mode,
			       const char *text)
{
	struct file *file = add(parent, name, strlen(name));

	if (file == NULL)
		exit(EXIT_FAILURE);
	iofunc_attr_init(&file->attr, mode, NULL, NULL);
	file->attr.inode = ++inodes;
	if (text) {
		file->bytes = calloc(1, SIZE);
		file->attr.nbytes = strlen(text);
		memcpy(file->bytes, text, strlen(text));
	}
	return file;
}

int main(void)
{
	static resmgr_connect_funcs_t connect_funcs;
	static resmgr_io_funcs_t io_funcs;
	dispatch_context_t *ctp;
	dispatch_t *dpp = dispatch_create();
	struct file *sub;

	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	connect_funcs.open = io_open;
	connect_funcs.mknod = io_mknod;
	connect_funcs.unlink = io_unlink;
	connect_funcs.rename = io_rename;
	io_funcs.read = io_read;
	io_funcs.write = io_write;
	io_funcs.close_ocb = io_close_ocb;
	io_funcs.space = io_space;
	iofunc_attr_init(&root.attr, S_IFDIR | 0777, NULL, NULL);
	root.attr.inode = ++inodes;
	begin_with(&root, "hello", S_IFREG | 0644, "hello, world\n");
	sub = begin_with(&root, "sub", S_IFDIR | 0777, NULL);
	begin_with(sub, "deep", S_IFREG | 0600, "deep\n");
	begin_with(sub, "device", S_IFCHR | 0666, "x");
	if (resmgr_attach(dpp, NULL, "/tree", _FTYPE_ANY, _RESMGR_FLAG_DIR, &connect_funcs,
			  &io_funcs, &root) == -1) {
		perror("resmgr_attach");
		return EXIT_FAILURE;
	}
	ctp = dispatch_context_alloc(dpp);
	while ((ctp = dispatch_block(ctp)) != NULL)
		dispatch_handler(ctp);
	return EXIT_FAILURE;
}
