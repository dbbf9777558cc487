// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client process: threads that send numbered requests and now and then want to be
 * gone from them, by a signal, by a deadline, or because they are killed.
 */
#include "demo.h"
#include "load.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/prctl.h>

#include <qmsg.h>

/* About as long as a request takes when all clients wait for the server's four workers. */
#define HIT_WITHIN_US 8000

enum hit { HIT_NONE, HIT_SIGNAL, HIT_DEADLINE, HIT_KILL };

static struct load *load;
static int life, herd, q, coid;

struct client_thread {
	struct load_account *account;
	uint64_t random;
	timer_t timer;
};

static uint64_t draw(struct client_thread *me)
{
	me->random = load_mix(me->random + 1);
	return me->random;
}

static void interrupted(int sig)
{
	(void)sig;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* A signal to this thread in some microseconds; 0 calls off one that has not come. */
static void set_timer(struct client_thread *me, long us)
{
	struct itimerspec spec = { .it_value.tv_nsec = us * 1000 };

	timer_settime(me->timer, 0, &spec, NULL);
}

static int make_timer(struct client_thread *me)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
		._sigev_un._tid = gettid(),
	};

	return timer_create(CLOCK_MONOTONIC, &event, &me->timer);
}

static bool take_a_kill(void)
{
	unsigned long left = atomic_load(&load->kills_left);

	while (left)
		if (atomic_compare_exchange_weak(&load->kills_left, &left, left - 1))
			return true;
	return false;
}

static enum hit choose_hit(struct client_thread *me)
{
	unsigned long per_kill = load->requests / LOAD_KILLS + 1;
	unsigned int die = draw(me) % 100;

	if (draw(me) % per_kill == 0 && take_a_kill())
		return HIT_KILL;
	if (die < 70)
		return HIT_NONE;
	return die < 85 ? HIT_SIGNAL : HIT_DEADLINE;
}

/* Only who is sure to be hit may be left to wait. A signal can come before the send. */
static enum load_kind choose_kind(struct client_thread *me, enum hit hit)
{
	unsigned int die = draw(me) % 4;

	switch (hit) {
	case HIT_KILL:
		return LOAD_AWAIT;
	case HIT_DEADLINE:
		if (die < 2)
			return LOAD_AWAIT;
		return die == 2 ? LOAD_WORK : LOAD_RACE;
	case HIT_SIGNAL:
		return die < 2 ? LOAD_WORK : LOAD_RACE;
	default:
		return die ? LOAD_QUICK : LOAD_WORK;
	}
}

static void be_hit(struct client_thread *me, enum hit hit, struct qmsg_msg_send *args)
{
	struct herd_note note = { .life = life };

	if (hit == HIT_SIGNAL)
		set_timer(me, 1 + draw(me) % HIT_WITHIN_US);
	if (hit == HIT_DEADLINE)
		args->reply_deadline = now_ns() + draw(me) % HIT_WITHIN_US * 1000;
	if (hit == HIT_KILL && write(herd, &note, sizeof(note)) != sizeof(note))
		count(&load->failures);
}

static bool may_end_with(enum hit hit, int error)
{
	return (error == EINTR && (hit == HIT_SIGNAL || hit == HIT_KILL)) ||
	       (error == ETIMEDOUT && hit == HIT_DEADLINE);
}

static bool is_my_answer(uint64_t number, const struct qmsg_msg_send *args,
			 const struct load_answer *answer)
{
	return args->out_status == (int64_t)number &&
	       args->out_reply_len == sizeof(*answer) &&
	       answer->number == number && answer->check == load_mix(number);
}

static counter *judge(struct client_thread *me, enum hit hit, int result, uint64_t number,
		      const struct qmsg_msg_send *args, const struct load_answer *answer)
{
	struct load_account *account = me->account;

	if (result)
		return may_end_with(hit, -result) ? &account->left : &account->wrong;
	if (args->out_error)
		return may_end_with(hit, args->out_error) ? &account->aborted : &account->wrong;
	return is_my_answer(number, args, answer) ? &account->answered : &account->wrong;
}

static void one_request(struct client_thread *me, uint64_t number)
{
	enum hit hit = choose_hit(me);
	struct load_request request = {
		.number = number,
		.kind = choose_kind(me, hit),
		.life = life,
	};
	struct load_answer answer = { 0 };
	struct qmsg_msg_send args = {
		.coid = coid,
		.send_ptr = (uintptr_t)&request,
		.send_len = sizeof(request),
		.reply_ptr = (uintptr_t)&answer,
		.reply_len = sizeof(answer),
		.send_deadline = QMSG_NO_DEADLINE,
		.reply_deadline = QMSG_NO_DEADLINE,
	};
	int result;

	be_hit(me, hit, &args);
	result = qmsg_msg_send_with(q, &args);
	set_timer(me, 0);
	count(judge(me, hit, result, number, &args, &answer));
}

/* No two are equal, so that none can be merged with its neighbour. */
static void one_pulse(struct load_account *account)
{
	unsigned long sequence = atomic_load(&account->pulses_begun) + 1;
	int result;

	count(&account->pulses_begun);
	result = qmsg_pulse_send(q, coid, QMSG_PRIORITY_SELF, LOAD_PULSE,
				 (uint64_t)life << 32 | sequence);
	if (result == 0)
		count(&account->pulses_sent);
	else if (result != -EAGAIN)
		count(&account->wrong);
}

static bool next_number(struct client_thread *me, uint64_t *number)
{
	atomic_store(&me->account->busy, true);
	*number = atomic_fetch_add(&load->taken, 1);
	return *number < load->requests;
}

static void *client_thread(void *arg)
{
	struct client_thread me = { .account = arg };
	uint64_t number;

	me.random = load_mix(me.account - &load->account[0][0] + 1);
	if (make_timer(&me)) {
		count(&load->failures);
		return NULL;
	}
	while (next_number(&me, &number)) {
		one_request(&me, number);
		atomic_store(&me.account->busy, false);
		if (number % 32 == 0)
			one_pulse(me.account);
	}
	atomic_store(&me.account->busy, false);
	return NULL;
}

static int client_open(pid_t parent)
{
	struct sigaction action = { .sa_handler = interrupted };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return -ESRCH;
	sigaction(SIGUSR1, &action, NULL);
	q = qmsg_open();
	if (q < 0)
		return q;
	coid = qmsg_connect_attach(q, load->server, load->chid, QMSG_SIDE_CHANNEL, 0);
	return coid < 0 ? coid : 0;
}

static void run_threads(struct load_account *accounts)
{
	pthread_t threads[LOAD_THREADS];
	int started = 0;

	while (started < LOAD_THREADS &&
	       !pthread_create(&threads[started], NULL, client_thread, &accounts[started]))
		started++;
	if (started < LOAD_THREADS)
		count(&load->failures);
	while (started)
		pthread_join(threads[--started], NULL);
}

void client_run(struct load *shared, int my_life, int herd_pipe, pid_t parent)
{
	struct herd_note note = { .life = my_life, .finished = 1 };

	load = shared;
	life = my_life;
	herd = herd_pipe;
	if (client_open(parent))
		count(&load->failures);
	else
		run_threads(load->account[life]);
	if (write(herd, &note, sizeof(note)) != sizeof(note))
		_exit(1);
	_exit(0);
}
