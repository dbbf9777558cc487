/* SPDX-License-Identifier: MIT */
/*
 * <sys/mman.h> with shared memory that has no name. Physical memory (MAP_PHYS,
 * mmap_device_*()) cannot be had here.
 */
#include_next <sys/mman.h>

#ifndef QMSG_QNX_SYS_MMAN_H
#define QMSG_QNX_SYS_MMAN_H

#include <sys/cdefs.h>
#include <sys/types.h>

#define NOFD		(-1)
#define PROT_NOCACHE	0	/* the cache is coherent */
#define MAP_LAZY	0	/* that is how it always is */
#define MAP_SYSRAM	0

#define SHM_ANON	((char *)1)

__BEGIN_DECLS
extern int shm_open(const char *__name, int __flags, mode_t __mode) __asm__("qmsg_qnx_shm_open");
__END_DECLS

#endif
