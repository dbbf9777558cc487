// SPDX-License-Identifier: GPL-2.0-only
/*
 * A read by a worker of io_uring that is cancelled, and whose manager answers when its grace is
 * over: the reader has nothing, and nothing of the read before (T29).
 */
#include "../resmgr/holding.h"

#include <dirent.h>
#include <liburing.h>

#include "inject.h"

#define GRACE_MS	20

FIXTURE(late) {
	struct holding *h;
	struct io_uring ring;
	int fd;
};

FIXTURE_SETUP(late)
{
	int err = io_uring_queue_init(4, &self->ring, 0);

	if (access(INJECT, F_OK))
		SKIP(return, "this module has no points to stop at");
	if (err == -ENOSYS || err == -EPERM)
		SKIP(return, "no io_uring");
	ASSERT_EQ(0, err);
	self->h = shared_alloc(sizeof(*self->h));
	self->h->drops = true;
	ASSERT_EQ(0, write_param("kill_grace_ms", GRACE_MS));
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(holding_start(self->h));
	self->fd = open(HELD, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(late)
{
	restore_params();
	if (!self->h)
		return;
	io_uring_queue_exit(&self->ring);
	close(self->fd);
	EXPECT_EQ(0, holding_end(self->h));
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_objects());
}

static int submit_read(struct io_uring *ring, int fd, char *to, size_t n)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_read(sqe, fd, to, n, -1);
	io_uring_sqe_set_data64(sqe, 1);
	sqe->flags |= IOSQE_ASYNC;
	return io_uring_submit(ring);
}

static int submit_cancel(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_cancel64(sqe, 1, 0);
	io_uring_sqe_set_data64(sqe, 2);
	return io_uring_submit(ring);
}

/* The result of the read, whatever else is done before. */
static int read_result(struct io_uring *ring)
{
	struct __kernel_timespec limit = { .tv_sec = wait_limit_ms() / 1000 };
	struct io_uring_cqe *cqe;
	uint64_t data = 0;
	int ret = 0;

	while (!ret && data != 1) {
		ret = io_uring_wait_cqe_timeout(ring, &cqe, &limit);
		if (ret)
			return -ETIME;
		data = cqe->user_data;
		if (data == 1)
			ret = cqe->res;
		io_uring_cqe_seen(ring, cqe);
	}
	return ret;
}

static bool is_worker(const char *tid)
{
	char path[64], name[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%s/comm", tid);
	f = fopen(path, "re");
	if (f && !fgets(name, sizeof(name), f))
		name[0] = 0;
	if (f)
		fclose(f);
	return !strncmp(name, "iou-wrk-", 8);
}

/* All of them: it may be any that has the read. */
static int hold_workers(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *d;
	int n = 0;

	while (tasks && (d = readdir(tasks)))
		if (is_worker(d->d_name) && !inject("hold leave %s", d->d_name))
			n++;
	if (tasks)
		closedir(tasks);
	return n;
}

/* Who is held, if anybody is. */
static pid_t held_worker(void)
{
	char line[64], point[32];
	FILE *f = fopen(INJECT, "re");
	int tid, found = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%d %31s", &tid, point) == 2 && !strcmp(point, "leave"))
			found = tid;
	if (f)
		fclose(f);
	return found;
}

TEST_F(late, T29_answer_between_grace_and_result)
{
	char text[8] = "";
	pid_t worker;

	ASSERT_EQ(1, submit_read(&self->ring, self->fd, text, sizeof(text)));
	ASSERT_EQ(4, read_result(&self->ring));
	memset(text, 0, sizeof(text));
	self->h->point = AT_READ;
	ASSERT_EQ(1, submit_read(&self->ring, self->fd, text, sizeof(text)));
	ASSERT_TRUE(wait_until(self->h->held == 1));
	ASSERT_LT(0, hold_workers());
	ASSERT_EQ(1, submit_cancel(&self->ring));
	ASSERT_TRUE(wait_until(held_worker()));
	worker = held_worker();
	/* The manager answers, late, before it opens. */
	ASSERT_EQ(0, close(open(HELD, O_RDWR | O_CLOEXEC)));
	ASSERT_EQ(0, inject("go %d", worker));
	EXPECT_EQ(-EINTR, read_result(&self->ring));
	EXPECT_EQ(0, text[0]);
}

TEST_HARNESS_MAIN
