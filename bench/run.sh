#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boot the guests of a benchmark, collect what they measure, report.
#
#   run.sh               environment as for plan.sh
#
# Guests that count instructions do not care what else the host does: as many run at once as
# there are processors. One that looks at the clock has the host for itself.

set -euo pipefail
. "$(dirname "$0")/../tools/common.sh"
. "$(dirname "$0")/progress.sh"

here=$top/bench
boots=$build/bench/boots

# Running boots by process id.
declare -A running=()

clean_up() {
	local pid

	for pid in "${!running[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	progress_clear
}
trap clean_up EXIT

# Is there room for one more boot, of this clock?
fits() {
	local clock=$1 pid

	for pid in "${!running[@]}"; do
		[[ $clock == icount && ${running[$pid]} == *" icount "* ]] || return 1
	done
	[ ${#running[@]} -lt "$jobs" ]
}

start() {
	local -a words

	read -ra words <<<"$1"
	"$here/boot.sh" "${words[@]}" >"$build/bench/${words[0]}-${words[1]}-${words[2]}.report" 2>&1 9>&- &
	running[$!]=$1
}

# What became of a boot: a line, or all there is to say.
finished() {
	local kver setting number of rest dir report seconds load

	read -r kver setting number of rest <<<"$2"
	dir=$boots/$kver/$setting/$number
	report=$build/bench/$kver-$setting-$number.report
	progress_clear
	if [ "$1" != 0 ]; then
		failed=$((failed + 1))
		printf '  FAILED: %s %s, boot %s of %s\n' "$kver" "$setting" "$number" "$of"
		cat "$report"
	else
		seconds=$(sed -n 's/.* seconds=\([0-9]*\).*/\1/p' "$dir/boot")
		load=$(sed -n 's/.* load_before=\([^ ]*\) load_after=\([^ ]*\).*/\1, then \2/p' "$dir/boot")
		printf '  %-8s %-18s %s of %s %5s s   host load %s\n' \
			"$kver" "$setting" "$number" "$of" "$seconds" "$load"
	fi
	rm -f "$report"
}

reap() {
	local pid rc

	for pid in "${!running[@]}"; do
		! kill -0 "$pid" 2>/dev/null || continue
		rc=0
		wait "$pid" || rc=$?
		finished $rc "${running[$pid]}"
		unset "running[$pid]"
		ended=$((ended + 1))
	done
}

# run_boots LINE...: of plan.sh.
run_boots() {
	local clock

	ended=0 of_all=$#
	while [ $# -gt 0 ] || [ ${#running[@]} -gt 0 ]; do
		while [ $# -gt 0 ]; do
			read -r _ _ _ _ clock _ <<<"$1"
			fits "$clock" || break
			start "$1"
			shift
		done
		progress_show "$ended of $of_all boots done" "${running[@]}"
		sleep 1
		reap
	done
}

# Some boots are hit by the host: those that are far slower than the best of their kind get
# one more chance.
run_stragglers() {
	local -a again

	mapfile -t again < <("$here/report.py" stragglers "$build/bench" | while read -r boot; do
		printf '%s\n' "${plan[@]}" | grep "^$boot "
	done)
	[ ${#again[@]} -gt 0 ] || return 0
	say "${#again[@]} much slower than the best of its kind; once more"
	run_boots "${again[@]}"
}

# Where the instructions of a null round trip go; exact, and the same each time.
profile() {
	progress_clear
	say "profile of a null round trip"
	"$here/profile.sh" 6.12 qmsg 0 >"$boots/profile.txt" || failed=$((failed + 1))
}

mapfile -t plan < <("$here/plan.sh")
lock run-bench
rm -rf "$boots"
mkdir -p "$boots"
for kver in $("$here/plan.sh" kernels); do
	"$here/initramfs.sh" "$kver"
done
failed=0
say "benchmark: ${#plan[@]} boots on $(nproc) processors, host load $(cut -d ' ' -f 1 /proc/loadavg)"
run_boots "${plan[@]}"
run_stragglers
[ -n "${QUICK:-}" ] || [[ ${plan[*]} != *"6.12 icount-fifo "* ]] || profile
"$here/report.py" report "$build/bench" || failed=$((failed + 1))
say "that took $((SECONDS / 60)) min $((SECONDS % 60)) s; files are in ${build#"$PWD/"}/bench"
[ $failed = 0 ]
