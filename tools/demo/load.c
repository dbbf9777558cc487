// SPDX-License-Identifier: GPL-2.0-only
/*
 * Act 3: starts server and herd, watches that they get on, prints the table.
 */
#include "demo.h"
#include "load.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#define STALL_SECONDS	30	/* without one request coming to its end */
#define DOTS		50

uint64_t load_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static struct load *new_load(unsigned long requests)
{
	struct load *load = mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (load == MAP_FAILED)
		return NULL;
	load->requests = requests;
	load->server = getpid();
	atomic_store(&load->kills_left, LOAD_KILLS);
	return load;
}

static void draw_progress(const struct load *load, unsigned long done, int *dots)
{
	while (*dots < DOTS && done * DOTS >= (*dots + 1) * load->requests) {
		putchar('.');
		++*dots;
	}
	fflush(stdout);
}

/* False if nothing has moved for too long. */
static bool watch(const struct load *load, int herd)
{
	struct pollfd end = { .fd = herd, .events = POLLIN };
	unsigned long before = 0, done;
	int idle = 0, dots = 0;

	printf("   ");
	while (poll(&end, 1, 1000) == 0 && idle < STALL_SECONDS) {
		done = load_outcomes(load);
		idle = done == before ? idle + 1 : 0;
		before = done;
		draw_progress(load, done, &dots);
	}
	if (idle < STALL_SECONDS)
		draw_progress(load, load->requests, &dots);
	putchar('\n');
	return idle < STALL_SECONDS;
}

static void row(const char *left, unsigned long n, const char *right, unsigned long m)
{
	printf("   %-26s %7lu    %-26s %7lu\n", left, n, right, m);
}

static void print_table(const struct load *load, const struct load_tally *tally,
			const struct load_result *result)
{
	row("requests", load->requests, "unblock requests seen", tally->unblocks);
	row("answered", result->answered, "stale replies refused", result->stale);
	row("aborted at client's wish", result->aborted, "clients killed", load->killed);
	row("left before received", result->left, "orphans ended", result->orphans);
	row("cut off by the kill", result->cut_off, "wrong replies", result->wrong);
	row("hangs", result->hangs, "lost pulses", result->lost);
	if (result->faults)
		printf("   FAILED: %lu calls or clients ended as they must not\n",
		       result->faults);
}

static void end_herd(struct load *load, pid_t herd, bool moved)
{
	int status = 0;

	if (!moved)
		kill(herd, SIGKILL);
	waitpid(herd, &status, 0);
	if (moved && status)
		count(&load->failures);
}

static bool run(struct load *load, struct load_tally *tally)
{
	struct load_result result;
	pid_t parent = getpid(), herd;
	bool moved;

	fflush(stdout);
	herd = fork();
	if (herd == 0)
		herd_run(load, parent);
	if (herd < 0 || server_start()) {
		printf("   FAILED: no process or thread\n");
		return false;
	}
	moved = watch(load, pidfd_open(herd, 0));
	end_herd(load, herd, moved);
	/* Where something hangs, waiting for it would only hang, too. */
	if (moved) {
		server_drain();
		server_stop();
	}
	moved &= load_result(load, tally, &result);
	print_table(load, tally, &result);
	return moved;
}

bool act_load(unsigned long requests)
{
	static struct load_tally tally;
	struct load *load = new_load(requests);
	int error;

	printf("\n3  A server of %d threads; %d clients of %d threads, hit by signals, reply\n"
	       "   deadlines and SIGKILL. Every reply carries the number of its request.\n",
	       LOAD_WORKERS + 1, LOAD_CLIENTS, LOAD_THREADS);
	if (!load) {
		printf("   FAILED: no memory\n");
		return false;
	}
	error = server_open(load, &tally);
	if (error) {
		printf("   FAILED: no channel: %s\n", strerror(-error));
		return false;
	}
	return run(load, &tally);
}
