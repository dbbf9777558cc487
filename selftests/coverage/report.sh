#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the last runs on these kernels have covered of the module, together.
#
#   report.sh KVER...    -> build/count/report, build/count/report-fs
#
# Without TESTS it fails below 90 % of the lines or 80 % of the branches of either module.

set -euo pipefail
. "$(dirname "$0")/../../tools/common.sh"

[ $# -gt 0 ] || die "usage: report.sh KVER..."
count=$build/count

# of MODULE OUT SOURCE COUNTED: what of one module has run. Its objects are in
# build/count/KVER/SOURCE.
of() {
	local runs=() least=() kver

	for kver in "${kvers[@]}"; do
		runs+=("$count/$kver/$3:$count/$kver/counted/$4")
	done
	[ -n "${TESTS:-}" ] || least=(--least 90 80)
	say "$1"
	"$top/selftests/coverage/report.py" "${least[@]}" "$top/$3" "$count/$2" "${runs[@]}"
}

kvers=("$@")
for kver in "${kvers[@]}"; do
	rm -rf "$count/$kver/counted"
	"$top/selftests/qemu/files.py" "$build/log/$kver/files" "$count/$kver/counted"
done
of qmsg.ko report module gcov
# It counts only where a test has loaded it, and taken it out again.
[ ! -d "$count/${kvers[0]}/counted/gcov-fs" ] || of qmsgfs.ko report-fs module/fs gcov-fs
