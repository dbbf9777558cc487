#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the documentation as html; any warning is an error.
#
#   doc.sh      -> build/doc/html/index.html, build/doc/states.svg
#
# KERNEL_DOC is the kernel's script that reads the comments of headers; unless it is named, that of
# Debian's kernel KVER is fetched.

set -euo pipefail
. "$(dirname "$0")/common.sh"

kver=${KVER:-6.12}
src=$build/doc/src
export QMSG_VERSION
QMSG_VERSION=$(<"$top/VERSION")

if [ -z "${KERNEL_DOC:-}" ]; then
	"$top/tools/deps.sh" doc
	"$top/tools/kernels.sh" "$kver"
	KERNEL_DOC=$(find "$build/kernels/$kver/root/usr/lib" -path '*/scripts/kernel-doc' -print -quit)
fi
lock doc
rm -rf "$build/doc"
mkdir -p "$src/generated"
cp -r "$top"/Documentation/*.rst "$top"/Documentation/{man,examples} "$src"

# The header's comments; the script says what is not documented.
[ -x "$KERNEL_DOC" ] || die "there is no kernel-doc: '$KERNEL_DOC'"
wall=-Wall
grep -q -- "$wall" "$KERNEL_DOC" || wall=	# one that says everything unasked
"$KERNEL_DOC" $wall -Werror -rst -sphinx-version "$(sphinx-build --version | cut -d ' ' -f 2)" \
	"$top/uapi/linux/qmsg.h" >"$src/generated/uapi.rst"
"$top/tools/state-graph.sh" >"$src/generated/states.dot"
dot -Tsvg -o "$build/doc/states.svg" "$src/generated/states.dot"

QUIETLY_LINES=40 quietly sphinx-build -q -W --keep-going -j "$jobs" -c "$top/Documentation" \
	"$src" "$build/doc/html"
say "the documentation is at $build/doc/html/index.html"
