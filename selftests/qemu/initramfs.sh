#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Pack what the guest needs.
#
#   initramfs.sh OUT.cpio.zst [MODULE.ko [GUEST/PATH=FILE...]]
#
# Without a module it is just enough to see whether a guest starts. STRIP and BUSYBOX are programs
# for a guest of another architecture.

set -euo pipefail
. "$(dirname "$0")/../../tools/common.sh"

out=$1
module=${2:-}
strip=${STRIP:-strip}
shift $(($# < 2 ? $# : 2))

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
# It becomes / of the guest, for its ordinary users as well.
umask 022
chmod 755 "$root"
mkdir -p "$root"/{bin,dev,proc,sys,tmp,run,etc,tests}

# Debug information is for the host; symbols of the module stay, for traces.
"$strip" -o "$root/init" "$build/qemu/init"
[ -z "$module" ] || "$strip" --strip-debug -o "$root/qmsg.ko" "$module"
for pair; do
	mkdir -p "$root/$(dirname "${pair%%=*}")"
	# A module of the kernel's own would lose its signature.
	if [[ $pair == *.ko ]]; then
		cp "${pair#*=}" "$root/${pair%%=*}"
		continue
	fi
	# What is not a binary is a text.
	"$strip" -o "$root/${pair%%=*}" "${pair#*=}" 2>/dev/null ||
		cp "${pair#*=}" "$root/${pair%%=*}"
done

if [ -n "$module" ]; then
	cp "${BUSYBOX:-/bin/busybox}" "$root/bin/busybox"
	/bin/busybox --list | grep -vx busybox | while read -r applet; do
		ln -s busybox "$root/bin/$applet"
	done
	printf 'root:x:0:0:root:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n' \
		>"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
fi

mkdir -p "$(dirname "$out")"
(cd "$root" && find . | sort | cpio -o -H newc -R 0:0 --quiet) |
	zstd -q -3 -T0 -f -o "$out.tmp"
mv "$out.tmp" "$out"
