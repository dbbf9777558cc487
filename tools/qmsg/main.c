// SPDX-License-Identifier: GPL-2.0-only
/* qmsg: see who waits for whom. Options, and the table of commands. */

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

const char *argp_program_version = "qmsg " QMSG_VERSION;

struct options options;

static const struct command commands[] = {
	{ "ps", "", "threads that are SEND-, RECEIVE- or REPLY-blocked, on whom, for how long",
	  0, 0, cmd_ps },
	{ "tree", "", "servers, their channels, and who waits there", 0, 0, cmd_tree },
	{ "blocked", "[PID]", "for whom the threads of a process, or all, wait in the end",
	  0, 1, cmd_blocked },
	{ "graph", "[--svg]", "who waits for whom, in the language of dot(1), or as it draws it",
	  0, 1, cmd_graph },
	{ "channels", "", "channels", 0, 0, cmd_channels },
	{ "connections", "", "connections", 0, 0, cmd_connections },
	{ "names", "", "names of channels", 0, 0, cmd_names },
	{ "limits", "", "what users have, and may have", 0, 0, cmd_limits },
	{ "top", "[-n COUNT | --once] [SECONDS]", "rates, queues and times of channels, again and again",
	  0, 4, cmd_top },
	{ "stats", "[SECONDS [PID]]", "how long requests wait, and for their answers, as histograms",
	  0, 2, cmd_stats },
	{ "events", "[COUNT]", "unblock requests, orphans, full pulse pools, slow requests, cycles; needs root",
	  0, 1, cmd_events },
	{ "record", "[-o FILE] [COMMAND...]", "record what happens while a command runs; needs root",
	  0, INT_MAX, cmd_record },
	{ "report", "[--svg|--perfetto] [FILE]", "show a recording: text, a picture, a trace for Perfetto",
	  0, INT_MAX, cmd_report },
	{ "send", "PID CHID TEXT", "send a message, print the reply; - NAME instead of PID CHID",
	  3, 3, cmd_send },
	{ "pulse", "PID CHID CODE [VALUE]", "send a pulse; - NAME instead of PID CHID", 3, 4, cmd_pulse },
	{ 0 }
};

void die(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("qmsg: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(status);
}

long long number_arg(const char *text, long long min, long long max)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 0);
	if (errno || end == text || *end || n < min || n > max)
		die(QMSG_USAGE, "%s is not a number from %lld to %lld", text, min, max);
	return n;
}

static const struct argp_option argp_options[] = {
	{ "json", 'j', NULL, 0, "JSON instead of text", 0 },
	{ "color", 'c', "WHEN", 0, "always, never or auto (only on a terminal)", 0 },
	{ 0 }
};

static bool wants_color(const char *when)
{
	if (!strcmp(when, "auto"))
		return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	if (strcmp(when, "always") && strcmp(when, "never"))
		die(QMSG_USAGE, "--color is always, never or auto");
	return !strcmp(when, "always");
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'j':
		options.json = true;
		return 0;
	case 'c':
		options.color = wants_color(arg);
		return 0;
	case ARGP_KEY_ARGS:
		*(int *)state->input = state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
	}
	return ARGP_ERR_UNKNOWN;
}

/* The list of commands below the options, from the table. */
static char *help_filter(int key, const char *text, void *input)
{
	const struct command *c;
	size_t size;
	char *list;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	f = open_memstream(&list, &size);
	if (!f)
		return NULL;
	fputs("Commands:\n", f);
	for (c = commands; c->name; c++)
		fprintf(f, "  %s %s\n        %s\n", c->name, c->args, c->help);
	fputs("\nExit status: 0 good; 1 error; 2 usage; 3 nothing of that kind, or not blocked; "
	      "4 waits for itself.\n", f);
	fclose(f);
	return list;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = on_option,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "See and try qmsg's message passing.\v-",
	.help_filter = help_filter,
};

static const struct command *find(const char *name)
{
	const struct command *c;

	for (c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	die(QMSG_USAGE, "there is no command \"%s\"; qmsg --help lists them", name);
}

int main(int argc, char **argv)
{
	const struct command *c;
	int first = argc, status;

	argp_err_exit_status = QMSG_USAGE;
	options.color = wants_color("auto");
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &first);
	argc -= first;
	argv += first;
	c = find(argv[0]);
	if (argc - 1 < c->min_args || argc - 1 > c->max_args)
		die(QMSG_USAGE, "usage: qmsg %s %s", c->name, c->args);
	status = c->run(argc, argv);
	if (fflush(stdout) || ferror(stdout))
		die(QMSG_ERROR, "cannot write: %s", strerror(errno));
	return status;
}
