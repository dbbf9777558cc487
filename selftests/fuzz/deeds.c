// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/qmsg.h>

#include "../hazards/hazard.h"
#include "deeds.h"
#include "stage.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* A handled signal to one thread. */
void deed_signal(struct actor *a, const struct insn *insn)
{
	unsigned int to = insn->args[0] % ACTORS;

	if (a->stage->tids[to])
		syscall(SYS_tgkill, a->stage->pids[to / 2], a->stage->tids[to], SIGUSR1);
}

/* Of the whole process; after a stop somebody may still go on. */
void deed_kill(struct actor *a, const struct insn *insn)
{
	static const int signals[] = { SIGSTOP, SIGCONT, SIGUSR1, SIGTERM, SIGKILL };

	pid_t pid = a->stage->pids[insn->args[0] % 2];

	if (pid > 0)
		kill(pid, signals[insn->args[1] % COUNT(signals)]);
}

/* The so many-th allocation or user copy of this thread's next call; see act(). */
void deed_fail(struct actor *a, const struct insn *insn)
{
	char text[8];
	int len = snprintf(text, sizeof(text), "%d", insn->args[0] % 64 + 1);

	(void)!pwrite(a->fail_nth, text, len, 0);
}

static int own_file(struct actor *a, uint8_t byte)
{
	int fd = file_of(a, byte);

	return fd > 2 && fd != a->stage->foreign && fd != a->fail_nth ? fd : -1;
}

void deed_close(struct actor *a, const struct insn *insn)
{
	close(own_file(a, insn->args[0]));
}

void deed_open(struct actor *a, const struct insn *insn)
{
	static const int modes[] = { O_RDWR, O_RDONLY, O_WRONLY, O_PATH, O_RDWR | O_NONBLOCK };
	int fd = open("/dev/qmsg", modes[insn->args[0] % COUNT(modes)]);

	if (fd >= 0)
		slot_add(a->stage, FDS, fd);
}

void deed_dup(struct actor *a, const struct insn *insn)
{
	int fd = dup(own_file(a, insn->args[0]));

	if (fd >= 0)
		slot_add(a->stage, insn->args[1] & 1 ? COIDS : FDS, fd);
}

void deed_eventfd(struct actor *a, const struct insn *insn)
{
	int fd = eventfd(insn->args[0], EFD_NONBLOCK);

	if (fd >= 0)
		slot_add(a->stage, FDS, fd);
}

void deed_poll(struct actor *a, const struct insn *insn)
{
	struct pollfd pfd = {
		.fd = a->stage->slots[FDS][insn->args[0] % SLOTS],
		.events = insn->args[1] | POLLIN,
	};

	poll(&pfd, 1, insn->args[2] % 4);
}

void deed_protect(struct actor *a, const struct insn *insn)
{
	static const int protections[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };

	mprotect(a->memory.toggled, 4096, protections[insn->args[0] % COUNT(protections)]);
}

void deed_forget(struct actor *a, const struct insn *insn)
{
	madvise(insn->args[0] & 1 ? a->memory.plain : a->memory.toggled, 8192, MADV_DONTNEED);
}

/* A child that has what its parent has open, and uses it. */
void deed_fork(struct actor *a, const struct insn *insn)
{
	struct qmsg_query query = { .size = sizeof(query) };
	struct qmsg_pulse_send pulse = { .size = sizeof(pulse), .priority = -1 };
	pid_t pid = fork();

	if (pid) {
		waitpid(pid, NULL, __WALL);
		return;
	}
	pulse.coid = a->stage->slots[COIDS][insn->args[0] % SLOTS];
	ioctl(a->q[0], QMSG_IOC_QUERY, &query);
	ioctl(a->q[0], QMSG_IOC_PULSE_SEND, &pulse);
	_exit(0);
}

void deed_end(struct actor *a, const struct insn *insn)
{
	(void)a;
	if (insn->args[0] & 1)
		_exit(0);
	syscall(SYS_exit, 0);
}

void deed_fifo(struct actor *a, const struct insn *insn)
{
	struct sched_param param = { .sched_priority = insn->args[0] % 10 };

	(void)a;
	syscall(SYS_sched_setscheduler, 0, param.sched_priority ? SCHED_FIFO : SCHED_OTHER, &param);
}

/* Of this thread only. */
void deed_nobody(struct actor *a, const struct insn *insn)
{
	(void)a;
	if (insn->args[0] & 1)
		syscall(SYS_setresgid, NOBODY, NOBODY, -1);
	syscall(SYS_setresuid, -1, insn->args[0] & 2 ? 0 : NOBODY, -1);
}

static void read_all(const char *path)
{
	char bytes[1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
	close(fd);
}

void deed_look(struct actor *a, const struct insn *insn)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", a->stage->pids[insn->args[0] & 1],
		 file_of(a, insn->args[1]));
	read_all(path);
}

void deed_param(struct actor *a, const struct insn *insn)
{
	static const char *const values[] = { "0", "1", "3", "100", "4096" };
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/qmsg/parameters/%s",
		 params[insn->args[0] % PARAMS].name);
	a->stage->params_changed = 1;
	put_text(path, values[insn->args[1] % COUNT(values)]);
}

/* Any request at all, on any struct. */
void deed_garbage(struct actor *a, const struct insn *insn)
{
	_Alignas(8) uint8_t arg[256];

	for (size_t i = 0; i < sizeof(arg); i++)
		arg[i] = i % 8 ? 0 : insn->args[2 + i / 8 % (ARGS - 2)];
	arg[0] = insn->args[2];
	ioctl(file_of(a, insn->args[0]), _IO(QMSG_IOC_MAGIC, insn->args[1]), arg);
}
