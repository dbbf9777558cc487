#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The state machine of module/state.c as Promela, to stdout.
#
#   table.sh
#
# Nothing is copied by hand: the tables, the row that is looked up, and the names of states,
# events and effects are cut out of the module's source and compiled into a program that
# prints what they come to. What is not a staying without effects becomes an option of an "if".

set -euo pipefail
. "$(dirname "$0")/../tools/common.sh"

source=$top/module/state.c
header=$top/module/state.h

# Every name of an enum: enum_names FILE ENUM
enum_names() {
	sed -n "/^enum $2 {/,/^};/p" "$1" | sed -n 's/^\t\([A-Z_]*\)[ \t,=].*/\1/p'
}

# From one line to the one before another, both given as patterns: cut FROM BEFORE
cut_out() {
	awk -v from="$1" -v before="$2" \
		'$0 ~ before { on = 0 } $0 ~ from { on = 1 } on' "$source"
}

# print_names FILE ENUM [PREFIX]
print_names() {
	local name

	for name in $(enum_names "$1" "$2"); do
		printf '\tprintf("#define %%s %%d\\n", "%s", %s);\n' "${3:-}${name#QMSG_}" "$name"
	done
}

all_effects() {
	enum_names "$source" effect | paste -sd '|'
}

program() {
	cat <<-'TOP'
	#include <stdbool.h>
	#include <stdint.h>
	#include <stdio.h>
	#include <errno.h>
	#define unlikely(x) (x)
	#define fallthrough __attribute__((__fallthrough__))
	#define QMSG_UNBLOCK_SIGNAL 1
	#define QMSG_UNBLOCK_TIMEOUT 2
	#define QMSG_UNBLOCK_DETACH 4
	#define QMSG_UNBLOCK_KILL 8
	typedef uint32_t u32;
	typedef int32_t s32;
	TOP
	sed -n '/^enum qmsg_state {/,/^};/p; /^enum qmsg_state_event {/,/^};/p' "$header"
	cat <<-'REQUEST'
	struct qmsg_ctx { bool terminating; };
	struct qmsg_channel { struct qmsg_ctx *ctx; };
	struct qmsg_request { enum qmsg_state state; struct qmsg_channel *channel; };
	static bool qmsg_ctx_terminating(const struct qmsg_ctx *ctx) { return ctx->terminating; }
	REQUEST
	cut_out '^enum effect' '^static const struct transition table'
	cut_out '^static const struct transition table' '^const char \*qmsg_state_name'
	cut_out '^static enum qmsg_state row_of' '^static void keep_reason_locked'
	cat <<-'MAIN'
	static const struct transition *find(int state, int ev, bool terminating)
	{
		struct qmsg_ctx ctx = { terminating };
		struct qmsg_channel ch = { &ctx };
		struct qmsg_request req = { state, &ch };

		return &table[row_of(&req, ev)][ev];
	}

	static bool same(const struct transition *a, const struct transition *b)
	{
		return a->next == b->next && a->effects == b->effects && a->error == b->error;
	}

	static void print(int state, int ev, const char *when, const struct transition *t)
	{
		if (t->next == (unsigned int)state && !t->effects)
			return;
		printf("\t:: %s(s) == %d && (e) == %d -> nx = %d; fx = %u; \\\n", when, state, ev,
		       t->next, t->effects);
	}

	int main(void)
	{
	MAIN
	print_names "$header" qmsg_state
	print_names "$header" qmsg_state_event
	print_names "$source" effect FX_
	cat <<-MAIN
		printf("#define FX_ALL %d\n", $(all_effects));
		printf("#define TABLE_LOOKUP(s, e) \\\\\n\tif \\\\\n");
		for (int s = 0; s < QMSG_NR_STATES; s++) {
			for (int e = 0; e < QMSG_NR_EVENTS; e++) {
				const struct transition *lives = find(s, e, false);
				const struct transition *dies = find(s, e, true);

				if (same(lives, dies)) {
					print(s, e, "", lives);
				} else {
					print(s, e, "!terminating && ", lives);
					print(s, e, "terminating && ", dies);
				}
			}
		}
		printf("\t:: else -> nx = (s); fx = 0; \\\\\n\tfi\n");
		return 0;
	}
	MAIN
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
program >"$dir/table.c"
"${CC:-gcc}" -Wall -Wextra -Werror -o "$dir/table" "$dir/table.c"
echo '/* Made by model/table.sh from module/state.c. */'
"$dir/table"
