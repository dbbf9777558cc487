// SPDX-License-Identifier: GPL-2.0-only
/*
 * qmsg record: the tracepoints while a command runs, in a file.
 *
 * The file has the lines of tracefs' own "trace", and comments; trace.c reads it.
 */

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model.h"
#include "threads.h"
#include "tool.h"
#include "trace.h"
#include "tracer.h"

#define READ_EVERY_MS	50
#define NOT_STARTED	127	/* the shell's, too */

struct recording {
	const char *path;
	unsigned int buffer_kib;
	char **command;		/* NULL: until it is interrupted */
	FILE *file;
	bool made;		/* the file was not there before */
	uint64_t events;
	pid_t child;
	int signals;		/* a signalfd */
	int interrupts;
	int status;		/* of the command */
};

static const struct argp_option argp_options[] = {
	{ "output", 'o', "FILE", 0, "where to write it, " TRACE_FILE " if not said", 0 },
	{ "buffer", 'b', "KIB", 0, "size of the kernel's buffer for each CPU, 4096 if not said", 0 },
	{ 0 }
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct recording *r = state->input;

	switch (key) {
	case 'o':
		r->path = arg;
		return 0;
	case 'b':
		r->buffer_kib = number_arg(arg, 4, 1 << 22);
		return 0;
	case ARGP_KEY_ARGS:
		r->command = state->argv + state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = on_option,
	.args_doc = "[COMMAND [ARGUMENT...]]",
	.doc = "Record what qmsg does on this machine while COMMAND runs, or until Ctrl-C.",
};

/* Nothing that is in it is lost before the command runs. */
static void open_file(struct recording *r)
{
	int fd = open(r->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	r->made = fd >= 0;
	if (!r->made)
		fd = open(r->path, O_WRONLY | O_CLOEXEC);
	r->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!r->file)
		die(QMSG_ERROR, "%s: %s", r->path, strerror(errno));
}

static void catch_signals(struct recording *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r->signals < 0)
		die(QMSG_ERROR, "signalfd: %s", strerror(errno));
}

static void become_command(char **command, int report)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(command[0], command);
	if (write(report, &errno, sizeof(errno)) < 0)
		_exit(NOT_STARTED + 1);
	_exit(NOT_STARTED);
}

/* Returns when it runs. */
static void start_command(struct recording *r)
{
	int pipes[2], err = 0;

	if (pipe2(pipes, O_CLOEXEC) || (r->child = fork()) < 0)
		die(QMSG_ERROR, "cannot run a command: %s", strerror(errno));
	if (!r->child)
		become_command(r->command, pipes[1]);
	close(pipes[1]);
	if (read(pipes[0], &err, sizeof(err)) > 0) {
		waitpid(r->child, NULL, 0);
		if (r->made)
			unlink(r->path);
		die(NOT_STARTED, "%s: %s", r->command[0], strerror(err));
	}
	close(pipes[0]);
}

static void write_head(struct recording *r)
{
	struct utsname u;

	uname(&u);
	fprintf(r->file, TRACE_MAGIC "\n# kernel: %s\n", u.release);
	if (r->command) {
		fputs("# command:", r->file);
		for (char **arg = r->command; *arg; arg++) {
			char *text = printable(*arg, strlen(*arg));

			fprintf(r->file, " %s", text);
			free(text);
		}
		fputc('\n', r->file);
	}
}

static void write_event(const struct tracer_event *e, void *arg)
{
	struct recording *r = arg;

	threads_meet(e->tid, e->fields);
	fprintf(r->file, "%s-%d [%03d] %" PRIu64 ".%09" PRIu64 ": %s: %s\n",
		threads_word(e->tid), e->tid, e->cpu, e->time / 1000000000,
		e->time % 1000000000, e->name, e->fields);
	r->events++;
}

static void write_thread(int tid, int pid, const char *name, void *arg)
{
	struct recording *r = arg;
	char *text;

	if (!*name)
		name = tracer_command_of(tid);
	text = printable(name, strlen(name));
	fprintf(r->file, "# thread: %d %d %s\n", pid, tid, text);
	free(text);
}

static void write_end(struct recording *r)
{
	uint64_t lost = tracer_lost();

	threads_each(write_thread, r);
	fprintf(r->file, "# lost: %" PRIu64 "\n# end\n", lost);
	if (fflush(r->file) || ferror(r->file) || fclose(r->file))
		die(QMSG_ERROR, "%s: %s", r->path, strerror(errno));
	fprintf(stderr, "qmsg: %s: %" PRIu64 " events\n", r->path, r->events);
	if (lost)
		fprintf(stderr, "qmsg: %" PRIu64 " events were lost: a larger --buffer may hold them\n",
			lost);
}

/* Has the command ended? */
static bool reaped(struct recording *r)
{
	int status;

	if (!r->child || waitpid(r->child, &status, WNOHANG) != r->child)
		return false;
	r->child = 0;
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}

/*
 * Ctrl-C is the command's as well: how it is unblocked is to be seen, so it is waited for. The second
 * time it is not. Other signals have come to us alone, and are handed on.
 */
static bool interrupted(struct recording *r, const struct signalfd_siginfo *signal)
{
	if (!r->child)
		return true;
	if (signal->ssi_signo != SIGINT)
		kill(r->child, signal->ssi_signo);
	if (++r->interrupts > 1)
		return true;
	fputs("qmsg: waiting for the command to end; once more, and it is not waited for\n", stderr);
	return false;
}

/* What has come: is it over? */
static bool is_over(struct recording *r)
{
	struct signalfd_siginfo signal;
	bool over = false;

	while (read(r->signals, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo != SIGCHLD)
			over |= interrupted(r, &signal);
		else
			over |= reaped(r);
	}
	return over;
}

static void follow(struct recording *r)
{
	struct pollfd p = { .fd = r->signals, .events = POLLIN };

	do {
		poll(&p, 1, READ_EVERY_MS);
		tracer_read(write_event, r);
		if (ferror(r->file))
			die(QMSG_ERROR, "%s: %s", r->path, strerror(errno));
	} while (!is_over(r));
	tracer_stop();
	tracer_read(write_event, r);
}

int cmd_record(int argc, char **argv)
{
	struct recording r = { .path = TRACE_FILE, .buffer_kib = 4096 };

	argv[0] = "qmsg record";
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &r);
	catch_signals(&r);
	tracer_open(r.buffer_kib);
	open_file(&r);
	tracer_start();
	if (r.command)
		start_command(&r);
	if (ftruncate(fileno(r.file), 0) && errno != EINVAL)
		die(QMSG_ERROR, "%s: %s", r.path, strerror(errno));
	write_head(&r);
	if (!r.command)
		fputs("qmsg: recording until Ctrl-C\n", stderr);
	follow(&r);
	write_end(&r);
	tracer_close();
	return r.child ? 128 + SIGINT : r.status;
}
