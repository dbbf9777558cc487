#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Install the modules that were built for a kernel, and let modprobe know.
#
#   install-module.sh KVER|KDIR     INSTALL_MOD_PATH is the root, as in the kernel's Makefile

set -euo pipefail
. "$(dirname "$0")/common.sh"

which=${1:?usage: install-module.sh KVER|KDIR}
if [ -d "$which" ]; then
	release=$(headers_release "$which")
	dir=$build/$release/module
else
	release=$(cat "$(kernel_dir "$which")/release")
	dir=$build/$which/module
fi
root=${INSTALL_MOD_PATH:-}
for module in qmsg.ko fs/qmsgfs.ko; do
	install -D -m 644 "$dir/$module" "$root/lib/modules/$release/updates/$(basename "$module")"
done
if command -v depmod >/dev/null; then
	depmod ${root:+-b "$root"} "$release"
else
	say "there is no depmod (Debian: kmod): modprobe knows of them once depmod has run there"
fi
say "installed qmsg.ko and qmsgfs.ko in $root/lib/modules/$release/updates; to load both: modprobe qmsgfs"
