// SPDX-License-Identifier: MIT
/* ThreadCtl(): the commands that mean something on Linux. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define COMM_LEN	16	/* what Linux keeps of a name, with its zero */

static int error_of(int failed, int saved)
{
	int error = failed ? errno : 0;

	errno = saved;
	return error;
}

static int get_mask(pid_t task, unsigned *mask)
{
	int saved = errno;
	cpu_set_t cpus;
	unsigned i;
	int error = error_of(sched_getaffinity(task, sizeof(cpus), &cpus), saved);

	*mask = 0;
	for (i = 0; !error && i < 32; i++)
		if (CPU_ISSET(i, &cpus))
			*mask |= 1u << i;
	return error;
}

static int set_mask(pid_t task, unsigned mask)
{
	int saved = errno;
	cpu_set_t cpus;
	unsigned i;

	CPU_ZERO(&cpus);
	for (i = 0; i < 32; i++)
		if (mask >> i & 1)
			CPU_SET(i, &cpus);
	return error_of(sched_setaffinity(task, sizeof(cpus), &cpus), saved);
}

static int exchange_mask(pid_t task, unsigned *mask)
{
	unsigned old;
	int error;

	if (!mask)
		return EFAULT;
	error = get_mask(task, &old);
	/* 0: only tell. */
	if (!error && *mask)
		error = set_mask(task, *mask);
	if (!error)
		*mask = old;
	return error;
}

static int open_name(pid_t task, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", task ? task : gettid());
	return open(path, flags | O_CLOEXEC);
}

static int read_name(pid_t task, char *name)
{
	int fd = open_name(task, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, name, COMM_LEN);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -1;
	name[n > 0 ? n - 1 : 0] = '\0';
	return 0;
}

static int write_name(pid_t task, const char *name)
{
	int fd = open_name(task, O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, name, strlen(name));

	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

static int exchange_name(pid_t task, struct _thread_name *name)
{
	char old[COMM_LEN + 1] = "";
	char new[COMM_LEN] = "";
	int saved = errno;
	int failed;

	if (!name)
		return EFAULT;
	if (name->new_name_len > 0)
		snprintf(new, sizeof(new), "%.*s", name->new_name_len, name->name_buf);
	failed = read_name(task, old);
	if (!failed && name->new_name_len >= 0)
		failed = write_name(task, new);
	if (!failed && name->name_buf_len > 0)
		snprintf(name->name_buf, (size_t)name->name_buf_len, "%s", old);
	return error_of(failed, saved);
}

static int control(pid_t task, int cmd, void *data)
{
	switch (cmd) {
	case _NTO_TCTL_IO:
	case _NTO_TCTL_IO_PRIV:
		return EOK;
	case _NTO_TCTL_RUNMASK:
		return set_mask(task, (unsigned)(uintptr_t)data);
	case _NTO_TCTL_RUNMASK_GET_AND_SET:
		return exchange_mask(task, data);
	case _NTO_TCTL_NAME:
		return exchange_name(task, data);
	case _NTO_TCTL_THREADS_HOLD:
	case _NTO_TCTL_THREADS_CONT:
	case _NTO_TCTL_ONE_THREAD_HOLD:
	case _NTO_TCTL_ONE_THREAD_CONT:
	case _NTO_TCTL_LOW_LATENCY:
		return ENOSYS;
	default:
		return EINVAL;
	}
}

/*
 * An error is negative here, unlike in other calls that merely succeed: so QNX has it for
 * what can return a number.
 */
QMSG_API int ThreadCtl_r(int cmd, void *data)
{
	return -control(0, cmd, data);
}

QMSG_API int ThreadCtl(int cmd, void *data)
{
	return (int)qmsg_qnx_number(ThreadCtl_r(cmd, data));
}

QMSG_API int ThreadCtlExt_r(pid_t pid, int tid, int cmd, void *data)
{
	pid_t task = qmsg_qnx_task(pid, tid);

	return task < 0 ? task : -control(task, cmd, data);
}

QMSG_API int ThreadCtlExt(pid_t pid, int tid, int cmd, void *data)
{
	return (int)qmsg_qnx_number(ThreadCtlExt_r(pid, tid, cmd, data));
}
