// SPDX-License-Identifier: GPL-2.0-only
/* A picture of what there is: taking it. */

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "ctx.h"
#include "proc.h"
#include "seen.h"

/* A place for one more, zeroed, or NULL; under any lock. */
void *qmsg_seen_add(struct qmsg_seen *seen)
{
	void *item;

	if (seen->n == seen->room) {
		seen->missed++;
		return NULL;
	}
	item = seen->items + seen->n++ * seen->kind->size;
	memset(item, 0, seen->kind->size);
	return item;
}

static void look_once(struct qmsg_seen *seen, struct qmsg_ctx **ctxs, unsigned int n)
{
	unsigned int i;

	seen->n = 0;
	seen->missed = 0;
	if (seen->kind->global)
		seen->kind->global(seen);
	if (!seen->kind->of_ctx)
		return;
	for (i = 0; i < n; i++) {
		seen->kind->of_ctx(seen, ctxs[i]);
		cond_resched();
	}
}

/* Room for all that there was, and for some more that may come meanwhile. */
static int make_room(struct qmsg_seen *seen)
{
	size_t room = seen->n + seen->missed;

	room += room / 4 + 16;
	kvfree(seen->items);
	seen->room = 0;
	seen->items = kvmalloc_array(room, seen->kind->size, GFP_KERNEL_ACCOUNT);
	if (!seen->items)
		return -ENOMEM;
	seen->room = room;
	return 0;
}

static int look(struct qmsg_seen *seen, struct qmsg_ctx **ctxs, unsigned int n)
{
	int err;

	for (;;) {
		look_once(seen, ctxs, n);
		if (seen->err)
			return seen->err;
		if (!seen->missed)
			return 0;
		if (fatal_signal_pending(current))
			return -EINTR;
		err = make_room(seen);
		if (err)
			return err;
	}
}

/* What @seen->kind says, as the current task sees it. The caller frees @seen->items. */
int qmsg_seen_take(struct qmsg_seen *seen)
{
	struct qmsg_ctx **ctxs;
	unsigned int i, n;
	int err;

	seen->viewer = qmsg_viewer_current();
	ctxs = qmsg_proc_all_ctxs(&n);
	if (IS_ERR(ctxs))
		return PTR_ERR(ctxs);
	err = look(seen, ctxs, n);
	for (i = 0; i < n; i++)
		qmsg_ctx_put(ctxs[i]);
	kvfree(ctxs);
	return err;
}
