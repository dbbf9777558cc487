// SPDX-License-Identifier: MIT
/*
 * Scheduling. QNX threads have a priority under every policy, 10 by default; Linux has
 * priorities, 1 to 99, for SCHED_FIFO and SCHED_RR only, and not for everybody.
 */
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "internal.h"

/* Set by sched_setscheduler(), and returned with the policy. */
#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK	0x40000000
#endif

static int has_thread(pid_t pid, int tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, tid);
	return !access(path, F_OK);
}

/* (0, 0) is the calling thread, (pid, 0) a process's first. */
pid_t qmsg_qnx_task(pid_t pid, int tid)
{
	int saved = errno;
	int found;

	if (pid < 0 || tid < 0)
		return -ESRCH;
	if (!tid)
		return pid;
	found = has_thread(pid ? pid : getpid(), tid);
	errno = saved;
	return found ? tid : -ESRCH;
}

static int number(int ret, int saved)
{
	if (ret < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

/* One that Linux gives no priority has QNX's usual one, whichever call tells it. */
void qmsg_qnx_show(int policy, struct sched_param *param)
{
	if (!qmsg_qnx_realtime(policy))
		param->sched_priority = QMSG_QNX_ORDINARY;
}

QMSG_API int SchedGet_r(pid_t pid, int tid, struct sched_param *param)
{
	pid_t task = qmsg_qnx_task(pid, tid);
	struct sched_param now;
	int saved = errno;
	int policy;

	if (task < 0)
		return task;
	policy = number(sched_getscheduler(task), saved);
	if (policy < 0)
		return policy;
	policy &= ~SCHED_RESET_ON_FORK;
	if (param && !number(sched_getparam(task, &now), saved)) {
		qmsg_qnx_show(policy, &now);
		*param = now;
	}
	return policy;
}

QMSG_API int SchedGet(pid_t pid, int tid, struct sched_param *param)
{
	return (int)qmsg_qnx_number(SchedGet_r(pid, tid, param));
}

/* An ordinary thread has no other priority than that to Linux. */
struct sched_param qmsg_qnx_fitting(int policy, const struct sched_param *param)
{
	struct sched_param p = *param;

	if (!qmsg_qnx_realtime(policy))
		p.sched_priority = 0;
	return p;
}

QMSG_API int SchedSet_r(pid_t pid, int tid, int policy, const struct sched_param *param)
{
	pid_t task = qmsg_qnx_task(pid, tid);
	struct sched_param p;
	int saved = errno;

	if (task < 0)
		return -task;
	if (!param)
		return EFAULT;
	p = qmsg_qnx_fitting(policy, param);
	return -number(sched_setscheduler(task, policy, &p), saved);
}

QMSG_API int SchedSet(pid_t pid, int tid, int policy, const struct sched_param *param)
{
	return qmsg_qnx_success(SchedSet_r(pid, tid, policy, param));
}

static int first_privileged(int max)
{
	struct rlimit limit;

	if (!geteuid() || getrlimit(RLIMIT_RTPRIO, &limit) || limit.rlim_cur >= (rlim_t)max)
		return max + 1;
	return (int)limit.rlim_cur + 1;
}

/* sched_rr_get_interval() tells a thread's own, under whatever policy that is now. */
static uint64_t round_robin_slice(void)
{
	unsigned msec = 100;
	FILE *f = fopen("/proc/sys/kernel/sched_rr_timeslice_ms", "re");

	if (!f)
		return msec * 1000000ULL;
	if (fscanf(f, "%u", &msec) != 1)
		msec = 100;
	fclose(f);
	return msec * 1000000ULL;
}

QMSG_API int SchedInfo_r(pid_t pid, int policy, struct _sched_info *info)
{
	int saved = errno;
	int min = sched_get_priority_min(policy);
	int max = sched_get_priority_max(policy);
	int ret;

	errno = saved;
	if (min < 0 || max < 0)
		return -EINVAL;
	ret = number(sched_getscheduler(pid), saved);
	if (ret < 0)
		return ret;
	if (!info)
		return -EFAULT;
	*info = (struct _sched_info){
		.priority_min = min,
		.priority_max = max,
		.priority_priv = first_privileged(max),
		.interval = policy == SCHED_RR ? round_robin_slice() : 0,
	};
	return 0;
}

QMSG_API int SchedInfo(pid_t pid, int policy, struct _sched_info *info)
{
	return (int)qmsg_qnx_number(SchedInfo_r(pid, policy, info));
}

QMSG_API int SchedYield_r(void)
{
	sched_yield();
	return 0;
}

QMSG_API int SchedYield(void)
{
	return SchedYield_r();
}

QMSG_API int getprio(pid_t pid)
{
	struct sched_param param;

	return SchedGet(pid, 0, &param) < 0 ? -1 : param.sched_priority;
}

/* An ordinary thread that stays at or below an ordinary priority stays what it is. */
QMSG_API int setprio(pid_t pid, int priority)
{
	struct sched_param param = { .sched_priority = priority };
	int policy = SchedGet(pid, 0, NULL);
	int old = getprio(pid);
	bool realtime = qmsg_qnx_realtime(policy);

	if (old < 0)
		return -1;
	if (priority < 1)
		return qmsg_qnx_success(EINVAL);
	if (!realtime && priority <= QMSG_QNX_ORDINARY)
		return old;
	return SchedSet(pid, 0, realtime ? policy : SCHED_RR, &param) ? -1 : old;
}

QMSG_API int MsgCurrent_r(rcvid_t rcvid)
{
	struct qmsg_msg_current args = { .size = sizeof(args), .rcvid = rcvid };

	return -qmsg_qnx_ioctl(QMSG_IOC_MSG_CURRENT, &args);
}

QMSG_API int MsgCurrent(rcvid_t rcvid)
{
	return qmsg_qnx_success(MsgCurrent_r(rcvid));
}
