// SPDX-License-Identifier: GPL-2.0-only
/*
 * A directory tree whose manager leaves some unanswered: who asks waits, and nobody else, and who
 * waits can be killed. Names of the tree are what its manager makes of them. Rules: S10.22.
 */
#include "parking.h"

#include <dirent.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/time.h>

#define TOP	"/tmp/qnx"
#define TREE	TOP "/tree"

/* What the tests see of the manager, and tell it. */
struct tree {
	atomic_int ready;
	atomic_int parked;
	atomic_int asked;	/* connect messages */
	atomic_int last_ioflag, last_mode;
	atomic_bool hold_list;	/* reads of directories wait */
	atomic_bool hold_chmod;
	atomic_bool gone;	/* "changing" does not exist */
	atomic_bool is_dir;	/* "changing" is a directory */
	atomic_bool bad_list;	/* a directory is read as nonsense */
	char last_path[64];
	pid_t pid;
};

static struct tree *tree;
static iofunc_attr_t file_attr, dir_attr;

static int hold(resmgr_context_t *ctp)
{
	park(ctp->rcvid);
	tree->parked = parking->parked;
	return _RESMGR_NOREPLY;
}

static iofunc_attr_t *attr_of(const char *path)
{
	if (!*path || !strcmp(path, "dir"))
		return &dir_attr;
	if (!strcmp(path, "changing"))
		return tree->gone ? NULL : tree->is_dir ? &dir_attr : &file_attr;
	return strcmp(path, "none") ? &file_attr : NULL;
}

static int tree_open(resmgr_context_t *ctp, io_open_t *msg, RESMGR_HANDLE_T *handle, void *extra)
{
	iofunc_attr_t *a = attr_of(msg->connect.path);
	int status;

	(void)handle;
	(void)extra;
	tree->asked++;
	tree->last_ioflag = msg->connect.ioflag;
	tree->last_mode = msg->connect.mode;
	strncpy(tree->last_path, msg->connect.path, sizeof(tree->last_path) - 1);
	if (!strcmp(msg->connect.path, "slow"))
		return hold(ctp);
	if (!a)
		return msg->connect.ioflag & O_CREAT ? EROFS : ENOENT;
	/* Every name can be made, and is there all the same. */
	msg->connect.ioflag &= ~(uint32_t)O_EXCL;
	status = iofunc_open(ctp, msg, a, NULL, NULL);
	return status == EOK ? iofunc_ocb_attach(ctp, msg, NULL, a, NULL) : status;
}

static int read_dir(resmgr_context_t *ctp, RESMGR_OCB_T *ocb)
{
	static struct {
		struct _io_dirent head;
		char rest[24];
	} entry;

	if (tree->hold_list)
		return hold(ctp);
	if (ocb->offset)
		return _RESMGR_NPARTS(0);
	entry.head.d_offset = 0;
	entry.head.d_reclen = tree->bad_list ? 1024 : _IO_DIRENT_RECLEN(8);
	entry.head.d_namelen = 8;
	strcpy(entry.head.d_name, "changing");
	ocb->offset++;
	_IO_SET_READ_NBYTES(ctp, _IO_DIRENT_RECLEN(8));
	return _RESMGR_PTR(ctp, &entry, _IO_DIRENT_RECLEN(8));
}

static int tree_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	(void)msg;
	if (S_ISDIR(ocb->attr->mode))
		return read_dir(ctp, ocb);
	_IO_SET_READ_NBYTES(ctp, 0);
	return _RESMGR_NPARTS(0);
}

static int tree_chmod(resmgr_context_t *ctp, io_chmod_t *msg, RESMGR_OCB_T *ocb)
{
	return tree->hold_chmod ? hold(ctp) : iofunc_chmod_default(ctp, msg, ocb);
}

static int be_manager(void *arg)
{
	static struct parking unused;
	dispatch_context_t *ctp;
	dispatch_t *dpp = dispatch_create();

	tree = arg;
	parking = &unused;
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	connect_funcs.open = tree_open;
	io_funcs.read = tree_read;
	io_funcs.chmod = tree_chmod;
	iofunc_attr_init(&file_attr, S_IFREG | 0600, NULL, NULL);
	iofunc_attr_init(&dir_attr, S_IFDIR | 0777, NULL, NULL);
	if (resmgr_attach(dpp, NULL, "/tree", _FTYPE_ANY, _RESMGR_FLAG_DIR, &connect_funcs,
			  &io_funcs, &dir_attr) == -1)
		return 1;
	ctp = dispatch_context_alloc(dpp);
	tree->ready = 1;
	while ((ctp = dispatch_block(ctp)))
		dispatch_handler(ctp);
	return 1;
}

FIXTURE(tree) {
	struct tree *t;
};

FIXTURE_SETUP(tree)
{
	self->t = shared_alloc(sizeof(*self->t));
	ASSERT_EQ(0, module_load());
	self->t->pid = fork_child(be_manager, self->t);
	ASSERT_TRUE(wait_until(self->t->ready));
	mkdir(TOP, 0755);
	ASSERT_EQ(0, mount("none", TOP, "qmsgfs", 0, NULL));
}

static bool is_unmounted(void)
{
	return !umount(TOP) || errno == EINVAL;
}

FIXTURE_TEARDOWN(tree)
{
	kill(self->t->pid, SIGKILL);
	EXPECT_EQ(0, reap(self->t->pid, NULL));
	EXPECT_TRUE(wait_until(is_unmounted()));
	EXPECT_TRUE(module_unload());
}

/* ---- who waits ---- */

static int be_stat(void *path)
{
	struct stat st;

	return stat(path, &st) ? errno : 0;
}

static int be_lister(void *path)
{
	DIR *dir = opendir(path);
	bool any = dir && readdir(dir);

	if (dir)
		closedir(dir);
	return any ? 0 : 1;
}

static int be_chmod(void *path)
{
	return chmod(path, 0640) ? errno : 0;
}

static bool can_make(const char *path)
{
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	close(fd);
	return fd >= 0;
}

static bool ends_when_killed(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	return !reap(pid, &status) && WIFSIGNALED(status);
}

/* Others look up, make and list in the directory; who wants the same name waits, killably. */
TEST_F(tree, slow_name)
{
	pid_t first = fork_child(be_stat, TREE "/slow"), second;

	ASSERT_TRUE(wait_until(self->t->parked == 1));
	EXPECT_EQ(0, be_stat(TREE "/quick"));
	EXPECT_TRUE(can_make(TREE "/made"));
	EXPECT_EQ(0, be_lister(TREE));
	second = fork_child(be_stat, TREE "/slow");
	ASSERT_TRUE(wait_until(self->t->parked == 2));
	EXPECT_TRUE(ends_when_killed(second));
	EXPECT_FALSE(is_reapable(first));
	EXPECT_TRUE(ends_when_killed(first));
}

TEST_F(tree, slow_list)
{
	pid_t first, second;

	self->t->hold_list = true;
	first = fork_child(be_lister, TREE);
	ASSERT_TRUE(wait_until(self->t->parked == 1));
	EXPECT_TRUE(can_make(TREE "/made"));
	EXPECT_EQ(0, be_stat(TREE "/quick"));
	second = fork_child(be_lister, TREE);
	ASSERT_TRUE(wait_until(self->t->parked == 2));
	EXPECT_TRUE(ends_when_killed(second));
	EXPECT_FALSE(is_reapable(first));
	EXPECT_TRUE(ends_when_killed(first));
}

TEST_F(tree, slow_change)
{
	pid_t first, second;

	self->t->hold_chmod = true;
	first = fork_child(be_chmod, TREE "/quick");
	ASSERT_TRUE(wait_until(self->t->parked == 1));
	second = fork_child(be_chmod, TREE "/quick");
	ASSERT_TRUE(wait_until(self->t->parked == 2));
	EXPECT_TRUE(ends_when_killed(second));
	EXPECT_FALSE(is_reapable(first));
	EXPECT_TRUE(ends_when_killed(first));
}

/* The server's death ends all of them. */
TEST_F(tree, manager_dies)
{
	pid_t first = fork_child(be_stat, TREE "/slow");
	int status;

	ASSERT_TRUE(wait_until(self->t->parked == 1));
	kill(self->t->pid, SIGKILL);
	ASSERT_EQ(0, reap(first, &status));
	EXPECT_EQ(EIO, WEXITSTATUS(status));
	EXPECT_TRUE(wait_until(be_stat(TREE) == ENOENT));
}

static int be_opener(void *path)
{
	return open(path, O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

/* Everybody who waits in the mount has an error; the manager lives, and has other clients. */
TEST_F(tree, umount_forced)
{
	struct pollfd quick = { .events = POLLIN };
	pid_t children[3];
	int status;
	size_t i;

	quick.fd = open(TREE "/quick", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, quick.fd);
	EXPECT_EQ(-1, umount(TOP));
	EXPECT_EQ(EBUSY, errno);
	self->t->hold_list = true;
	children[0] = fork_child(be_stat, TREE "/slow");
	children[1] = fork_child(be_opener, TREE "/slow");
	children[2] = fork_child(be_lister, TREE);
	ASSERT_TRUE(wait_until(self->t->parked == 3));
	EXPECT_EQ(-1, umount2(TOP, MNT_FORCE));
	EXPECT_EQ(EBUSY, errno);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, reap(children[i], &status));
		EXPECT_EQ(i == 2 ? 1 : EIO, WEXITSTATUS(status));
	}
	EXPECT_EQ(-1, read(quick.fd, &status, 1));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(1, poll(&quick, 1, -1));
	EXPECT_TRUE(quick.revents & POLLHUP);
	EXPECT_EQ(0, be_stat(TREE "/quick"));
	close(quick.fd);
	EXPECT_TRUE(wait_until(is_unmounted()));
	EXPECT_FALSE(is_reapable(self->t->pid));
	ASSERT_EQ(0, mount("none", TOP, "qmsgfs", 0, NULL));
	EXPECT_EQ(0, be_stat(TREE "/quick"));
}

/* ---- what a name is ---- */

TEST_F(tree, changes)
{
	struct stat st;
	int fd;

	ASSERT_EQ(0, stat(TREE "/changing", &st));
	EXPECT_TRUE(S_ISREG(st.st_mode));
	fd = open(TREE "/changing", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	self->t->gone = true;
	EXPECT_EQ(ENOENT, be_stat(TREE "/changing"));
	EXPECT_EQ(-1, open(TREE "/changing", O_RDONLY));
	EXPECT_EQ(ENOENT, errno);
	/* Its manager has the last word. */
	EXPECT_EQ(-1, open(TREE "/changing", O_CREAT | O_WRONLY, 0644));
	EXPECT_EQ(EROFS, errno);
	EXPECT_EQ(ENOENT, be_stat(TREE "/changing"));
	self->t->gone = false;
	self->t->is_dir = true;
	ASSERT_EQ(0, stat(TREE "/changing", &st));
	EXPECT_TRUE(S_ISDIR(st.st_mode));
	self->t->is_dir = false;
	ASSERT_EQ(0, stat(TREE "/changing", &st));
	EXPECT_TRUE(S_ISREG(st.st_mode));
	close(fd);
}

/* The path is that below the node; flags and mode are those of open(2). */
TEST_F(tree, what_is_told)
{
	int fd;

	umask(022);
	fd = open(TREE "/dir/new", O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, strcmp("dir/new", self->t->last_path));
	EXPECT_EQ(0644, self->t->last_mode & 07777);
	EXPECT_EQ(O_CREAT | O_EXCL, self->t->last_ioflag & (O_CREAT | O_EXCL));
	EXPECT_EQ(3, self->t->last_ioflag & O_ACCMODE);
	close(fd);
	EXPECT_EQ(0, be_stat(TREE "/dir"));
	EXPECT_EQ(0, strcmp("dir", self->t->last_path));
	EXPECT_EQ(0, self->t->last_ioflag & O_ACCMODE);
}

/* Who may: as the manager has it. */
static int be_nobody(void *unused)
{
	int fd;

	(void)unused;
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 1;
	/* 0600, root's. */
	fd = open(TREE "/quick", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 || errno != EACCES)
		return 2;
	if (!access(TREE "/quick", R_OK) || errno != EACCES)
		return 3;
	if (!chmod(TREE "/quick", 0666) || errno != EPERM)
		return 4;
	if (!chown(TREE "/quick", 65534, 65534) || errno != EPERM)
		return 5;
	return access(TREE "/quick", F_OK) ? 6 : 0;
}

TEST_F(tree, others)
{
	int status;

	ASSERT_EQ(0, reap(fork_child(be_nobody, NULL), &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

/* Nonsense is an error of the manager's, and nothing else. */
TEST_F(tree, bad_list)
{
	DIR *dir = opendir(TREE);

	ASSERT_NE(NULL, dir);
	self->t->bad_list = true;
	errno = 0;
	EXPECT_EQ(NULL, readdir(dir));
	EXPECT_EQ(EIO, errno);
	self->t->bad_list = false;
	rewinddir(dir);
	EXPECT_NE(NULL, readdir(dir));
	EXPECT_EQ(NULL, readdir(dir));
	rewinddir(dir);
	EXPECT_NE(NULL, readdir(dir));
	closedir(dir);
}

TEST_HARNESS_MAIN
