// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random programs of files against the reference model: threads of two processes, which have
 * descriptions in common, open, read, write, seek, dup and close files of a manager that answers
 * when and as it likes, while signals come and processes are killed. The rules are in
 * files_steps.h. Again:
 *
 *	make check KVER=6.12 TESTS=differential/files ARGS="seed=1234abcd"
 */
#include "kselftest_harness.h"

#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../resmgr/ko.h"
#include "bench.h"
#include "files_play.h"
#include "files_program.h"

FIXTURE(files) {
	struct bench b;
	int turn;
};

/* "make soak" may have it twice, and there is one module, and one of each node. */
static int take_turn(void)
{
	int fd = open("/tmp/differ.turn", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 || flock(fd, LOCK_EX) ? -1 : fd;
}

FIXTURE_SETUP(files)
{
	self->b.s = shared_alloc(sizeof(*self->b.s));
	self->b.program_from = files_from;
	self->turn = take_turn();
	ASSERT_LE(0, self->turn);
	ASSERT_EQ(0, module_load());
	mkdir(FILES_TOP, 0755);
	ASSERT_EQ(0, mount("none", FILES_TOP, "qmsgfs", 0, NULL));
	manager.control = open("/dev/qmsgfs", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, manager.control);
	self->b.q = qmsg_open();
	ASSERT_LE(0, self->b.q);
	race_begin("files");
}

FIXTURE_TEARDOWN(files)
{
	race_end();
	qmsg_close(self->b.q);
	close(manager.control);
	EXPECT_TRUE(wait_until(!umount(FILES_TOP)));
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_objects());
	close(self->turn);
}

TEST_F_TIMEOUT(files, programs_are_explained_by_the_model, RACE_TIMEOUT)
{
	EXPECT_TRUE(bench_run(&self->b));
}

int main(int argc, char **argv)
{
	return bench_main(argc, argv);
}
