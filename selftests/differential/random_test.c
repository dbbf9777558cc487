// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random programs against the reference model (hazard K12): many threads of several processes
 * send, answer, ask, detach, fork, are signalled, time out and are killed; then there has to be
 * an order of the rules' steps that explains everything that anybody was told.
 *
 * What cannot be explained is made smaller, and printed with the number it follows from. Again:
 *
 *	make check KVER=6.12 TESTS=differential/random ARGS="seed=1234abcd"
 */
#include "kselftest_harness.h"

#include "bench.h"
#include "messages_play.h"
#include "messages_program.h"

FIXTURE(random) {
	struct bench b;
};

FIXTURE_VARIANT(random) {
	unsigned int rcvid_bits;
};

FIXTURE_VARIANT_ADD(random, wide_ids) { .rcvid_bits = 63 };
FIXTURE_VARIANT_ADD(random, narrow_ids) { .rcvid_bits = 8 };

FIXTURE_SETUP(random)
{
	self->b.s = shared_alloc(sizeof(*self->b.s));
	self->b.program_from = messages_from;
	self->b.q = qmsg_open();
	ASSERT_LE(0, self->b.q);
	ASSERT_EQ(0, qmsg_setup(self->b.q, variant->rcvid_bits));
	race_begin("random");
}

FIXTURE_TEARDOWN(random)
{
	race_end();
	qmsg_close(self->b.q);
}

TEST_F_TIMEOUT(random, programs_are_explained_by_the_model, RACE_TIMEOUT)
{
	EXPECT_TRUE(bench_run(&self->b));
}

int main(int argc, char **argv)
{
	return bench_main(argc, argv);
}
