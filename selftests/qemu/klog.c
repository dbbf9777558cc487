// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel log is part of the verdict: a test that passes while the kernel
 * complains has failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"

/* Not "lockdep_": that begins the names of functions, which the OOM killer's trace lists. */
#define COMPLAINTS \
	"BUG|WARNING|KASAN|KCSAN|KMSAN|UBSAN|possible.*deadlock|" \
	"INFO: (task|rcu)|refcount_t|ODEBUG|lockdep([^_]|$)|Oops|" \
	"general protection|scheduling while atomic|held lock|" \
	"(list|plist)_(add|del).* corruption|page allocation failure|" \
	"[Uu]nable to handle|Kernel panic|soft lockup|kmemleak: Kernel memory"

/* After a complaint: enough of what follows to understand it. */
#define CONTEXT_LINES 60

/* So long may the kernel be silent in the middle of a report. */
#define REPORT_MS	5000

static int fd = -1;
static regex_t complaint;

void klog_open(void)
{
	fd = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || regcomp(&complaint, COMPLAINTS, REG_EXTENDED | REG_NOSUB)) {
		perror("/dev/kmsg");
		exit(1);
	}
	lseek(fd, 0, SEEK_END);
}

void klog_marker(const char *text)
{
	dprintf(fd, "<6>selftest: %s", text);
}

static bool more_comes(void)
{
	return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, REPORT_MS) > 0;
}

/*
 * The text of the next record of the kernel's own, NULL if there is none; if the last one was in
 * the middle of something, the next is waited for.
 * A record is "priority,sequence,time,flags;text\n key=value...".
 */
static char *next_message(char *record, size_t size, bool *lost, bool wait)
{
	char *text;
	ssize_t n;

	for (;;) {
		n = read(fd, record, size - 1);
		if (n < 0 && errno == EPIPE) {
			*lost = true;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && wait && more_comes())
			continue;
		if (n <= 0)
			return NULL;
		record[n] = 0;
		/* facility: anything but 0 was written by a program */
		if (atoi(record) >> 3)
			continue;
		text = strchr(record, ';');
		if (!text)
			continue;
		text++;
		text[strcspn(text, "\n")] = 0;
		return text;
	}
}

static bool is_complaint(const char *text, bool quiet)
{
	return regexec(&complaint, text, 0, NULL, 0) == 0 ||
	       (quiet && strncmp(text, "qmsg", 4) == 0);
}

bool klog_complains(bool quiet)
{
	char record[8192], *text;
	bool lost = false, bad = false;
	enum race race = RACE_NONE;
	int show = 0;

	while ((text = next_message(record, sizeof(record), &lost, race == RACE_UNDECIDED))) {
		race = race_line(text);
		bad |= race == RACE_OURS;
		if (race != RACE_NONE)
			continue;
		if (is_complaint(text, quiet)) {
			bad = true;
			show = CONTEXT_LINES;
		}
		if (show > 0) {
			tap_note("kernel: %s", text);
			show--;
		}
	}
	if (race == RACE_UNDECIDED)
		tap_note("the kernel does not finish telling of a data race");
	if (lost)
		tap_note("the kernel log overflowed; nobody knows what it said");
	return bad || lost || race == RACE_UNDECIDED;
}

bool klog_check(const char *who, bool quiet)
{
	return tap_result(!klog_complains(quiet), "%s: the kernel log is clean", who);
}
