#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Cross-compile the module, for Debian's kernel, the libraries and the programs for arm64.
#
# The compiler is fetched and unpacked, not installed: its package and gcc-multilib, which the
# 32-bit tests need, cannot be on one machine.
#
#   arm64.sh     -> build/arm64/module/qmsg.ko, build/arm64/libqmsg, build/arm64/tools

set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$top/tools/apt.sh"

series=${KVER:-6.12}
other=()
cross=aarch64-linux-gnu-
headers=$build/kernels/$series-arm64
out=$build/arm64
compiler=$build/arm64-compiler

get_compiler() {
	local deb

	[ ! -e "$compiler/usr" ] || return 0
	lock arm64
	say "downloading the cross compiler"
	rm -rf "$compiler"
	apt_download "$compiler/debs" {cpp,gcc}-12-aarch64-linux-gnu binutils-aarch64-linux-gnu \
		libgcc-12-dev-arm64-cross libgcc-s1-arm64-cross libc6{,-dev}-arm64-cross \
		linux-libc-dev-arm64-cross
	for deb in "$compiler"/debs/*.deb; do
		dpkg-deb -x "$deb" "$compiler/root"
	done
	# What the linker reads names its files by where they would be installed.
	sed -i 's|/usr/aarch64-linux-gnu/lib/||g' "$compiler/root/usr/aarch64-linux-gnu/lib/libc.so"
	mv "$compiler/root/usr" "$compiler/usr"
	rm -r "$compiler/root" "$compiler/debs"
}

# apt with lists of its own, for the other architecture; the system's are not touched.
other_apt() {
	local state=$build/arm64-apt

	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	other=(-o APT::Architecture=arm64 -o APT::Architectures::=arm64
	       -o Dir::State::status=/dev/null
	       -o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache")
}

# "package=version" of what PACKAGE depends on and PATTERN matches.
depends() {
	apt-cache "${other[@]}" show --no-all-versions "$1" 2>/dev/null |
		sed -n 's/^Depends: //p' | tr ',' '\n' | sed 's/^ *//' |
		sed -nE "s/^($2)( \(= ([^)]*)\))?.*/\1=\3/p" | head -n 1
}

# The packages of the target's headers, and Kbuild's programs for this machine.
fetch() {
	local target common kbuild

	[ ! -e "$headers/release" ] || return 0
	lock kernels
	other_apt
	quietly apt-get "${apt_options[@]}" "${other[@]}" update
	target=$(depends "linux-headers-$series-arm64" 'linux-headers-[^ ]*')
	[ -n "$target" ] || die "apt knows no linux-headers-$series-arm64"
	common=$(depends "${target%%=*}" 'linux-headers-[^ ]*-common')
	kbuild=$(depends "${target%%=*}" 'linux-kbuild-[^ ]*')
	say "downloading the headers of Linux ${target#linux-headers-}"
	rm -rf "$headers" "$headers.tmp"
	mkdir -p "$headers.tmp/debs"
	(cd "$headers.tmp/debs" &&
		quietly apt-get "${apt_options[@]}" "${other[@]}" download "$target" "${common%=*}=${target#*=}" &&
		quietly apt-get "${apt_options[@]}" download "${kbuild%=*}=${target#*=}")
	unpack "${target%%=*}"
}

# As in kernels.sh: made for /usr/src and /usr/lib, to work from here.
unpack() {
	local deb

	for deb in "$headers.tmp"/debs/*.deb; do
		dpkg-deb -x "$deb" "$headers.tmp/root"
	done
	rm -r "$headers.tmp/debs"
	# shellcheck disable=SC2016 # for make, not for us
	sed -i 's|^include /usr/src/|include $(dir $(lastword $(MAKEFILE_LIST)))../|' \
		"$headers.tmp/root/usr/src/$1/Makefile"
	ln -s "root/usr/src/$1" "$headers.tmp/kdir"
	echo "${1#linux-headers-}" >"$headers.tmp/release"
	mv "$headers.tmp" "$headers"
}

# The machine that a file is for, as readelf says it.
is_arm64() {
	${cross}readelf -h "$1" | grep -q 'Machine:.*AArch64' || die "$1 is not for arm64"
}

"$top/tools/deps.sh" build
apt_lists
get_compiler
fetch
export PATH=$compiler/usr/bin:$PATH LD_LIBRARY_PATH=$compiler/usr/lib/x86_64-linux-gnu
FARM=$out "$top/tools/build-module.sh" "$headers/kdir" ARCH=arm64 CROSS_COMPILE=$cross CC=${cross}gcc-12 W=1
say "building the libraries and the programs for arm64"
for part in libqmsg tools; do
	dir=$out
	[ $part = tools ] || dir=$out/libqmsg
	quietly make -C "$top/$part" O="$dir" CC=${cross}gcc-12 AR=${cross}ar -j"$jobs" tool= all
done
for file in module/qmsg.ko libqmsg/libqmsg.so libqmsg/libqmsg-qnx.so tools/qmsg-demo; do
	is_arm64 "$out/$file"
done
say "built: $out/module/qmsg.ko for Linux $(<"$headers/release"), $out/libqmsg, $out/tools"
