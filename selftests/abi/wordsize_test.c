// SPDX-License-Identifier: GPL-2.0-only
/*
 * J1, J2: a 32-bit and a 64-bit process use every call with each other. The program of
 * the other word size is looked for next to this one and plays the other part.
 */
/* build: also -m32 */
#include "kselftest_harness.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "qmsg_test.h"

#define BITS	(8 * (int)sizeof(void *))
#define LONG	3000

static uint64_t ptr(const void *p)
{
	return (uintptr_t)p;
}

/* Three elements of which the middle one is empty; they are on the stack, at its high end. */
static void cut(struct iovec *iov, void *base, size_t first, size_t len)
{
	if (first > len)
		first = len;
	iov[0] = (struct iovec){ base, first };
	iov[1] = (struct iovec){ NULL, 0 };
	iov[2] = (struct iovec){ (char *)base + first, len - first };
}

static void fill(char *buf, size_t len, int seed)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = (i * 7 + seed) % 251;
}

static bool is_filled(const char *buf, size_t len, int seed)
{
	for (size_t i = 0; i < len; i++)
		if (buf[i] != (char)((i * 7 + seed) % 251))
			return false;
	return true;
}

/* What the client asks for, in the first byte of its message. */
enum { ECHO, WRITE_PIECES, FAIL, NEXT, WHAT_AM_I, PULSES, END };

struct server {
	int q, chid;
	int pulses;
	int64_t rcvid;
	struct qmsg_msg_info info;
	char data[LONG];
};

static int64_t read_rest(struct server *s)
{
	struct iovec iov[3];
	struct qmsg_msg_copy args = {
		.flags = QMSG_COPY_IOV, .rcvid = s->rcvid, .offset = 100,
		.buf_ptr = ptr(iov), .buf_len = 3,
	};

	cut(iov, s->data + 100, 333, LONG - 100);
	return qmsg_msg_copy_with(s->q, QMSG_IOC_MSG_READ, &args) ?: (int64_t)args.out_copied;
}

static int reply_iov(struct server *s, size_t len)
{
	struct iovec iov[3];
	struct qmsg_msg_reply args = {
		.flags = QMSG_REPLY_DATA_IOV, .rcvid = s->rcvid, .status = -0x123456789LL,
		.buf_ptr = ptr(iov), .buf_len = 3,
	};

	cut(iov, s->data, 11, len);
	return qmsg_msg_reply_with(s->q, &args);
}

static int reply_in_pieces(struct server *s)
{
	struct iovec iov[3];
	struct qmsg_msg_copy args = {
		.flags = QMSG_COPY_IOV, .rcvid = s->rcvid, .offset = 500,
		.buf_ptr = ptr(iov), .buf_len = 3,
	};

	cut(iov, s->data + 500, 5, LONG - 500);
	if (qmsg_msg_copy_with(s->q, QMSG_IOC_MSG_WRITE, &args) || args.out_copied != LONG - 500)
		return -EIO;
	return qmsg_msg_reply(s->q, s->rcvid, 2, s->data, 500);
}

/* Answers and takes the next message in one call. */
static int reply_and_receive(struct server *s)
{
	struct qmsg_msg_reply_receive args = {
		.rcvid = s->rcvid, .status = 4, .reply_ptr = ptr(s->data), .reply_len = 20,
		.chid = s->chid, .info_len = sizeof(s->info), .info_ptr = ptr(&s->info),
		.buf_ptr = ptr(s->data), .buf_len = 100, .deadline = QMSG_NO_DEADLINE,
	};
	int err = qmsg_msg_reply_receive_with(s->q, &args);

	s->rcvid = args.out_rcvid;
	return err ?: -args.out_reply_error;
}

static int receive_one(struct server *s)
{
	struct iovec iov[3];
	struct qmsg_msg_receive args = {
		.flags = QMSG_RECEIVE_IOV, .chid = s->chid, .info_len = sizeof(s->info),
		.buf_ptr = ptr(iov), .buf_len = 3, .info_ptr = ptr(&s->info),
		.deadline = QMSG_NO_DEADLINE,
	};
	int err;

	cut(iov, s->data, 50, 100);
	err = qmsg_msg_receive_with(s->q, &args);
	s->rcvid = args.out_rcvid;
	return err;
}

static int serve_one(struct server *s)
{
	struct qmsg_msg_info now;
	int kind = s->data[0];

	if (!s->rcvid) {
		struct qmsg_pulse pulse;

		memcpy(&pulse, s->data, sizeof(pulse));
		s->pulses += pulse.code == 7 && pulse.value == 0xfedcba9876543210ULL;
		return 0;
	}
	if (qmsg_msg_info(s->q, s->rcvid, &now) || memcmp(&now, &s->info, sizeof(now)))
		return -EBADMSG;
	if (s->info.srcmsglen > 100 && read_rest(s) != (int64_t)s->info.srcmsglen - 100)
		return -EBADMSG;
	switch (kind) {
	case ECHO:
		return reply_iov(s, s->info.srcmsglen);
	case WRITE_PIECES:
		return reply_in_pieces(s);
	case FAIL:
		return qmsg_msg_error(s->q, s->rcvid, EPROTO);
	case WHAT_AM_I:
		return qmsg_msg_reply(s->q, s->rcvid, s->info.flags, &s->info, sizeof(s->info));
	case PULSES:
		return qmsg_msg_reply(s->q, s->rcvid, s->pulses, NULL, 0);
	default:
		return qmsg_msg_reply(s->q, s->rcvid, 0, NULL, 0);
	}
}

/* Tells @sock its pid and channel, then serves until it is asked to end. */
static int run_server(int sock)
{
	struct server s = { .q = qmsg_open() };
	int32_t id[2] = { getpid(), 0 };
	int err, kind;

	if (qmsg_setup(s.q, 31))
		return 1;
	s.chid = id[1] = qmsg_channel_create(s.q, QMSG_CHF_UNBLOCK);
	if (s.chid < 0 || write(sock, id, sizeof(id)) != sizeof(id))
		return 2;
	err = receive_one(&s);
	for (;;) {
		kind = s.rcvid ? s.data[0] : -1;
		if (kind == NEXT) {
			err = reply_and_receive(&s);
			if (err)
				return 3;
			continue;
		}
		err = serve_one(&s);
		if (err || kind == END)
			break;
		if (receive_one(&s))
			return 4;
	}
	if (err || qmsg_channel_destroy(s.q, s.chid) || close(s.q))
		return 5;
	return 0;
}

struct end {
	int q, coid;
	char out[LONG], in[LONG];
};

static int64_t ask(struct end *e, int kind, size_t len)
{
	fill(e->out, len, kind);
	e->out[0] = kind;
	memset(e->in, 0, LONG);
	return qmsg_msg_send(e->q, e->coid, e->out, len, e->in, LONG);
}

static int ask_iov(struct end *e, size_t len)
{
	struct iovec out[3], in[3];
	struct qmsg_msg_send args = {
		.flags = QMSG_SEND_IOV | QMSG_REPLY_IOV, .coid = e->coid,
		.send_ptr = ptr(out), .send_len = 3, .reply_ptr = ptr(in), .reply_len = 3,
		.send_deadline = QMSG_NO_DEADLINE, .reply_deadline = QMSG_NO_DEADLINE,
	};
	int err;

	fill(e->out, len, ECHO);
	e->out[0] = ECHO;
	memset(e->in, 0, LONG);
	cut(out, e->out, 77, len);
	cut(in, e->in, len - 1, LONG);
	err = qmsg_msg_send_with(e->q, &args);
	if (err)
		return err;
	if (args.out_status != -0x123456789LL || args.out_reply_len != len)
		return -EBADMSG;
	return memcmp(e->in, e->out, len) ? -EBADMSG : 0;
}

/* The flags and pid the server sees of a client of BITS when it is of @server_bits itself. */
static bool is_told_right(struct end *e, int64_t flags, int server_bits)
{
	struct qmsg_msg_info info;

	memcpy(&info, e->in, sizeof(info));
	return flags == ((BITS == 64 ? QMSG_MI_BITS_64 : 0) |
			 (BITS != server_bits ? QMSG_MI_BITS_DIFF : 0)) &&
	       info.pid == getpid() && info.coid == e->coid && info.srcmsglen == 10 &&
	       info.dstmsglen == LONG && info.rcvid > 0 && info.rcvid <= INT_MAX;
}

/* Every call of a client; 0, or the number of the step that went wrong. */
static int run_client(pid_t pid, int chid, int server_bits)
{
	static const size_t lens[] = { 2, 99, 100, 101, 128, 1000, LONG };
	struct qmsg_query query;
	struct end e = { .q = qmsg_open() };
	int side, file;

	if (qmsg_query(e.q, &query) || query.out_rcvid_bits != 63)
		return 1;
	side = qmsg_connect_attach(e.q, pid, chid, QMSG_SIDE_CHANNEL, 0);
	file = qmsg_connect_attach(e.q, pid, chid, 90, QMSG_COF_CLOEXEC);
	if (side < QMSG_SIDE_CHANNEL || file < 90)
		return 2;
	for (int kind = 0; kind < 2; kind++) {
		e.coid = kind ? side : file;
		for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
			if (ask(&e, ECHO, lens[i]) != -0x123456789LL)
				return 10;
			if (memcmp(e.in, e.out, lens[i]))
				return 11;
			if (lens[i] > 80 && ask_iov(&e, lens[i]))
				return 12;
		}
		if (ask(&e, WRITE_PIECES, LONG) != 2 || memcmp(e.in, e.out, LONG))
			return 13;
		if (ask(&e, FAIL, 10) != -EPROTO)
			return 14;
		if (ask(&e, NEXT, 30) != 4 || memcmp(e.in, e.out, 20) || e.in[20])
			return 15;
		if (!is_told_right(&e, ask(&e, WHAT_AM_I, 10), server_bits))
			return 16;
		if (qmsg_pulse_send(e.q, e.coid, 5, 7, 0xfedcba9876543210ULL))
			return 17;
		if (ask(&e, PULSES, 10) != kind + 1)
			return 18;
	}
	if (!is_filled(e.out + 1, 9, PULSES + 7))
		return 19;
	if (close(file) || ask(&e, END, 10) || qmsg_connect_detach(e.q, side))
		return 20;
	return close(e.q) ? 21 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "server"))
		return run_server(atoi(argv[2]));
	if (argc == 5 && !strcmp(argv[1], "client"))
		return run_client(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
	return test_harness_run(argc, argv);
}

/* The path of this program, or of the one with the other word size. */
static const char *program(bool other)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 4);

	if (n < 0)
		return NULL;
	path[n] = 0;
	if (other && BITS == 64)
		strcat(path, "_32");
	else if (other && n > 3)
		path[n - 3] = 0;
	return access(path, X_OK) ? NULL : path;
}

static pid_t spawn(const char *path, char *const argv[])
{
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execv(path, argv);
	_exit(127);
}

static int exit_code(pid_t child)
{
	int status;

	if (reap(child, &status))
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static pid_t spawn_server(const char *path, int32_t *id)
{
	int sock[2];
	char fd[12];
	char *argv[] = { (char *)path, "server", fd, NULL };
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		return -1;
	snprintf(fd, sizeof(fd), "%d", sock[1]);
	child = spawn(path, argv);
	close(sock[1]);
	if (read(sock[0], id, 2 * sizeof(*id)) != 2 * sizeof(*id))
		return -1;
	close(sock[0]);
	return child;
}

FIXTURE(wordsize) { int unused; };
FIXTURE_SETUP(wordsize) { self->unused = 0; }
FIXTURE_TEARDOWN_PARENT(wordsize) { EXPECT_EQ(0, wait_for_no_objects()); }

TEST_F(wordsize, J1_with_itself)
{
	int32_t id[2];
	pid_t server = spawn_server(program(false), id);

	ASSERT_LT(0, server);
	EXPECT_EQ(0, run_client(id[0], id[1], BITS));
	EXPECT_EQ(0, exit_code(server));
}

TEST_F(wordsize, J1_the_server_has_the_other_word_size)
{
	const char *path = program(true);
	int32_t id[2];
	pid_t server;

	if (!path)
		SKIP(return, "the program of the other word size is not there");
	server = spawn_server(path, id);
	ASSERT_LT(0, server);
	EXPECT_EQ(0, run_client(id[0], id[1], 96 - BITS));
	EXPECT_EQ(0, exit_code(server));
}

TEST_F(wordsize, J1_the_client_has_the_other_word_size)
{
	char pid[12], chid[12], bits[12];
	char *argv[] = { NULL, "client", pid, chid, bits, NULL };
	int32_t id[2];
	pid_t server, client;

	if (!program(true))
		SKIP(return, "the program of the other word size is not there");
	server = spawn_server(program(false), id);
	ASSERT_LT(0, server);
	snprintf(pid, sizeof(pid), "%d", id[0]);
	snprintf(chid, sizeof(chid), "%d", id[1]);
	snprintf(bits, sizeof(bits), "%d", BITS);
	argv[0] = (char *)program(true);
	client = spawn(argv[0], argv);
	EXPECT_EQ(0, exit_code(client));
	EXPECT_EQ(0, exit_code(server));
}

/* A 32-bit pointer is not cut out of a 64-bit member: the upper half has to be zero. */
TEST_F(wordsize, J2_the_upper_half_of_a_pointer_counts)
{
	int q = qmsg_open();
	int chid = qmsg_channel_create(q, 0);
	int coid = qmsg_connect_attach(q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	static char byte;
	struct qmsg_msg_send args = send_args(coid, &byte, 1, NULL, 0);

	if (BITS == 64)
		SKIP(return, "pointers have no upper half to spare");
	args.send_deadline = 0;
	EXPECT_EQ(-ETIMEDOUT, qmsg_msg_send_with(q, &args));
	args.send_ptr |= 1ULL << 32;
	EXPECT_EQ(-EFAULT, qmsg_msg_send_with(q, &args));
	args.send_ptr = ptr(&byte) | 0xffffffff00000000ULL;
	EXPECT_EQ(-EFAULT, qmsg_msg_send_with(q, &args));
}
