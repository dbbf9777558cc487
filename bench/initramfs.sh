#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the guest gets: init, the module, the program, and binder to compare with.
#
#   initramfs.sh KVER        build/KVER/bench.cpio.zst

set -euo pipefail
. "$(dirname "$0")/../tools/common.sh"

kver=${1:?usage: initramfs.sh KVER}
binder=$(kernel_dir "$kver")/modules/kernel/drivers/android/binder_linux.ko
files=("bin/qmsg-bench=$build/bench/qmsg-bench")

# Debian's newer kernels come with compressed modules.
if [ -e "$binder.xz" ]; then
	xz -dc "$binder.xz" >"$build/$kver/binder_linux.ko"
	binder=$build/$kver/binder_linux.ko
fi
[ ! -e "$binder" ] || files+=("binder_linux.ko=$binder")
"$top/selftests/qemu/initramfs.sh" "$build/$kver/bench.cpio.zst" \
	"$build/$kver/module/qmsg.ko" "${files[@]}"
