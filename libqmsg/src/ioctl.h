/* SPDX-License-Identifier: MIT */
/*
 * The one way into the kernel. The libraries share it, and no program sees it.
 */
#ifndef QMSG_SRC_IOCTL_H
#define QMSG_SRC_IOCTL_H

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/*
 * What the kernel says: a number, or -errno. The program's errno stays what it was.
 *
 * By way of the C library it would have to be kept and put back, and each message would pass two
 * functions more, on two pages more. Where it has no instruction of its own here, it does.
 *
 * Of what each message takes, all fields are named where it is filled in, those that are 0 as well:
 * otherwise the compiler clears it first, with an instruction for long strings that is slow to begin.
 *
 * Nothing is repeated after EINTR: for a send that would hide an unblock from the program, and
 * every other caller can do it himself.
 */
#if defined(__x86_64__) && defined(__LP64__)

static inline int qmsg_ioctl(int q, unsigned long request, void *args)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"((long)SYS_ioctl), "D"((long)q), "S"(request), "d"(args)
			 : "rcx", "r11", "memory");
	return (int)ret;
}

#elif defined(__aarch64__) && defined(__LP64__)

static inline int qmsg_ioctl(int q, unsigned long request, void *args)
{
	register long number __asm__("x8") = SYS_ioctl;
	register long ret __asm__("x0") = q;
	register unsigned long second __asm__("x1") = request;
	register void *third __asm__("x2") = args;

	__asm__ volatile("svc #0"
			 : "+r"(ret)
			 : "r"(number), "r"(second), "r"(third)
			 : "memory", "cc");
	return (int)ret;
}

#else

static inline int qmsg_ioctl(int q, unsigned long request, void *args)
{
	int saved = errno;
	int ret = ioctl(q, request, args);

	if (ret < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

#endif

#endif /* QMSG_SRC_IOCTL_H */
