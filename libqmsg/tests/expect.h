/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

static int failures;

static void expect_at(int line, const char *text, long long got, int got_errno, long long want,
		      int want_errno)
{
	if (got == want && got_errno == want_errno)
		return;
	printf("line %d: %s: %lld, errno %d; want %lld, errno %d\n", line, text, got, got_errno,
	       want, want_errno);
	failures++;
}

/* errno is compared too: 0 after a call that must leave it alone. */
#define EXPECT(call, want, want_errno) \
	do { \
		long long got_; \
		errno = 0; \
		got_ = (long long)(call); \
		expect_at(__LINE__, #call, got_, errno, want, want_errno); \
	} while (0)
