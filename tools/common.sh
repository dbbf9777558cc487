# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # used by those who source it
#
# What every script here needs: where things are, and how to say something.
# To be sourced.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Everything generated goes here; O= of the Makefile moves it.
build=${O:-$top/build}
jobs=${JOBS:-$(nproc)}

# Scripts start a make of their own, with arguments of their own.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

say() { printf 'qmsg: %s\n' "$*"; }
die() { printf 'qmsg: error: %s\n' "$*" >&2; exit 1; }

# Run a command silently; show what it said only if it fails, or with V=1.
quietly() {
	local log rc=0

	if [ "${V:-0}" = 1 ]; then
		"$@"
		return
	fi
	log=$(mktemp)
	"$@" </dev/null >"$log" 2>&1 || rc=$?
	if [ $rc -ne 0 ]; then
		printf 'qmsg: failed (%s): %s\n' "$rc" "$*" >&2
		tail -n "${QUIETLY_LINES:-60}" "$log" >&2
	fi
	rm -f "$log"
	return $rc
}

# Hold a lock for the rest of the script, so that two makes in one tree do
# not unpack or build the same thing twice.
lock() {
	mkdir -p "$build"
	exec 9>"$build/.lock-$1"
	if ! flock -n 9; then
		say "waiting for another make that is busy with $1"
		flock 9
	fi
}

# headers_release KDIR: of the kernel whose headers are there, as uname -r says it; not as
# kernel.release does, which in Debian's 6.1 is another.
headers_release() {
	sed -n 's/^#define UTS_RELEASE "\(.*\)"$/\1/p' "$1/include/generated/utsrelease.h"
}

# What runs a debug kernel is kept apart from Debian's own kernels.
is_debug_kernel() {
	awk -v n="$1" '!/^#/ && $1 == n { found = 1 } END { exit !found }' \
		"$top/selftests/kernel/kernels"
}

# The directory of a kernel: vmlinuz, kdir, release.
kernel_dir() {
	if is_debug_kernel "$1"; then
		echo "$build/debug-kernel/$1"
	else
		echo "$build/kernels/$1"
	fi
}
