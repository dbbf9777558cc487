#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the guest gets: init, the modules, the program, and what to compare with: binder, FUSE.
#
#   initramfs.sh KVER        build/KVER/bench.cpio.zst

set -euo pipefail
. "$(dirname "$0")/../tools/common.sh"

kver=${1:?usage: initramfs.sh KVER}
ours=$build/$kver/module
files=("bin/qmsg-bench=$build/bench/qmsg-bench" "qmsgfs.ko=$ours/fs/qmsgfs.ko")
mkdir -p "$build/$kver"

# add NAME PATH: of the kernel's own, if it has it as a module. Debian's newer kernels come with
# compressed ones.
add() {
	local file
	file=$(kernel_dir "$kver")/modules/kernel/$2

	if [ -e "$file.xz" ]; then
		xz -dc "$file.xz" >"$build/$kver/$1"
		file=$build/$kver/$1
	fi
	[ ! -e "$file" ] || files+=("$1=$file")
}

add binder_linux.ko drivers/android/binder_linux.ko
add fuse.ko fs/fuse/fuse.ko
add cuse.ko fs/fuse/cuse.ko
"$top/selftests/qemu/initramfs.sh" "$build/$kver/bench.cpio.zst" "$ours/qmsg.ko" "${files[@]}"
