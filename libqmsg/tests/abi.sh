#!/bin/sh
# SPDX-License-Identifier: MIT
#
# abi.sh "CC FLAGS" "MAP..." "LIBRARY..." ROOT HEADER...: the functions that the headers below ROOT
# declare, the names in MAP and the symbols LIBRARY exports are the same set, and no name is
# in MAP twice.
set -eu
export LC_ALL=C

cc=$1 map=$2 library=$3 root=$4
shift 4
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for header; do echo "#include <$header>"; done >"$tmp/all.c"

# Only lines the preprocessor says are from below ROOT, without what is in braces; then one
# declaration a line. The name of a function is the word before the first parenthesis.
functions() {
	$cc -E "$tmp/all.c" | awk -v root="$root/" '
		/^# [0-9]+ "/ { mine = index($3, "\"" root) == 1; next }
		/^#/ || !mine { next }
		{
			for (i = 1; i <= length($0); i++) {
				c = substr($0, i, 1)
				if (c == "{")
					depth++
				else if (c == "}" && --depth == 0)
					printf ";"
				else if (!depth)
					printf "%s", c
			}
			printf " "
		}' |
	tr ';' '\n' | sed -e '/^ *static /d' -e '/^ *typedef /d' -e '/^[^(]*__attribute__/d' \
		-e 's/^[^(]*[ *]\([A-Za-z_][A-Za-z0-9_]*\) *(.*$/\1/p' -e d | sort -u
}

# A declaration may give the function another name for the linker: ask the compiler.
declared() {
	{
		cat "$tmp/all.c"
		echo "void *const all[] = {"
		functions | sed 's/.*/(void *)&,/'
		echo "};"
	} >"$tmp/refs.c"
	$cc -w -fno-builtin -fno-pic -c "$tmp/refs.c" -o "$tmp/refs.o"
	nm -u "$tmp/refs.o" | sed 's/^ *U //' | sort
}

# shellcheck disable=SC2086 # words
mapped() {
	sed -n 's/^\t\t\([A-Za-z_][A-Za-z0-9_]*\);$/\1/p' $map | sort
}

# shellcheck disable=SC2086 # words
exported() {
	nm -D --defined-only $library | sed -n 's/.* [TD] \([^@]*\)@@LIBQMSG.*/\1/p' | sort
}

declared >"$tmp/declared"
mapped >"$tmp/mapped"
exported >"$tmp/exported"
[ -s "$tmp/declared" ] || { echo "$root: no declaration found" >&2; exit 1; }

twice=$(uniq -d "$tmp/mapped")
[ -z "$twice" ] || { echo "$map: twice: $twice" >&2; exit 1; }
diff -u "$tmp/declared" "$tmp/mapped" || { echo "$root and $map differ" >&2; exit 1; }
diff -u "$tmp/mapped" "$tmp/exported" || { echo "$map and $library differ" >&2; exit 1; }

# Nothing beside the versioned names, and no name of the other library's making.
# shellcheck disable=SC2086 # words
stray=$(nm -D --defined-only $library | grep -v -e ' A LIBQMSG' -e '@@LIBQMSG' -e '^$' -e ':$' || :)
[ -z "$stray" ] || { echo "$library exports also: $stray" >&2; exit 1; }
