// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "watch.h"

#define OBJECTS		"/sys/kernel/debug/qmsg/objects"
#define COMPLAINTS	"BUG|WARNING|KASAN|KCSAN|UBSAN|INFO: (task|rcu)|refcount_t|Oops|corruption|qmsg:"
#define HOST		"/dev/ttyS2"

static int edges_fd = -1, log_fd = -1;
static regex_t complaint;
static FILE *host;

/* ---- where it went ---- */

bool edges_open(void)
{
	edges_fd = open("/sys/kernel/debug/qmsg/edges", O_RDWR | O_CLOEXEC);
	return edges_fd >= 0;
}

void edges_clear(void)
{
	(void)!pwrite(edges_fd, "", 1, 0);
}

int edges_read(uint8_t *edges)
{
	int n = 0;

	if (pread(edges_fd, edges, EDGES, 0) != EDGES)
		memset(edges, 0, EDGES);
	for (int i = 0; i < EDGES; i++)
		n += edges[i];
	return n;
}

int edges_add(uint8_t *seen, const uint8_t *edges)
{
	int n = 0;

	for (int i = 0; i < EDGES; i++) {
		n += edges[i] & !seen[i];
		seen[i] |= edges[i];
	}
	return n;
}

bool edges_have(const uint8_t *edges, const uint8_t *wanted, const uint8_t *seen)
{
	for (int i = 0; i < EDGES; i++)
		if (wanted[i] && !seen[i] && !edges[i])
			return false;
	return true;
}

/* ---- what the kernel says ---- */

void kernel_log_open(void)
{
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd < 0 || regcomp(&complaint, COMPLAINTS, REG_EXTENDED | REG_NOSUB)) {
		perror("/dev/kmsg");
		exit(1);
	}
	lseek(log_fd, 0, SEEK_END);
}

/* A record of the kernel's own (facility 0) is "priority,...;text". */
static const char *text_of(char *record)
{
	char *text = strchr(record, ';');

	if (!text || atoi(record) >> 3)
		return NULL;
	text[strcspn(text, "\n")] = 0;
	return text + 1;
}

const char *kernel_complains(void)
{
	static char record[4096], first[256];
	bool found = false;
	const char *text;
	ssize_t n;

	while ((n = read(log_fd, record, sizeof(record) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		record[n] = 0;
		text = text_of(record);
		if (found || !text || regexec(&complaint, text, 0, NULL, 0))
			continue;
		found = true;
		snprintf(first, sizeof(first), "%s", text);
	}
	return found ? first : NULL;
}

static bool no_objects(void)
{
	char name[64];
	long value, sum = 0;
	FILE *f = fopen(OBJECTS, "re");

	if (!f)
		return false;
	while (fscanf(f, "%63s %ld", name, &value) == 2)
		sum |= value;
	fclose(f);
	return sum == 0;
}

/* The last references go after a grace period of RCU, and a work item or two. */
bool objects_are_gone(void)
{
	for (int n = 0; n < 5000; n++) {
		if (no_objects())
			return true;
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	return false;
}

/* ---- what the host is told ---- */

void host_open(void)
{
	int fd = open(HOST, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	struct termios tio;

	if (fd < 0 || tcgetattr(fd, &tio))
		return;
	cfmakeraw(&tio);
	tcsetattr(fd, TCSANOW, &tio);
	host = fdopen(fd, "w");
}

/* It is on its way when this returns, whatever becomes of us then. */
void host_send(const char *name, const struct program *p, int n)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = host ? open_memstream(&text, &size) : NULL;

	if (!f)
		return;
	for (int i = 0; i < n; i++)
		program_write(f, &p[i]);
	fclose(f);
	fprintf(host, "qmsg-file %s %zu\n", name, size);
	fwrite(text, 1, size, host);
	fflush(host);
	free(text);
}
