// SPDX-License-Identifier: GPL-2.0-only
/*
 * F1, F3, F6, F14: long messages from every kind of memory, and long replies into it, also
 * where the kind cannot be pinned: what arrives is what the owner sees there, or he has EFAULT,
 * and nothing stays pinned.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include "../hazards/mapping.h"
#include "pins.h"

#define LEN	(3 * PAGE - 100)	/* of what is sent, from AT on */
#define AT	50
#define PAGES	4
#define TIMES	3			/* the first reply is copied twice */

/* ---- in the client's process ---- */

static char *map_anonymous(int prot, int flags)
{
	return mmap(NULL, PAGES * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static char *map_file(int fd, int prot, int flags)
{
	return fd < 0 ? MAP_FAILED : mmap(NULL, PAGES * PAGE, prot, flags, fd, 0);
}

static char *plain(void)
{
	return map_anonymous(PROT_READ | PROT_WRITE, 0);
}

static char *never_touched(void)
{
	return plain();
}

static char *read_only(void)
{
	char *p = plain();

	memset(p, 'q', PAGES * PAGE);
	mprotect(p, PAGES * PAGE, PROT_READ);
	return p;
}

static char *nothing(void)
{
	return map_anonymous(PROT_NONE, 0);
}

static char *half_nothing(void)
{
	char *p = plain();

	mprotect(p + 2 * PAGE, PAGE, PROT_NONE);
	return p;
}

static char *memfd(void)
{
	int fd = memfd_create("window", MFD_CLOEXEC);

	return ftruncate(fd, PAGES * PAGE) ? MAP_FAILED :
	       map_file(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static char *sealed_memfd(void)
{
	int fd = memfd_create("window", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (ftruncate(fd, PAGES * PAGE) || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE))
		return MAP_FAILED;
	return map_file(fd, PROT_READ, MAP_SHARED);
}

static char *beyond_the_end(void)
{
	int fd = memfd_create("window", MFD_CLOEXEC);

	return ftruncate(fd, PAGE) ? MAP_FAILED :
	       map_file(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static char *secret(void)
{
	int fd = syscall(SYS_memfd_secret, O_CLOEXEC);

	return fd < 0 || ftruncate(fd, PAGES * PAGE) ? MAP_FAILED :
	       map_file(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
}

/* Half of it can be pinned. */
static char *half_secret(void)
{
	char *p = plain();
	int fd = syscall(SYS_memfd_secret, O_CLOEXEC);

	if (fd < 0 || ftruncate(fd, PAGE))
		return MAP_FAILED;
	return mmap(p + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
	       MAP_FAILED ? MAP_FAILED : p;
}

static char *huge(void)
{
	return mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB,
		    -1, 0);
}

static char *dev_zero_private(void)
{
	return map_file(open("/dev/zero", O_RDWR), PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

static char *dev_zero_shared(void)
{
	return map_file(open("/dev/zero", O_RDWR), PROT_READ | PROT_WRITE, MAP_SHARED);
}

/* The BIOS: no pages of the kernel's. */
static char *device(void)
{
	int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? MAP_FAILED : mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0xf0000);
}

/* The program itself, page cache of the root file system. */
static char *program(void)
{
	return map_file(open("/proc/self/exe", O_RDONLY), PROT_READ, MAP_PRIVATE);
}

static char *program_written(void)
{
	char *p = map_file(open("/proc/self/exe", O_RDONLY), PROT_READ | PROT_WRITE, MAP_PRIVATE);

	if (p != MAP_FAILED)
		p[PAGE] = 1;
	return p;
}

static char *root_file_shared(void)
{
	int fd = open("/tmp/qmsg_window", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	unlink("/tmp/qmsg_window");
	return ftruncate(fd, PAGES * PAGE) ? MAP_FAILED :
	       map_file(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static char *locked(void)
{
	return map_anonymous(PROT_READ | PROT_WRITE, MAP_LOCKED | MAP_POPULATE);
}

/* Of the same content everywhere: the kernel may keep one page for all. */
static char *merged(void)
{
	char *p = plain();

	memset(p, 'k', PAGES * PAGE);
	madvise(p, PAGES * PAGE, MADV_MERGEABLE);
	return p;
}

static char *not_inherited(void)
{
	char *p = plain();

	madvise(p, PAGES * PAGE, MADV_DONTFORK);
	return p;
}

FIXTURE(kinds)
{
	struct peer *p;
	struct client *c;
	int chid;
	char *seen;		/* what the owner sees there; shared */
	char *out, *in;
};

FIXTURE_VARIANT(kinds)
{
	char *(*make)(void);
	bool unreadable, unwritable;
};

#define KIND(name, ...)						\
	FIXTURE_VARIANT_ADD(kinds, name) { .make = name, ##__VA_ARGS__ }

KIND(plain);
KIND(never_touched);
KIND(read_only, .unwritable = true);
KIND(nothing, .unreadable = true, .unwritable = true);
KIND(half_nothing, .unreadable = true, .unwritable = true);
KIND(memfd);
KIND(sealed_memfd, .unwritable = true);
KIND(beyond_the_end, .unreadable = true, .unwritable = true);
KIND(secret);
KIND(half_secret);
KIND(huge);
KIND(dev_zero_private);
KIND(dev_zero_shared);
KIND(device, .unwritable = true);
KIND(program, .unwritable = true);
KIND(program_written);
KIND(root_file_shared);
KIND(locked);
KIND(merged);
KIND(not_inherited);

static char *memory;

struct copy {
	char *(*make)(void);
	char *seen;
};

static int64_t do_make(void *arg)
{
	memory = ((struct copy *)arg)->make();
	return memory == MAP_FAILED ? -ENODEV : (int64_t)(uintptr_t)memory;
}

static int64_t do_look(void *arg)
{
	memcpy(((struct copy *)arg)->seen, memory + AT, LEN);
	return 0;
}

static int64_t do_write_pattern(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < LEN; i++)
		memory[AT + i] = i * 7 + i / 251;
	return 0;
}

FIXTURE_SETUP(kinds)
{
	struct copy *copy = shared_alloc(sizeof(*copy));
	int64_t at;

	put_text("/proc/sys/vm/nr_hugepages", "1");
	self->seen = shared_alloc(LEN);
	self->out = malloc(LEN);
	self->in = malloc(LEN);
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	self->p = peer_fork();
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	copy->make = variant->make;
	at = peer_call(self->p, do_make, copy);
	if (at < 0)
		SKIP(return, "no such memory on this kernel");
	self->c->args.send_ptr = self->c->args.reply_ptr = at + AT;
	if (!variant->unwritable) {
		ASSERT_EQ(0, in_peer(self->p, do_write_pattern, 0));
	}
}

FIXTURE_TEARDOWN_PARENT(kinds)
{
	put_text("/proc/sys/vm/nr_hugepages", "0");
	EXPECT_EQ(0, wait_for_no_objects());
	EXPECT_EQ(0, wait_for_no_pins());
}

static void look(struct __test_metadata *_metadata, FIXTURE_DATA(kinds) *self)
{
	struct copy *copy = shared_alloc(sizeof(*copy));

	copy->seen = self->seen;
	ASSERT_EQ(0, peer_call(self->p, do_look, copy));
}

TEST_F(kinds, F1_F14_a_long_message)
{
	int64_t rcvid;

	self->c->args.send_len = LEN;
	self->c->args.reply_len = 0;
	if (variant->unreadable) {
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(-EFAULT, client_result(self->c));
		EXPECT_EQ(0, expect_nothing(Q, self->chid));
		EXPECT_EQ(0, object_count("bytes"));
		return;
	}
	rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	look(_metadata, self);
	EXPECT_EQ(LEN, qmsg_msg_read(Q, rcvid, self->in, LEN, 0));
	EXPECT_EQ(0, memcmp(self->in, self->seen, LEN));
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(1, client_result(self->c));
	EXPECT_EQ(0, object_count("bytes"));
}

/* S2.27: the server has answered; the client, if it cannot take the reply, has the error. */
TEST_F(kinds, F3_F14_a_long_reply)
{
	self->c->args.send_len = 0;
	self->c->args.reply_len = LEN;
	for (int i = 0; i < TIMES; i++) {
		int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

		ASSERT_LT(0, rcvid);
		memset(self->out, 'r' + i, LEN);
		EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 2, self->out, LEN));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(variant->unwritable ? -EFAULT : 2, client_result(self->c));
		if (!variant->unreadable) {
			look(_metadata, self);
			EXPECT_EQ(variant->unwritable, !!memcmp(self->out, self->seen, LEN));
		}
		EXPECT_EQ(0, object_count("bytes"));
	}
}

TEST_F(kinds, F14_parts_of_a_long_reply)
{
	int64_t rcvid;

	if (variant->unwritable)
		return;
	self->c->args.send_len = 0;
	self->c->args.reply_len = LEN;
	for (int i = 0; i < TIMES; i++) {
		rcvid = client_send_received(self->c, Q, self->chid, NULL);
		ASSERT_LT(0, rcvid);
		memset(self->out, 'A' + i, LEN);
		EXPECT_EQ(LEN / 2, qmsg_msg_write(Q, rcvid, self->out, LEN / 2, 0));
		EXPECT_EQ(LEN - LEN / 2, qmsg_msg_write(Q, rcvid, self->out, LEN, LEN / 2));
		EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 3, self->out, LEN));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(3, client_result(self->c));
		look(_metadata, self);
		EXPECT_EQ(0, memcmp(self->out, self->seen, LEN));
	}
}

/* ---- pages of the kernel's that every process has ---- */

static int64_t do_vdso(void *arg)
{
	(void)arg;
	return getauxval(AT_SYSINFO_EHDR);
}

static int64_t do_vvar(void *arg)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[256];
	unsigned long start, found = 0;

	(void)arg;
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "[vvar]") && sscanf(line, "%lx-", &start) == 1)
			found = start;
	if (f)
		fclose(f);
	return found;
}

FIXTURE(kernels)
{
	struct peer *p;
	struct client *c;
	int chid;
	char *in;
};

FIXTURE_SETUP(kernels)
{
	self->in = malloc(PAGE);
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	self->p = peer_fork();
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	self->c->args.send_len = self->c->args.reply_len = PAGE;
}

FIXTURE_TEARDOWN_PARENT(kernels)
{
	EXPECT_EQ(0, wait_for_no_objects());
	EXPECT_EQ(0, wait_for_no_pins());
}

TEST_F(kernels, F14_the_vdso)
{
	int64_t rcvid, vdso = in_peer(self->p, do_vdso, 0);

	if (!vdso)
		SKIP(return, "no vDSO");
	self->c->args.send_ptr = self->c->args.reply_ptr = vdso;
	for (int i = 0; i < TIMES; i++) {
		rcvid = client_send_received(self->c, Q, self->chid, NULL);
		ASSERT_LT(0, rcvid);
		EXPECT_EQ(PAGE, qmsg_msg_read(Q, rcvid, self->in, PAGE, 0));
		EXPECT_EQ(0, memcmp(self->in, "\177ELF", 4));
		memset(self->in, 0, PAGE);
		EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, self->in, PAGE));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(-EFAULT, client_result(self->c));
	}
	/* ours is the same page as theirs */
	EXPECT_EQ(0, memcmp((char *)getauxval(AT_SYSINFO_EHDR), "\177ELF", 4));
}

/* It works or it does not; the kernel's clock is not stopped by that. */
TEST_F(kernels, F14_the_data_of_the_vdso)
{
	int64_t vvar = in_peer(self->p, do_vvar, 0);

	if (!vvar)
		SKIP(return, "no vvar");
	self->c->args.send_ptr = self->c->args.reply_ptr = vvar;
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_TRUE(wait_until(client_done(self->c) ||
			       read_channel(getpid(), Q, self->chid, "queued") == 1));
	if (!client_done(self->c)) {
		int64_t rcvid = receive_any(Q, self->chid);

		ASSERT_LT(0, rcvid);
		EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, self->in, PAGE));
		ASSERT_EQ(0, client_wait(self->c));
	}
	EXPECT_EQ(-EFAULT, client_result(self->c));
	EXPECT_EQ(0, object_count("bytes"));
}

/* Addresses of the kernel's own, which no user has. */
TEST_F(kernels, F14_A2_addresses_of_the_kernel)
{
	static const uint64_t bad[] = {
		0xffffffffff600000, 0xffffffff81000000, 0xffff888000000000, 0x7ffffffff000,
		0x800000000000, UINT64_MAX - PAGE + 1,
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		self->c->args.send_ptr = bad[i];
		self->c->args.reply_ptr = (uintptr_t)self->in;
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(-EFAULT, client_result(self->c)) TH_LOG("%llx", (long long)bad[i]);
	}
	EXPECT_EQ(0, object_count("bytes"));
}

TEST_HARNESS_MAIN
