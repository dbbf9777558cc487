// SPDX-License-Identifier: GPL-2.0-only
/* The module's parameters and its object counters. */
#include "qmsg_test.h"

#include <stdio.h>
#include <stdlib.h>

#define SAVED_MAX 16

static struct {
	char name[32];
	long value;
} saved[SAVED_MAX];

static FILE *open_param(const char *name, const char *mode)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/module/qmsg/parameters/%s", name);
	return fopen(path, mode);
}

long read_param(const char *name)
{
	FILE *f = open_param(name, "re");
	long value;

	if (!f)
		return -errno;
	if (fscanf(f, "%ld", &value) != 1)
		value = -EIO;
	fclose(f);
	return value;
}

static int put_param(const char *name, long value)
{
	FILE *f = open_param(name, "we");
	int err = 0;

	if (!f)
		return -errno;
	fprintf(f, "%ld\n", value);
	if (fflush(f))
		err = -errno;
	fclose(f);
	return err;
}

static void remember(const char *name, long value)
{
	int i;

	for (i = 0; i < SAVED_MAX; i++) {
		if (!strcmp(saved[i].name, name))
			return;
		if (!saved[i].name[0])
			break;
	}
	if (i == SAVED_MAX)
		abort();
	snprintf(saved[i].name, sizeof(saved[i].name), "%s", name);
	saved[i].value = value;
}

int write_param(const char *name, long value)
{
	remember(name, read_param(name));
	return put_param(name, value);
}

void restore_params(void)
{
	int i;

	for (i = 0; i < SAVED_MAX && saved[i].name[0]; i++) {
		put_param(saved[i].name, saved[i].value);
		saved[i].name[0] = 0;
	}
}

/* Calls @fn for every counter until it returns non-zero; what that was, or -1. */
static long long for_each_counter(long long (*fn)(const char *, long long, const char *),
				  const char *arg)
{
	FILE *f = fopen("/sys/kernel/debug/qmsg/objects", "re");
	long long value, ret = -1;
	char name[64];

	if (!f)
		return -1;
	while (ret < 0 && fscanf(f, "%63s %lld", name, &value) == 2)
		ret = fn(name, value, arg);
	fclose(f);
	return ret;
}

static long long named(const char *name, long long value, const char *wanted)
{
	return strcmp(name, wanted) ? -1 : value;
}

long long object_count(const char *name)
{
	return for_each_counter(named, name);
}

/* Others run beside this program ("make soak"): the counts are theirs, too. */
static bool in_company(void)
{
	return getenv("QMSG_COMPANY");
}

int wait_for_object_count(const char *name, long long value)
{
	if (in_company() || wait_until(object_count(name) == value))
		return 0;
	fprintf(stderr, "# waited for %s to be %lld, last seen %lld\n", name, value,
		object_count(name));
	return -ETIMEDOUT;
}

static long long not_zero(const char *name, long long value, const char *report)
{
	if (value && report)
		fprintf(stderr, "# %s is still %lld\n", name, value);
	return value && !report ? value : -1;
}

int wait_for_no_objects(void)
{
	if (object_count("contexts") < 0)
		return -ENOENT;
	if (in_company() || wait_until(for_each_counter(not_zero, NULL) < 0))
		return 0;
	for_each_counter(not_zero, "report");
	return -ETIMEDOUT;
}
