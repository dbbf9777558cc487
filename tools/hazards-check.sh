#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does Documentation/hazards.rst tell the truth?  Every case of its parts is there, every test
# it names too, and those tests name the case.

set -u
cd "$(dirname "$0")/.." || exit 1

table=Documentation/hazards.rst
bad=0

complain() {
	printf '%s: %s\n' "$table" "$*" >&2
	bad=$((bad + 1))
}

# In a name it is followed by an underscore; in a comment it may be the middle of C12 - C14.
names_case() {
	local case=$1 file=$2 letter=${1:0:1} from to

	grep -qE "(^|[^0-9A-Za-z])${case}([^0-9]|\$)" "$file" && return
	while read -r from to; do
		[ "${case:1}" -ge "$from" ] && [ "${case:1}" -le "$to" ] && return
	done < <(grep -oE "${letter}[0-9]+ - ${letter}[0-9]+" "$file" | tr -d "${letter}-")
	return 1
}

check_row() {
	local case=$1 tests=$2 reason=$3 t

	[ -n "$tests$reason" ] || complain "$case: neither a test nor a reason"
	for t in $tests; do
		if [ ! -f "selftests/${t}_test.c" ]; then
			complain "$case: no selftests/${t}_test.c"
		elif ! names_case "$case" "selftests/${t}_test.c"; then
			complain "$case is not named in $t"
		fi
	done
}

rows=$(grep -E '^   [A-K][0-9]+ \|' "$table")
while IFS='|' read -r case _ tests reason; do
	check_row "$(xargs <<<"$case")" "$(xargs <<<"$tests")" "$(tr -d "\"'\`" <<<"$reason" | xargs)"
done <<<"$rows"

parts="A:16 B:22 C:25 D:9 E:5 F:18 G:10 H:10 I:10 J:8 K:12"
for part in $parts; do
	for ((i = 1; i <= ${part#*:}; i++)); do
		[ "$(grep -cE "^   ${part%:*}$i \|" <<<"$rows")" = 1 ] || complain "${part%:*}$i: no row, or two"
	done
done

[ $bad = 0 ] && echo "qmsg: every hazard has its test or its reason"
[ $bad = 0 ]
