/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A resource manager as QNX programs are, and ordinary programs as its clients: MANAGER.c is the
 * manager, MANAGER.sh, and MANAGER-WHAT.sh if there are, shell scripts with its clients. Each has
 * to run to its end. The manager's node is there when the script begins, below /qnx, and gone when
 * the manager is killed; so is its device file.
 *
 * Each manager is a program of its own, so that its time is not the others'.
 */
#ifndef MANAGERS_RUN_H
#define MANAGERS_RUN_H

#include "../resmgr/ko.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define MANAGERS	"/managers"
#define NODES		"/qnx"
#define DEVICES		"/sys/class/qmsgfs"

static int load(void)
{
	int ret = module_load();

	if (ret)
		return ret;
	mkdir(NODES, 0755);
	return mount("none", NODES, "qmsgfs", 0, NULL) ? -errno : 0;
}

static bool is_unmounted(void)
{
	return !umount(NODES);
}

static pid_t start(char *const *argv)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setpgid(0, 0);
	setenv("LD_LIBRARY_PATH", "/usr/local/lib", 1);
	setenv("PATH", "/coreutils:/bin", 1);
	if (chdir(MANAGERS) || dup2(1, 2) < 0)
		_exit(126);
	execv(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

/* How many names there are. */
static int names_in(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int n = 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static bool script(const char *name)
{
	char path[64], limit[16];
	char *argv[] = { "/bin/timeout", "-s", "KILL", limit, "/coreutils/bash", "-eux", path, NULL };
	int status = -1;
	pid_t pid;

	snprintf(path, sizeof(path), "./%s.sh", name);
	snprintf(limit, sizeof(limit), "%u", 5 * wait_limit_ms() / 1000);
	pid = start(argv);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	kill(-pid, SIGKILL);
	if (!status)
		return true;
	printf("# %s: status %#x\n", path, status);
	return false;
}

static bool run(const char *name)
{
	char path[] = MANAGERS "/" MANAGER;
	char *argv[] = { path, NULL };
	bool ok;
	pid_t pid;

	if (load()) {
		printf("# qmsgfs.ko: %m\n");
		return false;
	}
	pid = start(argv);
	ok = pid > 0 && wait_until(names_in(NODES) == 1) && script(name);
	if (pid > 0 && is_reapable(pid)) {
		printf("# %s has ended\n", path);
		ok = false;
	}
	if (pid > 0) {
		kill(pid, SIGKILL);
		reap(pid, NULL);
	}
	ok &= wait_until(!names_in(NODES) && !names_in(DEVICES));
	ok &= wait_until(is_unmounted());
	ok &= !wait_for_no_objects();
	return ok & module_unload();
}

static int selected(const struct dirent *entry)
{
	const char *rest = entry->d_name + strlen(MANAGER);
	const char *end = strrchr(entry->d_name, '.');

	return !strncmp(entry->d_name, MANAGER, strlen(MANAGER)) && end && !strcmp(end, ".sh") &&
	       (rest == end || *rest == '-');
}

int main(void)
{
	struct dirent **list;
	int i, n, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	n = scandir(MANAGERS, &list, selected, alphasort);
	printf("TAP version 13\n1..%d%s\n", n < 0 ? 0 : n, n > 0 ? "" : " # SKIP no scripts");
	for (i = 0; i < n; i++) {
		uint64_t begin = now_ns();
		bool ok;

		list[i]->d_name[strlen(list[i]->d_name) - strlen(".sh")] = 0;
		ok = run(list[i]->d_name);
		failed += !ok;
		printf("# %s: %u ms\n", list[i]->d_name, (unsigned int)((now_ns() - begin) / 1000000));
		printf("%sok %d %s\n", ok ? "" : "not ", i + 1, list[i]->d_name);
	}
	return failed ? 1 : n > 0 ? 0 : 4;
}

#endif
