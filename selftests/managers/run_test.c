// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resource managers as QNX programs are, and ordinary programs as their clients: NAME.c is a
 * manager, NAME.sh a shell script with its clients, which has to run to its end. The
 * manager's node is there when the script begins, below /qnx, and gone when the manager is killed;
 * so is its device file. Rules: S10.10 and S10.23 (fifo), S10.17, S10.19, S10.20 and S10.21 (all).
 *
 * Arguments: only managers whose name contains one of them.
 */
#include "qmsg_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define MANAGERS	"/managers"
#define NODES		"/qnx"
#define DEVICES		"/sys/class/qmsgfs"

static int load(void)
{
	int fd = open("/qmsgfs.ko", O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 || syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;

	close(fd);
	mkdir(NODES, 0755);
	return ret || mount("none", NODES, "qmsgfs", 0, NULL) ? -errno : 0;
}

static bool is_unmounted(void)
{
	return !umount(NODES);
}

static bool is_removed(void)
{
	return !syscall(SYS_delete_module, "qmsgfs", O_NONBLOCK);
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
	snprintf(limit, sizeof(limit), "%u", 3 * wait_limit_ms() / 1000);
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
	char path[64];
	char *argv[] = { path, NULL };
	bool ok;
	pid_t pid;

	snprintf(path, sizeof(path), MANAGERS "/%s", name);
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
	return ok & wait_until(is_removed());
}

static char **words;

static int selected(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	char **word;

	if (len < 4 || strcmp(entry->d_name + len - 3, ".sh"))
		return 0;
	for (word = words; *word; word++)
		if (strstr(entry->d_name, *word))
			return 1;
	return word == words;
}

int main(int argc, char **argv)
{
	struct dirent **list;
	int i, n, failed = 0;

	words = argv + (argc > 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	n = scandir(MANAGERS, &list, selected, alphasort);
	printf("TAP version 13\n1..%d%s\n", n < 0 ? 0 : n, n > 0 ? "" : " # SKIP no managers");
	for (i = 0; i < n; i++) {
		uint64_t begin = now_ns();
		bool ok;

		list[i]->d_name[strlen(list[i]->d_name) - 3] = 0;
		ok = run(list[i]->d_name);
		failed += !ok;
		printf("# %s: %u ms\n", list[i]->d_name, (unsigned int)((now_ns() - begin) / 1000000));
		printf("%sok %d %s\n", ok ? "" : "not ", i + 1, list[i]->d_name);
	}
	return failed ? 1 : n > 0 ? 0 : 4;
}
