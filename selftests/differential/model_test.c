// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the model see what it is there for? Histories as a broken module would have made them,
 * beside their sound twins (hazard K12); it needs no module.
 */
#include "kselftest_harness.h"

#include "pen.h"

/* ---- P1: a reply reaches the request it was written for, or nobody ---- */

static struct pen *late_reply(int ret, int64_t second_gets)
{
	struct pen *w = new_pen(0);
	struct op *first, *second, *received;

	attach(w, CLIENT);
	first = send(w, CLIENT, 10, 0);
	received = receive(w, first, 77);
	signal_to(w, CLIENT);
	left(w, first, EINTR, false);
	second = send(w, CLIENT, 11, 0);
	receive(w, second, 78);
	answer(w, received, 500, ret);
	if (second_gets == 501)
		answer(w, &w->h.op[w->h.n - 2], 501, 0);
	answered(w, second, second_gets);
	return w;
}

TEST(a_late_reply_reaches_nobody)
{
	SOUND(late_reply(-ESRCH, 501));
	BROKEN(late_reply(0, 501));
	BROKEN(late_reply(0, 500));
	BROKEN(late_reply(-ESRCH, 500));
}

TEST(an_answer_is_given_once)
{
	struct pen *w = new_pen(0);
	struct op *sent, *received;

	attach(w, CLIENT);
	sent = send(w, CLIENT, 10, 0);
	received = receive(w, sent, 77);
	answer(w, received, 500, 0);
	answer(w, received, 501, -ESRCH);
	answered(w, sent, 500);
	SOUND(w);
	sent->got = 501;
	BROKEN(w);
	sent->got = 500;
	w->h.op[w->h.n - 1].ret = 0;
	BROKEN(w);
}

/* ---- P2: told once, held until answered ---- */

/* So many unblock pulses, and then nothing but the answer. */
static struct pen *told_and_answered(struct pen *w, struct op *sent, struct op *received,
				     int pulses)
{
	while (pulses--)
		receive_pulse(w, QMSG_PULSE_CODE_UNBLOCK, 77, 1);
	receive_nothing(w);
	answer(w, received, 500, 0);
	answered(w, sent, 500);
	return w;
}

static struct pen *asked(unsigned int pulses, bool info_knows)
{
	struct pen *w = new_pen(QMSG_CHF_UNBLOCK);
	struct op *sent, *received;

	attach(w, CLIENT);
	sent = send(w, CLIENT, 10, 0);
	received = receive(w, sent, 77);
	signal_to(w, CLIENT);
	if (info_knows)
		info(w, received, QMSG_MI_UNBLOCK_REQ, QMSG_UNBLOCK_SIGNAL);
	return told_and_answered(w, sent, received, pulses);
}

TEST(the_server_is_told_once)
{
	SOUND(asked(1, true));
	/* The signal may have come later. */
	SOUND(asked(0, false));
	BROKEN(asked(0, true));
	BROKEN(asked(2, true));
	BROKEN(asked(2, false));
}

TEST(nobody_asks_without_a_reason)
{
	struct pen *w = new_pen(QMSG_CHF_UNBLOCK);
	struct op *sent, *received;

	attach(w, CLIENT);
	sent = send(w, CLIENT, 10, 0);
	received = receive(w, sent, 77);
	info(w, received, QMSG_MI_UNBLOCK_REQ, QMSG_UNBLOCK_SIGNAL);
	BROKEN(w);
}

TEST(a_received_client_is_held)
{
	struct pen *w = new_pen(QMSG_CHF_UNBLOCK);
	struct op *sent;

	attach(w, CLIENT);
	sent = send(w, CLIENT, 10, 0);
	receive(w, sent, 77);
	signal_to(w, CLIENT);
	left(w, sent, EINTR, false);
	BROKEN(w);
	w->h.flags = 0;
	SOUND(w);
	/* What it is told of the delivery is true. */
	sent->undelivered = true;
	BROKEN(w);
}

TEST(a_withdrawn_pulse_is_not_seen)
{
	struct pen *w = new_pen(QMSG_CHF_UNBLOCK);
	struct op *sent, *received;

	attach(w, CLIENT);
	sent = send(w, CLIENT, 10, 0);
	received = receive(w, sent, 77);
	signal_to(w, CLIENT);
	answer(w, received, 500, 0);
	receive_pulse(w, QMSG_PULSE_CODE_UNBLOCK, 77, 1);
	answered(w, sent, 500);
	BROKEN(w);
}

/* First for its deadline, then, perhaps, for a signal. */
static struct pen *two_reasons(bool signalled, unsigned int pulses, uint32_t reasons)
{
	struct pen *w = new_pen(QMSG_CHF_UNBLOCK);
	struct op *sent, *received;

	attach(w, CLIENT);
	sent = send(w, CLIENT, 10, 0);
	sent->reply_deadline = true;
	received = receive(w, sent, 77);
	info(w, received, QMSG_MI_UNBLOCK_REQ, QMSG_UNBLOCK_TIMEOUT);
	receive_pulse(w, QMSG_PULSE_CODE_UNBLOCK, 77, 1);
	if (signalled)
		signal_to(w, CLIENT);
	info(w, received, QMSG_MI_UNBLOCK_REQ, reasons);
	return told_and_answered(w, sent, received, pulses - 1);
}

TEST(a_second_reason_is_no_second_pulse)
{
	const uint32_t both = QMSG_UNBLOCK_TIMEOUT | QMSG_UNBLOCK_SIGNAL;

	SOUND(two_reasons(true, 1, both));
	BROKEN(two_reasons(true, 2, both));
	BROKEN(two_reasons(false, 1, both));
	BROKEN(two_reasons(true, 1, QMSG_UNBLOCK_SIGNAL));
	/* The signal may have come later. */
	SOUND(two_reasons(true, 1, QMSG_UNBLOCK_TIMEOUT));
	BROKEN(two_reasons(true, 2, QMSG_UNBLOCK_TIMEOUT));
}

/* Those that must have come by now: of a detach that is over, and of a kill. */
static struct pen *later_reason(enum op_type how, uint32_t reasons)
{
	struct pen *w = new_pen(QMSG_CHF_UNBLOCK);
	struct op *received, *op;
	uint32_t flags = QMSG_MI_UNBLOCK_REQ;

	attach(w, CLIENT);
	received = receive(w, send(w, CLIENT, 10, 0), 77);
	signal_to(w, CLIENT);
	info(w, received, flags, QMSG_UNBLOCK_SIGNAL);
	if (how == OP_KILL) {
		exits(w, OP_KILL, 1);
		flags |= QMSG_MI_CLIENT_GONE;
	} else {
		op = begin(w, CLIENT + 1, OP_DETACH);
		op->coid = COID;
		end(w, op, 0);
	}
	info(w, received, flags, reasons);
	return w;
}

TEST(no_reason_is_lost)
{
	SOUND(later_reason(OP_KILL, QMSG_UNBLOCK_SIGNAL | QMSG_UNBLOCK_KILL));
	BROKEN(later_reason(OP_KILL, QMSG_UNBLOCK_SIGNAL));
	SOUND(later_reason(OP_DETACH, QMSG_UNBLOCK_SIGNAL | QMSG_UNBLOCK_DETACH));
	BROKEN(later_reason(OP_DETACH, QMSG_UNBLOCK_SIGNAL));
}

/* ---- conditions of an answer ---- */

static struct pen *condition(enum how how, bool has_asked, int ret)
{
	struct pen *w = new_pen(QMSG_CHF_UNBLOCK);
	struct op *sent, *received;

	attach(w, CLIENT);
	sent = send(w, CLIENT, 10, 0);
	received = receive(w, sent, 77);
	if (has_asked) {
		signal_to(w, CLIENT);
		info(w, received, QMSG_MI_UNBLOCK_REQ, QMSG_UNBLOCK_SIGNAL);
	}
	answer(w, received, 500, ret)->how = how;
	if (ret)
		answer(w, received, 500, 0);
	answered(w, sent, 500);
	return w;
}

TEST(an_answer_is_given_only_if_its_condition_holds)
{
	SOUND(condition(BY_REPLY_IF_ASKED, true, 0));
	BROKEN(condition(BY_REPLY_IF_ASKED, false, 0));
	SOUND(condition(BY_REPLY_IF_ASKED, false, -ECANCELED));
	BROKEN(condition(BY_REPLY_IF_ASKED, true, -ECANCELED));
	SOUND(condition(BY_REPLY_IF_NOT_ASKED, false, 0));
	BROKEN(condition(BY_REPLY_IF_NOT_ASKED, true, 0));
	SOUND(condition(BY_REPLY_IF_NOT_ASKED, true, -ECANCELED));
	BROKEN(condition(BY_REPLY_IF_NOT_ASKED, false, -ECANCELED));
}

/* ---- the order of the queue ---- */

static struct pen *two_in_the_queue(int first, int second, bool second_comes_first)
{
	struct pen *w = new_pen(0);
	struct op *a, *b;

	attach(w, CLIENT);
	a = pulse(w, 1, first, 0);
	b = pulse(w, 2, second, 0);
	if (second_comes_first) {
		receive_pulse(w, 1, b->value, 1);
		receive_pulse(w, 1, a->value, 1);
	} else {
		receive_pulse(w, 1, a->value, 1);
		receive_pulse(w, 1, b->value, 1);
	}
	return w;
}

TEST(priority_comes_first_then_age)
{
	SOUND(two_in_the_queue(1, 2, true));
	BROKEN(two_in_the_queue(1, 2, false));
	SOUND(two_in_the_queue(2, 1, false));
	BROKEN(two_in_the_queue(2, 1, true));
	SOUND(two_in_the_queue(3, 3, false));
	BROKEN(two_in_the_queue(3, 3, true));
}

TEST(no_pulse_is_lost_or_comes_twice)
{
	struct pen *w = new_pen(0);

	attach(w, CLIENT);
	pulse(w, 1, 1, 0);
	receive_nothing(w);
	BROKEN(w);
	w = two_in_the_queue(1, 1, false);
	receive_pulse(w, 1, 2, 1);
	BROKEN(w);
}

TEST(a_full_pool_says_so)
{
	struct pen *w = new_pen(0);

	attach(w, CLIENT);
	for (int i = 0; i < 4; i++)
		pulse(w, i, 1, 0);
	pulse(w, 4, 1, -EAGAIN);
	SOUND(w);
	w->h.op[w->h.n - 1].ret = 0;
	BROKEN(w);
	w->h.op[w->h.n - 1].ret = -EAGAIN;
	w->h.pulse_limit = 5;
	BROKEN(w);
}

/* It is copied out at leisure; others find it gone, and its place taken. */
TEST(a_pulse_in_hand_has_its_place)
{
	struct pen *w = new_pen(0);
	struct op *waits;

	w->h.pulse_limit = 2;
	attach(w, CLIENT);
	waits = begin(w, SERVER2, OP_RECEIVE);
	pulse(w, 1, 1, 0);
	pulse(w, 2, 2, 0);
	pulse(w, 3, 2, -EAGAIN);
	waits->code = 1;
	waits->got = 1;
	waits->scoid = SCOID + 1;
	end(w, waits, 0);
	SOUND(w);
	pulse(w, 4, 2, -EAGAIN);
	BROKEN(w);
}

/* Of a call that never came back it is not known whether it had to wait for room. */
TEST(a_pulse_of_who_is_killed_may_find_room)
{
	struct pen *w = new_pen(0);
	struct op *sent, *kill;

	w->h.pulse_limit = 1;
	attach(w, CLIENT);
	attach(w, OTHER);
	pulse(w, 1, 2, 0);
	sent = begin(w, OTHER, OP_PULSE);
	sent->coid = COID;
	sent->value = 2;
	sent->prio = 2;
	pulse(w, 3, 2, -EAGAIN);
	kill = begin(w, TROUBLE, OP_KILL);
	kill->process = 2;
	receive_pulse(w, 1, 1, 1);
	receive_nothing(w);
	receive_pulse(w, 1, 2, 2);
	end(w, kill, 0);
	SOUND(w);
	/* But once only, and not after its end. */
	receive_pulse(w, 1, 2, 2);
	BROKEN(w);
}

/* ---- ends ---- */

static struct pen *gone(enum op_type how, bool notice)
{
	struct pen *w = new_pen(QMSG_CHF_DISCONNECT | QMSG_CHF_UNBLOCK);
	struct op *sent;

	attach(w, CLIENT);
	attach(w, OTHER);
	sent = send(w, CLIENT, 10, 0);
	answer(w, receive(w, sent, 77), 500, 0);
	answered(w, sent, 500);
	exits(w, how, 1);
	if (notice)
		receive_pulse(w, QMSG_PULSE_CODE_DISCONNECT, 0, 1);
	receive_nothing(w);
	return w;
}

TEST(the_end_of_a_client_is_told)
{
	SOUND(gone(OP_EXIT, true));
	BROKEN(gone(OP_EXIT, false));
	SOUND(gone(OP_KILL, true));
	BROKEN(gone(OP_KILL, false));
}

static struct pen *killed(uint32_t flags, enum how how, int late)
{
	struct pen *w = new_pen(QMSG_CHF_UNBLOCK);
	struct op *sent, *received, *kill;

	attach(w, CLIENT);
	sent = send(w, CLIENT, 10, 0);
	received = receive(w, sent, 77);
	kill = begin(w, TROUBLE, OP_KILL);
	kill->process = 1;
	end(w, kill, 0);
	info(w, received, flags, QMSG_UNBLOCK_KILL);
	answer(w, received, 500, late)->how = how;
	return w;
}

TEST(a_killed_client_leaves_an_orphan)
{
	const uint32_t orphan = QMSG_MI_UNBLOCK_REQ | QMSG_MI_CLIENT_GONE;

	SOUND(killed(orphan, BY_REPLY, -ESRCH));
	BROKEN(killed(orphan, BY_REPLY, 0));
	BROKEN(killed(QMSG_MI_UNBLOCK_REQ, BY_REPLY, -ESRCH));
	/* Conditions are of those who wait. */
	SOUND(killed(orphan, BY_REPLY_IF_ASKED, -ESRCH));
	SOUND(killed(orphan, BY_REPLY_IF_NOT_ASKED, -ESRCH));
	BROKEN(killed(orphan, BY_REPLY_IF_NOT_ASKED, -ECANCELED));
}

TEST(the_end_of_the_channel_is_the_end_of_its_requests)
{
	struct pen *w = new_pen(QMSG_CHF_UNBLOCK);
	struct op *sent;

	attach(w, CLIENT);
	sent = send(w, CLIENT, 10, 0);
	receive(w, sent, 77);
	end(w, begin(w, TROUBLE, OP_DESTROY), 0);
	left(w, sent, ESRCH, false);
	SOUND(w);
	sent->ret = -EINTR;
	BROKEN(w);
}

TEST(another_process_has_no_use_of_a_context)
{
	struct pen *w = new_pen(0);

	attach(w, CLIENT);
	end(w, begin(w, CLIENT, OP_FORK), -EBADF);
	SOUND(w);
	w->h.op[w->h.n - 1].ret = 0;
	BROKEN(w);
}

/* ---- what happens at the same time may have happened in any order ---- */

TEST(overlapping_operations_have_no_order)
{
	struct pen *w = new_pen(0);
	struct op *a, *b;

	attach(w, CLIENT);
	attach(w, OTHER);
	a = send(w, CLIENT, 10, 0);
	b = send(w, OTHER, 11, 0);
	receive(w, b, 77);
	receive(w, a, 78);
	SOUND(w);
}

TEST(a_receive_that_looks_in_vain_hides_what_it_looks_at)
{
	struct pen *w = new_pen(0);
	struct op *sent, *vain;

	attach(w, CLIENT);
	sent = send(w, CLIENT, 10, 0);
	signal_to(w, CLIENT);
	vain = begin(w, SERVER2, OP_RECEIVE);
	receive_nothing(w);
	left(w, sent, EINTR, true);
	end(w, vain, -ETIMEDOUT);
	SOUND(w);
}

TEST(the_first_that_is_wrong_is_named)
{
	struct pen *w = two_in_the_queue(1, 2, false);

	receive_nothing(w);
	ASSERT_EQ(UNEXPLAINED, explain(&search, &w->h));
	EXPECT_EQ(3, first_unexplained(&search, &w->h));
}

/* Until the channel has begun to end the end of a client is told, also if that is not known yet. */
TEST(disconnect_before_the_channel_ends)
{
	struct pen *w = new_pen(QMSG_CHF_DISCONNECT);
	struct op *ends, *exits, *received;

	attach(w, CLIENT);
	ends = begin(w, TROUBLE, OP_DESTROY);
	received = begin(w, SERVER, OP_RECEIVE);
	exits = begin(w, SERVER2, OP_EXIT);
	exits->process = 1;
	end(w, begin(w, OTHER, OP_ATTACH), -ESRCH);
	received->code = QMSG_PULSE_CODE_DISCONNECT;
	received->scoid = SCOID;
	end(w, received, 0);
	end(w, exits, 0);
	end(w, ends, 0);
	SOUND(w);
}

TEST_HARNESS_MAIN
