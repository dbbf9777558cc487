// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chained servers: customer -> shop -> factory. The shop is a client itself
 * while its customer waits; an error of the factory is handed on, and so is
 * the end of the factory.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>

struct order {
	uint16_t type;
	uint16_t hops;
	int32_t amount;
	char item[24];
};
enum { ORDER = 1, CLOSE };

struct station {
	const char *name;
	int chid;
	int next;		/* coid of the station behind, -1: none */
	pthread_t tid;
	int handled;
};

static int work(struct order *o)
{
	if (o->amount > 100)
		return ENOMEM;
	if (strcmp(o->item, "poison") == 0)
		return EPERM;
	o->amount *= 3;
	return EOK;
}

static void *station(void *arg)
{
	struct station *s = arg;
	struct order o;
	long status;
	int rcvid, err;

	for (;;) {
		rcvid = MsgReceive(s->chid, &o, sizeof(o), NULL);
		if (rcvid == -1) {
			fprintf(stderr, "%s: %s\n", s->name, strerror(errno));
			exit(EXIT_FAILURE);
		}
		s->handled++;
		if (o.type == CLOSE) {
			MsgReply(rcvid, EOK, NULL, 0);
			ChannelDestroy(s->chid);
			return NULL;
		}
		o.hops++;
		if (s->next == -1) {
			err = work(&o);
			status = 1;
		} else {
			status = MsgSend_r(s->next, &o, sizeof(o), &o, sizeof(o));
			err = status < 0 ? -status : EOK;
			status++;
		}
		if (err != EOK)
			MsgError(rcvid, err);
		else
			MsgReply(rcvid, status, &o, sizeof(o));
	}
}

static int connect_to(struct station *s)
{
	int coid = ConnectAttach_r(0, 0, s->chid, _NTO_SIDE_CHANNEL, 0);

	if (coid < 0) {
		fprintf(stderr, "%s: %s\n", s->name, strerror(-coid));
		exit(EXIT_FAILURE);
	}
	return coid;
}

static void open_station(struct station *s, const char *name, int next)
{
	s->name = name;
	s->next = next;
	s->chid = ChannelCreate_r(0);
	if (s->chid < 0) {
		fprintf(stderr, "%s: %s\n", name, strerror(-s->chid));
		exit(EXIT_FAILURE);
	}
	pthread_create(&s->tid, NULL, station, s);
}

static int buy(int coid, const char *item, int amount, struct order *o)
{
	memset(o, 0, sizeof(*o));
	o->type = ORDER;
	o->amount = amount;
	strlcpy(o->item, item, sizeof(o->item));
	return MsgSend_r(coid, o, sizeof(*o), o, sizeof(*o));
}

int main(void)
{
	struct station factory, wholesale, shop;
	struct order o;
	int shop_coid, factory_coid, r, bad = 0;

	memset(&factory, 0, sizeof(factory));
	memset(&wholesale, 0, sizeof(wholesale));
	memset(&shop, 0, sizeof(shop));
	open_station(&factory, "factory", -1);
	open_station(&wholesale, "wholesale", connect_to(&factory));
	open_station(&shop, "shop", connect_to(&wholesale));
	shop_coid = connect_to(&shop);
	factory_coid = connect_to(&factory);

	errno = 0;
	r = buy(shop_coid, "bolts", 14, &o);
	if (r != 3 || o.amount != 42 || o.hops != 3) {
		fprintf(stderr, "bolts: %d, amount %d, hops %d\n", r, o.amount, o.hops);
		bad++;
	}
	r = buy(shop_coid, "bolts", 101, &o);
	if (r != -ENOMEM) {
		fprintf(stderr, "too many bolts: %d\n", r);
		bad++;
	}
	r = buy(shop_coid, "poison", 1, &o);
	if (r != -EPERM) {
		fprintf(stderr, "poison: %d\n", r);
		bad++;
	}
	/* the factory closes: EBADF for the wholesaler, and for us */
	o.type = CLOSE;
	if (MsgSend_r(factory_coid, &o, sizeof(o), NULL, 0) != EOK) {
		fprintf(stderr, "factory does not close\n");
		bad++;
	}
	pthread_join(factory.tid, NULL);
	r = buy(shop_coid, "bolts", 14, &o);
	if (r != -EBADF) {
		fprintf(stderr, "after the factory has closed: %d\n", r);
		bad++;
	}
	if (errno != 0) {
		fprintf(stderr, "an _r call has touched errno (%d)\n", errno);
		bad++;
	}
	o.type = CLOSE;
	MsgSend(wholesale.next == -1 ? -1 : shop.next, &o, sizeof(o), NULL, 0);
	MsgSend(shop_coid, &o, sizeof(o), NULL, 0);
	pthread_join(wholesale.tid, NULL);
	pthread_join(shop.tid, NULL);
	if (factory.handled != 4 || wholesale.handled != 5 || shop.handled != 5) {
		fprintf(stderr, "handled %d %d %d\n", factory.handled, wholesale.handled, shop.handled);
		bad++;
	}
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
