#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run the tests on several kernels.
#
#   check.sh KVER...
#
# Three guests at a time (GUESTS): tests wait for one another more than they compute, so one
# leaves much of a small host idle. What a guest says is shown when it is its turn.
# With DEAL, substrings of names, those programs are dealt out: each to one of the kernels.
# The last line is "N passed, N failed, N skipped" over all of them.

set -euo pipefail
. "$(dirname "$0")/../../tools/common.sh"

guests=${GUESTS:-3}
declare -A running=()

report_of() {
	echo "$build/log/$1.report"
}

start() {
	rm -f "$build/log/$1/result"
	: >"$(report_of "$1")"
	DEALT="$dealt $kernels" \
		"$top/selftests/qemu/run.sh" "$1" >"$(report_of "$1")" 2>&1 </dev/null &
	running[$1]=$!
	dealt=$((dealt + 1))
}

running_now() {
	local kver n=0

	for kver in "${!running[@]}"; do
		! kill -0 "${running[$kver]}" 2>/dev/null || n=$((n + 1))
	done
	echo $n
}

# From now on as many as may run do, in the order that was asked for.
keep_going() {
	while [ ${#waiting[@]} -gt 0 ] && [ "$(running_now)" -lt "$guests" ]; do
		start "${waiting[0]}"
		waiting=("${waiting[@]:1}")
	done
}

# Until it ends, starting others as there is room.
show() {
	local kver=$1 shown=0 size ended=

	until [ -n "$ended" ]; do
		keep_going
		if [ -n "${running[$kver]:-}" ]; then
			kill -0 "${running[$kver]}" 2>/dev/null || ended=yes
			size=$(stat -c %s "$(report_of "$kver")")
			# Not more than what was there: it grows meanwhile.
			head -c "$size" "$(report_of "$kver")" | tail -c +$((shown + 1))
			shown=$size
		fi
		[ -n "$ended" ] || sleep 1
	done
	wait "${running[$kver]}" || true
}

# Programs of which every kernel says that another has them.
nowhere() {
	local logs=("${@/#/$build/log/}")

	comm -23 <(sort -u "${logs[@]/%//asked}") \
		<(sed -n 's/^# Subtest: //p' "${logs[@]/%//tap}" | sort -u)
}

trap 'kill "${running[@]}" 2>/dev/null || true' EXIT
mkdir -p "$build/log"
waiting=("$@")
kernels=$# dealt=0
passed=0 failed=0 skipped=0
for kver; do
	show "$kver"
	if ! read -r p f s 2>/dev/null <"$build/log/$kver/result"; then
		printf '  FAILED: Linux %s did not run\n' "$kver"
		p=0 f=1 s=0
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
trap - EXIT
for program in $(nowhere "$@"); do
	printf '  FAILED: %s ran nowhere\n' "$program"
	failed=$((failed + 1))
done
printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
[ $failed = 0 ] && [ $passed -gt 0 ]
