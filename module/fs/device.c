// SPDX-License-Identifier: GPL-2.0-only
/* Device files of nodes below /dev: devtmpfs makes them, and takes them away. */

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/slab.h>

#include "compat.h"
#include "qmsgfs.h"

#define DEV	"/dev/"

static dev_t first;
static struct cdev files;

/* devtmpfs itself: nobody's namespace, and nothing is mounted over it. NULL: there is none. */
static struct vfsmount *devtmpfs;

/* Everybody: the manager looks at who it is, as on QNX. */
static char *node_devnode(qmsg_const_device *dev, umode_t *mode)
{
	const struct qmsgfs_node *node = dev_get_drvdata(dev);

	/* Where the file goes nobody asks for it. */
	if (node && mode)
		*mode = S_IFCHR | (node->mode & 0777);
	return NULL;
}

static struct class node_class = { .name = "qmsgfs", .devnode = node_devnode };

dev_t qmsgfs_devt(u32 id)
{
	return MKDEV(MAJOR(first), MINOR(first) + id);
}

u32 qmsgfs_id_of(const struct inode *inode)
{
	return iminor(inode) - MINOR(first);
}

static const char *name_of(const struct qmsgfs_node *node)
{
	return node->path + strlen(DEV);
}

static int find(const struct qmsgfs_node *node, struct path *found)
{
	return vfs_path_lookup(devtmpfs->mnt_root, devtmpfs, name_of(node), 0, found);
}

/*
 * devtmpfs does not say that it could not make the file. 0: it is there; -EEXIST: it is not, or is
 * another's.
 */
static int look_for(const struct qmsgfs_node *node)
{
	const struct inode *inode;
	struct path found;
	bool ours;
	int err = find(node, &found);

	if (err)
		return err == -ENOENT ? -EEXIST : err;
	inode = d_inode(found.dentry);
	ours = S_ISCHR(inode->i_mode) && inode->i_rdev == qmsgfs_devt(node->id);
	path_put(&found);
	return ours ? 0 : -EEXIST;
}

/*
 * The driver core would find two paths to be one name, and complain; so also those of two
 * namespaces.
 */
static bool wants_device(const struct qmsgfs_node *node)
{
	return devtmpfs && node->trusted && !node->is_name && S_ISCHR(node->mode) &&
	       qmsgfs_ns_is_first(node->ns) && !strncmp(node->path, DEV, strlen(DEV)) &&
	       !strchr(node->path, '!');
}

/* Before anything is made, and seen by those who watch devices: is the name free? */
int qmsgfs_device_check(const struct qmsgfs_node *node)
{
	struct path found;
	int err;

	if (!wants_device(node))
		return 0;
	if (node->path_len - strlen(DEV) > NAME_MAX)
		return -ENAMETOOLONG;
	err = find(node, &found);
	if (err)
		return err == -ENOENT ? 0 : err;
	path_put(&found);
	return -EEXIST;
}

int qmsgfs_device_make(struct qmsgfs_node *node)
{
	struct device *dev;
	int err;

	if (!wants_device(node))
		return 0;
	/*
	 * The driver core makes "!" of each "/", and devtmpfs the other way. It is the core's to
	 * free: somebody may have it in sysfs still when this module has gone.
	 */
	dev = device_create(&node_class, NULL, qmsgfs_devt(node->id), node, "%s", name_of(node));
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	node->device = dev;
	err = look_for(node);
	if (err)
		qmsgfs_device_end(node);
	return err;
}

void qmsgfs_device_end(struct qmsgfs_node *node)
{
	if (!node->device)
		return;
	device_unregister(node->device);
	node->device = NULL;
}

static int mount_devtmpfs(void)
{
	struct file_system_type *type = get_fs_type("devtmpfs");
	struct vfsmount *mnt;

	if (!type)
		return 0;
	mnt = kern_mount(type);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	devtmpfs = mnt;
	return 0;
}

static int add_files(void)
{
	int err = alloc_chrdev_region(&first, 0, QMSGFS_NODES_MAX, "qmsgfs");

	if (err)
		return err;
	cdev_init(&files, &qmsgfs_file_fops);
	files.owner = qmsgfs_file_fops.owner;
	err = cdev_add(&files, first, QMSGFS_NODES_MAX);
	if (err)
		unregister_chrdev_region(first, QMSGFS_NODES_MAX);
	return err;
}

int qmsgfs_devices_init(void)
{
	int err = mount_devtmpfs();

	if (err)
		return err;
	err = class_register(&node_class);
	if (err)
		goto err_mount;
	err = add_files();
	if (!err)
		return 0;
	class_unregister(&node_class);
err_mount:
	kern_unmount(devtmpfs);
	return err;
}

void qmsgfs_devices_exit(void)
{
	cdev_del(&files);
	unregister_chrdev_region(first, QMSGFS_NODES_MAX);
	class_unregister(&node_class);
	kern_unmount(devtmpfs);
}
