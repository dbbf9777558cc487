// SPDX-License-Identifier: GPL-2.0-only
/*
 * H6, H7, H10: callers that others have put in a cage (seccomp, chroot, no capability, a
 * session that is hung up) use what they have, and can always be ended.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "hazard.h"

FIXTURE(confined)
{
	struct peer *p;
	int chid;
	struct client *c;
};

FIXTURE_VARIANT(confined)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(confined, plain)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(confined, unblock)
{
	.flags = QMSG_CHF_UNBLOCK,
};

FIXTURE_SETUP(confined)
{
	struct qmsg_channel_create args = {
		.flags = variant->flags, .mode = 0222, .kill_grace_ms = 100,
	};

	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create_with(Q, &args);
	ASSERT_LT(0, self->chid);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->c != NULL);
}

FIXTURE_TEARDOWN_PARENT(confined)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static void exchange(struct __test_metadata *_metadata, FIXTURE_DATA(confined) *self)
{
	int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 9, "r", 1));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(9, client_result(self->c));
}

/* ---- H6 ---- */

/* For one request only: the filter's @action. A listener if that was asked for. */
static int install_filter(uint32_t request, uint32_t action, unsigned int flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, request, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = ARRAY_SIZE(code), .filter = code };
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	return fd < 0 ? -errno : fd;
}

/* n: request, action. For all threads of the process. */
static int64_t do_filter(void *arg)
{
	struct numbers *n = arg;

	return install_filter(n->n[0], n->n[1], SECCOMP_FILTER_FLAG_TSYNC);
}

TEST_F(confined, H6_a_call_that_is_refused)
{
	exchange(_metadata, self);
	ASSERT_EQ(0, in_peer(self->p, do_filter, QMSG_IOC_MSG_SEND, SECCOMP_RET_ERRNO | EXDEV));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EXDEV, client_result(self->c));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	EXPECT_LT(0, peer_channel(self->p, 0));
}

/* What was let in before goes on; a call that kills takes the blocked one along. */
TEST_F(confined, H6_a_call_that_kills_while_another_is_blocked)
{
	int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);
	struct client *killer = client_new(self->p, self->c->args.coid);
	int status;

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, in_peer(self->p, do_filter, QMSG_IOC_MSG_SEND, SECCOMP_RET_KILL_PROCESS));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY"));
	ASSERT_EQ(0, client_send(killer));
	ASSERT_EQ(0, peer_reap(self->p, &status));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
}

/* A process whose supervisor looks at every send: n: where to send, and what with. */
struct supervised {
	struct peer *peer;
	int sock[2], chid, listener;
	pid_t server;
};

static int64_t do_supervise(void *arg)
{
	struct supervised *s = arg;
	int fd = install_filter(QMSG_IOC_MSG_SEND, SECCOMP_RET_USER_NOTIF,
				SECCOMP_FILTER_FLAG_NEW_LISTENER);

	return fd < 0 ? fd : send_fd(s->sock[1], fd);
}

static int supervise(FIXTURE_DATA(confined) *self, struct supervised *s)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s->sock))
		return -errno;
	/* only now: it has to have the socket, and no thread but the one with the filter */
	s->peer = peer_fork();
	if (peer_open(s->peer) < 0)
		return -EIO;
	self->c = client_connect(s->peer, getpid(), self->chid);
	if (!self->c || peer_call(s->peer, do_supervise, s))
		return -EIO;
	s->listener = receive_fd(s->sock[0]);
	return s->listener < 0 ? s->listener : 0;
}

static int next_notification(struct supervised *s, struct seccomp_notif *notif)
{
	struct pollfd pfd = { .fd = s->listener, .events = POLLIN };

	memset(notif, 0, sizeof(*notif));
	if (poll(&pfd, 1, wait_limit_ms()) != 1)
		return -ETIMEDOUT;
	return ioctl(s->listener, SECCOMP_IOCTL_NOTIF_RECV, notif) ? -errno : 0;
}

static int let_it_go_on(struct supervised *s, struct seccomp_notif *notif)
{
	struct seccomp_notif_resp resp = {
		.id = notif->id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	return ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) ? -errno : 0;
}

TEST_F(confined, H6_a_supervisor_that_lets_it_go_on)
{
	struct supervised *s = shared_alloc(sizeof(*s));
	struct seccomp_notif notif;
	int64_t rcvid;

	ASSERT_EQ(0, supervise(self, s));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, next_notification(s, &notif));
		EXPECT_EQ(QMSG_IOC_MSG_SEND, notif.data.args[1]);
		EXPECT_EQ(0, expect_nothing(Q, self->chid));
		ASSERT_EQ(0, let_it_go_on(s, &notif));
		rcvid = receive_any(Q, self->chid);
		ASSERT_LT(0, rcvid);
		EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 9, NULL, 0));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(9, client_result(self->c));
	}
}

TEST_F(confined, H6_killed_before_and_after_the_supervisor_has_answered)
{
	for (int after = 0; after < 2; after++) {
		struct supervised *s = shared_alloc(sizeof(*s));
		struct seccomp_notif notif;
		int64_t rcvid = 0;

		ASSERT_EQ(0, supervise(self, s));
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, next_notification(s, &notif));
		if (after) {
			ASSERT_EQ(0, let_it_go_on(s, &notif));
			rcvid = receive_any(Q, self->chid);
			ASSERT_LT(0, rcvid);
		}
		ASSERT_EQ(0, peer_kill(s->peer, SIGKILL));
		ASSERT_EQ(0, peer_reap(s->peer, NULL));
		if (after && variant->flags) {
			EXPECT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
		}
		EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
		EXPECT_EQ(0, expect_nothing(Q, self->chid));
		close(s->listener);
	}
}

/* ---- H7 ---- */

static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	return syscall(SYS_capset, &head, none) ? -errno : 0;
}

/* An empty root directory, a mount table of its own, no user, no capability. */
static int64_t do_confine(void *arg)
{
	char dir[] = "/tmp/qmsg_root";

	(void)arg;
	mkdir(dir, 0555);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", dir, "tmpfs", MS_RDONLY, NULL) || chroot(dir) || chdir("/"))
		return -errno;
	if (give_up_root(NOBODY) && errno != EPERM)
		return -errno;
	return drop_capabilities() ?: access("/dev", F_OK) ? 0 : -EEXIST;
}

TEST_F(confined, H7_a_descriptor_is_all_that_is_needed)
{
	struct receiver *r;
	int theirs, coid;
	int64_t rcvid;

	exchange(_metadata, self);		/* its thread is there */
	ASSERT_EQ(0, in_peer(self->p, do_confine, 0));
	exchange(_metadata, self);
	theirs = peer_channel(self->p, variant->flags);
	ASSERT_LT(0, theirs);
	coid = peer_attach(self->p, getpid(), self->chid, 0, 0);
	EXPECT_LE(0, coid);
	EXPECT_EQ(0, peer_close(self->p, coid));
	r = receiver_new(self->p, theirs);
	self->c = client_connect(peer_self(), self->p->pid, theirs);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, receiver_wait(r));
	rcvid = receiver_result(r);
	EXPECT_LT(0, rcvid);
	EXPECT_EQ(0, r->info.uid);
	ASSERT_EQ(0, peer_destroy(self->p, theirs));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ESRCH, client_result(self->c));
	ASSERT_EQ(0, peer_end(self->p));
	rmdir("/tmp/qmsg_root");
}

/* ---- H10 ---- */

/* A user that no file has ever heard of is a number like any other. */
TEST_F(confined, H10_a_user_that_does_not_exist)
{
	struct qmsg_msg_info info;
	int64_t rcvid;

	ASSERT_EQ(0, in_peer(self->p, do_give_up_root, 4000000000));
	self->c = client_connect(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->c != NULL);
	rcvid = client_send_received(self->c, Q, self->chid, &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(4000000000, info.uid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_LT(0, peer_channel(self->p, 0));
}

static int64_t do_new_session(void *arg)
{
	(void)arg;
	return setsid() < 0 ? -errno : 0;
}

/* The login session is ended as init does it: SIGHUP, SIGCONT, and whoever is left SIGKILL. */
TEST_F(confined, H10_the_session_is_hung_up)
{
	int64_t rcvid;
	int status;

	ASSERT_EQ(0, in_peer(self->p, do_new_session, 0));
	rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, kill(-self->p->pid, SIGHUP));
	ASSERT_EQ(0, kill(-self->p->pid, SIGCONT));
	if (variant->flags) {
		EXPECT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
		EXPECT_EQ(0, qmsg_msg_error(Q, rcvid, QMSG_ERROR_REASON));
	}
	ASSERT_EQ(0, peer_reap(self->p, &status));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
}

TEST_HARNESS_MAIN
