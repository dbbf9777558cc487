/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying a few words from and to user memory.
 *
 * DOC: For the arguments of a call and for short messages a call of copy_from_user() costs
 * more than the bytes it moves: its checks of what the kernel's side of the copy is are for
 * lengths that somebody could have got wrong. Here they are the caller's own.
 */
#ifndef QMSG_WORDS_H
#define QMSG_WORDS_H

#include <linux/uaccess.h>

/* Between user_access_begin() and _end(). Four words at a time, for the loop's own sake. */
#define qmsg_unsafe_words_from_user(to, from, len, fault)				\
do {											\
	const u64 __user *__from = (const u64 __user *)(from);				\
	const u8 __user *__tail;							\
	size_t __len = (len);								\
	u64 *__to = (u64 *)(to);							\
	u8 *__end;									\
											\
	for (; __len >= 4 * sizeof(u64); __len -= 4 * sizeof(u64)) {			\
		unsafe_get_user(__to[0], &__from[0], fault);				\
		unsafe_get_user(__to[1], &__from[1], fault);				\
		unsafe_get_user(__to[2], &__from[2], fault);				\
		unsafe_get_user(__to[3], &__from[3], fault);				\
		__to += 4;								\
		__from += 4;								\
	}										\
	for (; __len >= sizeof(u64); __len -= sizeof(u64))				\
		unsafe_get_user(*__to++, __from++, fault);				\
	__end = (u8 *)__to;								\
	__tail = (const u8 __user *)__from;						\
	for (; __len; __len--)								\
		unsafe_get_user(*__end++, __tail++, fault);				\
} while (0)

#define qmsg_unsafe_words_to_user(to, from, len, fault)					\
do {											\
	const u64 *__from = (const u64 *)(from);					\
	u64 __user *__to = (u64 __user *)(to);						\
	size_t __len = (len);								\
	u8 __user *__end;								\
	const u8 *__tail;								\
											\
	for (; __len >= 4 * sizeof(u64); __len -= 4 * sizeof(u64)) {			\
		unsafe_put_user(__from[0], &__to[0], fault);				\
		unsafe_put_user(__from[1], &__to[1], fault);				\
		unsafe_put_user(__from[2], &__to[2], fault);				\
		unsafe_put_user(__from[3], &__to[3], fault);				\
		__to += 4;								\
		__from += 4;								\
	}										\
	for (; __len >= sizeof(u64); __len -= sizeof(u64))				\
		unsafe_put_user(*__from++, __to++, fault);				\
	__end = (u8 __user *)__to;							\
	__tail = (const u8 *)__from;							\
	for (; __len; __len--)								\
		unsafe_put_user(*__tail++, __end++, fault);				\
} while (0)

/* False: it cannot be read, or not all of it. */
static __always_inline bool qmsg_words_from_user(void *to, const void __user *from, size_t len)
{
	if (!user_access_begin(from, len))
		return false;
	qmsg_unsafe_words_from_user(to, from, len, fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

/* False: it cannot be written, or not all of it. */
static __always_inline bool qmsg_words_to_user(void __user *to, const void *from, size_t len)
{
	if (!user_access_begin(to, len))
		return false;
	qmsg_unsafe_words_to_user(to, from, len, fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

#endif /* QMSG_WORDS_H */
