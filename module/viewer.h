/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who looks at what others have.
 *
 * DOC: One sees what one's pid namespace shows, of one's own real user; with CAP_SYS_PTRACE
 * in one's user namespace, of every user who has an id there (D21). That is about what
 * /proc/PID/fdinfo asks for.
 */
#ifndef QMSG_VIEWER_H
#define QMSG_VIEWER_H

#include <linux/uidgid.h>

#include "qmsg.h"

struct pid;
struct pid_namespace;
struct user_namespace;

/* The current task; good as long as that does not return. */
struct qmsg_viewer {
	struct pid_namespace *pids;
	struct user_namespace *users;
	kuid_t uid;
	bool privileged;
};

struct qmsg_viewer qmsg_viewer_current(void);
bool qmsg_viewer_sees_user(const struct qmsg_viewer *v, kuid_t uid);
bool qmsg_viewer_sees(const struct qmsg_viewer *v, const struct qmsg_ctx *ctx);
pid_t qmsg_viewer_pid(const struct qmsg_viewer *v, struct pid *pid);
u32 qmsg_viewer_uid(const struct qmsg_viewer *v, kuid_t uid);

#endif /* QMSG_VIEWER_H */
