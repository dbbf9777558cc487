/* SPDX-License-Identifier: GPL-2.0-only */
/* A region of a peer in which every page is missing until the test says otherwise. */
#ifndef SELFTESTS_HAZARDS_FAULT_H
#define SELFTESTS_HAZARDS_FAULT_H

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "hazard.h"

#define FAULT_PAGE	4096UL

/* Each process's own. */
static int fault_fd = -1;
static char *fault_region;

/* n: pages. The address, the same number in every process, or -errno. */
static inline int64_t do_make_region(void *arg)
{
	size_t size = ((struct numbers *)arg)->n[0] * FAULT_PAGE;
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	fault_fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (fault_fd < 0 || ioctl(fault_fd, UFFDIO_API, &api))
		return -errno;
	fault_region = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fault_region == MAP_FAILED)
		return -errno;
	reg.range.start = (uintptr_t)fault_region;
	reg.range.len = size;
	if (ioctl(fault_fd, UFFDIO_REGISTER, &reg))
		return -errno;
	return (int64_t)(uintptr_t)fault_region;
}

/* Somebody has touched a missing page and waits for it: its number. */
static inline int64_t do_wait_for_fault(void *arg)
{
	struct pollfd pfd = { .fd = fault_fd, .events = POLLIN };
	struct uffd_msg msg;

	(void)arg;
	if (poll(&pfd, 1, wait_limit_ms()) != 1)
		return -ETIMEDOUT;
	if (read(fault_fd, &msg, sizeof(msg)) != sizeof(msg))
		return -errno;
	return ((char *)(uintptr_t)msg.arg.pagefault.address - fault_region) / FAULT_PAGE;
}

/* n: page, byte it is filled with. Whoever waits for it goes on. */
static inline int64_t do_fill_page(void *arg)
{
	static char page[FAULT_PAGE] __attribute__((aligned(4096)));
	struct numbers *n = arg;
	struct uffdio_copy copy = {
		.dst = (uintptr_t)fault_region + n->n[0] * FAULT_PAGE,
		.src = (uintptr_t)page,
		.len = FAULT_PAGE,
	};

	memset(page, n->n[1], sizeof(page));
	return ioctl(fault_fd, UFFDIO_COPY, &copy) ? -errno : 0;
}

/* n: offset. The byte there; the page must not be missing any more. */
static inline int64_t do_peek(void *arg)
{
	return fault_region[((struct numbers *)arg)->n[0]];
}

#endif
