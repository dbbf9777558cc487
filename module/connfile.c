// SPDX-License-Identifier: GPL-2.0-only
/* Connections that are file descriptors. */

#include <linux/anon_inodes.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "channel.h"
#include "compat.h"
#include "connect.h"
#include "connfile.h"
#include "ctx.h"
#include "inject.h"
#include "proc.h"

struct qmsg_connfile {
	struct kref ref;
	struct qmsg_channel *channel;	/* set at creation, with a reference */
	u32 flags;			/* set at creation: QMSG_COF_* */
	int scoid;			/* set at creation: of an open file of qmsgfs, or 0 */
};

/* Files of another module whose private data begin with a pointer to one, or NULL. */
static const struct file_operations *foreign_fops;

static const struct file_operations connfile_fops;

static struct qmsg_connfile *connfile_of(const struct file *file)
{
	if (file->f_op == &connfile_fops)
		return file->private_data;
	if (file->f_op == READ_ONCE(foreign_fops))
		return *(struct qmsg_connfile **)file->private_data;
	return NULL;
}

static void connfile_free(struct kref *ref)
{
	struct qmsg_connfile *cf = container_of(ref, struct qmsg_connfile, ref);

	qmsg_channel_put(cf->channel);
	kfree(cf);
}

void qmsg_connfile_put(struct qmsg_connfile *cf)
{
	kref_put(&cf->ref, connfile_free);
}

static struct qmsg_conn *find_use_locked(struct qmsg_ctx *ctx, const struct qmsg_connfile *cf)
{
	struct qmsg_conn *conn;

	hash_for_each_possible(ctx->fd_conns, conn, fd_node, (unsigned long)cf)
		if (conn->file == cf)
			return conn;
	return NULL;
}

static void *take_use(struct qmsg_ctx *ctx, void *cf)
{
	struct qmsg_conn *conn;

	spin_lock(&ctx->fd_conns_lock);
	conn = find_use_locked(ctx, cf);
	if (conn)
		hash_del(&conn->fd_node);
	spin_unlock(&ctx->fd_conns_lock);
	return conn;
}

/* Ends the use that each context of the current process makes of @cf. */
static void close_uses(struct qmsg_connfile *cf)
{
	struct qmsg_conn *conn;

	while ((conn = qmsg_proc_search(task_tgid(current), take_use, cf)))
		qmsg_conn_close(conn);
}

static int is_file(const void *file, struct file *other, unsigned int fd)
{
	return other == file ? fd + 1 : 0;
}

/* The number that a use was last known under may be the one that is being closed. */
static void *renumber_use(struct qmsg_ctx *ctx, void *arg)
{
	struct file *file = arg;
	struct qmsg_conn *conn;
	int next = 0;

	spin_lock(&ctx->fd_conns_lock);
	conn = find_use_locked(ctx, connfile_of(file));
	if (conn)
		next = iterate_fd(current->files, conn->coid, is_file, file) ?:
		       iterate_fd(current->files, 0, is_file, file);
	if (next)
		WRITE_ONCE(conn->coid, next - 1);
	spin_unlock(&ctx->fd_conns_lock);
	return NULL;
}

int qmsg_connfile_flush(struct file *file, fl_owner_t id)
{
	if (qmsg_file_is_closing(file))
		close_uses(connfile_of(file));
	else if (current->files)
		qmsg_proc_search(task_tgid(current), renumber_use, file);
	return 0;
}

static int connfile_release(struct inode *inode, struct file *file)
{
	qmsg_connfile_put(file->private_data);
	return 0;
}

static const struct file_operations connfile_fops = {
	.owner		= THIS_MODULE,
	.flush		= qmsg_connfile_flush,
	.release	= connfile_release,
};

struct qmsg_connfile *qmsg_connfile_alloc(struct qmsg_channel *ch, u32 flags, int scoid)
{
	struct qmsg_connfile *cf = kzalloc(sizeof(*cf), GFP_KERNEL_ACCOUNT);

	if (!cf)
		return NULL;
	kref_init(&cf->ref);
	cf->channel = qmsg_channel_get(ch);
	/* Close-on-exec is a flag of each descriptor. */
	cf->flags = flags & ~QMSG_COF_CLOEXEC;
	cf->scoid = scoid;
	return cf;
}

static struct file *connfile_open(struct qmsg_connfile *cf)
{
	struct file *file = anon_inode_getfile("[qmsg-connection]", &connfile_fops, cf, O_RDWR);

	if (!IS_ERR(file))
		kref_get(&cf->ref);
	return file;
}

/* The first use that @ctx makes of @cf, under the number @fd. */
static struct qmsg_conn *use_locked(struct qmsg_ctx *ctx, struct qmsg_connfile *cf, int fd)
{
	struct qmsg_conn *conn;

	conn = qmsg_conn_new(ctx, cf->channel, cf->flags, fd);
	if (IS_ERR(conn))
		return conn;
	kref_get(&cf->ref);
	conn->file = cf;
	conn->file_scoid = cf->scoid;
	conn->coid = fd;
	spin_lock(&ctx->fd_conns_lock);
	hash_add(ctx->fd_conns, &conn->fd_node, (unsigned long)cf);
	spin_unlock(&ctx->fd_conns_lock);
	return conn;
}

static int install(struct qmsg_ctx *ctx, struct qmsg_connfile *cf, int fd)
{
	struct qmsg_conn *conn;
	struct file *file;

	file = connfile_open(cf);
	if (IS_ERR(file))
		return PTR_ERR(file);
	mutex_lock(&ctx->lock);
	conn = use_locked(ctx, cf, fd);
	if (!IS_ERR(conn))
		qmsg_sconn_begin(conn->sconn);
	mutex_unlock(&ctx->lock);
	if (IS_ERR(conn)) {
		fput(file);
		return PTR_ERR(conn);
	}
	fd_install(fd, file);
	return 0;
}

/* The number is told first: nothing can fail once it means something. */
int qmsg_connfile_attach(struct qmsg_ctx *ctx, struct qmsg_channel *ch, u32 flags,
			 s32 __user *out_coid)
{
	int fd = get_unused_fd_flags(flags & QMSG_COF_CLOEXEC ? O_CLOEXEC : 0);
	struct qmsg_connfile *cf;
	int err = -ENOMEM;

	if (fd < 0)
		return fd;
	cf = qmsg_connfile_alloc(ch, flags, 0);
	if (cf) {
		err = put_user(fd, out_coid) ? -EFAULT : install(ctx, cf, fd);
		qmsg_connfile_put(cf);
	}
	if (err)
		put_unused_fd(fd);
	return err;
}

static struct qmsg_conn *find_use(struct qmsg_ctx *ctx, const struct qmsg_connfile *cf)
{
	struct qmsg_conn *conn;

	spin_lock(&ctx->fd_conns_lock);
	conn = find_use_locked(ctx, cf);
	if (conn)
		kref_get(&conn->ref);
	spin_unlock(&ctx->fd_conns_lock);
	return conn;
}

static struct qmsg_conn *make_use(struct qmsg_ctx *ctx, struct qmsg_connfile *cf, int fd)
{
	struct qmsg_conn *conn;

	/* Who is sent the descriptor is let in, but not past PRIVATE (S3.13). */
	if (!qmsg_channel_may_be_used(cf->channel))
		return ERR_PTR(-EACCES);

	mutex_lock(&ctx->lock);
	conn = find_use(ctx, cf);
	if (!conn) {
		conn = use_locked(ctx, cf, fd);
		if (!IS_ERR(conn))
			kref_get(&conn->ref);
	}
	mutex_unlock(&ctx->lock);
	/* The channel has gone: that is a dead connection (S1.15). */
	return conn == ERR_PTR(-ESRCH) ? ERR_PTR(-EBADF) : conn;
}

/*
 * A sibling may have closed the descriptor just now, and its flush has not seen a use that
 * was made after it: so look again once it can be seen.
 */
static struct qmsg_conn *find_or_make_use(struct qmsg_ctx *ctx, struct qmsg_connfile *cf,
					  struct file *file, int fd)
{
	struct qmsg_conn *conn;

	(void)qmsg_point(USE);
	conn = find_use(ctx, cf);
	if (conn) {
		if (READ_ONCE(conn->coid) != fd)
			WRITE_ONCE(conn->coid, fd);
		if (unlikely(!READ_ONCE(conn->sconn->begun)))
			qmsg_sconn_begin(conn->sconn);
		return conn;
	}
	conn = make_use(ctx, cf, fd);
	if (IS_ERR(conn))
		return conn;
	if (!qmsg_file_is_closing(file)) {
		qmsg_sconn_begin(conn->sconn);
		return conn;
	}
	close_uses(cf);
	qmsg_conn_put(conn);
	return ERR_PTR(-EBADF);
}

struct qmsg_conn *qmsg_connfile_find(struct qmsg_ctx *ctx, int fd)
{
	struct fd f = fdget(fd);
	struct qmsg_conn *conn = ERR_PTR(-EBADF);
	struct qmsg_connfile *cf;

	if (!fd_file(f))
		return conn;
	cf = connfile_of(fd_file(f));
	if (cf)
		conn = find_or_make_use(ctx, cf, fd_file(f), fd);
	fdput(f);
	return conn;
}

/* While that module is there. */
void qmsg_connfile_also(const struct file_operations *fops)
{
	WRITE_ONCE(foreign_fops, fops);
}

/*
 * For another process, whose descriptors cannot be looked at: by the number that @ctx made or
 * last used the connection under. With a reference, or NULL.
 */
struct qmsg_conn *qmsg_connfile_find_used(struct qmsg_ctx *ctx, int fd)
{
	struct qmsg_conn *conn, *found = NULL;
	int bucket;

	spin_lock(&ctx->fd_conns_lock);
	hash_for_each(ctx->fd_conns, bucket, conn, fd_node) {
		if (READ_ONCE(conn->coid) != fd)
			continue;
		kref_get(&conn->ref);
		found = conn;
		break;
	}
	spin_unlock(&ctx->fd_conns_lock);
	return found;
}

void qmsg_connfile_close_all(struct qmsg_ctx *ctx)
{
	struct qmsg_conn *conn;
	int bucket;

	for (bucket = 0; bucket < HASH_SIZE(ctx->fd_conns); bucket++) {
		for (;;) {
			spin_lock(&ctx->fd_conns_lock);
			conn = hlist_entry_safe(ctx->fd_conns[bucket].first, struct qmsg_conn,
						fd_node);
			if (conn)
				hash_del(&conn->fd_node);
			spin_unlock(&ctx->fd_conns_lock);
			if (!conn)
				break;
			qmsg_conn_close(conn);
		}
	}
}

/* What is looked for in the descriptor table, and what is found. */
struct search {
	u32 how;		/* QMSG_CONNECT_INFO_* */
	int first, fd;
	unsigned int budget;	/* files to look at before others may run */
	struct file *file;	/* with a reference, or NULL */
};

static bool is_wanted(const struct search *s, struct file *file)
{
	const struct qmsg_connfile *cf = connfile_of(file);

	if (!cf)
		return false;
	return !(s->how & QMSG_CONNECT_INFO_LIVE && READ_ONCE(cf->channel->dead));
}

/* Under the table's lock. Not 0: look no further. */
static int look_at(const void *arg, struct file *file, unsigned int fd)
{
	struct search *s = (struct search *)arg;

	if (!(s->how & QMSG_CONNECT_INFO_NEXT) && fd != s->first)
		return 1;
	s->fd = fd;
	if (is_wanted(s, file))
		s->file = get_file(file);
	return s->file || !--s->budget || !(s->how & QMSG_CONNECT_INFO_NEXT);
}

static void find_file(struct search *s)
{
	while (!s->file) {
		s->budget = 1024;
		s->fd = -1;
		if (!iterate_fd(current->files, s->first, look_at, s) || s->file ||
		    s->fd < 0 || !(s->how & QMSG_CONNECT_INFO_NEXT))
			return;
		s->first = s->fd + 1;
		cond_resched();
	}
}

/* The connection that descriptor @fd is to @ctx, or the next (@how). False: there is none. */
bool qmsg_connfile_view(struct qmsg_ctx *ctx, int fd, u32 how, struct qmsg_conn_view *view)
{
	struct search s = { .how = how, .first = fd };
	const struct qmsg_connfile *cf;
	struct qmsg_conn *conn;

	find_file(&s);
	if (!s.file)
		return false;
	cf = connfile_of(s.file);
	conn = find_use(ctx, cf);
	view->channel = qmsg_channel_get(cf->channel);
	view->coid = s.fd;
	view->scoid = conn ? conn->sconn->scoid : -1;
	view->flags = conn ? READ_ONCE(conn->flags) : cf->flags;
	if (conn)
		qmsg_conn_put(conn);
	fput(s.file);
	return true;
}
