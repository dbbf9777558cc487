// SPDX-License-Identifier: MIT
/*
 * spawnl() and its kin: l or v for the arguments, p to look in PATH, e for an environment.
 */
#include <process.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

#define ARGS_MAX	1024

static int overlay(const char *file, char *const argv[], char *const envp[], bool search)
{
	char *const *env = envp ? envp : environ;

	return search ? execvpe(file, argv, env) : execve(file, argv, env);
}

/* What the child ended with, as waitpid() has it. */
static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/*
 * A child that nobody waits for has init as its parent: a process in between starts it and
 * ends. Its exit status is the errno of the start; the id is lost, as with QNX's P_NOWAITO.
 */
static int start_orphan(const char *file, char *const argv[], char *const envp[], bool search)
{
	pid_t between = fork();
	int status;

	if (between < 0)
		return -1;
	if (!between) {
		pid_t pid = search ? spawnp(file, 0, NULL, NULL, argv, envp) :
				     spawn(file, 0, NULL, NULL, argv, envp);
		_exit(pid < 0 ? errno : 0);
	}
	status = wait_for(between);
	return status < 0 ? -1 : qmsg_qnx_success(WEXITSTATUS(status));
}

static int start(int mode, const char *file, char *const argv[], char *const envp[], bool search)
{
	pid_t pid;

	switch (mode) {
	case P_OVERLAY:
		return overlay(file, argv, envp, search);
	case P_NOWAITO:
		return start_orphan(file, argv, envp, search);
	case P_NOWAIT:
	case P_WAIT:
		pid = search ? spawnp(file, 0, NULL, NULL, argv, envp) :
			       spawn(file, 0, NULL, NULL, argv, envp);
		return pid < 0 || mode == P_NOWAIT ? pid : wait_for(pid);
	default:
		return qmsg_qnx_success(EINVAL);
	}
}

QMSG_API int spawnv(int mode, const char *path, char *const argv[])
{
	return start(mode, path, argv, NULL, false);
}

QMSG_API int spawnve(int mode, const char *path, char *const argv[], char *const envp[])
{
	return start(mode, path, argv, envp, false);
}

QMSG_API int spawnvp(int mode, const char *file, char *const argv[])
{
	return start(mode, file, argv, NULL, true);
}

QMSG_API int spawnvpe(int mode, const char *file, char *const argv[], char *const envp[])
{
	return start(mode, file, argv, envp, true);
}

/* The list up to its NULL. False: there are too many. */
static bool collect(char *argv[], const char *arg0, va_list *args)
{
	int n = 0;
	char *arg;

	for (arg = (char *)arg0; arg && n < ARGS_MAX; arg = va_arg(*args, char *))
		argv[n++] = arg;
	argv[n] = NULL;
	return !arg;
}

static int start_list(int mode, const char *file, const char *arg0, va_list *args, bool search,
		      bool has_env)
{
	char *argv[ARGS_MAX + 1];
	char **envp;

	if (!collect(argv, arg0, args))
		return qmsg_qnx_success(E2BIG);
	envp = has_env ? va_arg(*args, char **) : NULL;
	return start(mode, file, argv, envp, search);
}

#define LIST(name, search, has_env) \
	QMSG_API int name(int mode, const char *file, const char *arg0, ...) \
	{ \
		va_list args; \
		int ret; \
		\
		va_start(args, arg0); \
		ret = start_list(mode, file, arg0, &args, search, has_env); \
		va_end(args); \
		return ret; \
	}

LIST(spawnl, false, false)
LIST(spawnle, false, true)
LIST(spawnlp, true, false)
LIST(spawnlpe, true, true)
