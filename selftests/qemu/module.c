// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: load, unload, and that it is at rest in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "guest.h"

#define NAME "qmsg"
#define OBJECTS "/sys/kernel/debug/qmsg/objects"

/* What loading an unsigned out-of-tree module may do to the kernel. */
#define TAINT_OUT_OF_TREE (1L << 12)
#define TAINT_UNSIGNED (1L << 13)

static long taint_before, taint_loaded;

static long taint(void)
{
	char buf[32];

	return read_file("/proc/sys/kernel/tainted", buf, sizeof(buf)) ? atol(buf) : -1;
}

/* The use count of the module, -1 if it is not loaded. */
static int use_count(void)
{
	char line[256], name[64];
	int count = -1, n;
	FILE *f = fopen("/proc/modules", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %*u %d", name, &n) == 2 && !strcmp(name, NAME))
			count = n;
	if (f)
		fclose(f);
	return count;
}

static bool unused(void)
{
	return use_count() == 0;
}

/* Counters that are not zero; -1 if they cannot be read. */
static int objects_left(bool show)
{
	char line[256], name[128];
	long long value;
	int lines = 0, left = 0;
	FILE *f = fopen(OBJECTS, "re");

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		lines++;
		if (sscanf(line, "%127s %lld", name, &value) == 2 && value == 0)
			continue;
		left++;
		if (show)
			tap_note("%s: %.*s", OBJECTS, (int)strcspn(line, "\n"), line);
	}
	fclose(f);
	return lines ? left : -1;
}

long long module_objects(void)
{
	long long value, sum = 0;
	FILE *f = fopen(OBJECTS, "re");

	while (f && fscanf(f, "%*s %lld", &value) == 1)
		sum += value;
	if (f)
		fclose(f);
	return sum;
}

static bool no_objects(void)
{
	return objects_left(false) == 0;
}

bool module_load(const char *path)
{
	const char *params = getenv("QMSG_PARAMS");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long allowed = TAINT_OUT_OF_TREE | TAINT_UNSIGNED;
	bool ok;

	taint_before = taint();
	ok = fd >= 0 && syscall(SYS_finit_module, fd, params ? params : "", 0) == 0;
	if (!ok)
		tap_note("%s: %s", path, strerror(errno));
	close(fd);
	taint_loaded = taint();
	tap_result(ok, "load: the module loads");
	if (!ok)
		return false;
	tap_result(access("/dev/qmsg", F_OK) == 0, "load: /dev/qmsg is there");
	return tap_result((taint_loaded & ~taint_before & ~allowed) == 0,
			  "load: the kernel is tainted by nothing but an unsigned module");
}

bool module_check(const char *who)
{
	bool ok;

	/* The last references may be dropped after a grace period of RCU. */
	ok = wait_until(no_objects, 2);
	if (!ok && objects_left(true) < 0)
		tap_note("%s cannot be read or is empty", OBJECTS);
	ok &= tap_result(ok, "%s: every object is gone", who);
	ok &= tap_result(wait_until(unused, 2), "%s: the module is not in use", who);
	if (taint() != taint_loaded)
		tap_note("taint was %ld, is %ld", taint_loaded, taint());
	ok &= tap_result(taint() == taint_loaded, "%s: the kernel is not tainted", who);
	return ok;
}

static bool removed(void)
{
	return syscall(SYS_delete_module, NAME, O_NONBLOCK) == 0;
}

bool module_unload(void)
{
	bool ok = wait_until(removed, 2);

	if (!ok)
		tap_note("%s: %s, use count %d", NAME, strerror(errno), use_count());
	ok = tap_result(ok, "unload: the module unloads");
	ok &= tap_result(access("/dev/qmsg", F_OK) < 0, "unload: /dev/qmsg is gone");
	return ok;
}
