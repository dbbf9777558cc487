// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several messages in one, and clients that wait in a list with a lock: of the library of resource
 * managers. Rules: S10.11, S10.14, S10.16, S11.25.
 */
#include "parking.h"

#include <sys/mount.h>
#include <sys/stat.h>

#define TOP	"/tmp/qnx"
#define DEVICE	"/dev/combined"

/* What the tests see of the manager. */
struct manager {
	atomic_int ready, id, chid;
	atomic_int opened, closed;
	atomic_int locks, unlocks;	/* of the OCB */
	atomic_int written;
	atomic_int waiting;		/* parked readers, as the manager counts them */
	atomic_int let_go;		/* of a descriptor that was closed */
	atomic_int unblocks;		/* times that the handler was called */
	pid_t pid;
};

static struct manager *manager_seen;
static resmgr_waiters_t waiters;

static int count_open(resmgr_context_t *ctp, io_open_t *msg, RESMGR_HANDLE_T *handle, void *extra)
{
	manager_seen->opened++;
	return iofunc_open_default(ctp, msg, handle, extra);
}

static int count_close(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb)
{
	manager_seen->closed++;
	return iofunc_close_ocb_default(ctp, reserved, ocb);
}

static int lock_ocb(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb)
{
	manager_seen->locks++;
	return iofunc_lock_ocb_default(ctp, reserved, ocb);
}

static int unlock_ocb(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb)
{
	manager_seen->unlocks++;
	return iofunc_unlock_ocb_default(ctp, reserved, ocb);
}

/* The offset, as text; at 100 a reader waits. */
static int offset_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	static char text[16];
	int n, ret;

	(void)msg;
	if (ocb->offset == 100) {
		ret = resmgr_waiters_park(&waiters, ctp, 16, NULL);
		manager_seen->waiting++;
		return ret;
	}
	n = snprintf(text, sizeof(text), "%d", (int)ocb->offset);
	_IO_SET_READ_NBYTES(ctp, n);
	return _RESMGR_PTR(ctp, text, n);
}

/* Answers the one who has waited longest. */
static int any_write(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb)
{
	resmgr_waiter_t reader;
	char c = 0;

	(void)ocb;
	resmgr_msgread(ctp, &c, 1, sizeof(msg->i));
	manager_seen->written = c;
	if (resmgr_waiters_take(&waiters, &reader)) {
		manager_seen->waiting--;
		MsgReply(reader.rcvid, 1, &c, 1);
	}
	_IO_SET_WRITE_NBYTES(ctp, msg->i.nbytes);
	return EOK;
}

static int unblock(resmgr_context_t *ctp, io_pulse_t *msg, RESMGR_OCB_T *ocb)
{
	(void)msg;
	(void)ocb;
	manager_seen->unblocks++;
	return resmgr_waiters_unblock(&waiters, ctp);
}

static int close_dup(resmgr_context_t *ctp, io_close_t *msg, RESMGR_OCB_T *ocb)
{
	(void)msg;
	(void)ocb;
	manager_seen->let_go += resmgr_waiters_close(&waiters, ctp, EBADF);
	return EOK;
}

static int be_manager(void *arg)
{
	dispatch_context_t *ctp;
	dispatch_t *dpp = dispatch_create();

	manager_seen = arg;
	resmgr_waiters_init(&waiters);
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	connect_funcs.open = count_open;
	io_funcs.read = offset_read;
	io_funcs.write = any_write;
	io_funcs.close_ocb = count_close;
	io_funcs.lock_ocb = lock_ocb;
	io_funcs.unlock_ocb = unlock_ocb;
	io_funcs.unblock = unblock;
	io_funcs.close_dup = close_dup;
	iofunc_attr_init(&attr, S_IFCHR | 0666, NULL, NULL);
	attr.nbytes = 1000;
	manager_seen->id = resmgr_attach(dpp, NULL, DEVICE, _FTYPE_ANY, 0, &connect_funcs,
					 &io_funcs, &attr);
	ctp = dispatch_context_alloc(dpp);
	manager_seen->ready = 1;
	while ((ctp = dispatch_block(ctp)))
		dispatch_handler(ctp);
	return 1;
}

FIXTURE(combine) {
	struct manager *m;
	int fd;
};

FIXTURE_SETUP(combine)
{
	self->m = shared_alloc(sizeof(*self->m));
	ASSERT_EQ(0, module_load());
	self->m->pid = fork_child(be_manager, self->m);
	ASSERT_TRUE(wait_until(self->m->ready));
	self->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->m->locks = self->m->unlocks = 0;
}

FIXTURE_TEARDOWN(combine)
{
	close(self->fd);
	kill(self->m->pid, SIGKILL);
	EXPECT_EQ(0, reap(self->m->pid, NULL));
	EXPECT_TRUE(module_unload());
}

/* ---- S10.16 ---- */

struct seek_and_read {
	struct _io_lseek seek;
	struct _io_read read;
};

static struct seek_and_read seek_and_read(off_t offset)
{
	return (struct seek_and_read){
		.seek = { _IO_LSEEK, sizeof(struct _io_lseek) | _IO_COMBINE_FLAG, SEEK_SET, 0,
			  offset },
		.read = { _IO_READ, sizeof(struct _io_read), 16, _IO_XTYPE_NONE, 0 },
	};
}

/* One after the other, under one lock; the last one's answer. */
TEST_F(combine, in_order)
{
	struct seek_and_read msg = seek_and_read(42);
	char reply[16] = "";

	EXPECT_EQ(2, MsgSend(self->fd, &msg, sizeof(msg), reply, sizeof(reply)));
	EXPECT_EQ(0, strncmp("42", reply, 2));
	EXPECT_EQ(1, self->m->locks);
	EXPECT_EQ(1, self->m->unlocks);
}

/* What goes wrong ends it. */
TEST_F(combine, error_in_between)
{
	struct seek_and_read msg = seek_and_read(-5);
	char reply[16] = "";

	EXPECT_EQ(-1, MsgSend(self->fd, &msg, sizeof(msg), reply, sizeof(reply)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(self->m->locks, self->m->unlocks);
}

/* resmgr_msgread() reads behind the message that is handled. */
TEST_F(combine, bytes_of_the_last)
{
	struct {
		struct _io_lseek seek;
		struct _io_write write;
		char c;
	} msg = {
		.seek = { _IO_LSEEK, sizeof(struct _io_lseek) | _IO_COMBINE_FLAG, SEEK_SET, 0, 1 },
		.write = { _IO_WRITE, sizeof(struct _io_write), 1, _IO_XTYPE_NONE, 0 },
		.c = 'w',
	};

	EXPECT_EQ(1, MsgSend(self->fd, &msg, sizeof(msg), NULL, 0));
	EXPECT_EQ('w', self->m->written);
}

/* Lengths that lead nowhere: errors, and the manager is there afterwards. */
TEST_F(combine, bad_lengths)
{
	static const uint16_t lengths[] = { 0, 2, 3, 17, 40, 5000, 0x7fff, 0x7ffc };
	struct seek_and_read msg;
	char reply[16];
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		msg = seek_and_read(42);
		msg.seek.combine_len = lengths[i] | _IO_COMBINE_FLAG;
		EXPECT_EQ(-1, MsgSend(self->fd, &msg, sizeof(msg), reply, sizeof(reply)));
		EXPECT_TRUE(errno == EINVAL || errno == EMSGSIZE || errno == ENOSYS);
	}
	msg = seek_and_read(7);
	EXPECT_EQ(1, MsgSend(self->fd, &msg, sizeof(msg), reply, sizeof(reply)));
	EXPECT_EQ(self->m->locks, self->m->unlocks);
}

/* ---- opened for one message ---- */

struct connect_and_seek {
	struct _io_connect connect;
	struct _io_lseek seek;
} __attribute__((aligned(8)));

/* Only the kernel opens files: no program, and not through a file that is open either. */
TEST_F(combine, connect_by_hand)
{
	int coid = ConnectAttach(0, self->m->pid, 1, _NTO_SIDE_CHANNEL, 0);
	struct connect_and_seek msg = {
		.connect = {
			.type = _IO_CONNECT,
			.subtype = _IO_CONNECT_COMBINE_CLOSE,
			.handle = self->m->id,
			.ioflag = _IO_FLAG_RD,
			.path_len = 1,
		},
		.seek = { _IO_LSEEK, sizeof(struct _io_lseek), SEEK_END, 0, 0 },
	};
	uint64_t offset;

	ASSERT_NE(-1, coid);
	EXPECT_EQ(-1, MsgSend(coid, &msg, sizeof(msg), &offset, sizeof(offset)));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, MsgSend(self->fd, &msg, sizeof(msg), &offset, sizeof(offset)));
	EXPECT_NE(0, errno);
	EXPECT_EQ(1, self->m->opened);
	EXPECT_EQ(0, self->m->closed);
	EXPECT_EQ(0, ConnectDetach(coid));
}

/* stat(2) in a mount: opened, asked, closed, each once. */
TEST_F(combine, stat)
{
	struct stat st;

	mkdir(TOP, 0755);
	ASSERT_EQ(0, mount("none", TOP, "qmsgfs", 0, NULL));
	EXPECT_EQ(0, stat(TOP DEVICE, &st));
	EXPECT_EQ(1000, st.st_size);
	EXPECT_EQ(2, self->m->opened);
	EXPECT_TRUE(wait_until(self->m->closed == 1));
	EXPECT_EQ(self->m->locks, self->m->unlocks);
	EXPECT_EQ(0, umount(TOP));
}

/* ---- waiters ---- */

struct waiter {
	int fd;
	int ret, error;
	char c;
	bool handles;
};

static void note(int sig)
{
	(void)sig;
}

static int be_waiter(void *arg)
{
	struct sigaction sa = { .sa_handler = note };
	struct waiter *w = arg;

	sigaction(SIGUSR1, &sa, NULL);
	lseek(w->fd, 100, SEEK_SET);
	w->ret = read(w->fd, &w->c, 1);
	w->error = w->ret < 0 ? errno : 0;
	return 0;
}

/* The first of them first. */
static bool two_wait(FIXTURE_DATA(combine) *self, struct waiter *w, pid_t *pid)
{
	for (int i = 0; i < 2; i++) {
		w[i].fd = self->fd;
		pid[i] = fork_child(be_waiter, &w[i]);
		if (!wait_until(self->m->waiting == i + 1))
			return false;
	}
	return true;
}

TEST_F(combine, first_come)
{
	struct waiter *w = shared_alloc(2 * sizeof(*w));
	pid_t pid[2];

	ASSERT_TRUE(two_wait(self, w, pid));
	EXPECT_EQ(1, write(self->fd, "1", 1));
	EXPECT_EQ(0, reap(pid[0], NULL));
	EXPECT_EQ('1', w[0].c);
	EXPECT_EQ(1, write(self->fd, "2", 1));
	EXPECT_EQ(0, reap(pid[1], NULL));
	EXPECT_EQ('2', w[1].c);
	/* Nobody waits: nothing is answered. */
	EXPECT_EQ(1, write(self->fd, "3", 1));
}

/* A signal that is not to be restarted ends the wait of whom it comes to. */
TEST_F(combine, let_go)
{
	struct waiter *w = shared_alloc(2 * sizeof(*w));
	pid_t pid[2];

	ASSERT_TRUE(two_wait(self, w, pid));
	ASSERT_EQ(0, kill(pid[1], SIGUSR1));
	EXPECT_EQ(0, reap(pid[1], NULL));
	EXPECT_EQ(EINTR, w[1].error);
	EXPECT_EQ(1, write(self->fd, "1", 1));
	EXPECT_EQ(0, reap(pid[0], NULL));
	EXPECT_EQ('1', w[0].c);
}

/*
 * S11.25: a client is answered as it wants to leave. It gets the one or the other, and nobody is
 * left in the list.
 */
TEST_F(combine, answered_or_let_go)
{
	struct waiter *w = shared_alloc(sizeof(*w));
	int i, n = few_rounds(200);
	pid_t pid;

	w->fd = self->fd;
	for (i = 0; i < n; i++) {
		int before = self->m->waiting;

		pid = fork_child(be_waiter, w);
		ASSERT_TRUE(wait_until(self->m->waiting == before + 1));
		kill(pid, SIGUSR1);
		ASSERT_EQ(1, write(self->fd, "x", 1));
		ASSERT_EQ(0, reap(pid, NULL));
		ASSERT_TRUE(w->ret == 1 || w->error == EINTR);
		if (w->error)
			self->m->waiting = before;
	}
}

TEST_HARNESS_MAIN
