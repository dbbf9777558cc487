#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# J7: <linux/qmsg.h> compiles alone, in every language and word size a program may use,
# without a warning, a hole, or more of the system than two headers.
#
#   header.sh [UAPI-DIRECTORY]

set -eu
uapi=${1:-$(dirname "$0")/../../uapi}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

try() {
	if "$@" -I "$uapi" -Wall -Wextra -Wpadded -Wpedantic -Werror \
	   -fsyntax-only "$dir/all.$lang"; then
		echo "ok - $*"
	else
		echo "not ok - $*"
		failed=1
	fi
}

# Every type, so that -Wpadded looks at it, and twice, so that the guard is tried.
{
	echo '#include <linux/qmsg.h>'
	echo '#include <linux/qmsg.h>'
	sed -n 's/^struct \(qmsg_[a-z_]*\) {$/struct \1 use_\1;/p' "$uapi/linux/qmsg.h"
} >"$dir/all.c"
cp "$dir/all.c" "$dir/all.cc"

for bits in -m64 -m32; do
	lang=c
	for std in c90 c99 c11 gnu17; do
		try "${CC:-cc}" $bits -std=$std
	done
	lang=cc
	for std in c++98 c++11 c++17 c++20; do
		try "${CXX:-c++}" $bits -std=$std
	done
done

# What is used of the system, beyond the compiler itself.
if sed -n 's/^#include <\(.*\)>$/\1/p' "$uapi/linux/qmsg.h" |
   grep -vxE 'linux/(ioctl|types)\.h'; then
	echo 'not ok - includes only linux/ioctl.h and linux/types.h'
	failed=1
else
	echo 'ok - includes only linux/ioctl.h and linux/types.h'
fi
exit $failed
