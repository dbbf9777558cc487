// SPDX-License-Identifier: GPL-2.0-only
/* The lines of /proc/PID/fdinfo/FD of a context, and waiting for what they say. */
#include "qmsg_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/* By thread: the first thread of a dying process loses its files before a held one does. */
static char *read_fdinfo(pid_t pid, pid_t tid, int fd)
{
	size_t size = 16384, used = 0;
	char path[80], *text;
	ssize_t n;
	int file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/fdinfo/%d", pid, tid, fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return NULL;
	text = malloc(size);
	while (text && (n = read(file, text + used, size - used - 1)) > 0) {
		used += n;
		if (used + 1 == size)
			text = realloc(text, size *= 2);
	}
	close(file);
	if (text)
		text[used] = 0;
	return text;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

/* Value of the " name=" in this line, -ENOENT if it has none. */
static long line_number(const char *line, const char *name)
{
	const char *end = strchrnul(line, '\n');
	char key[32], *at;

	snprintf(key, sizeof(key), "%s=", name);
	for (at = strstr(line, key); at && at < end; at = strstr(at + 1, key))
		if (at[-1] == ' ' || at[-1] == '\t')
			return strtol(at + strlen(key), NULL, 0);
	return -ENOENT;
}

/* First line "@kind:" whose @name is @value. */
static const char *find_line(const char *text, const char *kind, const char *name, long value)
{
	const char *line;

	for (line = text; line; line = next_line(line))
		if (!strncmp(line, kind, strlen(kind)) && line[strlen(kind)] == ':' &&
		    line_number(line, name) == value)
			return line;
	return NULL;
}

static void parse_request(const char *line, struct request_view *out)
{
	const char *state = strstr(line, "state=");

	memset(out, 0, sizeof(*out));
	out->coid = line_number(line, "coid");
	out->tid = line_number(line, "tid");
	out->priority = line_number(line, "priority");
	out->reasons = line_number(line, "reasons");
	if (state)
		sscanf(state, "state=%15s", out->state);
}

int read_request(pid_t pid, int fd, pid_t tid, struct request_view *out)
{
	char *text = read_fdinfo(pid, tid, fd);
	const char *line = text ? find_line(text, "request", "tid", tid) : NULL;

	if (line)
		parse_request(line, out);
	free(text);
	return line ? 0 : -ENOENT;
}

int read_connection(pid_t pid, int fd, unsigned int coid, struct connection_view *out)
{
	char *text = read_fdinfo(pid, pid, fd);
	const char *line = text ? find_line(text, "connection", "coid", coid) : NULL;

	if (line)
		*out = (struct connection_view){
			.coid = coid,
			.pid = line_number(line, "pid"),
			.chid = line_number(line, "chid"),
			.scoid = line_number(line, "scoid"),
			.dead = line_number(line, "dead"),
		};
	free(text);
	return line ? 0 : -ENOENT;
}

long read_channel(pid_t pid, int fd, int chid, const char *field)
{
	char *text = read_fdinfo(pid, pid, fd);
	const char *line = text ? find_line(text, "channel", "chid", chid) : NULL;
	long value = line ? line_number(line, field) : -ENOENT;

	free(text);
	return value;
}

long read_timer(pid_t pid, int fd, int id, const char *field)
{
	char *text = read_fdinfo(pid, pid, fd);
	const char *line = text ? find_line(text, "timer", "id", id) : NULL;
	long value = line ? line_number(line, field) : -ENOENT;

	free(text);
	return value;
}

int count_connections(pid_t pid, int fd)
{
	char *text = read_fdinfo(pid, pid, fd);
	const char *line;
	int n = 0;

	for (line = text; line; line = next_line(line))
		n += !strncmp(line, "connection:", 11);
	free(text);
	return n;
}

static const char *request_state(pid_t pid, int fd, pid_t tid, struct request_view *view)
{
	if (read_request(pid, fd, tid, view))
		strcpy(view->state, "NONE");
	return view->state;
}

int wait_for_request_state(pid_t pid, int fd, pid_t tid, const char *state)
{
	struct request_view view;

	if (wait_until(!strcmp(request_state(pid, fd, tid, &view), state)))
		return 0;
	fprintf(stderr, "# request of %d: waited for %s, last seen %s\n", tid, state, view.state);
	return -ETIMEDOUT;
}

int wait_for_request_reasons(pid_t pid, int fd, pid_t tid, unsigned int reasons)
{
	struct request_view view = { 0 };

	if (wait_until(!read_request(pid, fd, tid, &view) && view.reasons == reasons))
		return 0;
	fprintf(stderr, "# request of %d: waited for reasons %#x, last seen %#x\n", tid, reasons,
		view.reasons);
	return -ETIMEDOUT;
}

int wait_for_channel(pid_t pid, int fd, int chid, const char *field, long value)
{
	if (wait_until(read_channel(pid, fd, chid, field) == value))
		return 0;
	fprintf(stderr, "# channel %d: waited for %s=%ld, last seen %ld\n", chid, field, value,
		read_channel(pid, fd, chid, field));
	return -ETIMEDOUT;
}
