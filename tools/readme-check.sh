#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Do the programs shown in README.md equal the files they are taken from, and do
# those compile? In README.md a line
#	<!-- file: PATH -->
# stands above each such block; the file's first line, its licence, is left out.

set -euo pipefail
. "$(dirname "$0")/common.sh"

readme=$top/README.md
include=(-I"$top/uapi" -I"$top/libqmsg/include" -I"$top/libqmsg/include/qmsg-qnx")

# The block that follows the mark of a file.
shown() {
	awk -v mark="<!-- file: $1 -->" '
		$0 == mark { armed = 1; next }
		armed && /^```/ { if (inside) exit; inside = 1; next }
		inside { print }' "$readme"
}

failed=0
mapfile -t files < <(sed -n 's/^<!-- file: \(.*\) -->$/\1/p' "$readme")
[ ${#files[@]} -gt 0 ] || die "README.md shows no file"
for file in "${files[@]}"; do
	if ! diff -u --label "$file" --label "README.md" \
	     <(tail -n +2 "$top/$file") <(shown "$file"); then
		failed=1
	fi
	"${CC:-cc}" -Wall -Wextra -Werror -fsyntax-only "${include[@]}" "$top/$file" || failed=1
done
[ $failed = 0 ] || die "README.md shows programs that are not in the tree, or do not compile"
say "README.md shows ${#files[@]} programs as they are in the tree"
