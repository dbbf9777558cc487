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

/*
 * Between user_access_begin() and _end(). Sixteen words at most in one go, and none of them in
 * a loop: the loop would cost as much as the words.
 */
#define QMSG_WORD(n, move)	case n: move(n - 1); fallthrough
#define QMSG_WORDS(n, move)								\
	switch (n) {									\
	QMSG_WORD(16, move); QMSG_WORD(15, move); QMSG_WORD(14, move);			\
	QMSG_WORD(13, move); QMSG_WORD(12, move); QMSG_WORD(11, move);			\
	QMSG_WORD(10, move); QMSG_WORD(9, move); QMSG_WORD(8, move);			\
	QMSG_WORD(7, move); QMSG_WORD(6, move); QMSG_WORD(5, move);			\
	QMSG_WORD(4, move); QMSG_WORD(3, move); QMSG_WORD(2, move);			\
	QMSG_WORD(1, move); default: break;						\
	}

#define qmsg_unsafe_from_user(to, from, len, fault)					\
do {											\
	const u64 __user *__from = (const u64 __user *)(from);				\
	size_t __len = (len), __n;							\
	u64 *__to = (u64 *)(to);							\
	int __bad = 0;									\
											\
	for (; (__n = min_t(size_t, __len / sizeof(u64), 16)); __len -= __n * sizeof(u64)) { \
		QMSG_WORDS(__n, QMSG_GET)						\
		__from += __n;								\
		__to += __n;								\
	}										\
	if (unlikely(__bad))								\
		goto fault;								\
	for (; __len; __len--)								\
		unsafe_get_user(((u8 *)__to)[__len - 1],				\
				&((const u8 __user *)__from)[__len - 1], fault);	\
} while (0)

/*
 * Where the compiler cannot jump out of an asm that has an output, the kernel asks after each
 * word whether there was a fault. Once for all of them will do.
 */
#if defined(CONFIG_X86_64) && !defined(CONFIG_CC_HAS_ASM_GOTO_OUTPUT)
#define QMSG_GET(i) do {								\
	u64 __word;									\
											\
	__get_user_asm(__word, &__from[i], __bad, "q");					\
	__to[i] = __word;								\
} while (0)
#else
#define QMSG_GET(i)	unsafe_get_user(__to[i], &__from[i], fault)
#endif

#define qmsg_unsafe_to_user(to, from, len, fault)					\
do {											\
	const u64 *__from = (const u64 *)(from);					\
	u64 __user *__to = (u64 __user *)(to);						\
	size_t __len = (len), __n;							\
											\
	for (; (__n = min_t(size_t, __len / sizeof(u64), 16)); __len -= __n * sizeof(u64)) { \
		QMSG_WORDS(__n, QMSG_PUT)						\
		__from += __n;								\
		__to += __n;								\
	}										\
	for (; __len; __len--)								\
		unsafe_put_user(((const u8 *)__from)[__len - 1],			\
				&((u8 __user *)__to)[__len - 1], fault);		\
} while (0)

#define QMSG_PUT(i)	unsafe_put_user(__from[i], &__to[i], fault)

/* False: it cannot be read, or not all of it. */
static __always_inline bool qmsg_words_from_user(void *to, const void __user *from, size_t len)
{
	if (!user_access_begin(from, len))
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
	if (!user_access_begin(to, len))
		return false;
	qmsg_unsafe_to_user(to, from, len, fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

#endif /* QMSG_WORDS_H */
