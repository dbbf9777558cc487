// SPDX-License-Identifier: GPL-2.0-only
/*
 * F9, F14: buffers in a file that a file system has to be asked about before it is written to
 * (here one in user space): such pages may not be written behind its back, however long they
 * are shown. Replies into them arrive, and in the file as well.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "../hazards/hazard.h"
#include "pins.h"
#include "window.h"

#define DIR	"/tmp/qmsg_window_fuse"
#define FILE_ID	2
#define LEN	(4 * PAGE)

/* ---- a file system of one file, kept in shared memory ---- */

struct disk {
	char bytes[LEN];
	atomic_int reads, writes, stop;
};

static struct disk *disk;
static int fuse_fd;

static int fuse_answer(uint64_t unique, int error, const void *data, size_t len)
{
	struct fuse_out_header head = {
		.len = sizeof(head) + len, .error = error, .unique = unique,
	};
	struct iovec iov[2] = { { &head, sizeof(head) }, { (void *)data, len } };

	return writev(fuse_fd, iov, 2) < 0 ? -errno : 0;
}

#define ANSWER_WITH(in, ...)	fuse_answer((in)->unique, 0, &(__VA_ARGS__), sizeof(__VA_ARGS__))

static struct fuse_attr attr_of(uint64_t id)
{
	return (struct fuse_attr){
		.ino = id, .size = id == FILE_ID ? LEN : 0, .nlink = 1,
		.mode = id == FILE_ID ? S_IFREG | 0666 : S_IFDIR | 0777, .blksize = 4096,
	};
}

static int answer_read(struct fuse_in_header *in)
{
	struct fuse_read_in *arg = (struct fuse_read_in *)(in + 1);
	size_t len = arg->offset >= LEN ? 0 : arg->size;

	if (len > LEN - arg->offset)
		len = LEN - arg->offset;
	atomic_fetch_add(&disk->reads, 1);
	return fuse_answer(in->unique, 0, disk->bytes + arg->offset, len);
}

static int answer_write(struct fuse_in_header *in)
{
	struct fuse_write_in *arg = (struct fuse_write_in *)(in + 1);
	struct fuse_write_out out = { .size = arg->size };

	if (arg->offset + arg->size <= LEN)
		memcpy(disk->bytes + arg->offset, arg + 1, arg->size);
	atomic_fetch_add(&disk->writes, 1);
	return ANSWER_WITH(in, out);
}

static int fuse_serve_one(void)
{
	static char buf[FUSE_MIN_READ_BUFFER + 65536] __attribute__((aligned(8)));
	struct fuse_in_header *in = (struct fuse_in_header *)buf;

	if (read(fuse_fd, buf, sizeof(buf)) < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENOENT ? 0 : -errno;
	switch (in->opcode) {
	case FUSE_INIT:
		return ANSWER_WITH(in, (struct fuse_init_out){
			.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
			.max_write = 65536, .time_gran = 1 });
	case FUSE_LOOKUP:
		return ANSWER_WITH(in, (struct fuse_entry_out){
			.nodeid = FILE_ID, .entry_valid = 100, .attr_valid = 100,
			.attr = attr_of(FILE_ID) });
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		return ANSWER_WITH(in, (struct fuse_attr_out){
			.attr_valid = 100, .attr = attr_of(in->nodeid) });
	case FUSE_OPEN:
		return ANSWER_WITH(in, (struct fuse_open_out){ .open_flags = FOPEN_KEEP_CACHE });
	case FUSE_READ:
		return answer_read(in);
	case FUSE_WRITE:
		return answer_write(in);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return 0;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_FSYNC:
		return fuse_answer(in->unique, 0, NULL, 0);
	default:
		return fuse_answer(in->unique, -ENOSYS, NULL, 0);
	}
}

static int serve(void *arg)
{
	struct pollfd pfd = { .fd = fuse_fd, .events = POLLIN };
	int err = 0;

	(void)arg;
	while (!err && !atomic_load(&disk->stop))
		if (poll(&pfd, 1, 10) == 1)
			err = fuse_serve_one();
	return 0;
}

static int mount_it(void)
{
	char options[96];

	mkdir(DIR, 0777);
	fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse_fd < 0)
		return -errno;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		 fuse_fd);
	return mount("qmsg", DIR, "fuse", MS_NOSUID | MS_NODEV, options) ? -errno : 0;
}

/* ---- the client's process, which has the file in its memory ---- */

static int file = -1;
static char *mapped;

/* n: MAP_SHARED or MAP_PRIVATE */
static int64_t do_map(void *arg)
{
	file = open(DIR "/file", O_RDWR | O_CLOEXEC);
	mapped = mmap(NULL, LEN, PROT_READ | PROT_WRITE, ((struct numbers *)arg)->n[0], file, 0);
	if (file < 0 || mapped == MAP_FAILED)
		return -errno;
	return (int64_t)(uintptr_t)mapped;
}

static int64_t do_touch(void *arg)
{
	memset(mapped, ((struct numbers *)arg)->n[0], LEN);
	return 0;
}

static int64_t do_is(void *arg)
{
	char byte = ((struct numbers *)arg)->n[0];

	for (size_t i = 0; i < LEN; i++)
		if (mapped[i] != byte)
			return false;
	return true;
}

static int64_t do_sync(void *arg)
{
	(void)arg;
	return fsync(file) ? -errno : 0;
}

/* Nobody has the file open any more: it is as good as written. */
static int64_t do_let_go(void *arg)
{
	(void)arg;
	if (msync(mapped, LEN, MS_SYNC) || munmap(mapped, LEN) || close(file))
		return -errno;
	file = -1;
	return 0;
}

static int64_t do_sync_all(void *arg)
{
	(void)arg;
	sync();
	return 0;
}

FIXTURE(file)
{
	pid_t fs;
	struct peer *p;
	struct client *c;
	int chid;
	char *out, *in;
};

FIXTURE_SETUP(file)
{
	int err = mount_it();

	if (err == -ENOENT || err == -ENODEV || err == -ENXIO)
		SKIP(return, "no FUSE on this kernel: %s", strerror(-err));
	ASSERT_EQ(0, err);
	disk = shared_alloc(sizeof(*disk));
	memset(disk->bytes, 'd', LEN);
	self->fs = fork_child(serve, NULL);
	ASSERT_LT(0, self->fs);
	close(fuse_fd);
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	self->p = peer_fork();
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	self->out = malloc(LEN);
	self->in = malloc(LEN);
}

FIXTURE_TEARDOWN_PARENT(file)
{
	umount2(DIR, MNT_DETACH | MNT_FORCE);
	rmdir(DIR);
	EXPECT_EQ(0, wait_for_no_objects());
	EXPECT_EQ(0, wait_for_no_pins());
}

static void end(struct __test_metadata *_metadata, FIXTURE_DATA(file) *self)
{
	ASSERT_EQ(0, peer_end(self->p));
	umount2(DIR, 0);
	atomic_store(&disk->stop, 1);
	ASSERT_EQ(0, reap(self->fs, NULL));
}

static void map_it(struct __test_metadata *_metadata, FIXTURE_DATA(file) *self, int flags)
{
	int64_t at = in_peer(self->p, do_map, flags);

	ASSERT_LT(0, at) TH_LOG("%s", strerror(-at));
	self->c->args.send_ptr = self->c->args.reply_ptr = at;
}

/* @len bytes of message, and all of it as room. */
static void answer(struct __test_metadata *_metadata, FIXTURE_DATA(file) *self, size_t len,
		   char byte)
{
	int64_t rcvid;

	self->c->args.send_len = len;
	self->c->args.reply_len = LEN;
	rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ((ssize_t)len, qmsg_msg_read(Q, rcvid, self->in, len, 0));
	memset(self->out, byte, LEN);
	ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, self->out, LEN));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(1, client_result(self->c));
	EXPECT_EQ(1, in_peer(self->p, do_is, byte));
}

TEST_F(file, F14_replies_into_a_file_reach_the_file)
{
	map_it(_metadata, self, MAP_SHARED);
	for (int i = 0; i < 5; i++) {
		answer(_metadata, self, i & 1 ? LEN : 0, 'A' + i);
		ASSERT_EQ(0, in_peer(self->p, do_sync, 0));
		EXPECT_EQ('A' + i, disk->bytes[0]);
		EXPECT_EQ('A' + i, disk->bytes[LEN - 1]);
		if (i & 1) {
			EXPECT_EQ('A' + i - 1, self->in[LEN - 1]);
		}
	}
	end(_metadata, self);
}

TEST_F(file, F14_replies_into_a_private_copy_do_not)
{
	map_it(_metadata, self, MAP_PRIVATE);
	for (int i = 0; i < 5; i++) {
		answer(_metadata, self, LEN, 'A' + i);
		EXPECT_EQ(i ? 'A' + i - 1 : 'd', self->in[LEN / 2]);
		EXPECT_EQ('d', disk->bytes[0]);
	}
	EXPECT_EQ(0, atomic_load(&disk->writes));
	end(_metadata, self);
}

/*
 * The file is written back and closed while its memory is room for a reply that comes later.
 * What is written there then finds no file that it could be written back to.
 */
TEST_F(file, F9_F14_a_file_that_is_written_back_and_closed_meanwhile)
{
	map_it(_metadata, self, MAP_SHARED);
	answer(_metadata, self, 0, 'o');
	for (int i = 0; i < 3; i++) {
		int64_t rcvid;

		ASSERT_EQ(0, in_peer(self->p, do_touch, 'o'));
		self->c->args.send_len = 0;
		rcvid = client_send_received(self->c, Q, self->chid, NULL);
		ASSERT_LT(0, rcvid);
		ASSERT_EQ(0, in_peer(self->p, do_let_go, 0));
		memset(self->out, 'r', LEN);
		EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, self->out, LEN));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(0, in_peer(self->p, do_sync_all, 0));
		map_it(_metadata, self, MAP_SHARED);
		EXPECT_EQ(1, in_peer(self->p, do_is, 'o'));
	}
	end(_metadata, self);
}

TEST_HARNESS_MAIN
