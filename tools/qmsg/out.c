// SPDX-License-Identifier: GPL-2.0-only
/* Text and JSON from the same data. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "tool.h"

void out_int(struct json_object *row, const char *key, int64_t value)
{
	json_object_object_add(row, key, json_object_new_int64(value));
}

void out_string(struct json_object *row, const char *key, const char *value)
{
	json_object_object_add(row, key, json_object_new_string(value));
}

int64_t out_get_int(struct json_object *row, const char *key)
{
	return json_object_get_int64(json_object_object_get(row, key));
}

const char *out_get_string(struct json_object *row, const char *key)
{
	return json_object_get_string(json_object_object_get(row, key)) ?: "";
}

void out_channel(struct json_object *row)
{
	const char *name = out_get_string(row, "name");

	printf("%s (%lld) channel %lld%s%s", out_get_string(row, "command"),
	       (long long)out_get_int(row, "pid"), (long long)out_get_int(row, "chid"),
	       *name ? " " : "", name);
}

const char *out_age(char *buf, int64_t ms)
{
	if (ms < 60000)
		snprintf(buf, OUT_AGE_SIZE, "%" PRId64 ".%03d s", ms / 1000, (int)(ms % 1000));
	else
		snprintf(buf, OUT_AGE_SIZE, "%" PRId64 ":%02d:%02d", ms / 3600000,
			 (int)(ms / 60000 % 60), (int)(ms / 1000 % 60));
	return buf;
}

const char *out_ns(char *buf, int64_t ns)
{
	static const char * const units[] = { "ns", "us", "ms", "s" };
	double value = ns;
	unsigned int unit = 0;

	while (value >= 999.5 && unit < 3) {
		value /= 1000;
		unit++;
	}
	snprintf(buf, OUT_NS_SIZE, "%.*f %s", !unit || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2,
		 value, units[unit]);
	return buf;
}

const char *out_red(void)
{
	return options.color ? "\033[1;31m" : "";
}

const char *out_plain(void)
{
	return options.color ? "\033[0m" : "";
}

const char *out_state_color(const char *state)
{
	if (!options.color)
		return "";
	if (!strcmp(state, "SEND"))
		return "\033[33m";
	if (!strncmp(state, "REPLY", 5))
		return strlen(state) > 5 ? out_red() : "\033[36m";
	return "";
}

void out_json(struct json_object *what)
{
	puts(json_object_to_json_string_ext(what, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(what);
}

/* What a person sees of one cell; "-" where there is nothing. */
static void cell(char *buf, size_t size, struct json_object *row, const struct out_column *c)
{
	struct json_object *value = json_object_object_get(row, c->key);

	if (!value || json_object_is_type(value, json_type_null)) {
		snprintf(buf, size, "-");
		return;
	}
	switch (c->kind) {
	case OUT_AGE:
		out_age(buf, json_object_get_int64(value));
		break;
	case OUT_NS:
		out_ns(buf, json_object_get_int64(value));
		break;
	case OUT_SECONDS:	/* of nanoseconds */
		snprintf(buf, size, "%" PRId64 ".%09" PRId64, json_object_get_int64(value) / 1000000000,
			 json_object_get_int64(value) % 1000000000);
		break;
	case OUT_HEX:
		snprintf(buf, size, "%#" PRIx64, json_object_get_int64(value));
		break;
	default:
		snprintf(buf, size, "%s", json_object_get_string(value));
	}
	if (!*buf)
		snprintf(buf, size, "-");
}

#define CELL	1100	/* a name of 255 bytes, each as \xNN */

static int width(struct json_object *rows, const struct out_column *c)
{
	size_t i, widest = strlen(c->title);
	char text[CELL];

	for (i = 0; i < json_object_array_length(rows); i++) {
		cell(text, sizeof(text), json_object_array_get_idx(rows, i), c);
		if (strlen(text) > widest)
			widest = strlen(text);
	}
	return widest;
}

static void print_cell(const struct out_column *c, int w, const char *text, bool last)
{
	bool right = c->kind != OUT_TEXT && c->kind != OUT_STATE;
	const char *color = c->kind == OUT_STATE ? out_state_color(text) : "";

	printf("%s%*s%s%s", color, last && !right ? 0 : right ? w : -w, text,
	       *color ? out_plain() : "", last ? "\n" : "  ");
}

void out_table(struct json_object *rows, const struct out_column *columns)
{
	char text[CELL];
	int widths[32], n;
	size_t i;

	if (options.json) {
		out_json(rows);
		return;
	}
	for (n = 0; columns[n].key; n++)
		widths[n] = width(rows, &columns[n]);
	for (int k = 0; k < n; k++)
		print_cell(&columns[k], widths[k], columns[k].title, k == n - 1);
	for (i = 0; i < json_object_array_length(rows); i++) {
		for (int k = 0; k < n; k++) {
			cell(text, sizeof(text), json_object_array_get_idx(rows, i), &columns[k]);
			print_cell(&columns[k], widths[k], text, k == n - 1);
		}
	}
	json_object_put(rows);
}
