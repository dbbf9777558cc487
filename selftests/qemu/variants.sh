#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same tests with other kinds of preemption, and on more and fewer processors:
#
#   variants.sh KVER
#
# Each is a boot of its own. PREEMPT_RT has only one kind, so there only the number of
# processors changes. The last line is "N passed, N failed, N skipped" over all of them.

set -euo pipefail
. "$(dirname "$0")/../../tools/common.sh"

kver=${1:?usage: variants.sh KVER}
passed=0 failed=0 skipped=0

# PROCESSORS PREEMPTION
variants() {
	case $kver in
	*-rt) printf '%s\n' "1 full" "4 full" ;;
	*) printf '%s\n' "1 none" "1 full" "2 none" "2 full" "4 voluntary" "4 full" ;;
	esac
}

while read -r cpus kind; do
	say "$cpus processors, preempt=$kind"
	CPUS=$cpus BOOT="preempt=$kind" "$top/selftests/qemu/run.sh" "$kver" </dev/null || true
	if ! read -r p f s 2>/dev/null <"$build/log/$kver/result"; then
		printf '  FAILED: it did not run\n'
		p=0 f=1 s=0
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done < <(variants)
printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
[ $failed = 0 ] && [ $passed -gt 0 ]
