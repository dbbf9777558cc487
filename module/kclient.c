// SPDX-License-Identifier: GPL-2.0-only
/* Clients in the kernel: their connections. */

#include <linux/export.h>
#include <linux/fs.h>

#include "channel.h"
#include "connect.h"
#include "connfile.h"
#include "ctx.h"
#include "kmessage.h"
#include "park.h"

/* With a reference besides the one that qmsg_conn_close() drops. */
static struct qmsg_conn *connect(struct qmsg_ctx *ctx, struct qmsg_channel *ch)
{
	struct qmsg_conn *conn;

	mutex_lock(&ctx->lock);
	conn = qmsg_conn_new(ctx, ch, QMSG_COF_NOSHARE, 0);
	if (!IS_ERR(conn)) {
		kref_get(&conn->ref);
		conn->file_scoid = conn->sconn->scoid;
		conn->sconn->of_file = true;
	}
	mutex_unlock(&ctx->lock);
	return conn;
}

static void end(struct qmsg_ctx *ctx)
{
	qmsg_ctx_end(ctx, QMSG_END_CLOSE);
	qmsg_ctx_put(ctx);
}

/*
 * The file's connection is nobody else's. Who may open the file is the file system's to say.
 * @file: may be NULL until the first call that can step aside.
 */
int qmsg_kclient_open(struct qmsg_kclient *kc, struct qmsg_channel *ch, struct file *file)
{
	struct qmsg_conn *conn;

	if (!qmsg_channel_may_be_used(ch))
		return -EACCES;
	kc->ctx = qmsg_ctx_make(file, true);
	if (!kc->ctx)
		return -ENOMEM;
	conn = connect(kc->ctx, ch);
	if (!IS_ERR(conn)) {
		kc->conn = conn;
		kc->file = qmsg_connfile_alloc(ch, 0, conn->sconn->scoid);
		if (kc->file) {
			qmsg_sconn_begin(conn->sconn);
			return 0;
		}
		qmsg_conn_close(conn);
		qmsg_conn_put(conn);
	}
	end(kc->ctx);
	/* A quota is no reason to try again. */
	return IS_ERR(conn) && PTR_ERR(conn) != -EAGAIN ? PTR_ERR(conn) : -ENOMEM;
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_open, QMSG);

/*
 * For ->flush: a descriptor of @file is closed. With the process' last one, what was sent
 * through it ends, and what is parked by who cannot come back. What an exiting task has parked
 * it ends itself.
 */
void qmsg_kclient_flush(struct qmsg_kclient *kc, struct file *file)
{
	qmsg_connfile_flush(file, NULL);
	/* Who parks now, after this look, finds the descriptor gone: see step_aside(). */
	smp_mb();
	if (unlikely(!list_empty_careful(&kc->ctx->parked)) && current->files &&
	    qmsg_file_is_closing(file))
		qmsg_parked_abandon_files(kc->ctx);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_flush, QMSG);

bool qmsg_is_last_close(struct file *file)
{
	return qmsg_file_is_closing(file);
}
EXPORT_SYMBOL_NS_GPL(qmsg_is_last_close, QMSG);

int qmsg_kclient_scoid(const struct qmsg_kclient *kc)
{
	return kc->conn->sconn->scoid;
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_scoid, QMSG);

bool qmsg_kclient_is_to(const struct qmsg_kclient *kc, const struct qmsg_channel *ch)
{
	return kc->conn->sconn->channel == ch;
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_is_to, QMSG);

/* From the beginning of the end of its server on. */
bool qmsg_kclient_is_dead(const struct qmsg_kclient *kc)
{
	return qmsg_channel_is_dead(kc->conn->sconn->channel);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_is_dead, QMSG);

/* Files with @fops have a kernel client each, and are connections to who has /dev/qmsg. */
void qmsg_kclient_files(const struct file_operations *fops)
{
	qmsg_connfile_also(fops);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_files, QMSG);

/* For qmsg_kclient_abort(), when @kc may have been closed: with a reference. */
struct qmsg_conn *qmsg_kclient_conn(const struct qmsg_kclient *kc)
{
	kref_get(&kc->conn->ref);
	return kc->conn;
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_conn, QMSG);

/* Calls over it end with -EIO, those that wait and those to come. Takes the reference. */
void qmsg_kclient_abort(struct qmsg_conn *conn)
{
	qmsg_conn_abort(conn);
	qmsg_conn_put(conn);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_abort, QMSG);

/* Nobody calls any more. */
void qmsg_kclient_close(struct qmsg_kclient *kc)
{
	qmsg_conn_close(kc->conn);
	qmsg_conn_put(kc->conn);
	qmsg_connfile_put(kc->file);
	end(kc->ctx);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_close, QMSG);
