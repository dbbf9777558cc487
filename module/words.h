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

#include <linux/fault-inject-usercopy.h>
#include <linux/uaccess.h>

/*
 * Where the compiler cannot jump out of an asm that has an output, the kernel asks after each
 * word whether there was a fault. Once for all of them will do.
 */
#if defined(CONFIG_X86_64) && !defined(CONFIG_CC_HAS_ASM_GOTO_OUTPUT)
#define QMSG_GET(i, fault) do {								\
	u64 __word;									\
											\
	__get_user_asm(__word, &__from[i], __bad, "q");					\
	__to[i] = __word;								\
} while (0)
#else
#define QMSG_GET(i, fault)	unsafe_get_user(__to[i], &__from[i], fault)
#endif
#define QMSG_PUT(i, fault)	unsafe_put_user(__from[i], &__to[i], fault)

/* Four at a time, for the loop's own sake. */
#define QMSG_WORDS(move, fault)								\
do {											\
	_Pragma("GCC unroll 4")								\
	for (; __len >= 4 * sizeof(u64); __len -= 4 * sizeof(u64)) {			\
		move(0, fault);								\
		move(1, fault);								\
		move(2, fault);								\
		move(3, fault);								\
		__from += 4;								\
		__to += 4;								\
	}										\
	_Pragma("GCC unroll 4")								\
	for (; __len >= sizeof(u64); __len -= sizeof(u64)) {				\
		move(0, fault);								\
		__from++;								\
		__to++;									\
	}										\
} while (0)

/* Whole ones, so that both have room for more than @len. */
static __always_inline void qmsg_copy_words(u64 *to, const u64 *from, size_t len)
{
	size_t i, n = DIV_ROUND_UP(len, sizeof(u64));

	for (i = 0; i < n; i++)
		to[i] = from[i];
}

/*
 * A few of them, of a number that is known: a string instruction takes longer to begin, and a plain
 * loop would be made one.
 */
static __always_inline void qmsg_clear_words(void *to, size_t len)
{
	u64 *words = to;
	size_t i;

	BUILD_BUG_ON(!__builtin_constant_p(len) || len % sizeof(u64));
	_Pragma("GCC unroll 16")
	for (i = 0; i < len / sizeof(u64); i++)
		WRITE_ONCE(words[i], 0);
}

/* Between user_access_begin() and _end(). */
#define qmsg_unsafe_from_user(to, from, len, fault)					\
do {											\
	const u64 __user *__from = (const u64 __user *)(from);				\
	u64 *__to = (u64 *)(to);							\
	size_t __len = (len);								\
	int __bad = 0;									\
											\
	QMSG_WORDS(QMSG_GET, fault);							\
	for (; __len; __len--)								\
		unsafe_get_user(((u8 *)__to)[__len - 1],				\
				&((const u8 __user *)__from)[__len - 1], fault);	\
	if (unlikely(__bad))								\
		goto fault;								\
} while (0)

#define qmsg_unsafe_to_user(to, from, len, fault)					\
do {											\
	const u64 *__from = (const u64 *)(from);					\
	u64 __user *__to = (u64 __user *)(to);						\
	size_t __len = (len);								\
											\
	QMSG_WORDS(QMSG_PUT, fault);							\
	for (; __len; __len--)								\
		unsafe_put_user(((const u8 *)__from)[__len - 1],			\
				&((u8 __user *)__to)[__len - 1], fault);		\
} while (0)

/* False: it cannot be read, or not all of it. */
static __always_inline bool qmsg_words_from_user(void *to, const void __user *from, size_t len)
{
	if (should_fail_usercopy() || !user_access_begin(from, len))
		return false;
	qmsg_unsafe_from_user(to, from, len, fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

/* False: it cannot be written, or not all of it. */
static __always_inline bool qmsg_words_to_user(void __user *to, const void *from, size_t len)
{
	if (should_fail_usercopy() || !user_access_begin(to, len))
		return false;
	qmsg_unsafe_to_user(to, from, len, fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

#endif /* QMSG_WORDS_H */
