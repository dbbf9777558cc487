/* SPDX-License-Identifier: MIT */
/*
 * Byte order, and numbers at any address. For little-endian machines, as the library is.
 */
#ifndef QMSG_QNX_GULLIVER_H
#define QMSG_QNX_GULLIVER_H

#include <stdint.h>
#include <sys/types.h>

#define ENDIAN_RET16(x)		__builtin_bswap16(x)
#define ENDIAN_RET32(x)		__builtin_bswap32(x)
#define ENDIAN_RET64(x)		__builtin_bswap64(x)
#define ENDIAN_SWAP16(p)	(*(uint16_t *)(p) = __builtin_bswap16(*(uint16_t *)(p)))
#define ENDIAN_SWAP32(p)	(*(uint32_t *)(p) = __builtin_bswap32(*(uint32_t *)(p)))
#define ENDIAN_SWAP64(p)	(*(uint64_t *)(p) = __builtin_bswap64(*(uint64_t *)(p)))

#define ENDIAN_LE16(x)		((uint16_t)(x))
#define ENDIAN_LE32(x)		((uint32_t)(x))
#define ENDIAN_LE64(x)		((uint64_t)(x))
#define ENDIAN_BE16(x)		ENDIAN_RET16(x)
#define ENDIAN_BE32(x)		ENDIAN_RET32(x)
#define ENDIAN_BE64(x)		ENDIAN_RET64(x)

#define __UNALIGNED(bits) \
	struct __unaligned##bits { uint##bits##_t value; } __attribute__((__packed__, __may_alias__))

__UNALIGNED(16);
__UNALIGNED(32);
__UNALIGNED(64);

#define UNALIGNED_RET16(p)	(((const struct __unaligned16 *)(p))->value)
#define UNALIGNED_RET32(p)	(((const struct __unaligned32 *)(p))->value)
#define UNALIGNED_RET64(p)	(((const struct __unaligned64 *)(p))->value)
#define UNALIGNED_PUT16(p, v)	((void)(((struct __unaligned16 *)(p))->value = (v)))
#define UNALIGNED_PUT32(p, v)	((void)(((struct __unaligned32 *)(p))->value = (v)))
#define UNALIGNED_PUT64(p, v)	((void)(((struct __unaligned64 *)(p))->value = (v)))

#endif
