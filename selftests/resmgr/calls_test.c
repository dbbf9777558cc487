// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls beside the great ones: parts of messages, ids and paths, names on a dispatch handle, the
 * names of QNX's first resource managers, pools that come to their end. Rules: S10.18, S10.22,
 * S10.23, S10.29.
 */
#define THREAD_POOL_PARAM_T dispatch_context_t
#include <sys/iofunc.h>
#include <sys/dispatch.h>

#include "module.h"

#include <sys/ioctl.h>
#include <sys/stat.h>

#define FILE_PATH	"/dev/calls"
#define OWN		0x400

static resmgr_connect_funcs_t connect_funcs;
static resmgr_io_funcs_t io_funcs;
static iofunc_attr_t attr;
static dispatch_t *dpp;
static int id;
static pthread_t server;
static atomic_int read_size, closed;

/* The answer is written in two pieces, and only its length is replied. */
static int on_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	iov_t iov[2];

	(void)ocb;
	read_size = msg->i.nbytes;
	if (msg->i.nbytes == 1) {
		ctp->status = 1;
		return resmgr_msgreply(ctp, "r", 1) ? errno : _RESMGR_NOREPLY;
	}
	SETIOV(&iov[0], "cd", 2);
	SETIOV(&iov[1], "ef", 2);
	if (resmgr_msgwrite(ctp, "ab", 2, 0) != 2 || resmgr_msgwritev(ctp, iov, 2, 2) != 4)
		return EIO;
	_IO_SET_READ_NBYTES(ctp, 6);
	return EOK;
}

static char written[8];

/* Of a long write: its first bytes, some across the end of the buffer, and the last. */
static char first_of[4], across[8], last_of[4], beyond[4];
static atomic_int got[4];

static int get_parts(resmgr_context_t *ctp, const io_write_t *msg)
{
	size_t n = msg->i.nbytes, edge = ctp->msg_max_size - sizeof(msg->i);
	iov_t iov[2];

	got[0] = resmgr_msgget(ctp, first_of, sizeof(first_of), sizeof(msg->i));
	SETIOV(&iov[0], across, 2);
	SETIOV(&iov[1], across + 2, 6);
	got[1] = resmgr_msggetv(ctp, iov, 2, sizeof(msg->i) + edge - 4);
	got[2] = resmgr_msgget(ctp, last_of, sizeof(last_of), sizeof(msg->i) + n - 4);
	got[3] = resmgr_msgget(ctp, beyond, sizeof(beyond), sizeof(msg->i) + n - 1);
	_IO_SET_WRITE_NBYTES(ctp, edge);
	return EOK;
}

static int on_write(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb)
{
	char first[3] = "", second[4] = "";
	iov_t iov[2];

	(void)ocb;
	if (msg->i.nbytes > 1000)
		return get_parts(ctp, msg);
	SETIOV(&iov[0], first, 2);
	SETIOV(&iov[1], second, 3);
	if (resmgr_msgreadv(ctp, iov, 2, sizeof(msg->i)) != 5)
		return EIO;
	snprintf(written, sizeof(written), "%s-%s", first, second);
	if (written[0] == 'u')
		return resmgr_unbind(ctp) ? errno : EOK;
	_IO_SET_WRITE_NBYTES(ctp, 5);
	return EOK;
}

static int on_close(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb)
{
	closed++;
	return iofunc_close_ocb_default(ctp, reserved, ocb);
}

static int on_sync(resmgr_context_t *ctp, io_sync_t *msg, RESMGR_OCB_T *ocb)
{
	return iofunc_sync_verify(ctp, msg, ocb) == EOK ? EOK : EIO;
}

static atomic_int commands, last_command;

static int on_devctl(resmgr_context_t *ctp, io_devctl_t *msg, RESMGR_OCB_T *ocb)
{
	(void)ctp;
	(void)ocb;
	commands++;
	last_command = msg->i.dcmd;
	return msg->i.dcmd ? ENOSYS : EOK;
}

static atomic_int truncated;

static int on_space(resmgr_context_t *ctp, io_space_t *msg, RESMGR_OCB_T *ocb)
{
	(void)ctp;
	(void)msg;
	(void)ocb;
	truncated++;
	return EOK;
}

/* Under the older names. */
static void *serve(void *unused)
{
	resmgr_context_t *ctp = resmgr_context_alloc(dpp);

	while ((ctp = resmgr_block(ctp)))
		resmgr_handler(ctp);
	return unused;
}

FIXTURE(calls) {
	int fd;
};

FIXTURE_SETUP(calls)
{
	ASSERT_EQ(0, module_load());
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	io_funcs.read = on_read;
	io_funcs.write = on_write;
	io_funcs.close_ocb = on_close;
	io_funcs.sync = on_sync;
	io_funcs.devctl = on_devctl;
	io_funcs.space = on_space;
	iofunc_attr_init(&attr, S_IFCHR | 0666, NULL, NULL);
	dpp = dispatch_create();
	id = resmgr_attach(dpp, NULL, FILE_PATH, _FTYPE_ANY, 0, &connect_funcs, &io_funcs, &attr);
	ASSERT_NE(-1, id);
	ASSERT_EQ(0, pthread_create(&server, NULL, serve, NULL));
	self->fd = open(FILE_PATH, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(calls)
{
	int fd;

	close(self->fd);
	EXPECT_EQ(0, ChannelDestroy(1));
	EXPECT_EQ(0, pthread_join(server, NULL));
	EXPECT_EQ(0, dispatch_destroy(dpp));
	for (fd = 3; fd < 64; fd++)
		close(fd);
	EXPECT_TRUE(module_unload());
}

TEST_F(calls, pieces)
{
	char buf[16] = "";

	EXPECT_EQ(6, read(self->fd, buf, 10));
	EXPECT_STREQ("abcdef", buf);
	EXPECT_EQ(10, read_size);
	EXPECT_EQ(1, read(self->fd, buf, 1));
	EXPECT_EQ('r', buf[0]);
	EXPECT_EQ(5, write(self->fd, "12345", 5));
	EXPECT_STREQ("12-345", written);
	EXPECT_EQ(0, fsync(self->fd));
}

/* What is in the buffer, what is not, and what is beyond the end. */
TEST_F(calls, get)
{
	static char text[20000];
	size_t edge, i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7 + i / 256);
	edge = (size_t)write(self->fd, text, sizeof(text));
	ASSERT_GT(sizeof(text), edge);
	EXPECT_EQ(4, got[0]);
	EXPECT_EQ(0, memcmp(first_of, text, 4));
	EXPECT_EQ(8, got[1]);
	EXPECT_EQ(0, memcmp(across, text + edge - 4, 8));
	EXPECT_EQ(4, got[2]);
	EXPECT_EQ(0, memcmp(last_of, text + sizeof(text) - 4, 4));
	EXPECT_EQ(1, got[3]);
	EXPECT_EQ(text[sizeof(text) - 1], beyond[0]);
}

/* One devctl() is one message, also where its command is not known. */
TEST_F(calls, unknown_command)
{
	char byte;

	EXPECT_EQ(ENOTTY, devctl(self->fd, __DIOTF(_DCMD_MISC, 77, byte), &byte, 1, NULL));
	EXPECT_EQ(1, commands);
	EXPECT_EQ(EINVAL, devctl(self->fd, __DIOTF(_DCMD_MISC, 77, byte), &byte,
				 (size_t)INT_MAX + 1, NULL));
	EXPECT_EQ(1, commands);
	EXPECT_EQ(-1, ioctl(self->fd, 0x7777));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(2, commands);
}

/* What of a message was not sent is zero, and not what another has sent before. */
TEST_F(calls, short_message)
{
	struct _io_combine msg = { .type = _IO_DEVCTL, .combine_len = sizeof(msg) };

	EXPECT_EQ(ENOTTY, devctl(self->fd, __DION(_DCMD_MISC, 78), NULL, 0, NULL));
	EXPECT_NE(0, last_command);
	EXPECT_EQ(0, MsgSend(self->fd, &msg, sizeof(msg), NULL, 0));
	EXPECT_EQ(0, last_command);
}

/* By hand nothing can be done that the descriptor is not good for. */
TEST_F(calls, truncate_by_hand)
{
	struct _io_space msg = { .type = _IO_SPACE, .combine_len = sizeof(msg) };
	int fd = open(FILE_PATH, O_RDONLY | O_CLOEXEC);

	EXPECT_EQ(-1, MsgSend(fd, &msg, sizeof(msg), NULL, 0));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(0, truncated);
	EXPECT_EQ(0, MsgSend(self->fd, &msg, sizeof(msg), NULL, 0));
	EXPECT_EQ(1, truncated);
	close(fd);
}

#define PART	"/0123456789012345678901234567890"
#define DEEP	1023

/* The longest path that a node can have is that of the working directory already. */
TEST_F(calls, deep)
{
	char path[DEEP + 1] = "/tmp/deep";
	size_t len = strlen(path);

	while (len < DEEP) {
		size_t n = DEEP - len < 2 * strlen(PART) ? DEEP - len : strlen(PART);

		mkdir(path, 0755);
		snprintf(path + len, sizeof(path) - len, "%.*s%.*s", (int)n, PART,
			 (int)(n > strlen(PART) ? n - strlen(PART) : 0),
			 "0123456789012345678901234567890123456789");
		len = strlen(path);
	}
	mkdir(path, 0755);
	ASSERT_EQ(DEEP, len);
	ASSERT_EQ(0, chdir(path));
	EXPECT_EQ(-1, resmgr_attach(dpp, NULL, "x", _FTYPE_ANY, 0, &connect_funcs, &io_funcs,
				    &attr));
	EXPECT_EQ(ENAMETOOLONG, errno);
	ASSERT_EQ(0, chdir("/"));
}

/* What is not bound is not open. */
TEST_F(calls, unbind)
{
	EXPECT_EQ(0, write(self->fd, "unbnd", 5));
	EXPECT_EQ(1, closed);
	EXPECT_EQ(-1, read(self->fd, &(char){ 0 }, 1));
	EXPECT_EQ(EBADF, errno);
}

TEST_F(calls, paths)
{
	struct stat st;
	char path[32];
	dev_t dev;
	ino_t ino, other;
	int second;

	EXPECT_EQ((int)sizeof(FILE_PATH), resmgr_pathname(id, 0, path, sizeof(path)));
	EXPECT_STREQ(FILE_PATH, path);
	EXPECT_EQ((int)sizeof(FILE_PATH),
		  resmgr_pathname(id, RESMGR_PATHNAME_LOCALPATH, path, sizeof(FILE_PATH)));
	EXPECT_EQ(-1, resmgr_pathname(id, 0, path, sizeof(FILE_PATH) - 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, resmgr_pathname(id, 0, NULL, 0));
	EXPECT_EQ(-1, resmgr_pathname(id, 0x100, path, sizeof(path)));
	EXPECT_EQ(-1, resmgr_pathname(id + 1, 0, path, sizeof(path)));
	ASSERT_EQ(0, resmgr_devino(id, &dev, &ino));
	ASSERT_EQ(0, stat(FILE_PATH, &st));
	EXPECT_EQ(st.st_rdev, dev);
	/* From what it was given, the path is made whole. */
	ASSERT_EQ(0, chdir("/dev"));
	second = resmgr_attach(dpp, NULL, "calls_2", _FTYPE_ANY, 0, &connect_funcs, &io_funcs,
			       &attr);
	ASSERT_NE(-1, second);
	EXPECT_EQ((int)sizeof("/dev/calls_2"), resmgr_pathname(second, 0, path, sizeof(path)));
	EXPECT_STREQ("/dev/calls_2", path);
	ASSERT_EQ(0, resmgr_devino(second, &dev, &other));
	EXPECT_NE(ino, other);
	EXPECT_EQ(0, resmgr_detach(dpp, second, 0));
	EXPECT_EQ(-1, resmgr_pathname(second, 0, path, sizeof(path)));
	EXPECT_EQ(-1, resmgr_devino(second, &dev, &other));
	EXPECT_EQ(-1, resmgr_devino(id, NULL, &ino));
	EXPECT_EQ(EINVAL, errno);
}

/* An id means one path, whatever the handle. */
TEST_F(calls, ids)
{
	dispatch_t *other = dispatch_create();
	int second = resmgr_attach(other, NULL, "/dev/calls_2", _FTYPE_ANY, 0, &connect_funcs,
				   &io_funcs, &attr);
	char path[32];

	ASSERT_NE(-1, second);
	EXPECT_NE(id, second);
	EXPECT_LT(0, resmgr_pathname(second, 0, path, sizeof(path)));
	EXPECT_STREQ("/dev/calls_2", path);
	EXPECT_EQ(0, dispatch_destroy(other));
	EXPECT_EQ(-1, resmgr_pathname(second, 0, path, sizeof(path)));
	EXPECT_LT(0, resmgr_pathname(id, 0, path, sizeof(path)));
}

TEST_F(calls, tables)
{
	EXPECT_EQ(0, resmgr_handle_tune(100, 10, 1000));
	EXPECT_EQ(-1, resmgr_handle_tune(-1, 10, 1000));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, resmgr_handle_grow(100, 10));
	EXPECT_EQ(-1, resmgr_handle_grow(100, -1));
	EXPECT_EQ(EINVAL, errno);
}

/* ---- a name on a handle's channel ---- */

static int on_own(message_context_t *ctp, int code, unsigned flags, void *handle)
{
	(void)flags;
	(void)handle;
	return MsgReply(ctp->rcvid, code, NULL, 0);
}

static long open_and_ask(struct call *call)
{
	int coid = name_open("calls", 0);
	uint16_t type = OWN;
	long ret;

	(void)call;
	if (coid == -1)
		return -1;
	ret = MsgSend(coid, &type, sizeof(type), NULL, 0);
	name_close(coid);
	return ret;
}

static long ask_as_nobody(struct call *call)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(1);
		_exit(open_and_ask(call) == OWN ? 0 : 2);
	}
	return reap(pid, &status) ? -1 : WEXITSTATUS(status);
}

/* Round and round until the call is over. */
static bool serve_until(dispatch_context_t *ctp, struct call *call)
{
	while (!call->returned) {
		if (dispatch_block(ctp) != ctp)
			return false;
		dispatch_handler(ctp);
	}
	return !call_join(call);
}

TEST(name_on_a_handle)
{
	struct timespec soon = { .tv_nsec = 20000000 };
	dispatch_t *handle = dispatch_create();
	name_attach_t *attach = name_attach(handle, "calls", 0);
	struct call call = { 0 };
	dispatch_context_t *ctp;
	int chid;

	ASSERT_NE(NULL, attach);
	EXPECT_EQ(handle, attach->dpp);
	ASSERT_EQ(0, message_attach(handle, NULL, OWN, OWN, on_own, NULL));
	ASSERT_EQ(0, dispatch_timeout(handle, &soon));
	ctp = dispatch_context_alloc(handle);
	ASSERT_NE(NULL, ctp);
	ASSERT_EQ(0, call_start(&call, open_and_ask, 0));
	ASSERT_TRUE(serve_until(ctp, &call));
	EXPECT_EQ(OWN, call.result);
	ASSERT_EQ(0, chmod("/dev/qmsg", 0666));
	ASSERT_EQ(0, call_start(&call, ask_as_nobody, 0));
	ASSERT_TRUE(serve_until(ctp, &call));
	EXPECT_EQ(0, call.result);
	EXPECT_EQ(0, chmod("/dev/qmsg", 0600));
	/* Only the name. */
	chid = attach->chid;
	EXPECT_EQ(0, name_detach(attach, NAME_FLAG_DETACH_SAVEDPP));
	EXPECT_EQ(-1, name_open("calls", 0));
	EXPECT_EQ(ENOENT, errno);
	attach = name_attach(handle, "calls", 0);
	ASSERT_NE(NULL, attach);
	EXPECT_EQ(chid, attach->chid);
	errno = 0;
	EXPECT_EQ(NULL, name_attach(handle, "calls", 0));
	EXPECT_EQ(EEXIST, errno);
	dispatch_context_free(ctp);
	/* The handle too, and with it its channel. */
	EXPECT_EQ(0, name_detach(attach, 0));
	EXPECT_EQ(-1, ChannelDestroy(chid));
}

/* A channel that is not the handle's own is left alone. */
TEST(name_on_a_channel)
{
	int chid = ChannelCreate(0);
	name_attach_t *attach = name_attach(dispatch_create_channel(chid, 0), "calls", 0);

	ASSERT_NE(NULL, attach);
	EXPECT_EQ(chid, attach->chid);
	EXPECT_EQ(0, name_detach(attach, 0));
	EXPECT_EQ(-1, name_open("calls", 0));
	EXPECT_EQ(0, ChannelDestroy(chid));
}

/* ---- pools ---- */

static atomic_int handling, contexts;

static dispatch_context_t *alloc_counted(dispatch_t *handle)
{
	contexts++;
	return dispatch_context_alloc(handle);
}

static void free_counted(dispatch_context_t *ctp)
{
	dispatch_context_free(ctp);
	contexts--;
}

/* It waits for as many others as the message says. */
static int on_meeting(message_context_t *ctp, int code, unsigned flags, void *handle)
{
	(void)flags;
	(void)handle;
	handling++;
	if (!wait_until(handling >= code - OWN))
		return MsgError(ctp->rcvid, ETIMEDOUT);
	return MsgReply(ctp->rcvid, 0, NULL, 0);
}

static long meet(struct call *call)
{
	uint16_t type = (uint16_t)(OWN + call->form);

	return MsgSend(call->coid, &type, sizeof(type), NULL, 0);
}

FIXTURE(pool) {
	dispatch_t *dpp;
	thread_pool_t *pool;
	int coid;
};

FIXTURE_SETUP(pool)
{
	thread_pool_attr_t a = {
		.block_func = dispatch_block,
		.unblock_func = dispatch_unblock,
		.handler_func = dispatch_handler,
		.context_alloc = alloc_counted,
		.context_free = free_counted,
		.lo_water = 2, .increment = 1, .hi_water = 4, .maximum = 4,
	};

	self->dpp = dispatch_create();
	ASSERT_EQ(0, message_attach(self->dpp, NULL, OWN, OWN + 10, on_meeting, NULL));
	self->coid = message_connect(self->dpp, MSG_FLAG_SIDE_CHANNEL);
	a.handle = self->dpp;
	self->pool = thread_pool_create(&a, 0);
	ASSERT_NE(NULL, self->pool);
	ASSERT_EQ(EOK, thread_pool_start(self->pool));
}

FIXTURE_TEARDOWN(pool)
{
	EXPECT_EQ(EOK, thread_pool_destroy(self->pool));
	EXPECT_EQ(0, contexts);
	EXPECT_EQ(0, ConnectDetach(self->coid));
	EXPECT_EQ(0, dispatch_destroy(self->dpp));
}

#define MOST	6

/* @n at once are handled together; all of them answered. */
static bool all_meet(FIXTURE_DATA(pool) *self, int n)
{
	struct call calls[MOST];
	bool ok = true;
	int i;

	handling = 0;
	memset(calls, 0, sizeof(calls));
	for (i = 0; i < n; i++) {
		calls[i].form = n;
		ok &= !call_start(&calls[i], meet, self->coid);
	}
	for (i = 0; i < n; i++)
		ok &= !call_join(&calls[i]) && !calls[i].result;
	return ok;
}

/* Those that wait, and those that have never had anything to do. */
TEST_F(pool, ends)
{
	EXPECT_TRUE(wait_until(contexts == 2));
	EXPECT_TRUE(all_meet(self, 4));
}

TEST_F(pool, ends_at_once)
{
	EXPECT_NE(NULL, self->pool);
}

TEST_F(pool, limits)
{
	thread_pool_attr_t a = { .lo_water = 6, .increment = 6 };

	EXPECT_EQ(EOK, thread_pool_limits(self->pool, -1, 8, 8, -1, 0));
	EXPECT_EQ(EOK, thread_pool_control(self->pool, &a, 0, 0, THREAD_POOL_CONTROL_LO_WATER |
					   THREAD_POOL_CONTROL_INCREMENT));
	EXPECT_TRUE(wait_until(contexts >= 6));
	EXPECT_TRUE(all_meet(self, MOST));
	EXPECT_GE(8, contexts);
	EXPECT_EQ(-1, thread_pool_limits(NULL, 1, 1, 1, 1, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, thread_pool_limits(self->pool, 1, 1, 1, 1, 1));
	EXPECT_EQ(EINVAL, errno);
}

TEST_HARNESS_MAIN
