// SPDX-License-Identifier: GPL-2.0-only
/*
 * A read by a worker of io_uring that is cancelled, and whose manager answers when its grace is
 * over: the reader has nothing, and nothing of the read before (T29).
 */
#include "../resmgr/ring.h"

#include <dirent.h>

#include "inject.h"

#define GRACE_MS	20
#define READ		1
#define CANCEL		2

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
	if (ring_is_missing(err))
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

/* The result of the read, whatever else is done before. */
static int read_result(struct io_uring *ring)
{
	uint64_t data = 0;
	int ret;

	do
		ret = ring_done(ring, &data);
	while (ret != -ETIME && data != READ);
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

	queue_read(&self->ring, self->fd, text, sizeof(text), READ);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_EQ(4, read_result(&self->ring));
	memset(text, 0, sizeof(text));
	self->h->point = AT_READ;
	queue_read(&self->ring, self->fd, text, sizeof(text), READ);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_TRUE(wait_until(self->h->held == 1));
	ASSERT_LT(0, hold_workers());
	queue_cancel(&self->ring, READ, CANCEL);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_TRUE(wait_until(held_worker()));
	worker = held_worker();
	/* The manager answers, late, before it opens. */
	ASSERT_EQ(0, close(open(HELD, O_RDWR | O_CLOEXEC)));
	ASSERT_EQ(0, inject("go %d", worker));
	EXPECT_EQ(-EINTR, read_result(&self->ring));
	EXPECT_EQ(0, text[0]);
}

TEST_HARNESS_MAIN
