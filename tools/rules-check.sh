#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does Documentation/qnx-rules.rst tell the truth about the tests?  Every test it names is
# there, and each rule that holds here is named in one of its row's tests.

set -u
cd "$(dirname "$0")/.." || exit 1

table=Documentation/qnx-rules.rst
bad=0

complain() {
	printf '%s: %s\n' "$table" "$*" >&2
	bad=$((bad + 1))
}

# S5.12 is also written S5_12, in names.
names_rule() {
	local rule=${1//./[._]}; shift
	grep -qE "(^|[^0-9A-Za-z])${rule}([^0-9]|\$)" "$@"
}

check_row() {
	local rules=$1 here=$2 tests=$3 files=() t rule

	for t in $tests; do
		if [ -f "selftests/${t}_test.c" ]; then
			files+=("selftests/${t}_test.c")
		else
			complain "$rules: no selftests/${t}_test.c"
		fi
	done
	[ "$here" != "not here" ] || return 0
	[ ${#files[@]} -gt 0 ] || { complain "$rules: no test"; return; }
	for rule in $rules; do
		names_rule "$rule" "${files[@]}" || complain "$rule is not named in $tests"
	done
}

while IFS='|' read -r rules _ here _ tests; do
	check_row "$(xargs <<<"$rules")" "$(xargs <<<"$here")" "$(xargs <<<"$tests")"
done < <(grep -E '^   S[0-9]+\.' "$table" | tr -d "'")

[ $bad = 0 ] && echo "qmsg: every rule has its test"
[ $bad = 0 ]
