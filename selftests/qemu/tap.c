// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report: KTAP on a serial port of its own, so that neither the kernel
 * log nor anything a test prints can be mistaken for a result.  What a test
 * program prints is a subtest, indented; every ok and not ok counts, those of
 * the programs and those of the checks between them.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include "guest.h"

static FILE *tap;
static int number;
static int passed, failed, skipped;

/* The current subtest. */
static int planned, seen, sub_failed;
static bool skip_all;

int open_serial(const char *device)
{
	int fd = open(device, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	struct termios tio;

	if (tcgetattr(fd, &tio) == 0) {
		cfmakeraw(&tio);
		tcsetattr(fd, TCSANOW, &tio);
	}
	return fd;
}

void tap_open(const char *device)
{
	tap = fdopen(open_serial(device), "w");
	if (!tap) {
		perror(device);
		exit(1);
	}
	setvbuf(tap, NULL, _IOLBF, 0);
	fprintf(tap, "KTAP version 1\n");
}

void tap_note(const char *fmt, ...)
{
	va_list ap;

	fputs("# ", tap);
	va_start(ap, fmt);
	vfprintf(tap, fmt, ap);
	va_end(ap);
	fputc('\n', tap);
}

bool tap_result(bool ok, const char *fmt, ...)
{
	va_list ap;

	fprintf(tap, "%sok %d ", ok ? "" : "not ", ++number);
	va_start(ap, fmt);
	vfprintf(tap, fmt, ap);
	va_end(ap);
	fputc('\n', tap);
	if (ok)
		passed++;
	else
		failed++;
	return ok;
}

void tap_subtest(const char *name)
{
	planned = -1;
	seen = 0;
	sub_failed = 0;
	skip_all = false;
	fprintf(tap, "# Subtest: %s\n", name);
}

static void count(const char *line)
{
	if (strncmp(line, "1..", 3) == 0) {
		planned = atoi(line + 3);
		if (planned == 0 && strcasestr(line, "# skip")) {
			skip_all = true;
			skipped++;
		}
		return;
	}
	if (strncmp(line, "not ok", 6) == 0) {
		seen++;
		sub_failed++;
		failed++;
		return;
	}
	if (strncmp(line, "ok ", 3) != 0)
		return;
	seen++;
	if (strcasestr(line, "# skip"))
		skipped++;
	else
		passed++;
}

void tap_sub_line(const char *line)
{
	count(line);
	fprintf(tap, "    %s\n", line);
}

bool tap_sub_complete(int exit_status)
{
	if (planned < 0) {
		tap_note("it printed no plan (1..N)");
		return false;
	}
	if (seen != planned) {
		tap_note("%d tests were planned, %d have reported", planned, seen);
		return false;
	}
	if (!seen && !skip_all) {
		tap_note("it tested nothing");
		return false;
	}
	switch (exit_status) {
	case 0:
	case 4:
		if (sub_failed)
			tap_note("exit status %d although tests failed", exit_status);
		return !sub_failed;
	case 1:
		if (!sub_failed)
			tap_note("exit status 1 although no test failed");
		return sub_failed;
	}
	tap_note("exit status %d", exit_status);
	return false;
}

void tap_verdict(void)
{
	fprintf(tap, "1..%d\n", number);
	fprintf(tap, "qmsg-verdict: pass %d fail %d skip %d\n", passed, failed, skipped);
	fflush(tap);
	tcdrain(fileno(tap));
}
