// SPDX-License-Identifier: GPL-2.0-only
/*
 * F1, F3 - F6, F14: buffers in every kind of memory, and in memory that is unmapped, moved,
 * emptied, split and merged while it is copied. What arrives was there at some time, or
 * the owner of the memory gets EFAULT; nobody else notices.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "hazard.h"

#define PAGE	4096UL
#define SPACE	(4UL << 20)	/* of the moving memory: two huge pages */
#define HUGE	(2UL << 20)
#define BUFFER	(64 * PAGE)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

/* ---- memory that does not stand still ---- */

/* In the client process: what its second thread does to the buffer, for ever. */
struct moving {
	char *base;		/* SPACE bytes, aligned as a huge page is */
	char *at;		/* of them BUFFER, in both huge pages */
	int file;		/* behind it, or -1 */
	atomic_int rounds;	/* of the thread */
};

static struct moving moving;

static void op_protect(struct moving *m)
{
	mprotect(m->at + PAGE, BUFFER / 2, PROT_NONE);
	mprotect(m->at + PAGE, BUFFER / 2, PROT_READ);
	mprotect(m->at + PAGE, BUFFER / 2, PROT_READ | PROT_WRITE);
}

static void op_unmap(struct moving *m)
{
	munmap(m->at + PAGE, BUFFER / 2);
	mmap(m->at + PAGE, BUFFER / 2, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memset(m->at + PAGE, 'b', BUFFER / 4);
}

static void op_move(struct moving *m)
{
	static char *spare;

	if (!spare)
		spare = mmap(NULL, BUFFER, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mremap(m->at, BUFFER / 2, BUFFER / 2, MREMAP_MAYMOVE | MREMAP_FIXED, spare);
	mremap(spare, BUFFER / 2, BUFFER / 2, MREMAP_MAYMOVE | MREMAP_FIXED, m->at);
	memset(m->at, 'b', PAGE);
}

static void op_dontneed(struct moving *m)
{
	madvise(m->at, BUFFER, MADV_DONTNEED);
	memset(m->at, 'b', BUFFER / 4);
}

static void op_free(struct moving *m)
{
	madvise(m->at, BUFFER, MADV_FREE);
	madvise(m->at, BUFFER, MADV_PAGEOUT);
	memset(m->at, 'b', BUFFER / 4);
}

static void op_punch(struct moving *m)
{
	fallocate(m->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, m->at - m->base + PAGE,
		  BUFFER / 2);
	memset(m->at, 'b', BUFFER / 4);
}

static void op_truncate(struct moving *m)
{
	if (ftruncate(m->file, m->at - m->base + PAGE) || ftruncate(m->file, SPACE))
		abort();
}

/* Small pages where a huge one was, and back. */
static void op_huge(struct moving *m)
{
	madvise(m->base, SPACE, MADV_HUGEPAGE);
	madvise(m->at + 7 * PAGE, PAGE, MADV_DONTNEED);
	mprotect(m->base + HUGE + PAGE, PAGE, PROT_READ);
	mprotect(m->base + HUGE + PAGE, PAGE, PROT_READ | PROT_WRITE);
	memset(m->at, 'b', BUFFER / 4);
	madvise(m->base, SPACE, MADV_COLLAPSE);
}

/* ksmd itself walks behind this. */
static void op_merge(struct moving *m)
{
	madvise(m->at, BUFFER, MADV_MERGEABLE);
	memset(m->at, 'b', BUFFER / 4);
	madvise(m->at, BUFFER, MADV_UNMERGEABLE);
}

static void (*const ops[])(struct moving *m) = {
	op_protect, op_unmap, op_move, op_dontneed, op_free, op_punch, op_truncate, op_huge,
	op_merge,
};

enum { PROTECT, UNMAP, MOVE, DONTNEED, FREE, PUNCH, TRUNCATE, HUGE_PAGES, MERGE };

static void *move_for_ever(void *arg)
{
	void (*op)(struct moving *m) = arg;

	for (;;) {
		op(&moving);
		atomic_fetch_add(&moving.rounds, 1);
	}
	return NULL;
}

/* Aligned as a huge page is. */
static char *map_space(int file)
{
	int flags = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	char *area = mmap(NULL, SPACE + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = (char *)(((uintptr_t)area + HUGE - 1) & ~(HUGE - 1));

	return mmap(at, SPACE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, file, 0);
}

/* n: op, whether the memory is a file's. The address of the buffer, or -errno. */
static int64_t do_start_moving(void *arg)
{
	struct numbers *n = arg;
	pthread_t thread;

	moving.file = n->n[1] ? memfd_create("moving", MFD_CLOEXEC) : -1;
	if (n->n[1] && (moving.file < 0 || ftruncate(moving.file, SPACE)))
		return -errno;
	moving.base = map_space(moving.file);
	if (moving.base == MAP_FAILED)
		return -errno;
	moving.at = moving.base + HUGE - BUFFER / 2;
	memset(moving.at, 'a', BUFFER);
	if (pthread_create(&thread, NULL, move_for_ever, ops[n->n[0]]))
		return -EAGAIN;
	return (int64_t)(uintptr_t)moving.at;
}

static int64_t do_count_moves(void *arg)
{
	(void)arg;
	return atomic_load(&moving.rounds);
}

FIXTURE(moving)
{
	struct peer *p;
	int chid;
	struct client *c;
	char *in, *out;
};

FIXTURE_VARIANT(moving)
{
	int op;
	bool file;
};

#define MOVING(name, _op, _file)			\
	FIXTURE_VARIANT_ADD(moving, name)		\
	{						\
		.op = _op, .file = _file,		\
	}

MOVING(protected, PROTECT, false);
MOVING(unmapped, UNMAP, false);
MOVING(moved, MOVE, false);
MOVING(not_needed, DONTNEED, false);
MOVING(freed, FREE, false);
MOVING(punched, PUNCH, true);
MOVING(truncated, TRUNCATE, true);
MOVING(huge_and_small, HUGE_PAGES, false);
MOVING(merged, MERGE, false);

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	close(fd);
	return err;
}

/* They do not stay when the test has failed: these are settings of the machine. */
static void machine_settings(bool on)
{
	put("/sys/kernel/mm/ksm/run", on ? "1" : "2");
	put("/sys/kernel/mm/ksm/sleep_millisecs", on ? "1" : "20");
	put("/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs",
	    on ? "10" : "10000");
}

FIXTURE_SETUP(moving)
{
	int64_t at;

	if (variant->op == HUGE_PAGES || variant->op == MERGE)
		machine_settings(true);
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	at = in_peer(self->p, do_start_moving, variant->op, variant->file);
	ASSERT_LT(0, at);
	self->c = client_connect(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->c != NULL);
	self->c->args.send_ptr = self->c->args.reply_ptr = at;
	self->c->args.send_len = self->c->args.reply_len = BUFFER;
	self->in = malloc(BUFFER);
	self->out = malloc(BUFFER);
	memset(self->out, 'r', BUFFER);
}

FIXTURE_TEARDOWN_PARENT(moving)
{
	if (variant->op == HUGE_PAGES || variant->op == MERGE)
		machine_settings(false);
	EXPECT_EQ(0, wait_for_no_objects());
}

/* Old, new, of an earlier reply, or emptied; never anybody else's. */
static bool is_ours(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != 0 && p[i] != 'a' && p[i] != 'b' && p[i] != 'r')
			return false;
	return true;
}

/* Until the client is queued, or has come back with EFAULT: whether it is queued. */
static bool is_sent(FIXTURE_DATA(moving) *self)
{
	return wait_until(client_done(self->c) ||
			  read_channel(getpid(), Q, self->chid, "queued") == 1) &&
	       !client_done(self->c);
}

TEST_F(moving, F4_F5_memory_that_changes_during_the_copy)
{
	int n = few_rounds(8), sent = 0, arrived = 0;

	for (int i = 0; i < n; i++) {
		int64_t rcvid;

		ASSERT_EQ(0, client_send(self->c));
		if (!is_sent(self)) {
			ASSERT_EQ(-EFAULT, client_result(self->c)) TH_LOG("round %d", i);
			continue;
		}
		rcvid = receive_soon(Q, self->chid, self->in, BUFFER, NULL);
		ASSERT_LT(0, rcvid);
		ASSERT_TRUE(is_ours(self->in, BUFFER)) TH_LOG("round %d", i);
		ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 4, self->out, BUFFER));
		ASSERT_EQ(0, client_wait(self->c));
		ASSERT_TRUE(client_result(self->c) == 4 || client_result(self->c) == -EFAULT)
			TH_LOG("round %d: %lld", i, (long long)client_result(self->c));
		sent++;
		arrived += client_result(self->c) == 4;
	}
	TH_LOG("%d rounds: %d sent, %d answers arrived, %lld changes", n, sent, arrived,
	       (long long)in_peer(self->p, do_count_moves, 0));
	EXPECT_LT(0, in_peer(self->p, do_count_moves, 0));
}

/* ---- memory of other kinds ---- */

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

	put("/proc/sys/vm/nr_hugepages", "2");
	p = mmap(NULL, SPACE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (p == MAP_FAILED)
		SKIP(return, "no huge pages to be had");
	ASSERT_TRUE(mirror_start(self) != NULL);
	exchange_unaligned(_metadata, self, p);
	munmap(p, SPACE);
	EXPECT_EQ(0, put("/proc/sys/vm/nr_hugepages", "0"));
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

	EXPECT_TRUE(ret == (int64_t)PAGE || ret == -EFAULT) TH_LOG("%s: %lld", name, (long long)ret);
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
