// SPDX-License-Identifier: GPL-2.0-only
/*
 * F8, F9: a buffer in a file of a file system in user space whose server does not answer:
 * because it is the very process that is to receive the message, or because it hangs. Only
 * who owns the buffer waits, and he can be killed.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "hazard.h"

#define DIR	"/tmp/qmsg_fuse"
#define FILE_ID	2
#define BYTES	8192

/* ---- a file system of one file, which is full of 'f' ---- */

static int fuse_fd;		/* of the process that serves it */

static int fuse_answer(uint64_t unique, int error, void *data, size_t len)
{
	struct fuse_out_header head = {
		.len = sizeof(head) + len, .error = error, .unique = unique,
	};
	struct iovec iov[2] = { { &head, sizeof(head) }, { data, len } };

	return writev(fuse_fd, iov, 2) < 0 ? -errno : 0;
}

static struct fuse_attr attr_of(uint64_t id)
{
	return (struct fuse_attr){
		.ino = id, .size = id == FILE_ID ? BYTES : 0, .nlink = 1,
		.mode = id == FILE_ID ? S_IFREG | 0666 : S_IFDIR | 0777, .blksize = 4096,
	};
}

static int answer_init(struct fuse_in_header *in)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = 0, .max_write = 4096, .time_gran = 1,
	};

	return fuse_answer(in->unique, 0, &out, sizeof(out));
}

static int answer_lookup(struct fuse_in_header *in)
{
	struct fuse_entry_out out = {
		.nodeid = FILE_ID, .entry_valid = 100, .attr_valid = 100, .attr = attr_of(FILE_ID),
	};

	return fuse_answer(in->unique, 0, &out, sizeof(out));
}

static int answer_getattr(struct fuse_in_header *in)
{
	struct fuse_attr_out out = { .attr_valid = 100, .attr = attr_of(in->nodeid) };

	return fuse_answer(in->unique, 0, &out, sizeof(out));
}

static int fuse_serve_one(void)
{
	static char buf[FUSE_MIN_READ_BUFFER + 8192] __attribute__((aligned(8)));
	struct fuse_in_header *in = (struct fuse_in_header *)buf;

	if (read(fuse_fd, buf, sizeof(buf)) < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENOENT ? 0 : -errno;
	switch (in->opcode) {
	case FUSE_INIT:
		return answer_init(in);
	case FUSE_LOOKUP:
		return answer_lookup(in);
	case FUSE_GETATTR:
		return answer_getattr(in);
	case FUSE_OPEN:
		return fuse_answer(in->unique, 0, &(struct fuse_open_out){ 0 },
				   sizeof(struct fuse_open_out));
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return 0;
	default:
		return fuse_answer(in->unique, -ENOSYS, NULL, 0);
	}
}

static bool is_asked(int ms)
{
	struct pollfd pfd = { .fd = fuse_fd, .events = POLLIN };

	return poll(&pfd, 1, ms) == 1;
}

/* Until the other process has the file in its memory: nothing is asked for data yet. */
static int64_t do_serve(void *arg)
{
	atomic_int *mapped = arg;
	int err = 0;

	while (!err && !atomic_load(mapped))
		if (is_asked(1))
			err = fuse_serve_one();
	return err;
}

/*
 * Somebody needs data. The request is not even read: the kernel lets nobody go whose request
 * the file system has taken, which is a matter of FUSE alone.
 */
static int64_t do_wait_for_fault(void *arg)
{
	(void)arg;
	return is_asked(wait_limit_ms()) ? 0 : -ETIMEDOUT;
}

static int64_t do_mount(void *arg)
{
	char options[96];

	(void)arg;
	mkdir(DIR, 0777);
	fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse_fd < 0)
		return -errno;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		 fuse_fd);
	return mount("qmsg", DIR, "fuse", MS_NOSUID | MS_NODEV, options) ? -errno : 0;
}

/* The file system serves nobody any more: who waits for it gets an error. */
static int64_t do_abort(void *arg)
{
	(void)arg;
	return close(fuse_fd);
}

static int64_t do_map(void *arg)
{
	int fd = open(DIR "/file", O_RDONLY | O_CLOEXEC);
	void *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	(void)arg;
	close(fd);
	return p == MAP_FAILED ? -errno : (int64_t)(uintptr_t)p;
}

FIXTURE(fuse)
{
	struct peer *server;	/* it also is the file system */
	struct peer *p;		/* who maps the file */
	struct peer *other;
	int chid;		/* the server's */
	struct client *c, *bystander;
	struct receiver *r;
};

FIXTURE_SETUP(fuse)
{
	atomic_int *mapped = shared_alloc(sizeof(*mapped));
	int64_t at;

	self->server = peer_fork();
	self->p = peer_fork();
	self->other = peer_fork();
	at = in_peer(self->server, do_mount, 0);
	if (at == -ENOENT || at == -ENODEV || at == -ENXIO)
		SKIP(return, "no FUSE on this kernel: %s", strerror(-at));
	ASSERT_EQ(0, at);
	ASSERT_LE(0, peer_open(self->server));
	ASSERT_LE(0, peer_open(self->p));
	ASSERT_LE(0, peer_open(self->other));
	self->chid = peer_channel(self->server, QMSG_CHF_UNBLOCK);
	self->r = receiver_new(self->server, self->chid);
	self->c = client_connect(self->p, self->server->pid, self->chid);
	self->bystander = client_connect(self->other, self->server->pid, self->chid);
	ASSERT_TRUE(self->c != NULL && self->bystander != NULL);
	ASSERT_EQ(0, peer_start(self->server, do_serve, mapped));
	at = in_peer(self->p, do_map, 0);
	atomic_store(mapped, 1);
	ASSERT_EQ(0, peer_wait(self->server, NULL));
	ASSERT_LT(0, at) TH_LOG("%s", strerror(-at));
	self->c->args.send_ptr = self->c->args.reply_ptr = at;
	self->c->args.send_len = self->c->args.reply_len = BYTES;
}

FIXTURE_TEARDOWN_PARENT(fuse)
{
	umount2(DIR, MNT_DETACH | MNT_FORCE);
	rmdir(DIR);
	EXPECT_EQ(0, wait_for_no_objects());
}

/* The client wants to send, and the file system has been asked for the data. */
static void send_into_fault(struct __test_metadata *_metadata, FIXTURE_DATA(fuse) *self)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, in_peer(self->server, do_wait_for_fault, 0));
	EXPECT_FALSE(client_done(self->c));
}

static int64_t do_reply(void *arg)
{
	struct numbers *n = arg;

	return qmsg_msg_reply(Q, n->n[0], n->n[1], "reply", 6);
}

/* The channel works for everybody else. */
static void expect_service(struct __test_metadata *_metadata, FIXTURE_DATA(fuse) *self)
{
	ASSERT_EQ(0, receiver_go_blocked(self->r));
	ASSERT_EQ(0, client_send(self->bystander));
	ASSERT_EQ(0, receiver_wait(self->r));
	ASSERT_LT(0, receiver_result(self->r));
	EXPECT_EQ(self->bystander->w.tid, self->r->info.tid);
	EXPECT_EQ(0, in_peer(self->server, do_reply, receiver_result(self->r), 6));
	ASSERT_EQ(0, client_wait(self->bystander));
	EXPECT_EQ(6, client_result(self->bystander));
}

static void expect_killable(struct __test_metadata *_metadata, FIXTURE_DATA(fuse) *self)
{
	int status;

	EXPECT_FALSE(client_done(self->c));
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->p, &status));
	EXPECT_TRUE(WIFSIGNALED(status));
}

/* The server is RECEIVE-blocked: the data that the message waits for do not come. */
TEST_F(fuse, F8_the_server_itself_is_the_file_system)
{
	send_into_fault(_metadata, self);
	expect_service(_metadata, self);
	expect_killable(_metadata, self);
	expect_service(_metadata, self);
}

TEST_F(fuse, F9_a_message_in_a_file_that_hangs)
{
	send_into_fault(_metadata, self);
	expect_service(_metadata, self);
	ASSERT_EQ(0, in_peer(self->server, do_abort, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EFAULT, client_result(self->c));
	EXPECT_EQ(0, read_channel(self->server->pid, self->server->q, self->chid, "queued"));
}

/* The answer is given long before it can be stored (S2.27). */
TEST_F(fuse, F9_a_reply_into_a_file_that_hangs)
{
	self->c->args.send_len = 0;
	ASSERT_EQ(0, receiver_go_blocked(self->r));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, receiver_wait(self->r));
	ASSERT_EQ(0, in_peer(self->server, do_reply, receiver_result(self->r), 6));
	ASSERT_EQ(0, in_peer(self->server, do_wait_for_fault, 0));
	expect_service(_metadata, self);
	expect_killable(_metadata, self);
}

TEST_HARNESS_MAIN
