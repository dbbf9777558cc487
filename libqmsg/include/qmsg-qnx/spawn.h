/* SPDX-License-Identifier: MIT */
/*
 * spawn(), beside the posix_spawn() of the C library.
 */
#include_next <spawn.h>

#ifndef QMSG_QNX_SPAWN_H
#define QMSG_QNX_SPAWN_H

#include <process.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/cdefs.h>
#include <sys/types.h>

/* inheritance.flags; a flag that is not here cannot be done. */
#define SPAWN_SETGROUP		0x0001	/* pgroup, or a new one (SPAWN_NEWPGROUP) */
#define SPAWN_SETSIGMASK	0x0002	/* sigmask */
#define SPAWN_SETSIGDEF		0x0004	/* sigdefault */
#define SPAWN_EXPLICIT_SCHED	0x0008	/* policy, param */
#define SPAWN_SETSID		0x0010
#define SPAWN_SEARCH_PATH	0x0020
#define SPAWN_NOZOMBIE		0x0040	/* nobody need wait for it */
#define SPAWN_EXPLICIT_CPU	0x0080	/* runmask */

#define SPAWN_NEWPGROUP		0
#define SPAWN_FDCLOSED		(-1)	/* in fd_map: this one is closed */

struct inheritance {
	uint32_t flags;
	pid_t pgroup;
	sigset_t sigmask;
	sigset_t sigdefault;
	int32_t policy;
	uint32_t runmask;
	struct sched_param param;
};

__BEGIN_DECLS
pid_t spawn(const char *__path, int __fd_count, const int __fd_map[],
	    const struct inheritance *__inherit, char *const __argv[], char *const __envp[])
	__asm__("qmsg_qnx_spawn");
pid_t spawnp(const char *__file, int __fd_count, const int __fd_map[],
	     const struct inheritance *__inherit, char *const __argv[], char *const __envp[])
	__asm__("qmsg_qnx_spawnp");
__END_DECLS

#endif
