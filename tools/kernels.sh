#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetch Debian's kernels as packages and unpack them; nothing is installed.
#
#   kernels.sh KVER...        6.1, 6.12, 6.12-rt
#
# Result: build/kernels/KVER/{vmlinuz,kdir,modules,release}, the newest
# version apt knows at that time.  It is kept; remove the directory to update.

set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$top/tools/apt.sh"

# Metapackages always depend on the newest version.
flavour() {
	case $1 in
	6.1) echo amd64 ;;
	6.12) echo 6.12-amd64 ;;
	6.12-rt) echo 6.12-rt-amd64 ;;
	*) die "unknown kernel '$1' (known: 6.1 6.12 6.12-rt)" ;;
	esac
}

# depends PACKAGE PATTERN: "package=version" of the dependency that matches.
depends() {
	apt_field "$1" Depends | tr ',' '\n' | sed 's/^ *//' |
		sed -nE "s/^($2)( \(= ([^)]*)\))?.*/\1 \3/p" | head -n 1
}

# The build tree is made for /usr/src and /lib; make it work from here.
relocate() {
	local release=$1 headers=usr/src/linux-headers-$1

	# shellcheck disable=SC2016 # for make, not for us
	sed -i 's|^include /usr/src/|include $(dir $(lastword $(MAKEFILE_LIST)))../|' \
		"$headers/Makefile"
	rm -f "lib/modules/$release/build" "lib/modules/$release/source"
}

fetch() {
	local kver=$1 dest=$build/kernels/$1 image headers common kbuild version release

	image=$(depends "linux-image-$(flavour "$kver")" 'linux-image-[^ ]*')
	[ -n "$image" ] || die "apt knows no linux-image-$(flavour "$kver"); is this Debian 12?"
	version=${image#* }
	image=${image% *}
	release=${image#linux-image-}
	[[ $release == "${kver%-rt}".* ]] ||
		die "linux-image-$(flavour "$kver") is $release here, not $kver; is this Debian 12?"
	headers=linux-headers-$release
	common=$(depends "$headers=$version" 'linux-headers-[^ ]*-common[^ ]*')
	kbuild=$(depends "$headers=$version" 'linux-kbuild-[^ ]*')

	say "downloading Linux $release ($version)"
	rm -rf "$dest" "$dest.tmp"
	apt_download "$dest.tmp/debs" "$image=$version" "$headers=$version" \
		"${common% *}=$version" "${kbuild% *}=$version"
	(
		cd "$dest.tmp"
		for deb in debs/*.deb; do
			dpkg-deb -x "$deb" root
		done
		rm -r debs
		cd root
		relocate "$release"
	)
	ln -s "root/boot/vmlinuz-$release" "$dest.tmp/vmlinuz"
	ln -s "root/usr/src/linux-headers-$release" "$dest.tmp/kdir"
	ln -s "root/lib/modules/$release" "$dest.tmp/modules"
	echo "$release" >"$dest.tmp/release"
	mv "$dest.tmp" "$dest"
}

"$top/tools/deps.sh" build
for kver; do
	[ -e "$build/kernels/$kver/release" ] && continue
	flavour "$kver" >/dev/null
	lock kernels
	[ -e "$build/kernels/$kver/release" ] && continue
	apt_lists
	fetch "$kver"
done
