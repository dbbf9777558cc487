// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../hazards/injection.h"
#include "stage.h"

#define EVERYBODY	((1U << ACTORS) - 1)
#define POLL_NS		1000000
/* Nothing has happened for so long: all that is left waits. */
#define QUIET_POLLS	25
#define QUIET_MAX	2000

struct param params[PARAMS] = {
	{ .name = "window_min" }, { .name = "spin_us" },
	{ .name = "user_channels" }, { .name = "user_connections" },
	{ .name = "user_requests" }, { .name = "user_receivers" },
	{ .name = "user_pulses" }, { .name = "user_names" }, { .name = "user_bytes" },
};

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
}

static void handled(int sig)
{
	(void)sig;
}

static void *thread(void *p)
{
	struct actor *a = p;
	struct stage *s = a->stage;

	a->fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	s->tids[a->number] = syscall(SYS_gettid);
	while (!s->pids[0] || !s->pids[1])
		sched_yield();
	act(a);
	return NULL;
}

/* One of the two processes; it has a context, and another for what only a new one can do. */
static void process(struct stage *s, int number)
{
	struct actor actors[2] = { { .stage = s, .number = 2 * number } };
	pthread_t other;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGUSR1, handled);
	actors[0].q[0] = open("/dev/qmsg", O_RDWR | O_CLOEXEC);
	actors[0].q[1] = open("/dev/qmsg", O_RDWR | O_CLOEXEC);
	memory_make(&actors[0].memory);
	actors[1] = actors[0];
	actors[1].number++;
	if (pthread_create(&other, NULL, thread, &actors[1]))
		_exit(1);
	thread(&actors[0]);
	pthread_join(other, NULL);
	_exit(0);
}

/* All is done, or all that is left waits for something that will not come. */
static void wait_for_quiet(struct stage *s)
{
	uint32_t steps = s->steps;
	int quiet = 0;

	for (int n = 0; n < QUIET_MAX && quiet < QUIET_POLLS && s->ended != EVERYBODY; n++) {
		nap();
		quiet = s->steps == steps ? quiet + 1 : 0;
		steps = s->steps;
	}
}

/* What programs change is put back after each of them. Killed clients do not keep us long. */
static void set_params(void)
{
	write_param("kill_grace_ms", 5);
	write_param("kill_grace_max_ms", 30);
	for (size_t i = 0; i < PARAMS; i++) {
		params[i].value = read_param(params[i].name);
		/* now, so that restore_params() knows it */
		write_param(params[i].name, params[i].value);
	}
}

static void put_params_back(void)
{
	for (size_t i = 0; i < PARAMS; i++)
		write_param(params[i].name, params[i].value);
}

int stage_open(struct stage **stage)
{
	struct stage *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		return -errno;
	set_params();
	injection_open();	/* if there is any */
	*stage = s;
	return 0;
}

void stage_close(struct stage *s)
{
	restore_params();
	munmap(s, sizeof(*s));
}

static void clear(struct stage *s, const struct program *p)
{
	memset(s, 0, sizeof(*s));
	s->program = *p;
	s->foreign = open("/dev/qmsg", O_RDWR);
}

int stage_run(struct stage *s, const struct program *p)
{
	int err = 0;
	pid_t pid;

	clear(s, p);
	for (int i = 0; i < 2; i++) {
		pid = fork();
		if (!pid)
			process(s, i);
		s->pids[i] = pid;
	}
	wait_for_quiet(s);
	for (int i = 0; i < 2; i++)
		if (s->pids[i] > 0)
			kill(s->pids[i], SIGKILL);
	for (int i = 0; i < 2; i++)
		err = reap(s->pids[i], NULL) ?: err;
	close(s->foreign);
	if (s->params_changed)
		put_params_back();
	return err;
}
