#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does the harness see what it is there to see?  Plant one mistake after the
# other, boot once for each, and look for it in the report: silence of the
# harness, and of the debug kernels, then means something.
#
#   selfcheck.sh KVER [PLANT...]

set -euo pipefail
. "$(dirname "$0")/../../tools/common.sh"

kver=${1:?usage: selfcheck.sh KVER [PLANT...]}
shift
here=$top/selftests/qemu/selfcheck

# plant, kernels that have to see it, what the report says
plants() {
	cat <<-'LIST'
	nothing              all     passed [0-9]+, failed 0
	test-fails           all     FAILED: plant: planted
	test-lies            all     exit status 0 although tests failed
	test-forges          all     exit status 3
	test-stops-early     all     1 tests were planned, 0 have reported
	test-crashes         all     killed by signal 11
	test-hangs           all     still running after
	test-leaves-process  all     FAILED: plant: no process is left
	warning              all     WARNING: CPU
	oops                 all     BUG: kernel NULL pointer|KASAN: null-ptr-deref
	panic                all     Kernel panic - not syncing: planted
	stuck                all     blocked for more than|still running after
	object               all     FAILED: plant: every object is gone
	use                  all     FAILED: unload: the module unloads
	talk                 all     kernel: qmsg: somebody made me say this
	taint                all     FAILED: plant: the kernel is not tainted
	inversion            locks   possible circular locking dependency
	atomic-sleep         locks   sleeping function called from invalid context|Invalid wait context
	held-lock            locks   lock held when returning to user space
	leak                 locks   kmemleak: unreferenced object
	timer                locks   ODEBUG: free active
	refcount             all     refcount_t: addition on 0
	list                 all     list_del corruption
	shift                debug   shift-out-of-bounds
	uaf                  memory  KASAN: (slab-)?use-after-free
	bounds               memory  KASAN: slab-out-of-bounds
	double-free          memory  KASAN: double-free
	race                 races   KCSAN: data-race
	LIST
}

concerns() {
	case $1 in
	all) [ "$kver" != races ] ;;
	debug) [[ $kver == memory || $kver == locks || $kver == everything ]] ;;
	memory | locks) [[ $kver == "$1" || $kver == everything ]] ;;
	*) [ "$kver" = "$1" ] ;;
	esac
}

"$top/tools/deps.sh" build qemu
if is_debug_kernel "$kver"; then
	"$top/tools/debug-kernel.sh" "$kver"
else
	"$top/tools/kernels.sh" "$kver"
fi
quietly make -C "$top/selftests" O="$build" qemu

# A build directory of its own, with the same kernels.
kdir=$(kernel_dir "$kver")/kdir
real=$build
build=$real/selfcheck
export O=$build
mkdir -p "$build/$kver/module" "$build/selftests"
for dir in kernels debug-kernel qemu; do
	ln -sfn "$real/$dir" "$build/$dir"
done
cp "$here"/* "$build/$kver/module/"
quietly make -C "$kdir" M="$build/$kver/module" CONFIG_DEBUG_INFO_BTF_MODULES= modules
gcc -static -pthread -O2 -Wall -Wextra -o "$build/selftests/plant" "$here/plant.c"
echo plant >"$build/selftests/list"

missed=0 seen=0
while read -r plant where pattern; do
	[ $# = 0 ] || [[ " $* " == *" $plant "* ]] || continue
	concerns "$where" || continue
	rc=0
	ARGS=$plant TESTS='' TIMEOUT=5 CONSOLE_LINES=100 \
		"$top/selftests/qemu/run.sh" "$kver" >"$build/report" 2>&1 || rc=1
	expected=1
	[ "$plant" != nothing ] || expected=0
	# The right words, and the right verdict.
	if [ $rc != $expected ] || ! grep -qE "$pattern" "$build/report"; then
		printf 'MISSED  %s on %s: no "%s", or exit status %d\n' \
			"$plant" "$kver" "$pattern" $rc
		sed 's/^/    /' "$build/report"
		missed=$((missed + 1))
		continue
	fi
	seen=$((seen + 1))
	printf 'seen    %s\n' "$plant"
done < <(plants)
say "selfcheck on $kver: $seen plants seen, $missed missed"
[ $missed = 0 ]
