// SPDX-License-Identifier: MIT
/* spawn(), in the words of posix_spawn(). */
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

#define KNOWN	(SPAWN_SETGROUP | SPAWN_SETSIGMASK | SPAWN_SETSIGDEF | SPAWN_EXPLICIT_SCHED | \
		 SPAWN_SETSID | SPAWN_SEARCH_PATH | SPAWN_NOZOMBIE | SPAWN_EXPLICIT_CPU)

static int highest(int count, const int map[])
{
	int max = count;
	int i;

	for (i = 0; i < count; i++)
		if (map[i] >= max)
			max = map[i] + 1;
	return max;
}

/* By way of numbers above all in use: a map may exchange two descriptors. */
static int map_fds(posix_spawn_file_actions_t *actions, int count, const int map[])
{
	int above = highest(count, map);
	int error = 0;
	int i;

	for (i = 0; i < count && !error; i++)
		if (map[i] != SPAWN_FDCLOSED)
			error = posix_spawn_file_actions_adddup2(actions, map[i], above + i);
	for (i = 0; i < count && !error; i++) {
		if (map[i] != SPAWN_FDCLOSED)
			error = posix_spawn_file_actions_adddup2(actions, above + i, i);
		else
			error = posix_spawn_file_actions_addclose(actions, i);
	}
	return error ? error : posix_spawn_file_actions_addclosefrom_np(actions, count);
}

static short attribute_flags(uint32_t flags)
{
	return (short)((flags & SPAWN_SETGROUP ? POSIX_SPAWN_SETPGROUP : 0) |
		       (flags & SPAWN_SETSIGMASK ? POSIX_SPAWN_SETSIGMASK : 0) |
		       (flags & SPAWN_SETSIGDEF ? POSIX_SPAWN_SETSIGDEF : 0) |
		       (flags & SPAWN_SETSID ? POSIX_SPAWN_SETSID : 0) |
		       (flags & SPAWN_EXPLICIT_SCHED ?
			POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSCHEDPARAM : 0));
}

static int set_attributes(posix_spawnattr_t *attr, const struct inheritance *inherit)
{
	struct sched_param param = qmsg_qnx_fitting(inherit->policy, &inherit->param);
	int error = posix_spawnattr_setflags(attr, attribute_flags(inherit->flags));

	if (!error)
		error = posix_spawnattr_setpgroup(attr, inherit->pgroup);
	if (!error)
		error = posix_spawnattr_setsigmask(attr, &inherit->sigmask);
	if (!error)
		error = posix_spawnattr_setsigdefault(attr, &inherit->sigdefault);
	if (!error && inherit->flags & SPAWN_EXPLICIT_SCHED) {
		error = posix_spawnattr_setschedpolicy(attr, inherit->policy);
		if (!error)
			error = posix_spawnattr_setschedparam(attr, &param);
	}
	return error;
}

/* The child has its parent's CPUs when it starts. */
static void run_on(pid_t pid, uint32_t mask)
{
	cpu_set_t cpus;
	unsigned i;

	CPU_ZERO(&cpus);
	for (i = 0; i < 32; i++)
		if (mask >> i & 1)
			CPU_SET(i, &cpus);
	sched_setaffinity(pid, sizeof(cpus), &cpus);
}

struct program {
	const char *file;
	char *const *argv;
	char *const *envp;
};

static int start(const struct program *p, bool search, const posix_spawn_file_actions_t *actions,
		 const posix_spawnattr_t *attr, pid_t *pid)
{
	char *const *envp = p->envp ? p->envp : environ;

	if (search)
		return posix_spawnp(pid, p->file, actions, attr, p->argv, envp);
	return posix_spawn(pid, p->file, actions, attr, p->argv, envp);
}

static int start_with(const struct program *p, int count, const int map[],
		      const struct inheritance *inherit, bool search, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int error;

	error = posix_spawn_file_actions_init(&actions);
	if (error)
		return error;
	posix_spawnattr_init(&attr);
	if (map && count > 0)
		error = map_fds(&actions, count, map);
	if (!error && inherit)
		error = set_attributes(&attr, inherit);
	if (!error)
		error = start(p, search, &actions, &attr, pid);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static pid_t do_spawn(const struct program *p, int count, const int map[],
		      const struct inheritance *inherit, bool search)
{
	uint32_t flags = inherit ? inherit->flags : 0;
	pid_t pid;
	int error;

	if (flags & ~(uint32_t)KNOWN)
		return qmsg_qnx_success(ENOSYS);
	if (!p->file || !p->argv)
		return qmsg_qnx_success(EFAULT);
	error = start_with(p, count, map, inherit, search || flags & SPAWN_SEARCH_PATH, &pid);
	if (error)
		return qmsg_qnx_success(error);
	if (flags & SPAWN_EXPLICIT_CPU)
		run_on(pid, inherit->runmask);
	return pid;
}

QMSG_API pid_t spawn(const char *path, int fd_count, const int fd_map[],
		     const struct inheritance *inherit, char *const argv[], char *const envp[])
{
	struct program p = { path, argv, envp };

	return do_spawn(&p, fd_count, fd_map, inherit, false);
}

QMSG_API pid_t spawnp(const char *file, int fd_count, const int fd_map[],
		      const struct inheritance *inherit, char *const argv[], char *const envp[])
{
	struct program p = { file, argv, envp };

	return do_spawn(&p, fd_count, fd_map, inherit, true);
}
