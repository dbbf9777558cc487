/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs out of nothing, and out of others. */
#ifndef SELFTESTS_FUZZ_MUTATE_H
#define SELFTESTS_FUZZ_MUTATE_H

#include "program.h"

void random_seed(uint64_t seed);
uint32_t random_below(uint32_t n);

void program_invent(struct program *p);
/* Some changes; @other is another program, to take parts from. */
void program_mutate(struct program *p, const struct program *other);

#endif
