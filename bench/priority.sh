# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A guest whose time is the wall's comes before all else that the host does, as far as that is
# allowed. To be sourced.
#
# An emulated processor that halts is a thread that sleeps. On a busy host a thread that wakes
# up waits for milliseconds where the guest expects microseconds, and a method that halts
# processors often is measured by the host's load.

real_time() { chrt --rr --pid "$1" "$2" >/dev/null 2>&1; }

# For this process and what it starts. If not real time, then nice; but Linux shares out its
# processors by login first, and by nice only inside one.
come_first() {
	real_time 1 $BASHPID && return
	renice -n -19 -p $BASHPID >/dev/null 2>&1 || true
	set_autogroup -19 || true
}

set_autogroup() { { echo "$1" >/proc/self/autogroup; } 2>/dev/null; }
autogroup() { sed 's/.*nice //' /proc/self/autogroup 2>/dev/null || echo 0; }

# The thread of QEMU's that delivers interrupts and timers must not wait for the threads
# that are processors, since they wait for it. Once it has made these: they would inherit
# its priority.
interrupts_first() {
	local qemu

	sleep 2
	qemu=$(pgrep -P "$1") || return 0
	real_time 2 "$qemu" || true
}
