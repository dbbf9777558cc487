#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boot one kernel, run the test programs in it, report.
#
#   run.sh KVER          the tests; counts in build/log/KVER/result
#   run.sh KVER demo     the demonstration
#   run.sh KVER soak     the tests beside each other, for MINUTES
#
# Environment, all optional: TESTS (substrings of names), ROUNDS, TIMEOUT
# (seconds per program), MINUTES, ARGS (for every program), PARAMS (of the module), BOOT (words for
# the kernel's command line), MODULES (where the module was built), DEAL (substrings of names as well) with DEALT ("I N"): of those only
# every N-th, from the I-th.
#
# Everything that goes wrong is a failure: a test, a check between tests, a
# crash, a hang, a guest that says nothing, a report that does not add up.

set -euo pipefail
. "$(dirname "$0")/../../tools/common.sh"
. "$(dirname "$0")/machine.sh"
. "$(dirname "$0")/report.sh"

kver=${1:?usage: run.sh KVER [demo|soak]}
what=${2:-tests}
# Functions that take the place of machine.sh's.
[[ $kver != *-arm64 ]] || . "$top/selftests/qemu/machine-arm64.sh"
kernel=$(kernel_dir "$kver")
log=$build/log/$kver
[ "$what" = tests ] || log+=-$what
initrd=$build/$kver/$what.cpio.zst
timeout=${TIMEOUT:-240}

slow=1
words="hung_task_panic=1 panic_on_warn=1"
if is_debug_kernel "$kver"; then
	# A report does not end the run: one run shows all of them.
	slow=4
	words=kasan_multi_shot
fi
if [ "$what" = soak ]; then
	words+=" QMSG_MINUTES=$MINUTES"
	# The last programs come to their end after that.
	LIMIT=$((MINUTES * 60 + timeout * slow + 900))
fi
# Things that are there, and off unless asked for.
words+=" syscall.x32=y secretmem.enable=1"
words+=" QMSG_RUN=$what QMSG_SLOW=$slow QMSG_TIMEOUT=$timeout"
words+=" QMSG_ROUNDS=${ROUNDS:-10000} QMSG_ARGS=\"${ARGS:-}\" QMSG_PARAMS=\"${PARAMS:-}\""
words+=" ${BOOT:-}"

is_mine() {
	local word i n

	read -r i n <<<"${DEALT:-0 1}"
	for word in ${DEAL:-}; do
		[[ $1 != *"$word"* ]] || return $((dealt++ % n != i))
	done
}

# What the guest gets besides init and the module.
contents() {
	local name pattern dealt=0

	if [ "$what" = demo ]; then
		echo "bin/qmsg-demo=$build/tools/qmsg-demo"
		return
	fi
	while read -r name; do
		for pattern in ${TESTS:-""}; do
			[[ $name == *"$pattern"* ]] || continue
			! is_mine "$name" || echo "tests/$name=$build/selftests/$name"
			break
		done
	done <"$build/selftests/list"
}

# What else a test program needs there is in a list beside it.
needs() {
	local test

	for test; do
		cat "${test#*=}.files" 2>/dev/null || true
	done | sort -u
}

# The guest ends a program that takes too long and has nothing else to wait
# for: a long silence means that it hangs.
follow() {
	local silence=$((timeout * slow + 60)) line rc

	exec {from_guest}< <(machine "${LIMIT:-7200}" "$accel" "$kernel/vmlinuz" "$initrd" \
		"$words" -serial "file:$log/console" -serial stdio -serial "file:$log/files" \
		2>"$log/qemu")
	guest=$!
	trap 'kill $guest 2>/dev/null' EXIT
	while :; do
		rc=0
		IFS= read -r -t $silence -u "$from_guest" line || rc=$?
		if [ $rc -gt 128 ]; then
			printf '  the guest has been silent for %s s; ending it\n' $silence
			kill $guest || true
			break
		fi
		[ $rc = 0 ] || break
		line=${line%$'\r'}
		printf '%s\n' "$line" >>"$log/tap"
		report_line "$line"
	done
	exec {from_guest}<&-
	wait $guest || true
	trap - EXIT
}

# QEMU's emulated processors sometimes run into the breakpoint with which a kernel patches its
# own text, after it was taken away: when a clock is found to be stable, say. Nothing that is
# tested here has such breakpoints. The machine gets two more chances, and it is said aloud;
# but not where a function of the module's is in the trace.
emulator_tripped() {
	[ "$accel" = tcg ] && [ "${QMSG_AGAIN:-0}" -lt 2 ] &&
		grep -q 'Oops: int3\|^.*\] int3: 0000' "$log/console" &&
		! grep -q '\[qmsg\(fs\)\?\]' "$log/console"
}

# The guest's own counts have to be there and to agree with what was read.
judge() {
	local counted="pass $passed fail $failed skip $skipped" ran

	end_program
	if [ "$verdict" != "$counted" ]; then
		failed=$((failed + 1))
		printf '  FAILED: the guest did not finish; it said "%s", here it is "%s"\n' \
			"${verdict:-nothing}" "$counted"
		[ ${#block[@]} = 0 ] || printf '      %s\n' "${block[@]}"
		printf '  the end of its console (%s):\n' "$log/console"
		tail -n "${CONSOLE_LINES:-40}" "$log/console" 2>/dev/null | sed 's/\r$//; s/^/      /'
		sed 's/^/      /' "$log/qemu"
	fi
	# A soak tells of those only that failed; that each had its turn the guest says itself.
	[ "$what" != soak ] || return 0
	ran=$(grep -c '^# Subtest: ' "$log/tap") || true
	if [ "$ran" != ${#inside[@]} ] || [ $passed = 0 ]; then
		failed=$((failed + 1))
		printf '  FAILED: %s of %s programs ran\n' "$ran" ${#inside[@]}
	fi
}

mapfile -t inside < <(contents)
mapfile -t needed < <(needs "${inside[@]}")
# Of the kernel's own modules one that tests can do without, but not well.
fuse=$kernel/modules/kernel/fs/fuse/fuse.ko
[ ! -e "$fuse" ] || needed+=("fuse.ko=$fuse")
qmsgfs=${MODULES:-$build}/$kver/module/fs/qmsgfs.ko
[ ! -e "$qmsgfs" ] || needed+=("qmsgfs.ko=$qmsgfs")
[ ${#inside[@]} -gt 0 ] || die "no test program matches TESTS='${TESTS:-}'"
lock "run-$kver"
mkdir -p "$log"
rm -f "$log"/*
: >"$log/tap"
DEAL='' contents | sed -n 's|^tests/\(.*\)=.*|\1|p' >"$log/asked"
"$top/selftests/qemu/initramfs.sh" "$initrd" "${MODULES:-$build}/$kver/module/qmsg.ko" "${inside[@]}" \
	"${needed[@]}"
accel=$(accelerator "$kernel/vmlinuz")
start=$SECONDS
say "booting Linux $(<"$kernel/release") in QEMU ($accel)"

if [ "$what" = demo ]; then
	(machine $((timeout + 60)) "$accel" "$kernel/vmlinuz" "$initrd" "$words" \
		-serial "file:$log/console" -serial "file:$log/tap" -serial stdio \
		2>"$log/qemu") || true
	while IFS= read -r line; do
		report_line "${line%$'\r'}"
	done <"$log/tap" >"$log/report"
	judge >>"$log/report"
	[ $failed = 0 ] || cat "$log/report"
	# What the guest itself has seen after the last act.
	sed -n 's/^ok [0-9]* \(unload: \)/qmsg: \1/p' "$log/tap"
else
	follow
	if emulator_tripped; then
		say "the emulator ran into a breakpoint of the kernel's own; once more"
		cp "$log/console" "$log.tripped"
		QMSG_AGAIN=$((${QMSG_AGAIN:-0} + 1)) exec "$0" "$kver" "$what"
	fi
	judge
	printf '  Linux %s (%s): passed %d, failed %d, skipped %d in %d s\n' \
		"$kver" "$accel" $passed $failed $skipped $((SECONDS - start))
fi
echo "$passed $failed $skipped" >"$log/result"
[ $failed = 0 ]
