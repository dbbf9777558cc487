#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzz in a guest, and keep what it sends: below build/fuzz/KVER
#
#   corpus     what is worth keeping of the corpus, the old one's included
#   new/       each program that got to a new place, even if the guest crashed
#   crash-*    what ran when something was found, and what had run before
#   last       what ran last
#   coverage   what of the module all that has run
#
#   run.sh KVER TIMEOUT

set -euo pipefail
. "$(dirname "$0")/../../tools/common.sh"

kver=${1:?usage: run.sh KVER TIMEOUT}
found=$build/fuzz/$kver
rc=0
TIMEOUT=$2 GUESTS=1 "$top/selftests/qemu/check.sh" "$kver" || rc=1
rm -rf "$found"
mkdir -p "$found"
"$top/selftests/qemu/files.py" "$build/log/$kver/files" "$found"
if [ -e "$found/corpus" ]; then
	{ grep '^#' "$top/selftests/fuzz/corpus"; echo; cat "$found/corpus"; } >"$found/corpus.new"
	mv "$found/corpus.new" "$found/corpus"
fi
grep -h '^ *# .*\(programs\|edges\)' "$build/log/$kver/tap" | tail -n 3 || true
"$top/selftests/coverage/report.sh" "$kver" >"$found/coverage" 2>&1 || true
grep '^all ' "$found/coverage" || cat "$found/coverage"
say "what was found is in ${found#"$PWD/"}"
exit $rc
