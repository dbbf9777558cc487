#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Install the module that was built for a kernel, and let modprobe know.
#
#   install-module.sh KVER|KDIR     INSTALL_MOD_PATH is the root, as in the kernel's Makefile

set -euo pipefail
. "$(dirname "$0")/common.sh"

which=${1:?usage: install-module.sh KVER|KDIR}
if [ -d "$which" ]; then
	release=$(headers_release "$which")
	module=$build/$release/module/qmsg.ko
else
	release=$(cat "$(kernel_dir "$which")/release")
	module=$build/$which/module/qmsg.ko
fi
root=${INSTALL_MOD_PATH:-}
install -D -m 644 "$module" "$root/lib/modules/$release/updates/qmsg.ko"
if command -v depmod >/dev/null; then
	depmod ${root:+-b "$root"} "$release"
else
	say "there is no depmod (Debian: kmod): modprobe knows of it once depmod has run there"
fi
say "installed $root/lib/modules/$release/updates/qmsg.ko; to load it: modprobe qmsg"
