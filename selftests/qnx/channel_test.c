// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* Channels with a store of pulses of their own: S3.9, S4.20. */
#include "call.h"

#define CODE	5

static int fill(int coid, int n)
{
	int i, error = 0;

	for (i = 0; i < n && !error; i++)
		error = MsgSendPulse_r(coid, 1, CODE, i);
	return error;
}

/* S4.20: as many as asked for. Whoever sends one more is told; nobody is killed. */
TEST(pool_of_pulses)
{
	struct nto_channel_config config = { .num_pulses = 3 };
	int chid = ChannelCreatePulsePool(_NTO_CHF_DISCONNECT, &config);
	int coid = attach_self(chid);

	ASSERT_NE(-1, chid);
	ASSERT_NE(-1, coid);
	EXPECT_EQ(0, fill(coid, 3));
	EXPECT_PLUS(EAGAIN, MsgSendPulse, coid, 1, CODE, 3);
}

/* S4.20: an event of one's own when it is full. */
TEST(event_of_a_full_pool)
{
	struct nto_channel_config config = { .num_pulses = 2, .options = _NTO_CHO_CUSTOM_EVENT };
	int told = ChannelCreate(0);
	struct _pulse pulse;
	int chid, coid;

	SIGEV_PULSE_INIT(&config.event, attach_self(told), 1, CODE, 99);
	chid = ChannelCreatePulsePool(0, &config);
	ASSERT_NE(-1, chid);
	coid = attach_self(chid);
	EXPECT_EQ(0, fill(coid, 2));
	EXPECT_EQ(-ETIMEDOUT, receive_poll(told, &pulse, sizeof(pulse), NULL));
	EXPECT_PLUS(EAGAIN, MsgSendPulse, coid, 1, CODE, 3);
	ASSERT_EQ(0, receive_limited(told, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(99, pulse.value.sival_int);
}

/* S3.9: the flag alone makes no pool. */
TEST(bad_pools)
{
	struct nto_channel_config config = { .num_pulses = 0 };

	EXPECT_MINUS(EINVAL, ChannelCreate, _NTO_CHF_PULSE_POOL);
	EXPECT_MINUS(EFAULT, ChannelCreatePulsePool, 0, NULL);
	EXPECT_MINUS(EINVAL, ChannelCreatePulsePool, 0, &config);
	config.num_pulses = 1000000;
	EXPECT_MINUS(EINVAL, ChannelCreatePulsePool, 0, &config);
	config.num_pulses = 1;
	config.options = 0x80;
	EXPECT_MINUS(EINVAL, ChannelCreatePulsePool, 0, &config);
	config.options = _NTO_CHO_CUSTOM_EVENT;
	SIGEV_MEMORY_INIT(&config.event, &config, SIGEV_MEM_ADD, 1);
	EXPECT_MINUS(EACCES, ChannelCreatePulsePool, 0, &config);
	EXPECT_MINUS(ENOSYS, ChannelCreatePulsePool, _NTO_CHF_ASYNC, &config);
	EXPECT_EQ(1, ChannelCreate(0));
}

TEST_HARNESS_MAIN
