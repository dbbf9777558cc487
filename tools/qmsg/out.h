/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text and JSON from the same data.
 *
 * DOC: A command makes rows, which are JSON objects; a table of columns says how a person is
 * to see them. So nothing can be in one and not in the other, or differ.
 */
#ifndef QMSG_OUT_H
#define QMSG_OUT_H

#include <stdint.h>

#include <json-c/json.h>

enum out_kind { OUT_TEXT, OUT_NUMBER, OUT_HEX, OUT_AGE, OUT_NS, OUT_STATE, OUT_SECONDS };

struct out_column {
	const char *key, *title;
	enum out_kind kind;
};

void out_int(struct json_object *row, const char *key, int64_t value);
void out_string(struct json_object *row, const char *key, const char *value);
int64_t out_get_int(struct json_object *row, const char *key);
const char *out_get_string(struct json_object *row, const char *key);

/* Prints and drops @rows, an array. */
void out_table(struct json_object *rows, const struct out_column *columns);
/* Prints and drops anything, as JSON. */
void out_json(struct json_object *what);

/* "server (811) channel 1 NAME", of a row that has these */
void out_channel(struct json_object *row);

/* "1.250 s", in a buffer of the caller's */
#define OUT_AGE_SIZE	32
const char *out_age(char *buf, int64_t ms);
/* "12.3 us", likewise */
#define OUT_NS_SIZE	32
const char *out_ns(char *buf, int64_t ns);
const char *out_red(void);		/* empty where there are no colours */
const char *out_state_color(const char *state);
const char *out_plain(void);

#endif /* QMSG_OUT_H */
