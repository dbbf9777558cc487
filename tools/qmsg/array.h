/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrays that grow by one, of any type.
 */
#ifndef QMSG_ARRAY_H
#define QMSG_ARRAY_H

#include "model.h"

#define ARRAY_ADD(list, n, ...)	\
	(*(__typeof__(list))grow(&(list), &(n), sizeof(*(list))) = (__VA_ARGS__))

#endif /* QMSG_ARRAY_H */
