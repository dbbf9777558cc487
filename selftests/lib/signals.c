// SPDX-License-Identifier: GPL-2.0-only
/* Dispositions in a peer; the handler counts for its process and for its thread. */
#include "qmsg_test.h"
#include "peer_signals.h"

__thread struct worker *current_worker;

struct disposition {
	int sig;
	int flags;
	void (*handler)(int sig);
};

static void count_signal(int sig)
{
	struct peer *p = current_peer();

	if (p)
		atomic_fetch_add(&p->handled, 1);
	if (current_worker) {
		current_worker->last_signal = sig;
		atomic_fetch_add(&current_worker->handled, 1);
	}
}

static int64_t do_disposition(void *arg)
{
	struct disposition *d = arg;
	struct sigaction sa = { .sa_handler = d->handler, .sa_flags = d->flags };

	return sigaction(d->sig, &sa, NULL) ? -errno : 0;
}

static int set_disposition(struct peer *p, int sig, int flags, void (*handler)(int))
{
	struct disposition *d = shared_alloc(sizeof(*d));
	int err;

	*d = (struct disposition){ sig, flags, handler };
	err = peer_call(p, do_disposition, d);
	shared_free(d, sizeof(*d));
	return err;
}

int peer_handle(struct peer *p, int sig, int sa_flags)
{
	return set_disposition(p, sig, sa_flags, count_signal);
}

int peer_ignore(struct peer *p, int sig)
{
	return set_disposition(p, sig, 0, SIG_IGN);
}

int peer_default(struct peer *p, int sig)
{
	return set_disposition(p, sig, 0, SIG_DFL);
}
