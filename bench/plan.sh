#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Which boots make a benchmark, one a line:
#
#	KVER SETTING NUMBER OF CLOCK CPUS MODEL ARGUMENTS-OF-THE-PROGRAM...
#
#   plan.sh              the boots
#   plan.sh kernels      only their kernels
#
# Environment, all optional: QUICK=1, KVER (only this kernel), SETTINGS (only these, with
# * and ?), BOOTS (so many of each).

set -euo pipefail
. "$(dirname "$0")/../tools/common.sh"

sizes=0,64,1024,4096,16384,65536,262144,1048576
gate_sizes=0,64,4096,65536,1048576
quick_methods=pipe,ustream,futex,binder,qmsg,qmsg_native,qmsg_qnx,qmsgfs,fuse,cuse

# kernel, setting, boots, clock, processors, their model, arguments.
# One boot tells as much as three where time is counted in instructions and the scheduler
# does not choose (SCHED_FIFO); elsewhere it takes the median of several.
settings() {
	cat <<-LIST
	6.12     icount-fifo       3  icount  1  max        sched=fifo   sizes=$sizes  sections=verify,rt,read
	6.12     icount-fifo-erms  1  icount  1  max,-erms  sched=fifo   sizes=$sizes  sections=verify,rt,read
	6.12     icount-cfs        5  icount  1  max        sched=other  sizes=$sizes  sections=verify,rt,read
	6.12     icount-cfs-hog    3  icount  1  max        sched=other  sizes=0  hogs=1  sections=rt
	6.1      icount-fifo       1  icount  1  max        sched=fifo   sizes=$gate_sizes  sections=verify,rt
	6.12-rt  icount-fifo       1  icount  1  max        sched=fifo   sizes=$gate_sizes  sections=verify,rt
	6.12     wall              5  wall    2  max        sched=other  sizes=$sizes  place=free,pinned  batches=21
	6.12     wall-hogs         5  wall    2  max        sched=other  sizes=0  hogs=2  sections=rt  batches=25
	6.12-rt  wall-latency      3  wall    2  max        sched=other  sections=latency
	LIST
}

quick_settings() {
	cat <<-LIST
	6.12     icount-fifo       1  icount  1  max        sched=fifo   sizes=$gate_sizes  sections=verify,rt,read  methods=$quick_methods batches=5 ms=1
	6.12     wall              1  wall    2  max        sched=other  sizes=$gate_sizes  sections=verify,rt,read,memory  place=free,pinned  methods=$quick_methods batches=5 ms=4
	LIST
}

wanted() {
	local setting=$2 pattern

	[ -z "${KVER:-}" ] || [ "$KVER" = "$1" ] || return 1
	set -f # the patterns are for us
	for pattern in ${SETTINGS:-*}; do
		# shellcheck disable=SC2053 # a pattern it is
		[[ $setting != $pattern ]] || return 0
	done
	return 1
}

# Each boot settles for another while. Nothing else differs between two that count
# instructions, and the scheduler's mood depends on such things.
boots() {
	local kver setting of clock cpus model arguments number

	while read -r kver setting of clock cpus model arguments; do
		wanted "$kver" "$setting" || continue
		of=${BOOTS:-$of}
		for ((number = 1; number <= of; number++)); do
			echo "$kver $setting $number $of $clock $cpus $model" \
				"mode=$clock settle=$((7 + number)) $arguments"
		done
	done
}

if [ -n "${QUICK:-}" ]; then
	plan=$(quick_settings | tr -s ' ' | boots)
else
	plan=$(settings | tr -s ' ' | boots)
fi
[ -n "$plan" ] || die "no boot matches KVER='${KVER:-}' SETTINGS='${SETTINGS:-}'"
case ${1:-} in
kernels) cut -d ' ' -f 1 <<<"$plan" | sort -u ;;
*) printf '%s\n' "$plan" ;;
esac
