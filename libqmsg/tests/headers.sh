#!/bin/sh
# SPDX-License-Identifier: MIT
#
# headers.sh CC CXX DIR HEADER...: each header of DIR can be included alone, and all of them
# together with those of the C library in any order, in old and new C and C++, with and
# without _GNU_SOURCE and the prelude, and no compiler has anything to say.
set -eu

cc=$1 cxx=$2 dir=$3
shift 3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

libc="aio.h assert.h ctype.h dirent.h fcntl.h inttypes.h limits.h locale.h math.h mqueue.h
	netdb.h poll.h stddef.h stdint.h stdio.h sys/ioctl.h sys/select.h sys/socket.h
	sys/stat.h sys/time.h sys/wait.h"

# try WHAT COMPILER LANGUAGE FLAGS...: what is on stdin
try() {
	what=$1 compiler=$2 language=$3
	shift 3
	cat >"$tmp/source"
	# shellcheck disable=SC2086 # a compiler may have flags
	$compiler -x "$language" -Wall -Wextra -pedantic -Werror -isystem "$dir" -fsyntax-only \
		"$@" "$tmp/source" >"$tmp/out" 2>&1 && return
	echo "headers: $what ($compiler $*)" >&2
	head -n 12 "$tmp/out" >&2
	exit 1
}

includes() {
	for h; do printf '#include <%s>\n' "$h"; done
	echo 'extern int something;'
}

# The same orders each time: AWK's own generator, with a seed.
shuffled() {
	seed=$1
	shift
	printf '%s\n' "$@" | awk -v seed="$seed" '
		BEGIN { srand(seed) } { print rand() "\t" $0 }' | sort -n | cut -f 2
}

for h; do
	includes "$h" | try "$h alone" "$cc" c -std=gnu89
	includes "$h" | try "$h alone" "$cxx" c++ -std=gnu++17
done

seed=0
for std in gnu89 gnu99 gnu11 gnu17; do
	for flags in "-DNOTHING" "-D_GNU_SOURCE" "-D_GNU_SOURCE -include $dir/prelude.h"; do
		seed=$((seed + 1))
		# shellcheck disable=SC2046,SC2086 # words
		includes $(shuffled $seed "$@" $libc) | try "order $seed" "$cc" c -std=$std $flags
	done
done
for std in gnu++11 gnu++14 gnu++17 gnu++20; do
	for flags in "-DNOTHING" "-include $dir/prelude.h"; do
		seed=$((seed + 1))
		# shellcheck disable=SC2046,SC2086
		includes $(shuffled $seed "$@" $libc string vector thread atomic cstdlib ctime csignal) |
			try "order $seed" "$cxx" c++ -std=$std $flags
	done
done
