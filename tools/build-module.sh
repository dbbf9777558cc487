#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the module for one kernel, leaving the source tree alone.
#
#   build-module.sh KVER [MAKE ARGUMENTS...]   -> build/KVER/module/qmsg.ko, .../fs/qmsgfs.ko
#
# KVER is one of Debian's kernels, a debug kernel, or a directory with the
# headers of any other (then build/RELEASE/module/qmsg.ko).
#
# Kbuild of 6.1 and 6.12 puts the objects of an external module next to its
# source, so the source is a farm of symbolic links.

set -euo pipefail
. "$(dirname "$0")/common.sh"

kver=${1:?usage: build-module.sh KVER [MAKE ARGUMENTS...]}
shift
if [ -d "$kver" ]; then
	kdir=$(cd "$kver" && pwd)
	release=$(headers_release "$kdir")
	farm=$build/$release
else
	kdir=$(kernel_dir "$kver")/kdir
	release=$(cat "$(kernel_dir "$kver")/release")
	farm=$build/$kver
fi
# Another place, for builds that are only looked at.
farm=${FARM:-$farm}

lock "module-$(basename "$farm")"
# Links to what is not there any more, then links to what is new.
mkdir -p "$farm"
find "$farm" -xtype l -delete
(
	cd "$top"
	find Kbuild VERSION module uapi -type f \
		\( -name '*.[chS]' -o -name Kbuild -o -name VERSION \)
) | while read -r file; do
	[ -e "$farm/$file" ] && continue
	mkdir -p "$(dirname "$farm/$file")"
	ln -s "$top/$file" "$farm/$file"
done

[ -n "${QUIET:-}" ] || say "building the module for Linux $release"
verbose=()
[ "${V:-0}" = 1 ] || verbose=(-s --no-print-directory)
# Type information needs pahole and the kernel's vmlinux, and nothing here
# reads it.
make "${verbose[@]}" -C "$kdir" M="$farm" -j"$jobs" V="${V:-0}" \
	CONFIG_DEBUG_INFO_BTF_MODULES= "$@" modules </dev/null
