// SPDX-License-Identifier: MIT
/* Bindings: from a client's connection to the OCB of what it has opened. */

#include "internal.h"

static struct binding **bucket(dispatch_t *dpp, int scoid)
{
	return &dpp->bindings[(unsigned)scoid % BUCKETS];
}

/* Where it hangs. Any coid, if that is -1. */
static struct binding **find_locked(dispatch_t *dpp, struct key key)
{
	struct binding **at = bucket(dpp, key.scoid);

	for (; *at; at = &(*at)->next)
		if ((*at)->key.scoid == key.scoid && (key.coid == -1 || (*at)->key.coid == key.coid))
			break;
	return at;
}

int binding_add(dispatch_t *dpp, const struct binding *b)
{
	struct binding *fresh = malloc(sizeof(*fresh)), **at;
	bool taken;

	if (!fresh)
		return ENOMEM;
	*fresh = *b;
	fresh->refs = 1;
	pthread_mutex_lock(&dpp->lock);
	taken = *find_locked(dpp, b->key);
	if (!taken) {
		at = bucket(dpp, b->key.scoid);
		fresh->next = *at;
		*at = fresh;
	}
	pthread_mutex_unlock(&dpp->lock);
	if (taken)
		free(fresh);
	return taken ? EBUSY : 0;
}

/* With a reference, or NULL. */
struct binding *binding_get(dispatch_t *dpp, struct key key)
{
	struct binding *b;

	pthread_mutex_lock(&dpp->lock);
	b = *find_locked(dpp, key);
	if (b)
		b->refs++;
	pthread_mutex_unlock(&dpp->lock);
	return b;
}

/* Nobody finds it any more, and the table's reference is the caller's. */
struct binding *binding_take(dispatch_t *dpp, struct key key)
{
	struct binding **at, *b;

	pthread_mutex_lock(&dpp->lock);
	at = find_locked(dpp, key);
	b = *at;
	if (b)
		*at = b->next;
	pthread_mutex_unlock(&dpp->lock);
	return b;
}

struct binding *binding_take_any(dispatch_t *dpp, int scoid)
{
	return binding_take(dpp, (struct key){ .scoid = scoid, .coid = -1 });
}

/* The last to have it lets the manager free the OCB (S10.14). */
void binding_put(resmgr_context_t *ctp, struct binding *b)
{
	bool last;

	pthread_mutex_lock(&ctp->dpp->lock);
	last = !--b->refs;
	pthread_mutex_unlock(&ctp->dpp->lock);
	if (!last)
		return;
	ctp->id = b->id;
	if (b->io->close_ocb)
		b->io->close_ocb(ctp, NULL, b->ocb);
	free(b);
}

/* The handle ends, and with it the clients' connections: nobody is told. */
void bindings_free(dispatch_t *dpp)
{
	struct binding *b, *next;
	int i;

	for (i = 0; i < BUCKETS; i++) {
		for (b = dpp->bindings[i]; b; b = next) {
			next = b->next;
			free(b);
		}
	}
}

/* What the message says that is being handled, if it is that of an open. */
static uint32_t ioflag_of(const resmgr_context_t *ctp)
{
	return ctp->rcvid > 0 && ctp->msg->type == _IO_CONNECT ? ctp->msg->connect.ioflag : 0;
}

/* The client of a connect message has it open from now on: so the OCB has to be ready. */
QMSG_API int resmgr_open_bind(resmgr_context_t *ctp, void *ocb, const resmgr_io_funcs_t *io)
{
	struct binding b = {
		.key = key_of(ctp),
		.id = ctp->id,
		.ioflag = ioflag_of(ctp),
		.ocb = ocb,
		.io = io,
	};
	struct link link;

	if (!io) {
		if (!link_find(ctp->dpp, ctp->id, &link))
			return success(EINVAL);
		b.io = link.io;
	}
	return success(binding_add(ctp->dpp, &b));
}

QMSG_API int resmgr_unbind(resmgr_context_t *ctp)
{
	struct binding *b = binding_take(ctp->dpp, key_of(ctp));

	if (!b)
		return success(EINVAL);
	binding_put(ctp, b);
	return 0;
}
