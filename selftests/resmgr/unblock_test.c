// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text 002: clients of a resource manager that want to leave. Ordinary programs on a
 * terminal, and calls of this one. Rules: S10.7, S10.8, S10.11, S10.12.
 */
#include "parking.h"

#include <sys/ioctl.h>
#include <termios.h>

FIXTURE(unblock) {
	struct parking *p;
	int terminal;
};

FIXTURE_SETUP(unblock)
{
	self->p = shared_alloc(sizeof(*self->p));
	self->terminal = -1;
	ASSERT_EQ(0, module_load());
}

FIXTURE_TEARDOWN(unblock)
{
	if (self->p->pid > 0)
		EXPECT_EQ(0, parking_end(self->p));
	close(self->terminal);
	EXPECT_FALSE(access(SAMPLE, F_OK) == 0);
	EXPECT_TRUE(module_unload());
}

/* ---- a program on a terminal of its own ---- */

struct program {
	char *const *argv;
	int terminal;
};

static int be_program(void *arg)
{
	const struct program *prog = arg;
	int end;

	setsid();
	end = open(ptsname(prog->terminal), O_RDWR);
	if (end < 0 || ioctl(end, TIOCSCTTY, 0))
		return 126;
	dup2(end, 0);
	dup2(end, 1);
	dup2(end, 2);
	execv(prog->argv[0], prog->argv);
	return 127;
}

/* Its pid; what is typed at *@terminal comes to it as from a keyboard. */
static pid_t run(char *const *argv, int *terminal)
{
	struct program prog = { .argv = argv };

	prog.terminal = *terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (grantpt(prog.terminal) || unlockpt(prog.terminal))
		return -errno;
	return fork_child(be_program, &prog);
}

static char *const cat[] = { "/bin/cat", SAMPLE, NULL };

/* Until the terminal has shown @text. */
static bool shows(int terminal, const char *text)
{
	char buf[512] = "";
	size_t used = 0;
	ssize_t n;

	while (used < sizeof(buf) - 1) {
		n = read(terminal, buf + used, sizeof(buf) - 1 - used);
		if (n <= 0)
			return false;
		used += n;
		buf[used] = 0;
		if (strstr(buf, text))
			return true;
	}
	return false;
}

static bool write_sample(const char *text)
{
	int fd = open(SAMPLE, O_WRONLY);
	bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

/* cat gets what is written, as often as it is. */
TEST_F(unblock, cat_reads)
{
	pid_t pid;

	ASSERT_TRUE(parking_start(self->p));
	pid = run(cat, &self->terminal);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	EXPECT_TRUE(write_sample("first\n"));
	EXPECT_TRUE(shows(self->terminal, "first"));
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	EXPECT_TRUE(write_sample("second\n"));
	EXPECT_TRUE(shows(self->terminal, "second"));
	kill(pid, SIGKILL);
	EXPECT_EQ(0, reap(pid, NULL));
	EXPECT_TRUE(wait_until(self->p->opened == 3 && self->p->closed == 3));
}

/* S10.7, S10.11: Ctrl-C on cat. The handler finds its client, which then dies of it. */
TEST_F(unblock, control_c)
{
	int status;
	pid_t pid;

	ASSERT_TRUE(parking_start(self->p));
	pid = run(cat, &self->terminal);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	ASSERT_EQ(1, write(self->terminal, "\003", 1));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGINT, WTERMSIG(status));
	EXPECT_EQ(1, self->p->unblocked);
	EXPECT_EQ(0, self->p->not_asked);
	EXPECT_EQ(0, self->p->parked);
	/* The manager goes on. */
	EXPECT_TRUE(write_sample("x"));
}

/* Ctrl-Z is no unblock (P6): the client is stopped, the manager notices nothing. */
TEST_F(unblock, control_z)
{
	int status;
	pid_t pid;

	ASSERT_TRUE(parking_start(self->p));
	pid = run(cat, &self->terminal);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	/* Not by key: its process group is an orphan, whose stops from a terminal are ignored. */
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(1, self->p->parked);
	EXPECT_EQ(0, self->p->unblocked);
	EXPECT_TRUE(write_sample("later\n"));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	EXPECT_TRUE(shows(self->terminal, "later"));
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	ASSERT_EQ(1, write(self->terminal, "\003", 1));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(1, self->p->unblocked);
}

/* Killed while it is stopped. */
TEST_F(unblock, killed_while_stopped)
{
	int status;
	pid_t pid;

	ASSERT_TRUE(parking_start(self->p));
	pid = run(cat, &self->terminal);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_TRUE(wait_until(self->p->unblocked == 1 && self->p->closed == 1));
}

/* S10.8: an open in progress is the connect handler's. */
TEST_F(unblock, control_c_in_open)
{
	int status;
	pid_t pid;

	self->p->hold_open = true;
	ASSERT_TRUE(parking_start(self->p));
	pid = run(cat, &self->terminal);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	ASSERT_EQ(1, write(self->terminal, "\003", 1));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(SIGINT, WTERMSIG(status));
	EXPECT_EQ(1, self->p->open_unblocked);
	EXPECT_EQ(0, self->p->unblocked);
}

/* S10.12: no handler. The client stays, until it is killed and its grace is over. */
TEST_F(unblock, no_handler)
{
	uint64_t begin;
	int status;
	pid_t pid;

	self->p->no_handler = true;
	ASSERT_TRUE(parking_start(self->p));
	pid = run(cat, &self->terminal);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	begin = now_ns();
	ASSERT_EQ(1, write(self->terminal, "\003", 1));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(SIGINT, WTERMSIG(status));
	EXPECT_LE(1000000000ULL, now_ns() - begin);
	EXPECT_EQ(0, self->p->unblocked);
}

/* The server's death is an I/O error, at once, and the name is gone. */
TEST_F(unblock, manager_dies)
{
	int status;
	pid_t pid;

	ASSERT_TRUE(parking_start(self->p));
	pid = run(cat, &self->terminal);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	ASSERT_EQ(0, parking_end(self->p));
	self->p->pid = 0;
	EXPECT_TRUE(shows(self->terminal, "Input/output error") ||
		    shows(self->terminal, "I/O error"));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_NE(0, WEXITSTATUS(status));
	EXPECT_TRUE(wait_until(access(SAMPLE, F_OK) && errno == ENOENT));
}

/* ---- a program with handlers ---- */

static atomic_int *handled;

static void note(int sig)
{
	(void)sig;
	if (handled)
		++*handled;
}

struct reader {
	int sa_flags;
	atomic_int handled;
	int ret;
	char text[16];
};

static int be_reader(void *arg)
{
	struct sigaction sa = { .sa_handler = note };
	struct reader *r = arg;
	int fd;

	handled = &r->handled;
	sa.sa_flags = r->sa_flags;
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGURG, &sa, NULL);
	sa.sa_flags = 0;
	sigaction(SIGUSR2, &sa, NULL);
	fd = open(SAMPLE, O_RDONLY);
	r->ret = read(fd, r->text, sizeof(r->text));
	if (r->ret < 0)
		r->ret = -errno;
	return 0;
}

/* The manager runs, and a reader waits for it. 0: it does not. */
static pid_t parked_reader(struct parking *p, struct reader *r)
{
	pid_t pid = parking_start(p) ? fork_child(be_reader, r) : 0;

	return pid > 0 && wait_until(p->parked == 1) ? pid : 0;
}

/* A handler without SA_RESTART: EINTR, from MsgError(rcvid, -1). */
TEST_F(unblock, handler)
{
	struct reader *r = shared_alloc(sizeof(*r));
	pid_t pid;

	pid = parked_reader(self->p, r);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, kill(pid, SIGUSR1));
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_EQ(-EINTR, r->ret);
	EXPECT_EQ(1, self->p->unblocked);
}

static bool write_and_reap(pid_t pid, const char *text)
{
	return write_sample(text) && !reap(pid, NULL);
}

/*
 * One with SA_RESTART: the manager is asked as well. The handler runs, and the call, of which
 * the program notices nothing, begins anew.
 */
TEST_F(unblock, restarting_handler)
{
	struct reader *r = shared_alloc(sizeof(*r));
	pid_t pid;

	r->sa_flags = SA_RESTART;
	pid = parked_reader(self->p, r);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, kill(pid, SIGUSR1));
	ASSERT_TRUE(wait_until(self->p->reads == 2 && self->p->parked == 1));
	EXPECT_EQ(1, self->p->unblocked);
	EXPECT_EQ(1, r->handled);
	EXPECT_TRUE(write_and_reap(pid, "hello"));
	EXPECT_EQ(5, r->ret);
	EXPECT_EQ(0, strncmp(r->text, "hello", 5));
}

/* Where the manager does not let it go it waits for the answer; the handler runs after it. */
TEST_F(unblock, restarting_handler_stays)
{
	struct reader *r = shared_alloc(sizeof(*r));
	pid_t pid;

	r->sa_flags = SA_RESTART;
	self->p->no_handler = true;
	pid = parked_reader(self->p, r);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, kill(pid, SIGUSR1));
	/* Held back: it is in the mask now. */
	ASSERT_TRUE(wait_until(task_signal_bit(pid, pid, "SigBlk", SIGUSR1) == 1));
	EXPECT_EQ(0, r->handled);
	EXPECT_TRUE(write_and_reap(pid, "hello"));
	EXPECT_EQ(5, r->ret);
	EXPECT_EQ(1, r->handled);
	EXPECT_EQ(1, self->p->reads);
}

/* All its handlers but SIGUSR2's have SA_RESTART, and it keeps SIGURG's back. 0: it does not. */
static pid_t reader_with_news(struct parking *p, struct reader *r)
{
	pid_t pid;

	r->sa_flags = SA_RESTART;
	pid = parked_reader(p, r);
	return pid && !kill(pid, SIGURG) &&
	       wait_until(task_signal_bit(pid, pid, "SigBlk", SIGURG) == 1) ? pid : 0;
}

/* News, as SIGURG is to programs in Go: they can wait, and then one without SA_RESTART ends it. */
TEST_F(unblock, handler_of_news)
{
	struct reader *r = shared_alloc(sizeof(*r));
	pid_t pid = reader_with_news(self->p, r);

	ASSERT_LT(0, pid);
	EXPECT_EQ(0, self->p->unblocked);
	ASSERT_EQ(0, kill(pid, SIGUSR2));
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_EQ(-EINTR, r->ret);
	EXPECT_EQ(1, self->p->unblocked);
	EXPECT_EQ(1, self->p->reads);
}

/* Nor does news keep back one with SA_RESTART that is urgent: the manager is asked. */
TEST_F(unblock, restarting_handler_after_news)
{
	struct reader *r = shared_alloc(sizeof(*r));
	pid_t pid = reader_with_news(self->p, r);

	ASSERT_LT(0, pid);
	EXPECT_EQ(0, task_signal_bit(pid, pid, "SigBlk", SIGUSR1));
	ASSERT_EQ(0, kill(pid, SIGUSR1));
	ASSERT_TRUE(wait_until(self->p->reads == 2 && self->p->parked == 1));
	EXPECT_EQ(1, self->p->unblocked);
	EXPECT_EQ(2, r->handled);
	EXPECT_TRUE(write_and_reap(pid, "hello"));
	EXPECT_EQ(5, r->ret);
}

/* ---- an open cannot step aside: what is more than a stop still counts ---- */

struct opener {
	int ret;
};

static int be_opener(void *arg)
{
	struct sigaction sa = { .sa_handler = note };
	struct opener *o = arg;

	sigaction(SIGUSR1, &sa, NULL);
	o->ret = open(SAMPLE, O_RDONLY) < 0 ? -errno : 0;
	return 0;
}

/* Its stop has to wait: it is pending. */
static bool is_disturbed(pid_t pid)
{
	return kill(pid, SIGSTOP) == 0 &&
	       wait_until(task_signal_bit(pid, pid, "ShdPnd", SIGSTOP) == 1) &&
	       wait_until(task_state(pid, pid) == 'I');
}

/* One that would dump core does not wake a task of itself, as SIGKILL does. */
TEST_F(unblock, core_dump_in_disturbed_open)
{
	struct opener *o = shared_alloc(sizeof(*o));
	int status;
	pid_t pid;

	self->p->hold_open = true;
	ASSERT_TRUE(parking_start(self->p));
	pid = fork_child(be_opener, o);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	ASSERT_TRUE(is_disturbed(pid));
	ASSERT_EQ(0, kill(pid, SIGQUIT));
	ASSERT_TRUE(wait_until(self->p->open_unblocked == 1));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(SIGQUIT, WTERMSIG(status));
}

TEST_F(unblock, handler_in_disturbed_open)
{
	struct opener *o = shared_alloc(sizeof(*o));
	pid_t pid;

	self->p->hold_open = true;
	ASSERT_TRUE(parking_start(self->p));
	pid = fork_child(be_opener, o);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	ASSERT_TRUE(is_disturbed(pid));
	ASSERT_EQ(0, kill(pid, SIGUSR1));
	ASSERT_TRUE(wait_until(self->p->open_unblocked == 1));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_EQ(-EINTR, o->ret);
}

TEST_HARNESS_MAIN
