#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# How many instructions a round trip takes, function by function: exactly, as the emulated
# processor executes them. In the same guest as the benchmark's (see boot.sh).
#
#   profile.sh [KVER] [METHOD] [SIZE] [KO]
#
# KVER is 6.12, METHOD qmsg (or another of qmsg-bench), SIZE 0, KO build/KVER/module/qmsg.ko
# unless said. The table goes to build/bench/profile-METHOD-SIZE.txt as well, where report.py
# reads it; in .calls beside it is one round trip in the order in which it was executed.
#
# Environment, all optional: SCHED (fifo, or other), ROUNDS (round trips to look at), PARAMS
# (of the module), CPU_MODEL.

set -euo pipefail
export CLOCK=icount CPUS=1
. "$(dirname "$0")/../tools/common.sh"
. "$top/selftests/qemu/machine.sh"

kver=${1:-6.12}
method=${2:-qmsg}
size=${3:-0}
module=${4:-$build/$kver/module/qmsg.ko}
sched=${SCHED:-fifo}
program=$build/bench/qmsg-bench
kernel=$(kernel_dir "$kver")
out=$build/bench/profile-$method-$size
title="$method, $size bytes, SCHED_${sched^^}"

words="hung_task_panic=1 panic_on_warn=1 QMSG_RUN=bench QMSG_TIMEOUT=3600"
words+=" QMSG_ARGS=\"loop=$method size=$size sched=$sched mode=icount\""
words+=" QMSG_PARAMS=\"${PARAMS:-}\""

# Serial ports: console, results of init, output of the program, symbols.
boot() {
	machine "${LIMIT:-900}" tcg "$kernel/vmlinuz" "$tmp/initrd" "$words" \
		-serial "file:$tmp/console" -serial "file:$tmp/tap" \
		-serial "file:$tmp/lines" -serial "file:$tmp/symbols" \
		-monitor "unix:$tmp/monitor,server=on,wait=off" 2>"$tmp/qemu"
}

# What the guest has said is all there is to find out with.
give_up() {
	local file

	for file in console tap lines qemu; do
		tail -n 20 "$tmp/$file" 2>/dev/null | sed "s/\r\$//; s/^/  $file: /" >&2
	done
	die "no profile of $method"
}

start_guest() {
	# The log has a line for every instruction. It is read as it is written, never a file.
	mkfifo "$tmp/log"
	boot &
	guest=$!
	until [ -S "$tmp/monitor" ]; do
		kill -0 $guest 2>/dev/null || give_up
		sleep 0.1
	done
}

# -B: nothing generated beside the source.
watch_guest() {
	python3 -B "$top/bench/profile.py" --guest "$tmp" --program "$program" \
		--rounds "${ROUNDS:-60}" --calls "$out.calls" --title "$title"
}

for file in "$kernel/vmlinuz" "$build/qemu/init" "$module" "$program"; do
	[ -e "$file" ] || die "no $file; \"make profile KVER=$kver\" builds what is needed"
done
title+=", Linux $(<"$kernel/release"), -cpu $cpu_model, qmsg.ko $(sha1sum <"$module" | cut -c -10)"
mkdir -p "$build/bench"
tmp=$(mktemp -d)
guest=
trap '[ -z "$guest" ] || kill $guest 2>/dev/null || true; rm -rf "$tmp"' EXIT
"$top/selftests/qemu/initramfs.sh" "$tmp/initrd" "$module" "bin/profiled=$program" \
	"bin/qmsg-bench=$top/bench/profile-guest.sh"
start_guest
watch_guest >"$tmp/table" || give_up
mv "$tmp/table" "$out.txt"
cat "$out.txt"
