// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/mman.h>

#include "internal.h"

int qmsg_libc_shm_open(const char *name, int flags, mode_t mode) __asm__("shm_open");

/* Memory without a name: what QNX calls SHM_ANON. */
QMSG_API int shm_open(const char *name, int flags, mode_t mode)
{
	if (name != SHM_ANON)
		return qmsg_libc_shm_open(name, flags, mode);
	return memfd_create("shm-anon", MFD_CLOEXEC);
}
