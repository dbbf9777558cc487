// SPDX-License-Identifier: GPL-2.0-only
/*
 * The books of act 3 are closed here: clients' accounts against the server's tally.
 */
#include "demo.h"
#include "load.h"

static unsigned long over(unsigned long a, unsigned long b)
{
	return a > b ? a - b : 0;
}

unsigned long load_outcomes(const struct load *load)
{
	const struct load_account *account = &load->account[0][0];
	unsigned long sum = 0;

	for (int i = 0; i < LOAD_LIVES * LOAD_THREADS; i++, account++)
		sum += account->answered + account->aborted + account->left + account->wrong;
	return sum;
}

static void sum_accounts(const struct load *load, struct load_result *result)
{
	const struct load_account *account = &load->account[0][0];

	for (int i = 0; i < LOAD_LIVES * LOAD_THREADS; i++, account++) {
		result->answered += account->answered;
		result->aborted += account->aborted;
		result->left += account->left;
		result->wrong += account->wrong;
	}
}

/* Threads that were busy at the end of their life, or (@alive) still are. */
static unsigned long busy(const struct load *load, bool alive)
{
	unsigned long threads = 0;

	for (int life = 0; life < LOAD_LIVES; life++)
		for (int i = 0; i < LOAD_THREADS; i++)
			threads += load->account[life][i].busy && load->over[life] != alive;
	return threads;
}

static unsigned long wrong_user_pulses(const struct load *load, const struct load_tally *tally)
{
	unsigned long wrong = 0;

	for (int life = 0; life < LOAD_LIVES; life++) {
		unsigned long begun = 0, sent = 0;

		for (int i = 0; i < LOAD_THREADS; i++) {
			begun += load->account[life][i].pulses_begun;
			sent += load->account[life][i].pulses_sent;
		}
		wrong += over(sent, tally->pulses[life]) + over(tally->pulses[life], begun);
	}
	return wrong;
}

/* Whoever was killed cannot say what became of its request, but nobody else may owe one. */
static void settle(const struct load *load, struct load_result *result)
{
	unsigned long taken = load->taken < load->requests ? load->taken : load->requests;
	unsigned long open = over(taken, load_outcomes(load));
	unsigned long killed_busy = busy(load, false);

	result->cut_off = open < killed_busy ? open : killed_busy;
	result->hangs = over(open, result->cut_off);
	if (busy(load, true) > result->hangs)
		result->hangs = busy(load, true);
}

bool load_result(const struct load *load, const struct load_tally *tally,
		 struct load_result *result)
{
	*result = (struct load_result){ 0 };
	sum_accounts(load, result);
	settle(load, result);
	result->orphans = over(tally->received, tally->answered);
	result->stale = over(tally->refused, result->orphans);
	/* An answer that nobody gave is a wrong one, too. */
	result->wrong += tally->accepted_late +
			 over(result->answered + result->aborted, tally->answered);
	result->lost = tally->lost + wrong_user_pulses(load, tally) +
		       over(load->lives, tally->disconnects) +
		       over(tally->disconnects, load->lives) + server_doubled_pulses();
	result->faults = tally->faults + load->failures;
	return !result->wrong && !result->lost && !result->hangs && !result->faults;
}
