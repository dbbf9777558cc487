// SPDX-License-Identifier: GPL-2.0-only
/* A thread that sends. */
#include "qmsg_test.h"

static void run_send(struct worker *w)
{
	struct client *c = (struct client *)w;

	c->ret = qmsg_msg_send_with(w->peer->q, &c->args);
}

struct client *client_new(struct peer *p, int coid)
{
	struct client *c = shared_alloc(sizeof(*c));

	c->w.peer = p;
	c->w.run = run_send;
	strcpy(c->message, "ping");
	memset(c->reply, CLIENT_FILL, sizeof(c->reply));
	c->args = send_args(coid, c->message, strlen(c->message) + 1, c->reply, sizeof(c->reply));
	return c;
}

void client_free(struct client *c)
{
	if (!worker_stop(&c->w))
		shared_free(c, sizeof(*c));
}

int client_send(struct client *c)
{
	return worker_go(&c->w);
}

int client_send_in_leader(struct client *c)
{
	return worker_go_in_leader(&c->w);
}

int client_wait(struct client *c)
{
	return worker_wait(&c->w);
}

bool client_done(struct client *c)
{
	return worker_is_done(&c->w);
}

int client_signal(struct client *c, int sig)
{
	return worker_signal(&c->w, sig);
}

int64_t client_result(const struct client *c)
{
	if (c->ret)
		return c->ret;
	return c->args.out_error ? -c->args.out_error : c->args.out_status;
}

int wait_for_client(struct client *c, const char *state)
{
	return wait_for_request_state(c->w.peer->pid, c->w.peer->q, c->w.tid, state);
}

struct client *client_connect(struct peer *p, pid_t pid, int chid)
{
	int coid = peer_attach(p, pid, chid, QMSG_SIDE_CHANNEL, 0);

	return coid < 0 ? NULL : client_new(p, coid);
}

struct client *client_blocked(struct peer *p, pid_t pid, int chid)
{
	struct client *c = client_connect(p, pid, chid);

	if (!c || client_send(c) || wait_for_client(c, "SEND"))
		return NULL;
	return c;
}

int64_t client_send_received(struct client *c, int q, int chid, struct qmsg_msg_info *info)
{
	char buf[CLIENT_BYTES];
	int err = client_send(c);

	return err ?: receive_soon(q, chid, buf, sizeof(buf), info);
}
