/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CALC_H_INCLUDED
#define _CALC_H_INCLUDED

#include <stdint.h>
#include <sys/iomsg.h>

#define CALC_NAME "programs_calc"

#define CALC_ADD  (_IO_MAX + 1)
#define CALC_MUL  (_IO_MAX + 2)
#define CALC_DIV  (_IO_MAX + 3)
#define CALC_QUIT (_IO_MAX + 4)

typedef struct {
	uint16_t type;
	uint16_t subtype;
	int32_t a, b;
} calc_msg_t;

typedef struct {
	int32_t result;
	int32_t count;		/* how many requests of you so far */
} calc_reply_t;

#endif
