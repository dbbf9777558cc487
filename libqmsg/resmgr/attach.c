// SPDX-License-Identifier: MIT
/*
 * Links: a path, and the functions and the handle that belong to it.
 *
 * The path is a node of the kernel's file system qmsgfs, made through a descriptor of the
 * process, so that it ends with it.
 */
#include <fcntl.h>
#include <linux/qmsgfs.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

/* What a context's buffer has at least: writes of this length need no second copy. */
#define MSG_MAX_SIZE	4096

static atomic_int control_fd = -1;

static int control_open(void)
{
	int fd = open("/dev/qmsgfs", O_RDWR | O_CLOEXEC), moved;

	if (fd < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	if (fd > STDERR_FILENO)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (moved < 0)
		moved = -errno;
	close(fd);
	return moved;
}

/* The process's own, or -errno. */
static int control(void)
{
	int fd = atomic_load(&control_fd), none = -1;

	if (fd >= 0)
		return fd;
	fd = control_open();
	if (fd < 0 || atomic_compare_exchange_strong(&control_fd, &none, fd))
		return fd;
	close(fd);
	return none;
}

int control_ioctl(unsigned long request, void *args)
{
	int fd = control();

	if (fd < 0)
		return fd;
	return ioctl(fd, request, args) ? -errno : 0;
}

/* A child has no channels, so it has no nodes either. */
static void forget(void)
{
	int fd = atomic_exchange(&control_fd, -1);

	if (fd >= 0)
		close(fd);
}

__attribute__((constructor)) static void register_fork(void)
{
	pthread_atfork(NULL, NULL, forget);
}

/* Everybody may come: the manager looks at who it is. */
static uint32_t mode_of(enum _file_type type, unsigned flags)
{
	if (flags & _RESMGR_FLAG_DIR)
		return S_IFDIR | 0777;
	return (type == _FTYPE_FILE ? S_IFREG : S_IFCHR) | 0666;
}

/* From the root on, without what means nothing: "//", and "/" at the end. */
static int make_path(char *to, size_t size, const char *path)
{
	size_t n = 0;

	if (*path != '/') {
		if (!getcwd(to, size))
			return -errno;
		n = strlen(to);
	}
	while (*path) {
		while (*path == '/')
			path++;
		if (!*path)
			break;
		if (n && to[n - 1] == '/')
			n--;
		if (n >= size - 1)
			return -ENAMETOOLONG;
		to[n++] = '/';
		while (*path && *path != '/' && n < size - 1)
			to[n++] = *path++;
		if (n == size - 1 && *path)
			return -ENAMETOOLONG;
	}
	to[n] = 0;
	return (int)n;
}

/* Of the link's path. 0 or -errno. */
static int make_node(struct link *link, int chid, uint32_t mode)
{
	struct qmsgfs_attach args = {
		.size = sizeof(args),
		.chid = chid,
		.handle = (uint32_t)link->id,
		.mode = mode,
		.path_len = (uint32_t)strlen(link->path),
		.path_ptr = (uintptr_t)link->path,
	};
	int ret = control_ioctl(QMSGFS_IOC_ATTACH, &args);

	link->node = args.out_id;
	link->dev = args.out_dev;
	return ret;
}

/* 0 or -errno */
static int set_path(struct link *link, const char *path)
{
	char whole[QMSGFS_PATH_MAX + 1];
	int n = make_path(whole, sizeof(whole), path);

	if (n < 0)
		return n;
	link->path = strdup(whole);
	return link->path ? 0 : -ENOMEM;
}

static void link_free(struct link *link)
{
	free(link->path);
	free(link);
}

static void end_node(unsigned node)
{
	struct qmsgfs_detach args = { .size = sizeof(args), .id = node };

	if (node)
		control_ioctl(QMSGFS_IOC_DETACH, &args);
}

static bool is_good(const dispatch_t *dpp, const resmgr_attr_t *attr)
{
	return dpp && !(attr && attr->flags & ~0x1eu);
}

static void publish(dispatch_t *dpp, struct link *link, const resmgr_attr_t *attr)
{
	dispatch_grow(dpp, attr && attr->msg_max_size > MSG_MAX_SIZE ? attr->msg_max_size :
		      MSG_MAX_SIZE, attr ? attr->nparts_max : 1);
	pthread_mutex_lock(&dpp->lock);
	link->next = dpp->links;
	dpp->links = link;
	dpp->resmgr = true;
	if (attr && attr->flags & RESMGR_FLAG_ATTACH_OTHERFUNC)
		dpp->other_func = attr->other_func;
	pthread_mutex_unlock(&dpp->lock);
}

static struct link *unlink_locked(dispatch_t *dpp, int id)
{
	struct link **at = &dpp->links, *link;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	link = *at;
	if (link)
		*at = link->next;
	return link;
}

static struct link *take_link(dispatch_t *dpp, int id)
{
	struct link *link;

	pthread_mutex_lock(&dpp->lock);
	link = unlink_locked(dpp, id);
	pthread_mutex_unlock(&dpp->lock);
	return link;
}

static struct link *link_new(const struct link *as, const char *path, int *error)
{
	static atomic_int last_id;
	struct link *link = malloc(sizeof(*link));

	*error = -ENOMEM;
	if (!link)
		return NULL;
	*link = *as;
	*error = path ? set_path(link, path) : 0;
	if (*error) {
		free(link);
		return NULL;
	}
	/* Of all handles: resmgr_pathname() knows the id alone. */
	link->id = atomic_fetch_add(&last_id, 1) + 1;
	return link;
}

/* The link is there first: the first client may come before this returns. */
static int attach(dispatch_t *dpp, const resmgr_attr_t *attr, const char *path,
		  uint32_t mode, const struct link *as)
{
	int chid = dispatch_channel(dpp), id, error = chid;
	struct link *link = chid < 0 ? NULL : link_new(as, path, &error);

	if (!link)
		return error;
	id = link->id;
	publish(dpp, link, attr);
	if (!path)
		return id;
	error = make_node(link, chid, mode);
	if (error) {
		link_free(take_link(dpp, id));
		return error;
	}
	attached_add(link);
	return id;
}

QMSG_API int resmgr_attach(dispatch_t *dpp, resmgr_attr_t *attr, const char *path,
			   enum _file_type type, unsigned flags,
			   const resmgr_connect_funcs_t *connect, const resmgr_io_funcs_t *io,
			   RESMGR_HANDLE_T *handle)
{
	const struct link as = { .connect = connect, .io = io, .handle = handle };
	int ret;

	if (!is_good(dpp, attr))
		return success(EINVAL);
	ret = attach(dpp, attr, path, mode_of(type, flags), &as);
	return ret < 0 ? success(-ret) : ret;
}

QMSG_API int resmgr_detach(dispatch_t *dpp, int id, unsigned flags)
{
	struct link *link;

	if (!dpp || flags & ~(unsigned)(_RESMGR_DETACH_PATHNAME | _RESMGR_DETACH_CLOSE))
		return success(EINVAL);
	link = take_link(dpp, id);
	if (!link)
		return success(EINVAL);
	attached_remove(link);
	end_node(link->node);
	link_free(link);
	return 0;
}

/* A copy, since it may be detached meanwhile. False: there is none. */
bool link_find(dispatch_t *dpp, int id, struct link *copy)
{
	struct link *link;

	pthread_mutex_lock(&dpp->lock);
	for (link = dpp->links; link && link->id != id; link = link->next)
		;
	if (link)
		*copy = *link;
	pthread_mutex_unlock(&dpp->lock);
	return link;
}

void links_free(dispatch_t *dpp)
{
	struct link *link, *next;

	for (link = dpp->links; link; link = next) {
		next = link->next;
		attached_remove(link);
		end_node(link->node);
		link_free(link);
	}
	dpp->links = NULL;
}
