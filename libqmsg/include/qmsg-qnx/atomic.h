/* SPDX-License-Identifier: MIT */
/*
 * Operations on an unsigned that no other thread or handler sees half done. The _value
 * forms return what was there before.
 */
#ifndef QMSG_QNX_ATOMIC_H
#define QMSG_QNX_ATOMIC_H

static __inline__ unsigned atomic_add_value(volatile unsigned *loc, unsigned incr)
{
	return __sync_fetch_and_add(loc, incr);
}

static __inline__ unsigned atomic_sub_value(volatile unsigned *loc, unsigned decr)
{
	return __sync_fetch_and_sub(loc, decr);
}

static __inline__ unsigned atomic_set_value(volatile unsigned *loc, unsigned bits)
{
	return __sync_fetch_and_or(loc, bits);
}

static __inline__ unsigned atomic_clr_value(volatile unsigned *loc, unsigned bits)
{
	return __sync_fetch_and_and(loc, ~bits);
}

static __inline__ unsigned atomic_toggle_value(volatile unsigned *loc, unsigned bits)
{
	return __sync_fetch_and_xor(loc, bits);
}

static __inline__ void atomic_add(volatile unsigned *loc, unsigned incr)
{
	__sync_fetch_and_add(loc, incr);
}

static __inline__ void atomic_sub(volatile unsigned *loc, unsigned decr)
{
	__sync_fetch_and_sub(loc, decr);
}

static __inline__ void atomic_set(volatile unsigned *loc, unsigned bits)
{
	__sync_fetch_and_or(loc, bits);
}

static __inline__ void atomic_clr(volatile unsigned *loc, unsigned bits)
{
	__sync_fetch_and_and(loc, ~bits);
}

static __inline__ void atomic_toggle(volatile unsigned *loc, unsigned bits)
{
	__sync_fetch_and_xor(loc, bits);
}

#endif
