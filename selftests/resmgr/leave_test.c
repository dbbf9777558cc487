// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients that have stepped aside from a call on a file, and never come back: they die, become
 * another program, or find their descriptor closed. Nothing is left of them, the file is closed
 * and the module can be taken out. And those who close what a manager has forgotten.
 */
#include "parking.h"

#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>

FIXTURE(leave) {
	struct parking *p;
};

FIXTURE_SETUP(leave)
{
	self->p = shared_alloc(sizeof(*self->p));
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(parking_start(self->p));
}

FIXTURE_TEARDOWN(leave)
{
	restore_params();
	EXPECT_TRUE(wait_until(object_count("parked") == 0));
	EXPECT_EQ(0, parking_end(self->p));
	EXPECT_TRUE(module_unload());
}

/* ---- descriptors that two processes have in common ---- */

struct sharer {
	int fd;
	bool naps;			/* before it reads */
	atomic_int read;
	int ret;
};

static int be_sharer(void *arg)
{
	const struct timespec nap = { .tv_nsec = 300000000 };
	struct sharer *s = arg;
	char c;

	if (s->naps)
		nanosleep(&nap, NULL);
	s->ret = read(s->fd, &c, 1);
	if (s->ret < 0)
		s->ret = -errno;
	s->read = 1;
	return 0;
}

static pid_t start_sharer(struct sharer *s)
{
	static char stack[65536] __attribute__((aligned(16)));

	return clone(be_sharer, stack + sizeof(stack), CLONE_FILES | SIGCHLD, s);
}

static bool stop(pid_t pid)
{
	int status;

	return !kill(pid, SIGSTOP) && waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status);
}

/* Nothing is flushed when it dies. */
TEST_F(leave, killed_with_shared_descriptors)
{
	struct sharer *s = shared_alloc(sizeof(*s));
	pid_t pid;

	s->fd = open(SAMPLE, O_RDONLY);
	pid = start_sharer(s);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	ASSERT_TRUE(stop(pid));
	ASSERT_EQ(1, object_count("parked"));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_TRUE(wait_until(self->p->unblocked == 1));
	EXPECT_EQ(0, object_count("parked"));
	EXPECT_EQ(0, close(s->fd));
	EXPECT_EQ(1, self->p->closed);
}

/* The other one closes it: there is nothing to come back to. */
TEST_F(leave, closed_by_sharer)
{
	struct sharer *s = shared_alloc(sizeof(*s));
	pid_t pid;

	s->fd = open(SAMPLE, O_RDONLY);
	pid = start_sharer(s);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	ASSERT_TRUE(stop(pid));
	EXPECT_EQ(0, close(s->fd));
	EXPECT_EQ(0, object_count("parked"));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_EQ(-EINTR, s->ret);
	EXPECT_TRUE(wait_until(self->p->closed == 1));
}

/* … and an earlier nap, which a stop has interrupted, is not slept once more in its place. */
TEST_F(leave, nothing_old_is_restarted)
{
	struct sharer *s = shared_alloc(sizeof(*s));
	pid_t pid;

	s->naps = true;
	s->fd = open(SAMPLE, O_RDONLY);
	pid = start_sharer(s);
	ASSERT_EQ(0, wait_for_task_state(pid, pid, 'S'));
	ASSERT_TRUE(stop(pid));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	ASSERT_TRUE(stop(pid));
	EXPECT_EQ(0, close(s->fd));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_EQ(-EINTR, s->ret);
}

/* ---- threads ---- */

struct threads {
	int fd;
	atomic_int tid;
	int input;			/* that the new program reads */
	atomic_int act;
};

static void *read_it(void *arg)
{
	struct threads *t = arg;
	char c;

	t->tid = this_tid();
	(void)!read(t->fd, &c, 1);
	return NULL;
}

static bool start_reader(struct threads *t)
{
	pthread_t thread;

	t->fd = open(SAMPLE, O_RDONLY);
	return t->fd >= 0 && !pthread_create(&thread, NULL, read_it, t);
}

static int be_closer(void *arg)
{
	struct threads *t = arg;

	if (!start_reader(t) || !wait_until(t->act))
		return 1;
	close(t->fd);
	t->act = 2;
	pause();
	return 0;
}

/* The descriptor goes before the stop comes: the call stays where it is, and dies there. */
TEST_F(leave, closed_by_sibling)
{
	struct threads *t = shared_alloc(sizeof(*t));
	pid_t pid = fork_child(be_closer, t);

	ASSERT_TRUE(wait_until(self->p->parked == 1));
	t->act = 1;
	ASSERT_TRUE(wait_until(t->act == 2));
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(0, wait_for_task_state(pid, pid, 'T'));
	ASSERT_EQ(0, wait_for_task_state(pid, t->tid, 'I'));
	EXPECT_EQ(0, object_count("parked"));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_TRUE(wait_until(self->p->unblocked == 1 && self->p->closed == 1));
}

static int be_other_program(void *arg)
{
	struct threads *t = arg;

	if (!start_reader(t) || !wait_until(t->act))
		return 1;
	dup2(t->input, 0);
	execl("/bin/cat", "cat", NULL);
	return 1;
}

/* A thread that is gone with its old program, whose file goes on. */
TEST_F(leave, exec_by_sibling)
{
	struct threads *t = shared_alloc(sizeof(*t));
	int ends[2];
	pid_t pid;

	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	t->input = ends[0];
	pid = fork_child(be_other_program, t);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, t->tid, 0, 0));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, t->tid, 0, 0));
	ASSERT_EQ(t->tid, waitpid(t->tid, NULL, __WALL));
	ASSERT_EQ(1, object_count("parked"));
	t->act = 1;
	EXPECT_TRUE(wait_until(self->p->unblocked == 1));
	EXPECT_EQ(0, object_count("parked"));
	ASSERT_EQ(t->tid, waitpid(t->tid, NULL, __WALL));
	EXPECT_EQ(0, self->p->closed);
	close(ends[0]);
	close(ends[1]);
	kill(pid, SIGKILL);
	EXPECT_EQ(0, reap(pid, NULL));
	EXPECT_TRUE(wait_until(self->p->closed == 1));
}

/* ---- who closes ---- */

static bool pause_manager(const struct parking *p)
{
	int status;

	return !kill(p->pid, SIGSTOP) && waitpid(p->pid, &status, WUNTRACED) == p->pid;
}

/* A manager that does not answer holds up its client no longer than one that is killed. */
TEST_F(leave, close_is_bounded)
{
	int fd = open(SAMPLE, O_RDONLY);
	uint64_t begin = now_ns();

	ASSERT_EQ(0, write_param("kill_grace_ms", 200));
	ASSERT_TRUE(pause_manager(self->p));
	EXPECT_EQ(0, close(fd));
	EXPECT_LE(200000000ULL, now_ns() - begin);
	EXPECT_EQ(0, self->p->closed);
	ASSERT_EQ(0, kill(self->p->pid, SIGCONT));
	EXPECT_TRUE(wait_until(self->p->closed == 1));
}

static int be_stranger(void *arg)
{
	const int *fd = arg;
	uint64_t begin;

	/* Of another user, it has come by the descriptor and closes it. */
	if (setuid(65534) || read(fd[1], &begin, sizeof(begin)) != sizeof(begin))
		return 1;
	begin = now_ns();
	close(fd[0]);
	return now_ns() - begin < 10000000000ULL ? 0 : 2;
}

TEST_F(leave, strangers_do_not_wait)
{
	int fd[3], status;
	uint64_t go = 1;
	pid_t pid;

	ASSERT_EQ(0, pipe2(fd + 1, O_CLOEXEC));
	fd[0] = open(SAMPLE, O_RDONLY);
	ASSERT_NE(-1, fd[0]);
	ASSERT_EQ(0, write_param("kill_grace_max_ms", 15000));
	ASSERT_EQ(0, write_param("kill_grace_ms", 15000));
	pid = fork_child(be_stranger, fd);
	close(fd[0]);
	ASSERT_TRUE(pause_manager(self->p));
	ASSERT_EQ((ssize_t)sizeof(go), write(fd[2], &go, sizeof(go)));
	EXPECT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	ASSERT_EQ(0, kill(self->p->pid, SIGCONT));
	EXPECT_TRUE(wait_until(self->p->closed == 1));
}

/* ---- workers of the kernel ---- */

static int submit(aio_context_t ctx, struct iocb *cb)
{
	return syscall(SYS_io_submit, ctx, 1, &cb);
}

/* No signal reaches them: they wait for no manager. */
TEST_F(leave, aio_fsync)
{
	int fd = open(SAMPLE, O_RDWR);
	struct iocb cb = { .aio_lio_opcode = IOCB_CMD_FSYNC, .aio_fildes = fd };
	struct io_event event = { };
	aio_context_t ctx = 0;

	ASSERT_EQ(0, syscall(SYS_io_setup, 1, &ctx));
	ASSERT_TRUE(pause_manager(self->p));
	ASSERT_EQ(1, submit(ctx, &cb));
	EXPECT_EQ(1, syscall(SYS_io_getevents, ctx, 1, 1, &event, NULL));
	EXPECT_EQ(-EIO, event.res);
	ASSERT_EQ(0, kill(self->p->pid, SIGCONT));
	EXPECT_EQ(0, syscall(SYS_io_destroy, ctx));
	close(fd);
}

/* ---- workers of io_uring ---- */

static void *map(int ring, size_t len, off_t what)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, what);
}

/* Its only entry reads one byte of @fd. */
static bool prepare(int ring, const struct io_uring_params *p, int fd, char *to)
{
	char *sq = map(ring, p->sq_off.array + p->sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	struct io_uring_sqe *sqe = map(ring, sizeof(*sqe), IORING_OFF_SQES);

	if (sq == MAP_FAILED || sqe == MAP_FAILED)
		return false;
	*sqe = (struct io_uring_sqe) {
		.opcode = IORING_OP_READ, .fd = fd, .addr = (uintptr_t)to, .len = 1,
		.off = (uint64_t)-1,
	};
	*(unsigned *)(sq + p->sq_off.array) = 0;
	__atomic_store_n((unsigned *)(sq + p->sq_off.tail), 1, __ATOMIC_RELEASE);
	return true;
}

static int be_ring(void *unused)
{
	struct io_uring_params p = { };
	int ring = syscall(SYS_io_uring_setup, 1, &p), fd = open(SAMPLE, O_RDONLY);
	char c;

	(void)unused;
	if (ring < 0 || !prepare(ring, &p, fd, &c))
		return ring < 0 && (errno == ENOSYS || errno == EPERM) ? 4 : 1;
	syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	return 2;
}

/* They are cancelled when their task dies: the manager is asked as if it had read itself. */
TEST_F(leave, io_uring)
{
	int status;
	pid_t pid = fork_child(be_ring, NULL);

	if (!wait_until(self->p->parked == 1 || is_reapable(pid)) || is_reapable(pid)) {
		ASSERT_EQ(0, reap(pid, &status));
		ASSERT_EQ(4, WEXITSTATUS(status));
		SKIP(return, "no io_uring");
	}
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_TRUE(wait_until(self->p->unblocked == 1 && self->p->closed == 1));
}

TEST_HARNESS_MAIN
