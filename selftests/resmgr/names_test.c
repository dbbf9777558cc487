// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names in trees: made, removed and moved by messages to the manager. Whoever waits for it can be
 * killed, and keeps nobody else from the directory. Rules: 10.3, 10.4.
 */
#include "names.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

FIXTURE(names) {
	struct names *n;
};

FIXTURE_SETUP(names)
{
	self->n = shared_alloc(sizeof(*self->n));
	umask(022);
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(names_start(self->n));
}

FIXTURE_TEARDOWN(names)
{
	EXPECT_EQ(0, names_end(self->n));
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_objects());
}

/* ---- what the manager is told ---- */

static bool is_told(const struct names *n, int subtype, const char *path, mode_t mode)
{
	return n->last.subtype == subtype && !strcmp(n->last.path, path) && n->last.mode == mode;
}

TEST_F(names, what_is_told)
{
	EXPECT_EQ(0, do_mkdir(TREE "/dir"));
	EXPECT_TRUE(is_told(self->n, _IO_CONNECT_MKNOD, "dir", S_IFDIR | 0755));
	EXPECT_EQ(S_IFDIR | 0755, mode_of(TREE "/dir"));
	EXPECT_EQ(0, do_mkdir(TREE "/dir/below"));
	EXPECT_TRUE(is_told(self->n, _IO_CONNECT_MKNOD, "dir/below", S_IFDIR | 0755));
	EXPECT_EQ(0, do_mkfifo(TREE "/dir/fifo"));
	EXPECT_TRUE(is_told(self->n, _IO_CONNECT_MKNOD, "dir/fifo", S_IFIFO | 0644));
	EXPECT_EQ(S_IFIFO | 0644, mode_of(TREE "/dir/fifo"));
	EXPECT_EQ(0, mknod(TREE "/dev", S_IFCHR | 0600, makedev(1, 3)));
	EXPECT_TRUE(is_told(self->n, _IO_CONNECT_MKNOD, "dev", S_IFCHR | 0600));
	EXPECT_EQ(0, do_mknod(TREE "/file"));
	EXPECT_TRUE(is_told(self->n, _IO_CONNECT_MKNOD, "file", S_IFREG | 0644));
	EXPECT_EQ(S_IFREG | 0644, mode_of(TREE "/file"));
	EXPECT_EQ(0, do_rename(TREE "/file", TREE "/dir/moved"));
	EXPECT_TRUE(is_told(self->n, _IO_CONNECT_RENAME, "dir/moved", 0));
	EXPECT_EQ(0, strcmp("file", self->n->last.old));
	EXPECT_EQ(0, do_unlink(TREE "/dir/moved"));
	EXPECT_TRUE(is_told(self->n, _IO_CONNECT_UNLINK, "dir/moved", 0));
	EXPECT_EQ(0, do_rmdir(TREE "/dir/below"));
	EXPECT_TRUE(is_told(self->n, _IO_CONNECT_UNLINK, "dir/below", S_IFDIR));
	EXPECT_EQ(0, do_unlink(TREE "/dir/fifo"));
	EXPECT_EQ(0, do_unlink(TREE "/dev"));
	EXPECT_EQ(0, do_rmdir(TREE "/dir"));
	EXPECT_EQ(0, self->n->entries);
}

/* A file that open(2) makes is made by the open alone, whatever was done with the name before. */
TEST_F(names, open_is_no_mknod)
{
	EXPECT_EQ(0, do_make(TREE "/x"));
	EXPECT_EQ(0, self->n->asked[_IO_CONNECT_MKNOD]);
	EXPECT_EQ(EEXIST, do_mknod(TREE "/x"));
	EXPECT_EQ(0, do_unlink(TREE "/x"));
	EXPECT_EQ(0, do_mknod(TREE "/x"));
	EXPECT_EQ(EEXIST, do_make(TREE "/x"));
	EXPECT_EQ(0, do_unlink(TREE "/x"));
	EXPECT_EQ(0, do_make(TREE "/x"));
	EXPECT_EQ(2, self->n->asked[_IO_CONNECT_MKNOD]);
}

TEST_F(names, errors_pass)
{
	static const int errors[] = { EROFS, ENOSPC, EDQUOT, EMLINK, EIO, ENAMETOOLONG, EBUSY };
	const struct deed *c;
	size_t i;

	ASSERT_EQ(0, do_make(TREE "/from"));
	for (EACH_CALL(c)) {
		if (c->before)
			ASSERT_EQ(0, c->before(TREE "/x"));
		for (i = 0; i < ARRAY_SIZE(errors); i++) {
			self->n->error = errors[i];
			EXPECT_EQ(errors[i], c->call(TREE "/x")) TH_LOG("%s", c->name);
			self->n->error = 0;
			EXPECT_EQ(c->before ? 0 : ENOENT, do_stat(TREE "/x")) TH_LOG("%s", c->name);
		}
		EXPECT_EQ(0, c->call(TREE "/x")) TH_LOG("%s", c->name);
		EXPECT_EQ(c->before ? ENOENT : 0, do_stat(TREE "/x")) TH_LOG("%s", c->name);
		if (!c->before)
			EXPECT_EQ(0, c->call == do_mkdir ? do_rmdir(TREE "/x") : do_unlink(TREE "/x"));
	}
	EXPECT_EQ(0, self->n->entries);
}

static int bind_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	strcpy(addr.sun_path, path);
	err = status_of(bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	close(fd);
	return err;
}

TEST_F(names, refused)
{
	const struct deed *c;

	ASSERT_EQ(0, do_make(OTHER "/x"));
	ASSERT_EQ(0, do_make(TREE "/from"));
	EXPECT_EQ(EPERM, do_mkdir(OTHER "/dir"));
	EXPECT_EQ(EPERM, do_mkfifo(OTHER "/fifo"));
	EXPECT_EQ(EPERM, do_mknod(OTHER "/file"));
	EXPECT_EQ(EPERM, do_unlink(OTHER "/x"));
	EXPECT_EQ(EPERM, do_rename(OTHER "/x", OTHER "/y"));
	EXPECT_EQ(0, do_stat(OTHER "/x"));
	EXPECT_EQ(EXDEV, do_rename(OTHER "/x", TREE "/y"));
	EXPECT_EQ(EXDEV, do_rename(TREE "/from", OTHER "/y"));
	EXPECT_EQ(EXDEV, do_rename(TREE "/from", TOP "/y"));
	EXPECT_EQ(EINVAL, status_of(renameat2(AT_FDCWD, TREE "/from", AT_FDCWD, TREE "/y",
					      RENAME_NOREPLACE)));
	EXPECT_EQ(EPERM, status_of(link(TREE "/from", TREE "/y")));
	EXPECT_EQ(EPERM, status_of(symlink("from", TREE "/y")));
	EXPECT_EQ(EPERM, bind_at(TREE "/socket"));
	for (EACH_CALL(c))
		EXPECT_EQ(0, self->n->asked[c->subtype]) TH_LOG("%s", c->name);
	EXPECT_EQ(EPERM, do_mkdir(TOP "/dir"));
	EXPECT_EQ(EPERM, do_rmdir(TREE));
}

TEST_F(names, kinds)
{
	ASSERT_EQ(0, do_mkdir(TREE "/dir"));
	ASSERT_EQ(0, do_make(TREE "/file"));
	EXPECT_EQ(EISDIR, do_unlink(TREE "/dir"));
	EXPECT_EQ(ENOTDIR, do_rmdir(TREE "/file"));
	EXPECT_EQ(EEXIST, do_mkdir(TREE "/dir"));
	EXPECT_EQ(EEXIST, do_mkdir(TREE "/file"));
	EXPECT_EQ(ENOENT, do_unlink(TREE "/none"));
	EXPECT_EQ(ENOENT, do_rmdir(TREE "/none"));
	EXPECT_EQ(ENOENT, do_mkdir(TREE "/none/dir"));
	EXPECT_EQ(ENOTDIR, do_mkdir(TREE "/file/dir"));
	EXPECT_EQ(ENOENT, do_rename(TREE "/none", TREE "/other"));
	EXPECT_EQ(EISDIR, do_rename(TREE "/file", TREE "/dir"));
	EXPECT_EQ(ENOTDIR, do_rename(TREE "/dir", TREE "/file"));
	EXPECT_EQ(EINVAL, do_rename(TREE "/dir", TREE "/dir/below"));
	EXPECT_EQ(0, do_rename(TREE "/dir", TREE "/dir"));
	EXPECT_EQ(0, self->n->asked[_IO_CONNECT_RENAME]);
	ASSERT_EQ(0, do_make(TREE "/dir/file"));
	EXPECT_EQ(ENOTEMPTY, do_rmdir(TREE "/dir"));
	ASSERT_EQ(0, do_mkdir(TREE "/empty"));
	EXPECT_EQ(ENOTEMPTY, do_rename(TREE "/empty", TREE "/dir"));
	EXPECT_EQ(0, do_rename(TREE "/dir", TREE "/empty"));
	EXPECT_EQ(0, do_stat(TREE "/empty/file"));
	EXPECT_EQ(ENOENT, do_stat(TREE "/dir"));
	EXPECT_EQ(0, do_rename(TREE "/file", TREE "/empty/file"));
	EXPECT_EQ(2, self->n->entries);
	ASSERT_EQ(0, mount("none", TREE "/empty", "tmpfs", 0, NULL));
	EXPECT_EQ(EBUSY, do_rmdir(TREE "/empty"));
	EXPECT_EQ(EBUSY, do_rename(TREE "/empty", TREE "/moved"));
	EXPECT_EQ(0, umount(TREE "/empty"));
	EXPECT_EQ(0, do_stat(TREE "/empty/file"));
}

/* ---- who may ---- */

static int be_nobody(void *unused)
{
	const struct deed *c;

	(void)unused;
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 1;
	for (EACH_CALL(c))
		if (c->call(c->before == do_mkdir ? TREE "/dir" :
			    c->before ? TREE "/file" : TREE "/none") != EACCES)
			return 2 + (int)(c - calls);
	/* All may write here, and remove what is theirs. */
	if (do_make(TREE "/all/mine") || do_mkdir(TREE "/all/dir"))
		return 20;
	if (do_unlink(TREE "/all/root") != EPERM || do_rename(TREE "/all/root", TREE "/all/x") != EPERM ||
	    do_rename(TREE "/all/mine", TREE "/all/root") != EPERM)
		return 21;
	if (do_rename(TREE "/all/mine", TREE "/x") != EACCES)
		return 22;
	return do_rename(TREE "/all/mine", TREE "/all/mine2") || do_unlink(TREE "/all/mine2") ||
	       do_rmdir(TREE "/all/dir") ? 23 : 0;
}

TEST_F(names, others)
{
	int status;

	ASSERT_EQ(0, do_make(TREE "/from"));
	ASSERT_EQ(0, do_make(TREE "/file"));
	ASSERT_EQ(0, do_mkdir(TREE "/dir"));
	ASSERT_EQ(0, do_mkdir(TREE "/all"));
	ASSERT_EQ(0, chmod(TREE "/all", 01777));
	ASSERT_EQ(0, do_make(TREE "/all/root"));
	ASSERT_EQ(0, reap(fork_child(be_nobody, NULL), &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

/* ---- who waits ---- */

struct doer {
	const struct deed *call;
	const char *path;
};

static int be_client(void *arg)
{
	const struct doer *c = arg;

	return c->call->call(c->path);
}

/* A process with the call of @client, which is the @nth that the manager does not answer; or -1. */
static pid_t parks(struct names *n, struct doer *client, int nth)
{
	pid_t pid = fork_child(be_client, client);

	return wait_until(n->parked == nth) ? pid : -1;
}

static void nothing(int sig)
{
	(void)sig;
}

static int be_signalled(void *arg)
{
	const struct sigaction act = { .sa_handler = nothing };

	sigaction(SIGUSR1, &act, NULL);
	return be_client(arg);
}

static bool ends_when_killed(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	return !reap(pid, &status) && WIFSIGNALED(status);
}

static bool exits_with(pid_t pid, int code)
{
	int status;

	return !reap(pid, &status) && WIFEXITED(status) && WEXITSTATUS(status) == code;
}

/* None of them waits for any other: so nobody has the directory locked. */
static int others_can(void)
{
	return do_stat(TREE "/quick") ?: do_make(TREE "/made") ?: do_mkdir(TREE "/madedir") ?:
	       do_rmdir(TREE "/madedir") ?: do_unlink(TREE "/made") ?:
	       do_rename(TREE "/quick", TREE "/renamed") ?: do_rename(TREE "/renamed", TREE "/quick");
}

/* Two who want the same, and others who do not. */
TEST_F_TIMEOUT(names, nobody_else_waits, IN_COMPANY)
{
	struct doer client = { .path = TREE "/slow" };
	const struct deed *c;
	pid_t first, second;

	ASSERT_EQ(0, do_make(TREE "/quick"));
	ASSERT_EQ(0, do_make(TREE "/from"));
	for (EACH_CALL(c)) {
		/* All stays locked. */
		if (c->subtype == _IO_CONNECT_RENAME)
			continue;
		client.call = c;
		if (c->before)
			ASSERT_EQ(0, c->before(TREE "/slow"));
		self->n->hold = true;
		first = parks(self->n, &client, 1);
		ASSERT_LT(0, first) TH_LOG("%s", c->name);
		EXPECT_EQ(0, others_can()) TH_LOG("%s", c->name);
		EXPECT_EQ(0, do_list(TREE)) TH_LOG("%s", c->name);
		EXPECT_EQ(c->before ? 0 : ENOENT, do_stat(TREE "/slow")) TH_LOG("%s", c->name);
		second = parks(self->n, &client, 2);
		ASSERT_LT(0, second) TH_LOG("%s", c->name);
		EXPECT_EQ(0, others_can()) TH_LOG("%s", c->name);
		EXPECT_TRUE(ends_when_killed(second)) TH_LOG("%s", c->name);
		EXPECT_FALSE(is_reapable(first)) TH_LOG("%s", c->name);
		EXPECT_TRUE(ends_when_killed(first)) TH_LOG("%s", c->name);
		self->n->hold = false;
		EXPECT_EQ(c->before ? 0 : ENOENT, do_stat(TREE "/slow")) TH_LOG("%s", c->name);
		if (c->before)
			ASSERT_EQ(0, c->call(TREE "/slow")) TH_LOG("%s", c->name);
	}
	EXPECT_EQ(0, self->n->parked);
	EXPECT_EQ(10, self->n->unblocked);
}

/* The manager is asked to let go, and does. Then the directory is as it was. */
TEST_F(names, signals)
{
	struct doer client = { .path = TREE "/slow" };
	const struct deed *c;
	pid_t pid;

	ASSERT_EQ(0, do_make(TREE "/from"));
	for (EACH_CALL(c)) {
		client.call = c;
		if (c->before)
			ASSERT_EQ(0, c->before(TREE "/slow"));
		self->n->hold = true;
		pid = fork_child(be_signalled, &client);
		ASSERT_TRUE(wait_until(self->n->parked == 1)) TH_LOG("%s", c->name);
		kill(pid, SIGUSR1);
		EXPECT_TRUE(exits_with(pid, EINTR)) TH_LOG("%s", c->name);
		pid = parks(self->n, &client, 1);
		ASSERT_LT(0, pid) TH_LOG("%s", c->name);
		EXPECT_TRUE(ends_when_killed(pid)) TH_LOG("%s", c->name);
		self->n->hold = false;
		if (c->before)
			EXPECT_EQ(0, c->call(TREE "/slow")) TH_LOG("%s", c->name);
		EXPECT_EQ(ENOENT, do_stat(TREE "/slow")) TH_LOG("%s", c->name);
	}
	EXPECT_EQ(2 * (int)ARRAY_SIZE(calls), self->n->unblocked);
}

/* A manager that does not answer at all holds nobody who is killed for longer than the grace. */
TEST_F(names, stopped_manager)
{
	struct doer client = { .path = TREE "/slow" };
	const struct deed *c;
	pid_t pids[ARRAY_SIZE(calls)];
	size_t i;

	ASSERT_EQ(0, do_make(TREE "/from"));
	self->n->hold = true;
	for (EACH_CALL(c)) {
		if (c->before)
			continue;
		client.call = c;
		pids[0] = fork_child(be_client, &client);
		ASSERT_TRUE(wait_until(self->n->parked == 1)) TH_LOG("%s", c->name);
		kill(self->n->pid, SIGSTOP);
		EXPECT_TRUE(ends_when_killed(pids[0])) TH_LOG("%s", c->name);
		kill(self->n->pid, SIGCONT);
		EXPECT_EQ(ENOENT, do_stat(RELEASE));
		EXPECT_EQ(0, self->n->parked) TH_LOG("%s", c->name);
		EXPECT_EQ(ENOENT, do_stat(TREE "/slow")) TH_LOG("%s", c->name);
	}
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		client.call = &calls[i];
		pids[i] = calls[i].before ? 0 : fork_child(be_client, &client);
		if (pids[i])
			ASSERT_TRUE(wait_until(self->n->parked > 0)) TH_LOG("%s", calls[i].name);
	}
	kill(self->n->pid, SIGKILL);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (pids[i])
			EXPECT_EQ(0, reap(pids[i], NULL)) TH_LOG("%s", calls[i].name);
}

/* The second is issued while the manager has the first: each has its own answer. */
TEST_F_TIMEOUT(names, same_name_twice, IN_COMPANY)
{
	struct doer client = { .path = TREE "/slow" };
	const struct deed *c;
	pid_t first, second;
	int i, a, b;

	for (i = 0; i < few_rounds(20); i++) {
		for (EACH_CALL(c)) {
			if (c->subtype == _IO_CONNECT_RENAME)
				continue;
			client.call = c;
			if (c->before)
				ASSERT_EQ(0, c->before(TREE "/slow"));
			self->n->hold = true;
			first = parks(self->n, &client, 1);
			ASSERT_LT(0, first) TH_LOG("%s", c->name);
			second = parks(self->n, &client, 2);
			ASSERT_LT(0, second) TH_LOG("%s", c->name);
			EXPECT_EQ(ENOENT, do_stat(RELEASE));
			self->n->hold = false;
			ASSERT_EQ(0, reap(first, &a));
			ASSERT_EQ(0, reap(second, &b));
			EXPECT_EQ(0, WEXITSTATUS(a)) TH_LOG("%s", c->name);
			EXPECT_EQ(c->before ? ENOENT : EEXIST, WEXITSTATUS(b)) TH_LOG("%s", c->name);
			EXPECT_EQ(c->before ? ENOENT : 0, do_stat(TREE "/slow")) TH_LOG("%s", c->name);
			if (!c->before)
				EXPECT_EQ(0, c->call == do_mkdir ? do_rmdir(TREE "/slow") :
								   do_unlink(TREE "/slow"));
		}
	}
	EXPECT_EQ(0, self->n->entries);
}

static int be_looking(void *path)
{
	return do_stat(path);
}

static int be_removing(void *path)
{
	return do_unlink(path);
}

/* Nor while the manager is asked what it is that is to be removed; and that it is there is its word. */
TEST_F(names, slow_to_look_up)
{
	pid_t looking, removing;

	ASSERT_EQ(0, do_make(TREE "/quick"));
	ASSERT_EQ(0, do_make(TREE "/lazy"));
	self->n->hold_stat = true;
	looking = fork_child(be_looking, TREE "/lazy");
	ASSERT_TRUE(wait_until(self->n->parked == 1));
	removing = fork_child(be_removing, TREE "/lazy");
	ASSERT_TRUE(wait_until(self->n->parked == 2));
	EXPECT_EQ(0, others_can());
	EXPECT_TRUE(ends_when_killed(removing));
	EXPECT_EQ(0, others_can());
	self->n->hold_stat = false;
	/* Somebody waits on the way to it, and nobody knows what it is. */
	EXPECT_EQ(0, do_unlink(TREE "/lazy"));
	EXPECT_FALSE(is_reapable(looking));
	EXPECT_TRUE(ends_when_killed(looking));
	EXPECT_EQ(ENOENT, do_stat(TREE "/lazy"));
}

/* ---- what is in use ---- */

TEST_F(names, open_files)
{
	int old, new;

	old = open(TREE "/x", O_CREAT | O_RDWR | O_CLOEXEC, 0644);
	ASSERT_LE(0, old);
	ASSERT_EQ(0, flock(old, LOCK_EX));
	EXPECT_EQ(0, do_unlink(TREE "/x"));
	EXPECT_EQ(ENOENT, do_stat(TREE "/x"));
	new = open(TREE "/x", O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644);
	ASSERT_LE(0, new);
	EXPECT_EQ(0, flock(new, LOCK_EX | LOCK_NB));
	close(old);
	EXPECT_EQ(0, do_rename(TREE "/x", TREE "/y"));
	old = open(TREE "/x", O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644);
	ASSERT_LE(0, old);
	EXPECT_EQ(0, flock(old, LOCK_EX | LOCK_NB));
	EXPECT_EQ(0, do_rename(TREE "/x", TREE "/y"));
	EXPECT_EQ(ENOENT, do_stat(TREE "/x"));
	EXPECT_EQ(1, self->n->entries);
	close(old);
	close(new);
}

/* Who has it open goes on with it, and does nothing to who has its name now. */
TEST_F(names, nameless)
{
	struct stat st;
	int fd = open(TREE "/x", O_CREAT | O_RDWR | O_CLOEXEC, 0640);
	char path[64];

	ASSERT_LE(0, fd);
	sprintf(path, "/proc/self/fd/%d", fd);
	EXPECT_EQ(0, do_unlink(TREE "/x"));
	ASSERT_EQ(0, do_make(TREE "/x"));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(0, st.st_nlink);
	EXPECT_EQ(S_IFREG | 0640, st.st_mode);
	EXPECT_EQ(0, ftruncate(fd, 0));
	EXPECT_EQ(ESTALE, status_of(fchmod(fd, 0777)));
	EXPECT_EQ(S_IFREG | 0644, mode_of(TREE "/x"));
	EXPECT_EQ(ESTALE, status_of(open(path, O_RDONLY)));
	EXPECT_EQ(0, read(fd, &st, 1));
	close(fd);
	fd = open(TREE "/x", O_RDWR | O_CLOEXEC);
	EXPECT_EQ(0, do_rename(TREE "/x", TREE "/y"));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(1, st.st_nlink);
	EXPECT_EQ(S_IFREG | 0644, st.st_mode);
	close(fd);
}

/* The manager has removed it, and the kernel has not been told. */
TEST_F(names, gone_by_itself)
{
	int fd = open(TREE "/x", O_CREAT | O_RDWR | O_CLOEXEC, 0644);

	ASSERT_LE(0, fd);
	EXPECT_EQ(ENOENT, do_stat(FORGET));
	EXPECT_EQ(ENOENT, do_unlink(TREE "/x"));
	EXPECT_EQ(0, self->n->asked[_IO_CONNECT_UNLINK]);
	close(fd);
	fd = open(TREE "/x", O_CREAT | O_RDWR | O_CLOEXEC, 0644);
	ASSERT_LE(0, fd);
	EXPECT_EQ(ENOENT, do_stat(FORGET));
	EXPECT_EQ(0, do_mkdir(TREE "/x"));
	EXPECT_EQ(0, do_rmdir(TREE "/x"));
	close(fd);
}

/* Who is in a directory that has been forgotten is in it by its path all the same. */
TEST_F(names, below_what_is_forgotten)
{
	ASSERT_EQ(0, do_mkdir(TREE "/x"));
	ASSERT_EQ(0, chdir(TREE "/x"));
	EXPECT_EQ(ENOENT, do_stat(FORGET));
	EXPECT_EQ(ENOENT, do_stat(TREE "/x"));
	EXPECT_EQ(0, do_mkdir(TREE "/x"));
	EXPECT_EQ(EINVAL, do_rename(TREE "/x", "below"));
	EXPECT_EQ(0, self->n->asked[_IO_CONNECT_RENAME]);
	EXPECT_EQ(0, chdir("/"));
}

TEST_F(names, directories_in_use)
{
	char cwd[64];

	ASSERT_EQ(0, do_mkdir(TREE "/dir"));
	ASSERT_EQ(0, chdir(TREE "/dir"));
	EXPECT_EQ(0, do_rmdir(TREE "/dir"));
	EXPECT_EQ(NULL, getcwd(cwd, sizeof(cwd)));
	EXPECT_EQ(ENOENT, do_mkdir("below"));
	EXPECT_EQ(ENOENT, do_make("below"));
	EXPECT_EQ(0, do_mkdir(TREE "/dir"));
	EXPECT_EQ(ENOENT, do_mkdir("below"));
	EXPECT_EQ(0, chdir(TREE "/dir"));
	EXPECT_EQ(0, do_mkdir("below"));
	EXPECT_EQ(0, do_rename("below", "other"));
	EXPECT_EQ(0, do_rmdir("other"));
	EXPECT_EQ(0, chdir("/"));
	EXPECT_EQ(0, do_rmdir(TREE "/dir"));
}

/* ---- all at once ---- */

#define WILD	3

static const char *const wild_names[] = { "a", "b", "a/c", "b/c", "a/d" };

static void wild_path(char *path, unsigned *seed)
{
	sprintf(path, TREE "/%s", wild_names[(unsigned)rand_r(seed) % ARRAY_SIZE(wild_names)]);
}

static int wild_call(int what, unsigned *seed)
{
	char path[64], other[64];

	wild_path(path, seed);
	wild_path(other, seed);
	switch (what % 12) {
	case 0:
	case 1:
		return do_mkdir(path);
	case 2:
		return do_rmdir(path);
	case 3:
		return do_unlink(path);
	case 4:
		return do_make(path);
	case 5:
		return do_mkfifo(path);
	case 6:
		return do_rename(path, other);
	case 7:
	case 8:
		return do_open(path);
	case 9:
		return status_of(chmod(path, 0755));
	case 10:
		return do_list(path);
	}
	return do_stat(path);
}

/* ESTALE: the VFS has begun anew once, and again it was something else by then. */
static bool is_fair(int err)
{
	return !err || err == ENOENT || err == EEXIST || err == EISDIR || err == ENOTDIR ||
	       err == ENOTEMPTY || err == EINVAL || err == ESTALE;
}

static int be_wild(void *arg)
{
	unsigned seed = (unsigned)getpid();
	int i, what = 0, err = 0, n = *(int *)arg;

	for (i = 0; i < n && is_fair(err); i++) {
		what = rand_r(&seed) % 12;
		err = wild_call(what, &seed);
	}
	if (is_fair(err))
		return 0;
	printf("# call %d: %s\n", what, strerror(err));
	return 1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	return ftw->level ? status_of(type == FTW_DP ? rmdir(path) : unlink(path)) : 0;
}

static int remove_all(void)
{
	return nftw(TREE, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TEST_F_TIMEOUT(names, wild, IN_COMPANY)
{
	int n = rounds(2000), i, status;
	pid_t pids[WILD];

	for (i = 0; i < WILD; i++)
		pids[i] = fork_child(be_wild, &n);
	for (i = 0; i < WILD; i++) {
		while (waitpid(pids[i], &status, 0) != pids[i])
			;
		EXPECT_EQ(0, status);
	}
	EXPECT_EQ(0, remove_all());
	EXPECT_EQ(0, self->n->entries);
}

/* Whoever is killed in the middle of it leaves nothing locked. */
TEST_F_TIMEOUT(names, wild_and_killed, IN_COMPANY)
{
	int forever = INT32_MAX, i, n = few_rounds(100);
	pid_t pids[WILD] = { 0 };
	unsigned seed = 1;

	for (i = 0; i < n; i++) {
		if (pids[i % WILD])
			EXPECT_TRUE(ends_when_killed(pids[i % WILD]));
		pids[i % WILD] = fork_child(be_wild, &forever);
		EXPECT_TRUE(is_fair(wild_call(i, &seed)));
	}
	for (i = 0; i < WILD; i++)
		EXPECT_TRUE(ends_when_killed(pids[i]));
	EXPECT_EQ(0, remove_all());
	EXPECT_EQ(0, self->n->entries);
}

TEST_HARNESS_MAIN
