// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run the QNX programs of this directory, each as one test named after it.
 *
 * A program is good when it exits with 0. Programs that belong together have a
 * directory with a file "run", which says who is started in which order:
 *
 *	0 server arg &		exit status, program, arguments; &: do not wait for its end
 *	> some text		wait until somebody has printed this
 *	0 client %1		%1 is the pid of the first program that was started
 *
 * The exit status of a program that is killed is 128 + the signal. Whatever happens, in the
 * end all have to be gone and the module has to have nothing left of them.
 *
 * Arguments: only programs whose name contains one of them.
 */
#include "qmsg_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <termios.h>

#define PROGRAMS	"/programs"
#define LIBRARIES	"/usr/local/lib"
#define LIMIT_MS	20000
#define MAX_ARGS	24
#define MAX_STEPS	16

/* ---- a terminal: programs expect their lines to be seen at once ---- */

static int terminal, terminal_end;
static char line[512];
static size_t line_used;
static const char *awaited;
static bool awaited_seen;

static int terminal_open(void)
{
	terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (terminal < 0 || grantpt(terminal) || unlockpt(terminal))
		return -errno;
	/* Kept open here, so that it outlives every single program. */
	terminal_end = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	return terminal_end < 0 ? -errno : 0;
}

static void line_done(void)
{
	line[line_used] = 0;
	line_used = 0;
	printf("# %s\n", line);
	if (awaited && strstr(line, awaited))
		awaited_seen = true;
}

/* Pass on what has been printed; sleeps a little when there is nothing. */
static void terminal_pump(int ms)
{
	struct pollfd pfd = { .fd = terminal, .events = POLLIN };
	char buf[512];
	ssize_t n, i;

	poll(&pfd, 1, ms);
	while ((n = read(terminal, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++) {
			if (buf[i] == '\n' || line_used == sizeof(line) - 1)
				line_done();
			else if (buf[i] != '\r')
				line[line_used++] = buf[i];
		}
	}
}

/* ---- the programs of one test ---- */

struct step {
	pid_t pid;
	int wanted;
	bool ended;
	char name[64];
};

static struct step steps[MAX_STEPS];
static int nsteps;

static void exec_program(const char *dir, char **argv)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, argv[0]);
	argv[0] = path;
	setenv("LD_LIBRARY_PATH", LIBRARIES, 1);
	if (chdir(dir) || dup2(terminal_end, 1) < 0 || dup2(terminal_end, 2) < 0)
		_exit(126);
	execv(path, argv);
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	_exit(127);
}

static struct step *start(const char *dir, int wanted, char **argv)
{
	struct step *s = &steps[nsteps];

	if (nsteps == MAX_STEPS)
		return NULL;
	snprintf(s->name, sizeof(s->name), "%s", argv[0]);
	s->wanted = wanted;
	fflush(stdout);
	s->pid = fork();
	if (!s->pid)
		exec_program(dir, argv);
	if (s->pid < 0)
		return NULL;
	nsteps++;
	return s;
}

static bool ended_as_wanted(const struct step *s, int status)
{
	int got = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);

	if (got == s->wanted)
		return true;
	printf("# %s ended with %d instead of %d\n", s->name, got, s->wanted);
	return false;
}

static bool wait_for_end(struct step *s)
{
	int status;

	while (!s->ended) {
		terminal_pump(5);
		if (waitpid(s->pid, &status, WNOHANG) != s->pid)
			continue;
		s->ended = true;
		terminal_pump(0);
		return ended_as_wanted(s, status);
	}
	return true;
}

static bool wait_for_text(const char *text)
{
	/* What was printed before counts too: the reader may be the slower one. */
	while (!awaited_seen) {
		terminal_pump(5);
		if (waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED | WNOHANG | WNOWAIT) < 0) {
			printf("# nobody is left to print '%s'\n", text);
			return false;
		}
	}
	awaited = NULL;
	return true;
}

static bool wait_for_all(void)
{
	bool ok = true;
	int i;

	for (i = 0; i < nsteps; i++)
		ok &= wait_for_end(&steps[i]);
	/* Orphans become children of this process. */
	if (waitpid(-1, NULL, WNOHANG) == 0) {
		printf("# processes were left behind\n");
		ok = false;
	}
	return ok;
}

/* ---- the file "run" ---- */

/* Looks ahead: who prints the text may be faster than we get there. */
static void await_next(FILE *f)
{
	static char text[256];
	long here = ftell(f);

	awaited = NULL;
	awaited_seen = false;
	if (fgets(text, sizeof(text), f) && text[0] == '>') {
		text[strcspn(text, "\n")] = 0;
		awaited = text + 1 + strspn(text + 1, " ");
	}
	fseek(f, here, SEEK_SET);
}

static bool run_line(const char *dir, char *text, FILE *f)
{
	char *argv[MAX_ARGS + 1], *word, first[16];
	bool background = false;
	struct step *s;
	int n = 0, wanted;

	word = strtok(text, " \t\n");
	if (!word || word[0] == '#')
		return true;
	if (word[0] == '>')
		return wait_for_text(awaited);
	wanted = atoi(word);
	snprintf(first, sizeof(first), "%d", steps[0].pid);
	while (n < MAX_ARGS && (word = strtok(NULL, " \t\n")))
		argv[n++] = strcmp(word, "%1") ? word : first;
	if (n && !strcmp(argv[n - 1], "&"))
		background = n--;
	argv[n] = NULL;
	await_next(f);
	s = n ? start(dir, wanted, argv) : NULL;
	return s && (background || wait_for_end(s));
}

static bool run_script(const char *dir)
{
	char path[600], text[512];
	bool ok = true;
	FILE *f;

	snprintf(path, sizeof(path), "%s/run", dir);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (ok && fgets(text, sizeof(text), f))
		ok = run_line(dir, text, f);
	fclose(f);
	return ok && wait_for_all();
}

static bool run_single(char *name)
{
	char *argv[] = { name, NULL };
	struct step *s = start(PROGRAMS, 0, argv);

	return s && wait_for_all();
}

/* ---- one test ---- */

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* In a session of its own, which the caller ends. */
static int run_in_session(char *name)
{
	char path[512];
	bool ok;
	int err;

	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	err = terminal_open();
	if (err) {
		printf("# no terminal: %s\n", strerror(-err));
		return 1;
	}
	snprintf(path, sizeof(path), PROGRAMS "/%s", name);
	ok = is_directory(path) ? run_script(path) : run_single(name);
	terminal_pump(0);
	fflush(stdout);
	return !ok;
}

static uint64_t limit_ms(void)
{
	const char *slow = getenv("QMSG_SLOW");

	return LIMIT_MS * (slow && atoi(slow) > 1 ? atoi(slow) : 1);
}

static bool run(char *name)
{
	uint64_t begin = now_ns(), give_up = deadline_in_ms(limit_ms());
	bool ended = false, ok = false;
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return false;
	if (!pid)
		_exit(run_in_session(name));
	while (!ended && now_ns() < give_up) {
		ended = waitpid(pid, &status, WNOHANG) == pid;
		usleep(2000);
	}
	printf("# %s: %llu ms\n", name, (unsigned long long)(now_ns() - begin) / 1000000);
	if (ended)
		ok = WIFEXITED(status) && !WEXITSTATUS(status);
	else
		printf("# %s hangs\n", name);
	/* The session's processes are all in its first group unless they say otherwise. */
	kill(-pid, SIGKILL);
	if (!ended)
		reap(pid, NULL);
	if (wait_for_no_objects()) {
		printf("# %s: the module has objects left\n", name);
		ok = false;
	}
	return ok;
}

/* ---- all of them ---- */

static char **words;

static int selected(const struct dirent *entry)
{
	char **word;

	if (entry->d_name[0] == '.')
		return 0;
	for (word = words; *word; word++)
		if (strstr(entry->d_name, *word))
			return 1;
	return word == words;
}

int main(int argc, char **argv)
{
	struct dirent **list;
	int i, n, failed = 0;

	words = argv + (argc > 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	n = scandir(PROGRAMS, &list, selected, alphasort);
	printf("TAP version 13\n1..%d%s\n", n < 0 ? 0 : n, n > 0 ? "" : " # SKIP no programs");
	for (i = 0; i < n; i++) {
		bool ok = run(list[i]->d_name);

		failed += !ok;
		printf("%sok %d %s\n", ok ? "" : "not ", i + 1, list[i]->d_name);
		fflush(stdout);
	}
	return failed ? 1 : n > 0 ? 0 : 4;
}
