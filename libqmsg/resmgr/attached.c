// SPDX-License-Identifier: MIT
/* What is known of a path by the id that resmgr_attach() returned, whatever the handle. */

#include <sys/sysmacros.h>

#include "internal.h"

static struct link *attached;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void attached_add(struct link *link)
{
	pthread_mutex_lock(&lock);
	link->next_attached = attached;
	attached = link;
	pthread_mutex_unlock(&lock);
}

/* One that has no path was never there. */
void attached_remove(struct link *link)
{
	struct link **at = &attached;

	pthread_mutex_lock(&lock);
	while (*at && *at != link)
		at = &(*at)->next_attached;
	if (*at)
		*at = link->next_attached;
	pthread_mutex_unlock(&lock);
}

static const struct link *find_locked(int id)
{
	const struct link *link;

	for (link = attached; link && link->id != id; link = link->next_attached)
		;
	return link;
}

/* The path with its zero, or nothing of it. The flag is about networks: all paths are local. */
QMSG_API int resmgr_pathname(int id, unsigned flags, char *path, int maxbuf)
{
	const struct link *link;
	int n = 0;

	if (flags & ~(unsigned)RESMGR_PATHNAME_LOCALPATH || !path || maxbuf < 0)
		return success(EINVAL);
	pthread_mutex_lock(&lock);
	link = find_locked(id);
	if (link && strlen(link->path) < (size_t)maxbuf) {
		n = (int)strlen(link->path) + 1;
		memcpy(path, link->path, (size_t)n);
	}
	pthread_mutex_unlock(&lock);
	return n ? n : success(EINVAL);
}

/* Of the kernel's device numbers; a file of the manager's own may be told by them. */
QMSG_API int resmgr_devino(int id, dev_t *dev, ino_t *ino)
{
	const struct link *link;
	bool found;

	pthread_mutex_lock(&lock);
	link = find_locked(id);
	found = link && dev && ino;
	if (found) {
		*dev = makedev((link->dev & 0xfff00) >> 8,
			       (link->dev & 0xff) | (link->dev >> 12 & 0xfff00));
		*ino = link->node;
	}
	pthread_mutex_unlock(&lock);
	return found ? 0 : success(EINVAL);
}

/* How large tables are to be at first: here they have no size. */
QMSG_API int resmgr_handle_tune(int min_handles, int min_clients, int max_client_handles)
{
	return success(min_handles < 0 || min_clients < 0 || max_client_handles < 0 ? EINVAL : 0);
}

QMSG_API int resmgr_handle_grow(int handles, int clients)
{
	return success(handles < 0 || clients < 0 ? EINVAL : 0);
}
