#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the last runs on these kernels have covered of the module, together.
#
#   report.sh KVER...    -> build/count/report
#
# Without TESTS it fails below 90 % of the lines or 80 % of the branches.

set -euo pipefail
. "$(dirname "$0")/../../tools/common.sh"

[ $# -gt 0 ] || die "usage: report.sh KVER..."
count=$build/count
least=()
[ -n "${TESTS:-}" ] || least=(--least 90 80)
runs=()
for kver; do
	rm -rf "$count/$kver/counted"
	"$top/selftests/qemu/files.py" "$build/log/$kver/files" "$count/$kver/counted"
	runs+=("$count/$kver/module:$count/$kver/counted/gcov")
done
"$top/selftests/coverage/report.py" "${least[@]}" "$top/module" "$count/report" "${runs[@]}"
