// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation and every user copy of what a manager does to have a node fails once, one at a time.
 * What has an error has left nothing, not even a debt.
 */
#include "../hazards/injection.h"
#include "saying.h"

#define N_MAX	2000
#define DEVICE	"/dev/injected"

struct scene {
	int fd;			/* /dev/qmsgfs */
	int chid;
	struct qmsgfs_attach args;
};

static int do_open(struct scene *s)
{
	int fd = open("/dev/qmsgfs", O_RDWR | O_CLOEXEC);

	(void)s;
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* What is made is taken away afterwards, when nothing fails any more. */
static int do_attach(struct scene *s)
{
	return errno_of(ioctl(s->fd, QMSGFS_IOC_ATTACH, &s->args));
}

static int do_mount(struct scene *s)
{
	(void)s;
	return errno_of(mount("none", TOP, "qmsgfs", 0, NULL));
}

static void undo_nothing(struct scene *s)
{
	(void)s;
}

static void undo_attach(struct scene *s)
{
	struct qmsgfs_detach back = { .size = sizeof(back), .id = s->args.out_id };

	ioctl(s->fd, QMSGFS_IOC_DETACH, &back);
}

static void undo_mount(struct scene *s)
{
	(void)s;
	wait_until(!umount(TOP));
}

static bool is_nothing(const struct scene *s)
{
	(void)s;
	return true;
}

/* Neither the device file, nor the node: else it could not be made. */
static bool is_no_node(const struct scene *s)
{
	struct scene again = *s;

	if (!access(DEVICE, F_OK) || do_attach(&again))
		return false;
	undo_attach(&again);
	return access(DEVICE, F_OK);
}

static bool is_not_mounted(const struct scene *s)
{
	(void)s;
	return umount(TOP) && errno == EINVAL;
}

static const struct deed {
	const char *name, *path;
	mode_t mode;
	int (*call)(struct scene *s);
	void (*undo)(struct scene *s);
	bool (*is_clean)(const struct scene *s);
} deeds[] = {
	{ "open", "", 0, do_open, undo_nothing, is_nothing },
	{ "attach a device", DEVICE, S_IFCHR | 0666, do_attach, undo_attach, is_no_node },
	{ "attach a directory", "/tree", S_IFDIR | 0777, do_attach, undo_attach, is_no_node },
	{ "mount", "", 0, do_mount, undo_mount, is_not_mounted },
};

FIXTURE(injection) {
	struct scene scene;
	bool can;
};

FIXTURE_SETUP(injection)
{
	int err = injection_open();

	if (err == -ENOENT)
		SKIP(return, "this kernel has no fault injection");
	ASSERT_EQ(0, err);
	self->can = true;
	ASSERT_EQ(0, module_load());
	mkdir(TOP, 0755);
	self->scene.fd = open("/dev/qmsgfs", O_RDWR | O_CLOEXEC);
	self->scene.chid = ChannelCreate(0);
	ASSERT_LE(0, self->scene.fd);
}

FIXTURE_TEARDOWN(injection)
{
	if (!self->can)
		return;
	restore_params();
	close(self->scene.fd);
	EXPECT_EQ(0, ChannelDestroy(self->scene.chid));
	EXPECT_TRUE(wait_until(top_unmounted()));
	EXPECT_TRUE(module_unload());
}

static void prepare(struct scene *s, const struct deed *d)
{
	s->args = (struct qmsgfs_attach) {
		.size = sizeof(s->args),
		.chid = s->chid,
		.mode = d->mode,
		.path_len = strlen(d->path),
		.path_ptr = (uintptr_t)d->path,
	};
}

static bool is_expected(int err)
{
	return !err || err == ENOMEM || err == EFAULT;
}

static int sweep(struct __test_metadata *_metadata, struct scene *s, const struct deed *d)
{
	bool hit = true;
	int n, err;

	for (n = 1; hit && n < N_MAX; n++) {
		prepare(s, d);
		EXPECT_TRUE(injection_begin(n));
		err = d->call(s);
		hit = injection_end();
		EXPECT_TRUE(is_expected(err)) TH_LOG("%s, step %d: %s", d->name, n, strerror(err));
		EXPECT_TRUE(hit || !err) TH_LOG("%s: %s", d->name, strerror(err));
		if (!err)
			d->undo(s);
		EXPECT_TRUE(d->is_clean(s)) TH_LOG("%s, step %d: %s", d->name, n, strerror(err));
	}
	return n;
}

TEST_F_TIMEOUT(injection, every_step_of_every_call_fails_once, 120)
{
	const struct deed *d;
	int n;

	/* What has failed is not counted: so one is enough. */
	ASSERT_EQ(0, write_param("user_nodes", 1));
	for (d = deeds; d < deeds + sizeof(deeds) / sizeof(*deeds); d++) {
		n = sweep(_metadata, &self->scene, d);
		TH_LOG("%s: %d steps", d->name, n - 2);
		EXPECT_LT(2, n) TH_LOG("%s: nothing failed", d->name);
		EXPECT_GT(N_MAX, n) TH_LOG("%s", d->name);
	}
}

TEST_HARNESS_MAIN
