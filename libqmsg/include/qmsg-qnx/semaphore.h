/* SPDX-License-Identifier: MIT */
/*
 * <semaphore.h> with a sem_wait() that heeds TimerTimeout().
 */
#include_next <semaphore.h>

#ifndef QMSG_QNX_SEMAPHORE_H
#define QMSG_QNX_SEMAPHORE_H

#include <sys/cdefs.h>

__BEGIN_DECLS
extern int sem_wait(sem_t *__sem) __asm__("qmsg_qnx_sem_wait");
__END_DECLS

#endif
