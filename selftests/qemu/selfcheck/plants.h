/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mistakes that the planted module makes on demand: numbers of ioctls.
 */
#ifndef QMSG_PLANTS_H
#define QMSG_PLANTS_H

enum plant {
	/* Not 0: the kernel has small numbers of its own for every file. */
	PLANT_NOTHING = 0x7100,
	PLANT_WARNING,
	PLANT_OOPS,
	PLANT_PANIC,
	PLANT_STUCK,
	PLANT_OBJECT,
	PLANT_USE,
	PLANT_TALK,
	PLANT_TAINT,
	PLANT_INVERSION,
	PLANT_ATOMIC_SLEEP,
	PLANT_HELD_LOCK,
	PLANT_UAF,
	PLANT_BOUNDS,
	PLANT_DOUBLE_FREE,
	PLANT_LEAK,
	PLANT_SHIFT,
	PLANT_REFCOUNT,
	PLANT_TIMER,
	PLANT_LIST,
	PLANT_RACE,
};

#endif
