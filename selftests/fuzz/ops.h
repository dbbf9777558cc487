/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an instruction can do: the calls of <linux/qmsg.h> as tables of members, and what else
 * happens to a process.
 */
#ifndef SELFTESTS_FUZZ_OPS_H
#define SELFTESTS_FUZZ_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "values.h"

#define MAX_FIELDS 12

struct field {
	uint16_t at;
	uint8_t bytes;
	enum kind kind;
	uint32_t known;		/* FLAGS: the bits that there are */
};

/* A result that later instructions can use. */
struct result {
	uint16_t at;
	uint8_t bytes;
	enum slot slot;
};

struct actor;
struct insn;

struct op {
	const char *name;
	/* a call: */
	unsigned long request;
	uint16_t size;
	bool blocks;
	struct field fields[MAX_FIELDS];
	struct result result;
	/* anything else: */
	void (*run)(struct actor *a, const struct insn *insn);
};

const struct op *op_get(uint8_t op);	/* any number will do */
int op_count(void);
int op_by_name(const char *name);
const char *op_name(uint8_t op);

#endif
