/* SPDX-License-Identifier: MIT */
/*
 * Starting programs, the way of QNX: spawn*(mode, ...).
 */
#ifndef QMSG_QNX_PROCESS_H
#define QMSG_QNX_PROCESS_H

#include <sys/cdefs.h>
#include <sys/types.h>

#define P_WAIT		0	/* the program's exit status, as from waitpid(), is the result */
#define P_NOWAIT	1	/* its process id is */
#define P_OVERLAY	2	/* it takes this one's place */
#define P_NOWAITO	3	/* as P_NOWAIT, and nobody need wait for it */

__BEGIN_DECLS
int spawnl(int __mode, const char *__path, const char *__arg0, ...) __asm__("qmsg_qnx_spawnl");
int spawnle(int __mode, const char *__path, const char *__arg0, ...) __asm__("qmsg_qnx_spawnle");
int spawnlp(int __mode, const char *__file, const char *__arg0, ...) __asm__("qmsg_qnx_spawnlp");
int spawnlpe(int __mode, const char *__file, const char *__arg0, ...) __asm__("qmsg_qnx_spawnlpe");
int spawnv(int __mode, const char *__path, char *const __argv[]) __asm__("qmsg_qnx_spawnv");
int spawnve(int __mode, const char *__path, char *const __argv[], char *const __envp[])
	__asm__("qmsg_qnx_spawnve");
int spawnvp(int __mode, const char *__file, char *const __argv[]) __asm__("qmsg_qnx_spawnvp");
int spawnvpe(int __mode, const char *__file, char *const __argv[], char *const __envp[])
	__asm__("qmsg_qnx_spawnvpe");
int getprio(pid_t __pid) __asm__("qmsg_qnx_getprio");
int setprio(pid_t __pid, int __priority) __asm__("qmsg_qnx_setprio");
__END_DECLS

#endif
