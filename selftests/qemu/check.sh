#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run the tests on several kernels, one after another: every guest has as
# many CPUs as a small host, and races want them for themselves.
#
#   check.sh KVER...
#
# The last line is "N passed, N failed, N skipped" over all of them.

set -euo pipefail
. "$(dirname "$0")/../../tools/common.sh"

passed=0 failed=0 skipped=0
for kver; do
	rm -f "$build/log/$kver/result"
	"$top/selftests/qemu/run.sh" "$kver" || true
	if ! read -r p f s 2>/dev/null <"$build/log/$kver/result"; then
		printf '  FAILED: Linux %s did not run\n' "$kver"
		p=0 f=1 s=0
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
[ $failed = 0 ] && [ $passed -gt 0 ]
