// SPDX-License-Identifier: GPL-2.0-only
/* Device files of nodes below /dev: devtmpfs makes them, and takes them away. */

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/kdev_t.h>
#include <linux/namei.h>
#include <linux/proc_ns.h>
#include <linux/slab.h>

#include "compat.h"
#include "qmsgfs.h"

#define DEV	"/dev/"

static dev_t first;
static struct cdev files;

static struct class node_class = { .name = "qmsgfs" };

/* Everybody: the manager looks at who it is, as on QNX. */
static char *node_devnode(qmsg_const_device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid)
{
	const struct qmsgfs_node *node = dev_get_drvdata(dev);

	/* Where the file goes nobody asks for these. */
	if (!node || !mode || !uid || !gid)
		return NULL;
	*mode = S_IFCHR | (node->mode & 0777);
	*uid = node->uid;
	*gid = node->gid;
	return NULL;
}

static const struct device_type node_type = { .name = "qmsgfs", .devnode = node_devnode };

dev_t qmsgfs_devt(u32 id)
{
	return MKDEV(MAJOR(first), MINOR(first) + id);
}

u32 qmsgfs_id_of(const struct inode *inode)
{
	return iminor(inode) - MINOR(first);
}

static void device_free(struct device *dev)
{
	kfree(dev);
}

static struct device *device_alloc(struct qmsgfs_node *node)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return NULL;
	device_initialize(dev);
	dev->class = &node_class;
	dev->type = &node_type;
	dev->devt = qmsgfs_devt(node->id);
	dev->release = device_free;
	dev_set_drvdata(dev, node);
	/* The driver core makes "!" of each "/", and devtmpfs the other way. */
	if (!dev_set_name(dev, "%s", node->path + strlen(DEV)))
		return dev;
	put_device(dev);
	return NULL;
}

/* devtmpfs would not say that it could not make the file. */
static bool is_there(const char *path)
{
	struct path found;

	if (kern_path(path, 0, &found))
		return false;
	path_put(&found);
	return true;
}

/*
 * The driver core would find two paths to be one name, and complain; so also those of two
 * namespaces.
 */
static bool wants_device(const struct qmsgfs_node *node)
{
	return node->trusted && S_ISCHR(node->mode) && node->ns == PROC_IPC_INIT_INO &&
	       !strncmp(node->path, DEV, strlen(DEV)) && !strchr(node->path, '!');
}

int qmsgfs_device_make(struct qmsgfs_node *node)
{
	struct device *dev;
	int err;

	if (!wants_device(node))
		return 0;
	if (node->path_len - strlen(DEV) > NAME_MAX)
		return -ENAMETOOLONG;
	if (is_there(node->path))
		return -EEXIST;
	dev = device_alloc(node);
	if (!dev)
		return -ENOMEM;
	err = device_add(dev);
	if (err) {
		put_device(dev);
		return err;
	}
	node->device = dev;
	return 0;
}

void qmsgfs_device_end(struct qmsgfs_node *node)
{
	if (!node->device)
		return;
	device_unregister(node->device);
	node->device = NULL;
}

int qmsgfs_devices_init(void)
{
	int err;

	err = alloc_chrdev_region(&first, 0, QMSGFS_NODES_MAX, "qmsgfs");
	if (err)
		return err;
	err = class_register(&node_class);
	if (err)
		goto err_region;
	cdev_init(&files, &qmsgfs_file_fops);
	files.owner = qmsgfs_file_fops.owner;
	err = cdev_add(&files, first, QMSGFS_NODES_MAX);
	if (!err)
		return 0;
	class_unregister(&node_class);
err_region:
	unregister_chrdev_region(first, QMSGFS_NODES_MAX);
	return err;
}

void qmsgfs_devices_exit(void)
{
	cdev_del(&files);
	class_unregister(&node_class);
	unregister_chrdev_region(first, QMSGFS_NODES_MAX);
}
