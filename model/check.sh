#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Explore the model: every run of the list "runs" has to come to what is said there. Ends with
# "N passed, N failed, N skipped".
#
#   check.sh              all of them
#   check.sh --lint       does the model fit the module's table? Explores nothing.

set -euo pipefail
. "$(dirname "$0")/../tools/common.sh"

out=$build/model
# Most of a run that would not end is worth nothing.
seconds=${TIMEOUT:-300}
declare -A numbers
defines=()

# The numbers of a run; all others are as here.
set_defines() {
	local word name

	numbers=([CLIENTS]=1 [SENDS]=2 [THREADS]=2 [OBJECTS]=2 [HOLD]=1 [SIGNALS]=0 [DEADLINES]=0
		[KILLS]=0 [UNBLOCKS]=0 [DETACHES]=0 [ENDS]=0 [FAULTS]=0 [GENERATIONS]=0
		[DEADLOCKS]=0)
	defines=()
	for word; do
		case $word in
		*=*) numbers[${word%%=*}]=${word#*=} ;;
		*) defines+=("-D$word") ;;
		esac
	done
	for name in "${!numbers[@]}"; do
		defines+=("-D$name=${numbers[$name]}")
	done
}

# A program that explores; what it is to look for is an option of the compiler.
compile() {
	(cd "$out/run" && quietly spin "${defines[@]}" -a ../unblock.pml &&
		quietly gcc -O1 -w "$@" -o pan pan.c)
}

# explore WANTED: what came of it, and how far it got, in $found and $what
explore() {
	local options=(-m1000000)

	case $1 in
	holds) compile -DSAFETY -DNOCLAIM ;;
	returns) compile -DNFAIR=4; options+=(-a -f -N returns) ;;
	*) compile -DSAFETY -DNOCLAIM -DBFS ;;
	esac
	(cd "$out/run" && timeout "$seconds" ./pan "${options[@]}") >"$out/report" 2>&1 || true
	found=$(sed -n 's/^pan:1: \(.*\)/\1/p' "$out/report" | tr -d ' ')
	what=$(awk '/states, stored/ { n = $1 } /elapsed time/ { t = $4 }
		/depth reached/ { d = $5 } END { printf "%s states, %s s", n, t }' "$out/report")
}

# Whole, or where it was not said to be a mistake: nothing else will do.
is_right() {
	case $1 in
	holds | returns)
		[ -z "$found" ] && grep -q 'errors: 0$' "$out/report" &&
			! grep -q 'max search depth\|out of memory' "$out/report" ;;
	*)
		[[ $found == *"${1// /}"* ]] ;;
	esac
}

# run WANTED NUMBERS...
run() {
	set_defines "${@:2}"
	explore "$1"
	if is_right "$1"; then
		passed=$((passed + 1))
		printf '  ok      %-20s %-52s %s\n' "$1" "${*:2}" "$what"
	else
		failed=$((failed + 1))
		printf '  FAILED: %-20s %-52s %s; found: %s\n' "$1" "${*:2}" "$what" "${found:-nothing}"
	fi
}

mkdir -p "$out/run"
"$top/model/table.sh" >"$out/table.pml"
ln -sfn "$top/model/unblock.pml" "$out/unblock.pml"
if [ "${1:-}" = --lint ]; then
	set_defines
	(cd "$out/run" && quietly spin "${defines[@]}" -a ../unblock.pml)
	exit
fi

passed=0 failed=0
while IFS=$'\t' read -r wanted words; do
	read -ra words <<<"$words"
	run "$wanted" "${words[@]}"
done < <(grep -v '^#\|^$' "$top/model/runs")
printf '%d passed, %d failed, 0 skipped\n' $passed $failed
[ $failed = 0 ] && [ $passed -gt 0 ]
