/* SPDX-License-Identifier: MIT */
/*
 * <pthread.h> with a pthread_create() that, as on QNX, does not have to be told where to
 * put the thread's id, with priorities also of ordinary threads, and with waits that heed
 * TimerTimeout().
 */

/* glibc's own prototype forbids the NULL: the compiler would warn of it. */
#ifndef QMSG_QNX_PTHREAD_H
#define pthread_create	__qmsg_glibc_pthread_create
#include_next <pthread.h>
#undef pthread_create
#else
#include_next <pthread.h>
#endif

#ifndef QMSG_QNX_PTHREAD_H
#define QMSG_QNX_PTHREAD_H

__BEGIN_DECLS

extern int __REDIRECT_NTHNL(pthread_create, (pthread_t *__newthread, const pthread_attr_t *__attr,
					     void *(*__start)(void *), void *__arg),
			    qmsg_qnx_pthread_create);
extern int __REDIRECT_NTH(pthread_attr_setschedparam, (pthread_attr_t *__restrict __attr,
						       const struct sched_param *__restrict __param),
			  qmsg_qnx_pthread_attr_setschedparam);
extern int __REDIRECT_NTH(pthread_getschedparam, (pthread_t __th, int *__restrict __policy,
						  struct sched_param *__restrict __param),
			  qmsg_qnx_pthread_getschedparam);
extern int __REDIRECT_NTH(pthread_setschedparam, (pthread_t __th, int __policy,
						  const struct sched_param *__param),
			  qmsg_qnx_pthread_setschedparam);
#ifdef __USE_GNU
extern int __REDIRECT_NTH(pthread_setschedprio, (pthread_t __th, int __priority),
			  qmsg_qnx_pthread_setschedprio);
#endif
extern int pthread_join(pthread_t __th, void **__value) __asm__("qmsg_qnx_pthread_join");
extern int __REDIRECT_NTHNL(pthread_mutex_lock, (pthread_mutex_t *__mutex),
			    qmsg_qnx_pthread_mutex_lock);
extern int pthread_cond_wait(pthread_cond_t *__restrict __cond,
			     pthread_mutex_t *__restrict __mutex)
	__asm__("qmsg_qnx_pthread_cond_wait");

__END_DECLS

#endif
