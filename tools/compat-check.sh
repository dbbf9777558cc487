#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does Documentation/qnx-compat.rst tell the truth?  Every test it names is there; what is said to
# be here is used by a test of its row; and every function that the library exports and every flag
# that the headers define has a row.

set -u
cd "$(dirname "$0")/.." || exit 1

table=Documentation/qnx-compat.rst
headers=libqmsg/include/qmsg-qnx
bad=0

complain() {
	printf '%s: %s\n' "$table" "$*" >&2
	bad=$((bad + 1))
}

rows() {
	grep -E '^   [^|:]+\|.*\|.*\|' "$table"
}

# A program among the tests is a file, or a directory of several.
file_of() {
	local f

	for f in "selftests/$1"{_test.c,.c,.cc,.cpp,}; do
		[ ! -e "$f" ] || { echo "$f"; return; }
	done
	return 1
}

check_row() {
	local names=$1 here=$2 tests=$3 files=() t n

	for t in $tests; do
		if n=$(file_of "$t"); then files+=("$n"); else complain "$names: no test $t"; fi
	done
	case $here in
	no | never*) ;;
	*) [ ${#files[@]} -gt 0 ] || complain "$names: no test" ;;
	esac
	[ ${#files[@]} -gt 0 ] || return 0
	for n in $names; do
		grep -qrE "\<$n(_INIT)?\>" "${files[@]}" || complain "$n is not in $tests"
	done
}

functions() {
	sed -n 's/^\t\t\([A-Za-z_][A-Za-z0-9_]*\);$/\1/p' libqmsg/libqmsg-qnx.map |
		sed -e '/^qmsg_qnx_context$/d' -e '/^qmsg_qnx_syspage$/d' -e 's/^qmsg_qnx_//' -e 's/_r$//' | sort -u
}

flags() {
	sed -n -E 's/^#define ((_NTO_(CHF|CHO|COF|TIMEOUT|TCTL|MI|CI)|_PULSE_CODE|SIGEV_FLAG|NAME_FLAG)_[A-Z0-9_]+).*/\1/p' \
		"$headers"/sys/{neutrino,siginfo,dispatch}.h | grep -v '^SIGEV_FLAG_MASK$'
}

while IFS='|' read -r names here _ tests; do
	check_row "$(xargs <<<"$names")" "$(xargs <<<"$here")" "$(xargs <<<"$tests")"
done < <(rows)

named=$(rows | cut -d'|' -f1)
for n in $(functions) $(flags); do
	grep -qw -- "$n" <<<"$named" || complain "no row for $n"
done

[ $bad = 0 ] && echo "qmsg: every QNX call and flag has its row"
[ $bad = 0 ]
