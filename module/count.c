// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/qmsg/counts: the files that gcov reads, one for each object, as "qmsg-file
 * gcov/NAME SIZE" and the bytes; those of qmsgfs.ko in gcov-fs/, up to when it was unloaded last.
 * /sys/kernel/debug/qmsg/edges: a byte for each way from one block of code to the next that has been
 * gone since it was last written to.
 *
 * Kernels can do both themselves (CONFIG_GCOV_KERNEL, CONFIG_KCOV) if they were built for it;
 * this does it on any, Debian's own included.
 */

#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "count.h"

MODULE_INFO(count, "counts what runs: for tests only");

/* ---- how often each block has run, as gcov wants it ---- */

/* What gcc lays down for each object; the numbers below are those of its version 12. */
#if __GNUC__ != 12
#error "counting is written for gcc 12"
#endif

#define GCDA_MAGIC	0x67636461
#define TAG_FUNCTION	0x01000000
#define TAG_ARCS	0x01a10000
#define KINDS		8	/* of counters; only arcs are used */

struct gcov_fn_info {
	const struct gcov_info *key;
	u32 ident, lineno_checksum, cfg_checksum;
	struct {
		u32 n;
		const u64 *counters;
	} arcs;
};

struct gcov_info {
	u32 version;
	struct gcov_info *next;
	u32 stamp, checksum;
	const char *filename;
	void (*merge[KINDS])(s64 *counters, unsigned int n);
	u32 nfunctions;
	const struct gcov_fn_info *const *functions;
};

/* The first and the last of the section are count_first.c and this file. */
extern const struct gcov_info *const qmsg_counts_first[];
static const struct gcov_info *const last[0] __used __section("qmsg_counts");

/* The compiler asks for it; it would add up the counts of several runs. */
void __gcov_merge_add(s64 *counters, unsigned int n);
void __gcov_merge_add(s64 *counters, unsigned int n)
{
}
EXPORT_SYMBOL_NS_GPL(__gcov_merge_add, QMSG);

static u8 *put_u32(u8 *to, u32 value)
{
	memcpy(to, &value, sizeof(value));
	return to + sizeof(value);
}

/* To what is there, which may be anywhere. */
static u8 *add_u64(u8 *to, u64 more)
{
	u64 sum;

	memcpy(&sum, to, sizeof(sum));
	sum += more;
	memcpy(to, &sum, sizeof(sum));
	return to + sizeof(sum);
}

static size_t function_size(const struct gcov_fn_info *fn)
{
	return 7 * sizeof(u32) + fn->arcs.n * sizeof(u64);
}

/* Onto what is counted there already. */
static u8 *add_function(u8 *to, const struct gcov_fn_info *fn)
{
	u32 i;

	to = put_u32(to, TAG_FUNCTION);
	to = put_u32(to, 3 * sizeof(u32));
	to = put_u32(to, fn->ident);
	to = put_u32(to, fn->lineno_checksum);
	to = put_u32(to, fn->cfg_checksum);
	to = put_u32(to, TAG_ARCS);
	to = put_u32(to, fn->arcs.n * sizeof(u64));
	for (i = 0; i < fn->arcs.n; i++)
		to = add_u64(to, fn->arcs.counters[i]);
	return to;
}

static size_t object_size(const struct gcov_info *info)
{
	size_t size = 4 * sizeof(u32);
	u32 i;

	for (i = 0; i < info->nfunctions; i++)
		size += function_size(info->functions[i]);
	return size;
}

/* @to: what has been counted before, or zeroes. */
static void add_object(u8 *to, const struct gcov_info *info)
{
	u32 i;

	to = put_u32(to, GCDA_MAGIC);
	to = put_u32(to, info->version);
	to = put_u32(to, info->stamp);
	to = put_u32(to, info->checksum);
	for (i = 0; i < info->nfunctions; i++)
		to = add_function(to, info->functions[i]);
}

static void show(struct seq_file *m, const char *dir, const char *name, const u8 *file, size_t size)
{
	seq_printf(m, "qmsg-file %s/%s %zu\n", dir, name, size);
	seq_write(m, file, size);
}

static void show_own(struct seq_file *m, const struct gcov_info *info)
{
	size_t size = object_size(info);
	u8 *file = kvzalloc(size, GFP_KERNEL);

	if (!file)
		return;
	add_object(file, info);
	show(m, "gcov", kbasename(info->filename), file, size);
	kvfree(file);
}

/* Of an object of qmsgfs.ko, which has been unloaded. There as long as this module is. */
struct kept {
	struct list_head node;
	size_t size;
	char name[32];
	u8 file[];
};

static LIST_HEAD(kept_objects);
static DEFINE_MUTEX(kept_lock);

static struct kept *kept_of(const struct gcov_info *info)
{
	const char *name = kbasename(info->filename);
	size_t size = object_size(info);
	struct kept *kept;

	list_for_each_entry(kept, &kept_objects, node)
		if (!strcmp(kept->name, name))
			return kept;
	kept = kvzalloc(sizeof(*kept) + size, GFP_KERNEL);
	if (!kept)
		return NULL;
	strscpy(kept->name, name, sizeof(kept->name));
	kept->size = size;
	list_add_tail(&kept->node, &kept_objects);
	return kept;
}

/* qmsgfs.ko goes, and is soon loaded again: what its objects have counted stays. */
void qmsg_counts_keep(const struct gcov_info *const *info, const struct gcov_info *const *end)
{
	struct kept *kept;

	mutex_lock(&kept_lock);
	for (; info < end; info++) {
		kept = kept_of(*info);
		if (kept)
			add_object(kept->file, *info);
	}
	mutex_unlock(&kept_lock);
}
EXPORT_SYMBOL_NS_GPL(qmsg_counts_keep, QMSG);

static int counts_show(struct seq_file *m, void *unused)
{
	const struct gcov_info *const *info;
	const struct kept *kept;

	for (info = qmsg_counts_first; info < last; info++)
		show_own(m, *info);
	mutex_lock(&kept_lock);
	list_for_each_entry(kept, &kept_objects, node)
		show(m, "gcov-fs", kept->name, kept->file, kept->size);
	mutex_unlock(&kept_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counts);

void qmsg_count_exit(void)
{
	struct kept *kept, *next;

	list_for_each_entry_safe(kept, next, &kept_objects, node)
		kvfree(kept);
}

/* ---- which ways were gone, for the fuzzer ---- */

#define EDGES	(1 << 16)

static u8 edges[EDGES];

/* Where each CPU has been last, and for whom: a way leads from one block of a task to its next. */
struct last_block {
	const struct task_struct *task;
	unsigned long place;
};

static DEFINE_PER_CPU(struct last_block, last_block);

/* The compiler calls it in each block. */
void __sanitizer_cov_trace_pc(void);
void notrace __sanitizer_cov_trace_pc(void)
{
	struct last_block *before = raw_cpu_ptr(&last_block);
	unsigned long place = _RET_IP_ - (unsigned long)edges;
	unsigned long from;

	if (!in_task())
		return;
	from = READ_ONCE(before->task) == current ? READ_ONCE(before->place) : 0;
	WRITE_ONCE(before->task, current);
	WRITE_ONCE(before->place, place);
	edges[((place * 0x9e3779b1UL >> 8) ^ (from * 0x85ebca6bUL >> 9)) % EDGES] = 1;
}

static ssize_t edges_read(struct file *file, char __user *ubuf, size_t len, loff_t *pos)
{
	return simple_read_from_buffer(ubuf, len, pos, edges, sizeof(edges));
}

static ssize_t edges_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	memset(edges, 0, sizeof(edges));
	return len;
}

static const struct file_operations edges_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.read	= edges_read,
	.write	= edges_write,
	.llseek	= default_llseek,
};

void qmsg_count_init(struct dentry *dir)
{
	debugfs_create_file("counts", 0400, dir, NULL, &counts_fops);
	debugfs_create_file("edges", 0600, dir, NULL, &edges_fops);
}
