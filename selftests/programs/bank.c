// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <stdint.h>
#include <pthread.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

/*
 * Bank: accounts live in one server thread, tellers are threads. Message
 * types start behind _IO_MAX as the documentation wants it.
 */
#define BANK_OPEN	(_IO_MAX + 1)
#define BANK_DEPOSIT	(_IO_MAX + 2)
#define BANK_WITHDRAW	(_IO_MAX + 3)
#define BANK_TRANSFER	(_IO_MAX + 4)
#define BANK_BALANCE	(_IO_MAX + 5)
#define BANK_CLOSE	(_IO_MAX + 6)

#define ACCOUNTS	4
#define TELLERS		4
#define ROUNDS		50
#define START_BALANCE	1000

typedef struct {
	uint16_t type;
	uint16_t reserved;
	int32_t from;
	int32_t to;
	int32_t amount;
} transfer_t;

typedef struct {
	uint16_t type;
	uint16_t reserved;
	int32_t account;
	int32_t amount;
} account_t;

typedef union {
	uint16_t type;
	struct _pulse pulse;
	transfer_t transfer;
	account_t account;
} bank_msg_t;

struct {
	int open;
	int balance;
} accounts[ACCOUNTS];

int chid;

int do_account(int rcvid, account_t *m, struct _msg_info *info)
{
	if (info->msglen < (int)sizeof(*m))
		return EBADMSG;
	if (m->account < 0 || m->account >= ACCOUNTS)
		return ENOENT;
	if (m->type == BANK_OPEN) {
		if (accounts[m->account].open)
			return EEXIST;
		accounts[m->account].open = 1;
		accounts[m->account].balance = m->amount;
		MsgReply(rcvid, EOK, NULL, 0);
		return EOK;
	}
	if (!accounts[m->account].open)
		return ENOENT;
	if (m->type == BANK_WITHDRAW) {
		if (accounts[m->account].balance < m->amount)
			return ERANGE;
		accounts[m->account].balance -= m->amount;
	}
	if (m->type == BANK_DEPOSIT)
		accounts[m->account].balance += m->amount;
	MsgReply(rcvid, accounts[m->account].balance, NULL, 0);
	return EOK;
}

int do_transfer(int rcvid, transfer_t *m)
{
	if (m->from < 0 || m->from >= ACCOUNTS || m->to < 0 || m->to >= ACCOUNTS)
		return ENOENT;
	if (accounts[m->from].balance < m->amount)
		return ERANGE;
	accounts[m->from].balance -= m->amount;
	accounts[m->to].balance += m->amount;
	MsgReply(rcvid, EOK, &accounts[m->from].balance, sizeof(int));
	return EOK;
}

void *bank(void *arg)
{
	struct _msg_info info;
	bank_msg_t msg;
	int rcvid, err;

	for (;;) {
		rcvid = MsgReceive(chid, &msg, sizeof(msg), &info);
		if (rcvid == -1)
			break;
		if (rcvid == 0)
			continue;
		switch (msg.type) {
		case BANK_OPEN: case BANK_DEPOSIT: case BANK_WITHDRAW: case BANK_BALANCE:
			err = do_account(rcvid, &msg.account, &info);
			break;
		case BANK_TRANSFER:
			err = do_transfer(rcvid, &msg.transfer);
			break;
		case BANK_CLOSE:
			MsgReply(rcvid, EOK, NULL, 0);
			return NULL;
		default:
			err = ENOSYS;
		}
		if (err != EOK)
			MsgError(rcvid, err);
	}
	perror("MsgReceive");
	exit(1);
}

int account_call(int coid, int type, int account, int amount)
{
	account_t m;

	memset(&m, 0, sizeof(m));
	m.type = type;
	m.account = account;
	m.amount = amount;
	return MsgSend(coid, &m, sizeof(m), NULL, 0);
}

void *teller(void *arg)
{
	long me = (long)arg;
	unsigned seed = me + 1;
	int coid = ConnectAttach(ND_LOCAL_NODE, getpid(), chid, _NTO_SIDE_CHANNEL, 0);
	long failed = 0;
	transfer_t t;
	int left, i;

	for (i = 0; i < ROUNDS; i++) {
		t.type = BANK_TRANSFER;
		t.from = rand_r(&seed) % ACCOUNTS;
		t.to = rand_r(&seed) % ACCOUNTS;
		t.amount = rand_r(&seed) % 700;
		left = -1;
		if (MsgSend(coid, &t, sizeof(t), &left, sizeof(left)) == -1) {
			if (errno != ERANGE) {
				fprintf(stderr, "transfer: %s\n", strerror(errno));
				exit(1);
			}
		} else if (left < 0) {
			failed++;
		}
	}
	ConnectDetach(coid);
	return (void *)failed;
}

#define EXPECT(call, ret, err) do { \
	errno = 0; \
	int r_ = (call); \
	if (r_ != (ret) || (r_ == -1 && errno != (err))) { \
		fprintf(stderr, "%s: %d (errno %d)\n", #call, r_, errno); \
		exit(1); \
	} } while (0)

int main(void)
{
	pthread_t server, tellers[TELLERS];
	uint16_t type;
	void *failed;
	int coid, sum = 0;
	long i;

	chid = ChannelCreate(0);
	coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&server, NULL, bank, NULL);

	for (i = 0; i < ACCOUNTS; i++)
		EXPECT(account_call(coid, BANK_OPEN, i, START_BALANCE), 0, 0);
	EXPECT(account_call(coid, BANK_OPEN, 0, 1), -1, EEXIST);
	EXPECT(account_call(coid, BANK_OPEN, ACCOUNTS, 1), -1, ENOENT);
	EXPECT(account_call(coid, BANK_DEPOSIT, 0, 50), START_BALANCE + 50, 0);
	EXPECT(account_call(coid, BANK_WITHDRAW, 0, 50), START_BALANCE, 0);
	EXPECT(account_call(coid, BANK_WITHDRAW, 0, 5000), -1, ERANGE);
	EXPECT(account_call(coid, _IO_MAX + 99, 0, 5000), -1, ENOSYS);
	type = BANK_BALANCE;
	EXPECT(MsgSend(coid, &type, sizeof(type), NULL, 0), -1, EBADMSG);

	for (i = 0; i < TELLERS; i++)
		pthread_create(&tellers[i], NULL, teller, (void *)i);
	for (i = 0; i < TELLERS; i++) {
		pthread_join(tellers[i], &failed);
		if (failed) {
			fprintf(stderr, "teller %ld: %ld replies without data\n", i, (long)failed);
			return 1;
		}
	}
	for (i = 0; i < ACCOUNTS; i++) {
		int b = account_call(coid, BANK_BALANCE, i, 0);

		printf("account %ld: %d\n", i, b);
		sum += b;
	}
	if (sum != ACCOUNTS * START_BALANCE) {
		fprintf(stderr, "money was made: %d\n", sum);
		return 1;
	}
	EXPECT(account_call(coid, BANK_CLOSE, 0, 0), 0, 0);
	pthread_join(server, NULL);
	ConnectDetach(coid);
	ChannelDestroy(chid);
	return 0;
}
