/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program did to the module and the kernel; and telling the host. */
#ifndef SELFTESTS_FUZZ_WATCH_H
#define SELFTESTS_FUZZ_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program.h"

#define EDGES	(1 << 16)

/* Whether the module counts; without, programs run all the same. */
bool edges_open(void);
void edges_clear(void);
/* How many of @edges (as edges_read() gave them) @seen did not have; it has them then. */
int edges_read(uint8_t *edges);
int edges_add(uint8_t *seen, const uint8_t *edges);
/* Whether @edges has all that @wanted has and @seen has not. */
bool edges_have(const uint8_t *edges, const uint8_t *wanted, const uint8_t *seen);

void kernel_log_open(void);
/* The first line since the last look with which the kernel complains; NULL: none. */
const char *kernel_complains(void);
/* Whether all the module's counters are 0, or come to be. */
bool objects_are_gone(void);

/* A file for the host, build/log/KVER/files: see selftests/qemu/files.c. */
void host_open(void);
void host_send(const char *name, const struct program *p, int n);

#endif
