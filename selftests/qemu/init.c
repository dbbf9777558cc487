// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process 1 of the guest: load the module, run every test program (or the
 * demonstration, or the benchmark), look at the system after each, unload
 * the module, report, power off.  Or run all of them beside each other, for long.
 *
 * What to do comes as QMSG_* words on the kernel command line, which the
 * kernel hands to init as its environment.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "guest.h"

#define RESULTS "/dev/ttyS1"
#define OUTPUT "/dev/ttyS2"
#define TESTS "/tests"

int slow = 1;

long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

long env_long(const char *name, long otherwise)
{
	const char *value = getenv(name);

	return value && *value ? atol(value) : otherwise;
}

bool read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	close(fd);
	if (n < 0)
		return false;
	buf[n] = 0;
	return true;
}

bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

bool wait_until(bool (*condition)(void), int seconds)
{
	long long deadline = now_ms() + seconds * 1000LL * slow;

	for (;;) {
		if (condition())
			return true;
		if (now_ms() >= deadline)
			return false;
		usleep(5000);
	}
}

static void mount_on(const char *type, const char *where)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, NULL))
		fprintf(stderr, "init: cannot mount %s on %s: %m\n", type, where);
}

/*
 * The kernel patches its own text when the first control group has a cpuset or accounts
 * memory, and again when the last one goes. An emulated processor may run into the patch half made, and the guest
 * panics with int3. So there is one from now on, while nothing else runs.
 */
static void settle_kernel_text(void)
{
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+cpuset +memory");
	mkdir("/sys/fs/cgroup/init", 0755);
}

/*
 * Likewise the scheduler, when the first event of a kind is traced: then it notes the names of those
 * it switches to. So one is from now on, of those that hardly ever come.
 */
static void settle_tracing(void)
{
	mount_on("tracefs", "/sys/kernel/tracing");
	write_file("/sys/kernel/tracing/events/oom/mark_victim/enable", "1");
}

/* A kernel that has no file systems in user space, but a module of its own for them. */
static void load_fuse(void)
{
	int fd = open("/fuse.ko", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0))
		fprintf(stderr, "init: cannot load fuse.ko: %m\n");
	close(fd);
}

static void set_up(void)
{
	char text[16];

	mount_on("devtmpfs", "/dev");
	mount_on("devpts", "/dev/pts");
	mount_on("proc", "/proc");
	mount_on("sysfs", "/sys");
	mount_on("debugfs", "/sys/kernel/debug");
	mount_on("cgroup2", "/sys/fs/cgroup");
	settle_kernel_text();
	mount_on("tmpfs", "/tmp");
	mount_on("tmpfs", "/run");
	mount_on("tmpfs", "/dev/shm");
	chmod("/tmp", 01777);
	chmod("/dev/shm", 01777);
	load_fuse();
	tasks_let_time_go_on();

	slow = env_long("QMSG_SLOW", 1);
	/* A task that has not moved for this long will not any more. */
	snprintf(text, sizeof(text), "%d", 60 * slow);
	write_file("/proc/sys/kernel/hung_task_timeout_secs", text);
	write_file("/proc/sys/kernel/hung_task_warnings", "-1");
	/* Core files of programs that are killed on purpose are of no use. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });

	setenv("PATH", "/bin", 1);
	setenv("HOME", "/tmp", 1);
}

static void look_around(const char *who)
{
	tasks_check(who);
	module_check(who);
	klog_check(who, true);
}

static char *join(const char *a, const char *between, const char *b)
{
	char *text;

	if (asprintf(&text, "%s%s%s", a, between, b) < 0)
		abort();
	return text;
}

static void run_one(const char *path, const char *name)
{
	char *marker = join("start", " ", name);

	klog_marker(marker);
	run_test(path, name);
	look_around(name);
	free(marker);
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* A directory groups programs. */
static void for_each_below(const char *dir, void (*fn)(const char *path, const char *name))
{
	char *path = join(TESTS, "/", dir);
	char *name, *file;
	struct dirent **list;
	struct stat st;
	int i, n;

	n = scandir(path, &list, not_hidden, alphasort);
	for (i = 0; i < n; i++) {
		name = join(dir, *dir ? "/" : "", list[i]->d_name);
		file = join(TESTS, "/", name);
		if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
			for_each_below(name, fn);
		else
			fn(file, name);
		free(name);
		free(file);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	free(path);
}

void for_each_test(void (*fn)(const char *path, const char *name))
{
	for_each_below("", fn);
}

static void run_tests(void)
{
	settle_tracing();
	for_each_test(run_one);
}

/* The demonstration and the benchmark: one program, whose output is for the host as it is. */
static void show(const char *name)
{
	char *path = join("/bin/qmsg", "-", name);

	run_shown(path, name, OUTPUT);
	look_around(name);
	free(path);
}

static void test(const char *what)
{
	bool bench = strcmp(what, "bench") == 0;

	klog_open();
	klog_marker("start load");
	leaks_forget();
	if (bench)
		binder_provide();
	if (module_load("/qmsg.ko")) {
		klog_check("load", false);
		if (bench || strcmp(what, "demo") == 0)
			show(what);
		else if (strcmp(what, "soak") == 0)
			soak(env_long("QMSG_MINUTES", 60));
		else
			run_tests();
		files_send(OUTPUT);
		leaks_check("before");
		klog_marker("start unload");
		module_unload();
	}
	leaks_check("after");
	lockdep_check();
	klog_check("unload", false);
}

int main(void)
{
	const char *what = getenv("QMSG_RUN");

	set_up();
	tap_open(RESULTS);
	/* Anything else: the host only asks whether a guest starts at all. */
	if (what)
		test(what);
	tap_verdict();
	/* With "qemu -no-reboot" this ends the machine, ACPI or not. */
	reboot(RB_AUTOBOOT);
	return 1;
}
