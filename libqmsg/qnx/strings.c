// SPDX-License-Identifier: MIT
/* String functions of QNX's C library that glibc has not, or not yet. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* By these names whether glibc has them itself or not. */
size_t qmsg_qnx_strlcpy(char *dst, const char *src, size_t size);
size_t qmsg_qnx_strlcat(char *dst, const char *src, size_t size);

QMSG_API size_t qmsg_qnx_strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);
	size_t n = len < size ? len : size - 1;

	if (!size)
		return len;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return len;
}

QMSG_API size_t qmsg_qnx_strlcat(char *dst, const char *src, size_t size)
{
	size_t used = strnlen(dst, size);

	return used + qmsg_qnx_strlcpy(dst + used, src, size - used);
}

QMSG_API int stricmp(const char *a, const char *b)
{
	return strcasecmp(a, b);
}

QMSG_API int strcmpi(const char *a, const char *b)
{
	return strcasecmp(a, b);
}

QMSG_API int strnicmp(const char *a, const char *b, size_t n)
{
	return strncasecmp(a, b, n);
}

QMSG_API char *strlwr(char *s)
{
	char *p;

	for (p = s; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return s;
}

QMSG_API char *strupr(char *s)
{
	char *p;

	for (p = s; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return s;
}

static char *reverse(char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len / 2; i++) {
		char c = s[i];

		s[i] = s[len - 1 - i];
		s[len - 1 - i] = c;
	}
	return s;
}

QMSG_API char *strrev(char *s)
{
	return reverse(s, strlen(s));
}

QMSG_API char *ultoa(unsigned long value, char *buffer, int radix)
{
	size_t n = 0;

	if (radix < 2 || radix > 36)
		radix = 10;
	do {
		buffer[n++] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % (unsigned)radix];
		value /= (unsigned)radix;
	} while (value);
	buffer[n] = '\0';
	return reverse(buffer, n);
}

QMSG_API char *utoa(unsigned value, char *buffer, int radix)
{
	return ultoa(value, buffer, radix);
}

/* Only decimal numbers have a sign. */
QMSG_API char *ltoa(long value, char *buffer, int radix)
{
	if (value >= 0 || radix != 10)
		return ultoa((unsigned long)value, buffer, radix);
	buffer[0] = '-';
	ultoa(-(unsigned long)value, buffer + 1, radix);
	return buffer;
}

QMSG_API char *itoa(int value, char *buffer, int radix)
{
	if (value >= 0 || radix != 10)
		return ultoa((unsigned)value, buffer, radix);
	return ltoa(value, buffer, radix);
}
