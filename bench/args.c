// SPDX-License-Identifier: GPL-2.0-only
/* The arguments: key=value, all optional. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct args args = {
	.mode = "wall",
	.schedules = "other",
	.sizes = "0,64,4096,65536,1048576",
	.places = "free",
	.batches = 7,
	.settle = 8,
};

struct word {
	const char *key;
	const char **value;
};

static const struct word words[] = {
	{ "mode", &args.mode },
	{ "sched", &args.schedules },
	{ "sizes", &args.sizes },
	{ "methods", &args.methods },
	{ "place", &args.places },
	{ "sections", &args.sections },
	{ "loop", &args.loop },
};

struct number {
	const char *key;
	int *value;
	int least;
};

static const struct number numbers[] = {
	{ "hogs", &args.hogs, 0 },
	{ "batches", &args.batches, 1 },
	{ "ms", &args.ms, 1 },
	{ "settle", &args.settle, 0 },
};

static bool is_key(const char *arg, const char *key, const char **value)
{
	size_t n = strlen(key);

	*value = arg + n + 1;
	return strncmp(arg, key, n) == 0 && arg[n] == '=';
}

static bool parse_number(const char *text, unsigned long least, unsigned long *n)
{
	char *end;

	*n = strtoul(text, &end, 10);
	return *text && !*end && *n >= least;
}

static bool parse_one(const char *arg)
{
	const char *value;
	unsigned long n;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (is_key(arg, words[i].key, &value)) {
			*words[i].value = value;
			return *value;
		}
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (is_key(arg, numbers[i].key, &value)) {
			if (!parse_number(value, numbers[i].least, &n) || n > 100000)
				return false;
			*numbers[i].value = n;
			return true;
		}
	return is_key(arg, "size", &value) && parse_number(value, 0, &args.loop_size);
}

/* A misspelt name would measure less than was asked for, and say nothing. */
static bool names_are_known(const char *list, const char *known)
{
	char word[32];

	while (list_next(&list, word, sizeof(word)))
		if (!list_has(known, word))
			return false;
	return true;
}

static bool methods_are_known(const char *list)
{
	char word[32];

	while (list_next(&list, word, sizeof(word)))
		if (!method_named(word) && !scale_has(word))
			return false;
	return true;
}

static bool sizes_are_numbers(const char *list)
{
	char word[32];
	unsigned long n;

	while (list_next(&list, word, sizeof(word)))
		if (!parse_number(word, 0, &n) || n > LARGEST)
			return false;
	return true;
}

static bool all_are_known(void)
{
	return names_are_known(args.mode, "wall,icount") &&
	       names_are_known(args.places, "free,pinned") &&
	       names_are_known(args.sections, "verify,rt,read,scale,memory,pulse,unblock,latency") &&
	       methods_are_known(args.methods) &&
	       (!args.loop || method_named(args.loop)) &&
	       sizes_are_numbers(args.sizes) && args.loop_size <= LARGEST;
}

void args_parse(int argc, char **argv)
{
	bool ok = true;

	for (int i = 1; i < argc && ok; i++)
		ok = parse_one(argv[i]);
	if (strcmp(args.schedules, "both") == 0)
		args.schedules = "other,fifo";
	if (!ok || !all_are_known() || !names_are_known(args.schedules, "other,fifo")) {
		fprintf(stderr,
			"usage: qmsg-bench [mode=wall|icount] [sched=other|fifo|both]\n"
			"       [sizes=N,...] [methods=NAME,...] [place=free,pinned] [hogs=N]\n"
			"       [batches=N] [ms=N] [settle=SECONDS]\n"
			"       [sections=verify,rt,read,scale,memory,pulse,unblock,latency]\n"
			"       [loop=METHOD size=N]\n");
		exit(2);
	}
	if (!args.ms)
		args.ms = by_instructions() ? 2 : 6;
}

bool list_next(const char **list, char *word, size_t room)
{
	size_t n;

	if (!*list || !**list)
		return false;
	n = strcspn(*list, ",");
	snprintf(word, room, "%.*s", (int)n, *list);
	*list += n;
	if (**list == ',')
		++*list;
	return true;
}

bool list_has(const char *list, const char *word)
{
	char item[32];

	if (!list)
		return true;
	while (list_next(&list, item, sizeof(item)))
		if (strcmp(item, word) == 0)
			return true;
	return false;
}

bool by_instructions(void)
{
	return strcmp(args.mode, "icount") == 0;
}
