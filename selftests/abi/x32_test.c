// SPDX-License-Identifier: GPL-2.0-only
/*
 * J3: the third system call table of x86-64, of programs with short pointers. A 64-bit
 * program can use it, too; the kernel takes its calls for those of a 32-bit program.
 */
#include "kselftest_harness.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include "qmsg_test.h"

#define X32		0x40000000
#define X32_IOCTL	(X32 | 514)

struct iovec_32 {
	uint32_t base, len;
};

FIXTURE(x32)
{
	int q, chid, coid;
	char *low;		/* memory that a short pointer reaches */
};

FIXTURE_SETUP(x32)
{
	self->q = qmsg_open();
	self->chid = qmsg_channel_create(self->q, 0);
	self->coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_NE(0, self->coid & QMSG_SIDE_CHANNEL);
	self->low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_TRUE(self->low != MAP_FAILED);
	if (syscall(X32 | SYS_getpid) < 0)
		SKIP(return, "this kernel does not take x32 calls");
}

FIXTURE_TEARDOWN_PARENT(x32)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static int x32_ioctl(int q, unsigned long request, void *arg)
{
	return syscall(X32_IOCTL, q, request, arg) < 0 ? -errno : 0;
}

TEST_F(x32, J3_structs_are_the_same)
{
	struct qmsg_query here = { .size = sizeof(here) }, *there = (void *)self->low;

	there->size = sizeof(*there);
	ASSERT_EQ(0, raw_ioctl(self->q, QMSG_IOC_QUERY, &here));
	ASSERT_EQ(0, x32_ioctl(self->q, QMSG_IOC_QUERY, there));
	EXPECT_EQ(0, memcmp(&here, there, sizeof(here)));
	EXPECT_EQ(-ENOTTY, x32_ioctl(self->q, _IO(QMSG_IOC_MAGIC, 0xff), there));
	EXPECT_EQ(-EFAULT, x32_ioctl(self->q, QMSG_IOC_QUERY, (void *)1));
}

static void *receive_and_reply(void *arg)
{
	FIXTURE_DATA(x32) *self = arg;
	char *buf = self->low + 1024;
	int64_t rcvid = qmsg_msg_receive(self->q, self->chid, buf, 64, NULL);

	if (rcvid > 0)
		qmsg_msg_reply(self->q, rcvid, 8, buf, 8);
	return NULL;
}

/* An iovec array has elements of 8 bytes. */
TEST_F(x32, J3_arrays_are_those_of_a_32_bit_program)
{
	struct iovec_32 *iov = (struct iovec_32 *)(self->low + 2048);
	struct qmsg_msg_send *args = (struct qmsg_msg_send *)(self->low + 3072);
	pthread_t thread;

	memcpy(self->low, "abcd", 4);
	memcpy(self->low + 100, "efgh", 4);
	iov[0] = (struct iovec_32){ (uintptr_t)self->low, 4 };
	iov[1] = (struct iovec_32){ (uintptr_t)self->low + 100, 4 };
	*args = send_args(self->coid, iov, 2, self->low + 512, 64);
	args->flags = QMSG_SEND_IOV;
	ASSERT_EQ(0, pthread_create(&thread, NULL, receive_and_reply, self));
	ASSERT_EQ(0, x32_ioctl(self->q, QMSG_IOC_MSG_SEND, args));
	EXPECT_EQ(8, args->out_status);
	EXPECT_EQ(0, memcmp(self->low + 512, "abcdefgh", 8));
	pthread_join(thread, NULL);
}

TEST_HARNESS_MAIN
