/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tool's commands share.
 */
#ifndef QMSG_TOOL_H
#define QMSG_TOOL_H

#include <stdbool.h>

/* Exit status. */
#define QMSG_OK		0
#define QMSG_ERROR	1
#define QMSG_USAGE	2
#define QMSG_NOTHING	3	/* there is no such thing, or it is not blocked */
#define QMSG_CYCLE	4	/* it waits for itself */

struct options {
	bool json;
	bool color;
};

extern struct options options;

/* A command; @argv[0] is its name. What it returns is the exit status. */
struct command {
	const char *name, *args, *help;
	int min_args, max_args;
	int (*run)(int argc, char **argv);
};

int cmd_ps(int argc, char **argv);
int cmd_tree(int argc, char **argv);
int cmd_blocked(int argc, char **argv);
int cmd_graph(int argc, char **argv);
int cmd_channels(int argc, char **argv);
int cmd_connections(int argc, char **argv);
int cmd_names(int argc, char **argv);
int cmd_limits(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_send(int argc, char **argv);
int cmd_pulse(int argc, char **argv);

void die(int status, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));
long long number_arg(const char *text, long long min, long long max);

#endif /* QMSG_TOOL_H */
