// SPDX-License-Identifier: GPL-2.0-only
/*
 * F1, F3, F6, F14: buffers in every kind of memory. What arrives is what the owner sees there,
 * or he gets EFAULT.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include "mapping.h"

FIXTURE(mapping)
{
	struct peer *p;		/* the server */
	int chid, coid;
	char *in;
};

FIXTURE_SETUP(mapping)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->chid = peer_channel(self->p, 0);
	self->coid = qmsg_connect_attach(Q, self->p->pid, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_NE(0, self->coid & QMSG_SIDE_CHANNEL);
	self->in = malloc(HUGE);
	ASSERT_TRUE(self->in != NULL);
}

FIXTURE_TEARDOWN_PARENT(mapping)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* The peer answers with what it has received, and with its length as status. */
static void run_mirror(struct worker *w)
{
	struct echo *e = (struct echo *)w;
	char *buf = malloc(HUGE);
	struct qmsg_msg_info info;
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(w->peer->q, e->chid, buf, HUGE, &info)) > 0) {
		qmsg_msg_reply(w->peer->q, rcvid, info.msglen, buf, info.msglen);
		atomic_fetch_add(&e->served, 1);
	}
	free(buf);
}

static struct echo *mirror_start(FIXTURE_DATA(mapping) *self)
{
	struct echo *e = shared_alloc(sizeof(*e));

	e->w.peer = self->p;
	e->w.run = run_mirror;
	e->chid = self->chid;
	return worker_go(&e->w) ? NULL : e;
}

static char nth_byte(size_t i)
{
	return i * 7 + i / 4096;
}

/* There and back, both from and to the memory at @p. */
static void exchange(struct __test_metadata *_metadata, FIXTURE_DATA(mapping) *self, char *p,
		     size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = nth_byte(i);
	ASSERT_EQ(len, qmsg_msg_send(Q, self->coid, p, len, self->in, len));
	ASSERT_EQ(0, memcmp(self->in, p, len));
	memset(p, 0, len);
	ASSERT_EQ(len, qmsg_msg_send(Q, self->coid, self->in, len, p, len));
	ASSERT_EQ(0, memcmp(self->in, p, len));
}

static void exchange_unaligned(struct __test_metadata *_metadata, FIXTURE_DATA(mapping) *self,
			       char *p)
{
	static const size_t starts[] = { 0, 4095, HUGE - PAGE + 3 };

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		exchange(_metadata, self, p + starts[i], HUGE);
		exchange(_metadata, self, p + starts[i], 4097);
	}
}

TEST_F(mapping, F6_transparent_huge_pages)
{
	char *p = map_space(-1);

	ASSERT_TRUE(mirror_start(self) != NULL);
	if (madvise(p, SPACE, MADV_HUGEPAGE))
		SKIP(return, "this kernel has no transparent huge pages");
	exchange_unaligned(_metadata, self, p);
}

TEST_F(mapping, F6_huge_pages)
{
	char *p;

	put_text("/proc/sys/vm/nr_hugepages", "2");
	p = mmap(NULL, SPACE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (p == MAP_FAILED)
		SKIP(return, "no huge pages to be had");
	ASSERT_TRUE(mirror_start(self) != NULL);
	exchange_unaligned(_metadata, self, p);
	munmap(p, SPACE);
	EXPECT_EQ(0, put_text("/proc/sys/vm/nr_hugepages", "0"));
}

static char *file_page(size_t file_size)
{
	int fd = memfd_create("short", MFD_CLOEXEC);
	char *p = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, file_size))
		p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p;
}

/* Touching it is SIGBUS in user space. The server never sees such a message. */
TEST_F(mapping, F1_a_message_beyond_the_end_of_a_file)
{
	struct echo *e = mirror_start(self);
	char *p = file_page(PAGE);

	ASSERT_TRUE(p != MAP_FAILED);
	EXPECT_EQ(-EFAULT, qmsg_msg_send(Q, self->coid, p + PAGE, 1, NULL, 0));
	EXPECT_EQ(-EFAULT, qmsg_msg_send(Q, self->coid, p, PAGE + 1, NULL, 0));
	EXPECT_EQ(0, atomic_load(&e->served));
	EXPECT_EQ(PAGE, qmsg_msg_send(Q, self->coid, p, PAGE, NULL, 0));
	EXPECT_TRUE(wait_until(atomic_load(&e->served) == 1));
}

/* S2.27: the server has answered, the client cannot take it. */
TEST_F(mapping, F3_a_reply_beyond_the_end_of_a_file)
{
	struct echo *e = mirror_start(self);
	char *p = file_page(PAGE);

	ASSERT_TRUE(p != MAP_FAILED);
	EXPECT_EQ(-EFAULT, qmsg_msg_send(Q, self->coid, "abcd", 4, p + PAGE - 2, 4));
	EXPECT_TRUE(wait_until(atomic_load(&e->served) == 1));
	EXPECT_EQ(4, qmsg_msg_send(Q, self->coid, "abcd", 4, p + PAGE - 4, 4));
	EXPECT_EQ(0, memcmp(p + PAGE - 4, "abcd", 4));
}

/* Either it works or the owner has EFAULT; what arrives is what the owner sees there. */
static void try_special(struct __test_metadata *_metadata, FIXTURE_DATA(mapping) *self,
			const char *name, const char *p, bool readable)
{
	int64_t ret = qmsg_msg_send(Q, self->coid, p, PAGE, self->in, PAGE);

	EXPECT_TRUE(ret == (int64_t)PAGE || ret == -EFAULT)
		TH_LOG("%s: %lld", name, (long long)ret);
	if (readable) {
		EXPECT_EQ(PAGE, ret) TH_LOG("%s", name);
		EXPECT_EQ(0, memcmp(self->in, p, PAGE)) TH_LOG("%s", name);
	}
}

static char *vvar_page(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[256], *p = NULL;
	unsigned long start;

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "[vvar]") && sscanf(line, "%lx-", &start) == 1)
			p = (char *)start;
	if (f)
		fclose(f);
	return p;
}

TEST_F(mapping, F14_the_vdso_and_its_data)
{
	char *vdso = (char *)getauxval(AT_SYSINFO_EHDR), *vvar = vvar_page();

	ASSERT_TRUE(mirror_start(self) != NULL);
	if (!vdso)
		SKIP(return, "no vDSO");
	try_special(_metadata, self, "vdso", vdso, true);
	EXPECT_EQ(-EFAULT, qmsg_msg_send(Q, self->coid, "abcd", 4, vdso, 4));
	EXPECT_EQ(0, memcmp(vdso, "\177ELF", 4));
	if (vvar) {
		try_special(_metadata, self, "vvar", vvar, false);
		EXPECT_EQ(-EFAULT, qmsg_msg_send(Q, self->coid, "abcd", 4, vvar, 4));
	}
}

/* The BIOS, which is no page of the kernel's (VM_PFNMAP), and zero pages of a device. */
TEST_F(mapping, F14_memory_of_a_device)
{
	int mem = open("/dev/mem", O_RDONLY | O_CLOEXEC), zero = open("/dev/zero", O_RDWR);
	char *p;

	ASSERT_TRUE(mirror_start(self) != NULL);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
	ASSERT_TRUE(p != MAP_FAILED);
	exchange(_metadata, self, p, PAGE);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, mem, 0xf0000);
	if (p == MAP_FAILED)
		SKIP(return, "no /dev/mem");
	try_special(_metadata, self, "/dev/mem", p, true);
	EXPECT_EQ(-EFAULT, qmsg_msg_send(Q, self->coid, "abcd", 4, p, 4));
}

/* Pages that not even the kernel has mapped. */
TEST_F(mapping, F14_secret_memory)
{
	int fd = syscall(SYS_memfd_secret, O_CLOEXEC);
	char *p;

	if (fd < 0)
		SKIP(return, "no secret memory on this kernel: %s", strerror(errno));
	ASSERT_TRUE(mirror_start(self) != NULL);
	ASSERT_EQ(0, ftruncate(fd, 2 * PAGE));
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_TRUE(p != MAP_FAILED);
	exchange(_metadata, self, p + 10, PAGE);
}

TEST_HARNESS_MAIN
