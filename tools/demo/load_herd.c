// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process above the clients: starts them, kills those that ask for it, and starts
 * others in their place while there is work.
 */
#include "demo.h"
#include "load.h"

#include <signal.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static struct load *load;
static pid_t pids[LOAD_LIVES];
static int alive;
static int notes[2];

static void start(void)
{
	int life = atomic_load(&load->lives);
	pid_t herd = getpid();
	pid_t pid;

	if (life == LOAD_LIVES)
		return;
	pid = fork();
	if (pid == 0)
		client_run(load, life, notes[1], herd);
	if (pid < 0) {
		count(&load->failures);
		return;
	}
	pids[life] = pid;
	count(&load->lives);
	alive++;
}

static void collect(int life)
{
	int status;

	/* Comes back within the grace: the kernel holds a killed client no longer. */
	if (waitpid(pids[life], &status, 0) < 0)
		count(&load->failures);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		count(&load->killed);
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		count(&load->failures);
	atomic_store(&load->over[life], true);
	pids[life] = 0;
	alive--;
}

static void handle(const struct herd_note *note)
{
	/* Two threads of a client can ask, and only the first finds it there. */
	if (!pids[note->life])
		return;
	if (!note->finished)
		kill(pids[note->life], SIGKILL);
	collect(note->life);
	if (atomic_load(&load->taken) < load->requests)
		start();
}

void herd_run(struct load *shared, pid_t parent)
{
	struct herd_note note;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || pipe(notes))
		_exit(1);
	load = shared;
	while (alive < LOAD_CLIENTS && !atomic_load(&load->failures))
		start();
	while (alive && read(notes[0], &note, sizeof(note)) == sizeof(note))
		handle(&note);
	_exit(alive != 0);
}
