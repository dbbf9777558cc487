// SPDX-License-Identifier: GPL-2.0-only
/* Records for the host: "bench TYPE key=value ...", one a line. */
#include "bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

int failures;

/* In one write each: a child that ends with exit() must find nothing to flush again. */
static void print_record(const char *type, const char *format, va_list ap)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "bench %s ", type);

	vsnprintf(line + n, sizeof(line) - n, format, ap);
	puts(line);
	fflush(stdout);
}

void say(const char *type, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_record(type, format, ap);
	va_end(ap);
}

static void blanks_to_underscores(char *text)
{
	while ((text = strchr(text, ' ')))
		*text = '_';
}

void progress(const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	blanks_to_underscores(text);
	say("progress", "%s", text);
}

/* @error is 0, an errno or its negative. */
void failed(const char *what, const char *where, int error)
{
	failures++;
	progress("failed: %s: %s: %s", what, where,
		 error ? strerror(error < 0 ? -error : error) : "wrong result");
}

/* What copies cost under emulation depends on this flag alone. */
static bool cpu_has_erms(void)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[8192];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strncmp(line, "flags", 5) == 0 && strstr(line, " erms");
	if (file)
		fclose(file);
	return found;
}

void print_meta(void)
{
	struct utsname name;

	uname(&name);
	say("meta", "release=%s mode=%s cpu=%s cpus=%d sched=%s hogs=%d seconds_settled=%d "
	    "batches=%d ms=%d", name.release, args.mode, cpu_has_erms() ? "max" : "max,-erms",
	    get_nprocs(), strchr(args.schedules, ',') ? "both" : args.schedules, args.hogs,
	    args.settle, args.batches, args.ms);
}
