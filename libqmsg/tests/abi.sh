#!/bin/sh
# SPDX-License-Identifier: MIT
#
# abi.sh "CC FLAGS" HEADER MAP LIBRARY: the functions HEADER declares, the names in MAP and the
# symbols LIBRARY exports are the same set, and no name is in MAP twice.
set -eu
export LC_ALL=C

cc=$1 header=$2 map=$3 library=$4
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Only lines the preprocessor says are the header's own; then one declaration a line. The
# name of a function is the word before the first parenthesis.
declared() {
	$cc -E "$header" | awk -v header="$header" '
		/^# [0-9]+ "/ { mine = index($3, "\"" header "\"") == 1; next }
		mine { gsub(/^extern "C" \{/, ""); printf "%s ", $0 }' |
	tr ';' '\n' | sed -n 's/^[^({]*[ *]\([A-Za-z_][A-Za-z0-9_]*\)(.*)[ ]*$/\1/p' | sort
}

mapped() {
	sed -n 's/^\t\t\([A-Za-z_][A-Za-z0-9_]*\);$/\1/p' "$map" | sort
}

exported() {
	nm -D --defined-only "$library" | sed -n 's/.* [TD] \([^@]*\)@@LIBQMSG.*/\1/p' | sort
}

declared >"$tmp/declared"
mapped >"$tmp/mapped"
exported >"$tmp/exported"
[ -s "$tmp/declared" ] || { echo "$header: no declaration found" >&2; exit 1; }

twice=$(uniq -d "$tmp/mapped")
[ -z "$twice" ] || { echo "$map: twice: $twice" >&2; exit 1; }
diff -u "$tmp/declared" "$tmp/mapped" || { echo "$header and $map differ" >&2; exit 1; }
diff -u "$tmp/mapped" "$tmp/exported" || { echo "$map and $library differ" >&2; exit 1; }

# Nothing beside the versioned names, and no name of the other library's making.
stray=$(nm -D --defined-only "$library" | grep -v -e ' A LIBQMSG' -e '@@LIBQMSG' || :)
[ -z "$stray" ] || { echo "$library exports also: $stray" >&2; exit 1; }
