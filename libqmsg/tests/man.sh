#!/bin/sh
# SPDX-License-Identifier: MIT
#
# man.sh "CC FLAGS" PAGE...: the example of each manual page compiles without a warning, and
# the page itself is well formed if rst2man is there to tell.
set -eu

cc=$1
shift

example() {
	awk '/^EXAMPLE$/ { on = 1; next } /^SEE ALSO$/ { on = 0 } on && /^( |$)/' "$1"
}

for page; do
	example "$page" | grep -q . || { echo "$page: no example" >&2; exit 1; }
	# shellcheck disable=SC2086 # flags are words
	example "$page" | $cc -Wall -Wextra -Werror -fsyntax-only -x c - ||
		{ echo "$page: its example does not compile" >&2; exit 1; }
	command -v rst2man >/dev/null || continue
	rst2man --strict "$page" >/dev/null
done
