#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boot one guest and let it measure: one line of plan.sh.
#
#   boot.sh KVER SETTING NUMBER OF CLOCK CPUS MODEL ARGUMENT...
#
# In build/bench/boots/KVER/SETTING/NUMBER: lines is what the program printed, boot is what
# this was, tap and console are init's and the kernel's.
#
# Everything that goes wrong is a failure, as in the tests: the program, something left
# behind, a complaint of the kernel, a module that does not unload.

set -euo pipefail
. "$(dirname "$0")/../tools/common.sh"

kver=$1 setting=$2 number=$3 of=$4
CLOCK=$5 CPUS=$6 CPU_MODEL=$7
# As most machines have them: a scheduler looks for an idle one among those that share a cache, and
# leaves two threads together that could run side by side, if that is far away.
SOCKETS=1
shift 7
arguments=$*
. "$top/selftests/qemu/machine.sh"
. "$top/selftests/qemu/report.sh"
. "$top/bench/priority.sh"

kernel=$(kernel_dir "$kver")
dir=$build/bench/boots/$kver/$setting/$number
words="hung_task_panic=1 panic_on_warn=1 QMSG_RUN=bench QMSG_TIMEOUT=1800"
words+=" QMSG_ARGS=\"$arguments\" QMSG_PARAMS=\"${PARAMS:-}\""

load() { cut -d ' ' -f 1 /proc/loadavg; }

guest() {
	[ "$CLOCK" = icount ] || come_first
	machine 3600 "$accel" "$kernel/vmlinuz" "$build/$kver/bench.cpio.zst" "$words" \
		-serial "file:$dir/console" -serial "file:$dir/tap" -serial "file:$dir/lines" \
		2>"$dir/qemu"
}

# In the background, since bash listens to no signal while it has something in the foreground.
boot() {
	rm -rf "$dir"
	mkdir -p "$dir"
	guest &
	guest=$!
	trap 'kill $guest 2>/dev/null; set_autogroup "$share"' EXIT
	[ "$CLOCK" = icount ] || interrupts_first $guest
	wait $guest || true
	trap - EXIT
	set_autogroup "$share" || true
}

# As in selftests/qemu/run.sh: a breakpoint with which the kernel patches its own text, seen by
# an emulated processor when it was gone already.
emulator_tripped() {
	[ "$accel" = tcg ] &&
		grep -q 'Oops: int3\|^.*\] int3: 0000' "$dir/console" &&
		! grep -q '\[qmsg\]' "$dir/console"
}

# What init has seen, told in full where it is a failure.
read_tap() {
	local line

	touch "$dir/tap" "$dir/lines" "$dir/console"
	while IFS= read -r line; do
		report_line "${line%$'\r'}"
	done <"$dir/tap"
	end_program
}

judge() {
	local counted="pass $passed fail $failed skip $skipped"

	if [ "$verdict" != "$counted" ] || [ $passed = 0 ]; then
		failed=$((failed + 1))
		printf '  FAILED: the guest did not finish; the end of its console (%s):\n' "$dir/console"
		tail -n "${CONSOLE_LINES:-40}" "$dir/console" | sed 's/\r$//; s/^/      /'
		sed 's/^/      /' "$dir/qemu"
	fi
	if ! grep -q '^bench done failed=0' "$dir/lines"; then
		failed=$((failed + 1))
		printf '  FAILED: the program did not finish, or failed; its last lines (%s):\n' "$dir/lines"
		tail -n 5 "$dir/lines" | sed 's/^/      /'
	fi
}

accel=tcg
[ "$CLOCK" = icount ] || accel=$(accelerator "$kernel/vmlinuz")
load_before=$(load)
share=$(autogroup)
start=$SECONDS
boot
if emulator_tripped; then
	boot
fi
read_tap
judge
echo "bench boot kver=$kver setting=$setting number=$number of=$of clock=$CLOCK cpus=$CPUS" \
	"cpu_model=$CPU_MODEL accel=$accel load_before=$load_before load_after=$(load)" \
	"seconds=$((SECONDS - start)) ok=$((failed == 0))" >"$dir/boot"
[ $failed = 0 ]
