// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/qmsg/counts: the files that gcov reads, one for each object, as "qmsg-file
 * gcov/NAME SIZE" and the bytes. /sys/kernel/debug/qmsg/edges: a byte for each way from one block
 * of code to the next that has been gone since it was last written to.
 *
 * Kernels can do both themselves (CONFIG_GCOV_KERNEL, CONFIG_KCOV) if they were built for it;
 * this does it on any, Debian's own included.
 */

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
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

static void put_u32(struct seq_file *m, u32 value)
{
	seq_write(m, &value, sizeof(value));
}

static size_t function_size(const struct gcov_fn_info *fn)
{
	return 7 * sizeof(u32) + fn->arcs.n * sizeof(u64);
}

static void put_function(struct seq_file *m, const struct gcov_fn_info *fn)
{
	put_u32(m, TAG_FUNCTION);
	put_u32(m, 3 * sizeof(u32));
	put_u32(m, fn->ident);
	put_u32(m, fn->lineno_checksum);
	put_u32(m, fn->cfg_checksum);
	put_u32(m, TAG_ARCS);
	put_u32(m, fn->arcs.n * sizeof(u64));
	seq_write(m, fn->arcs.counters, fn->arcs.n * sizeof(u64));
}

static void put_object(struct seq_file *m, const struct gcov_info *info)
{
	size_t size = 4 * sizeof(u32);
	u32 i;

	for (i = 0; i < info->nfunctions; i++)
		size += function_size(info->functions[i]);
	seq_printf(m, "qmsg-file gcov/%s %zu\n", kbasename(info->filename), size);
	put_u32(m, GCDA_MAGIC);
	put_u32(m, info->version);
	put_u32(m, info->stamp);
	put_u32(m, info->checksum);
	for (i = 0; i < info->nfunctions; i++)
		put_function(m, info->functions[i]);
}

static int counts_show(struct seq_file *m, void *unused)
{
	const struct gcov_info *const *info;

	for (info = qmsg_counts_first; info < last; info++)
		put_object(m, *info);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counts);

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
