#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Cross-compile the module, for Debian's kernel, the libraries and the programs for arm64; and
# run tests in an emulated machine of that kind.
#
# The compiler is fetched and unpacked, not installed: its package and gcc-multilib, which the
# 32-bit tests need, cannot be on one machine.
#
#   arm64.sh           -> build/arm64/KERNEL/module/qmsg.ko, build/arm64/libqmsg, build/arm64/tools
#   arm64.sh check     builds the tests, boots the kernel in QEMU and runs them; TESTS, ROUNDS,
#                      TIMEOUT as in "make check"

set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$top/tools/apt.sh"

kver=${KVER:-6.12}-arm64
# The kernel's metapackages: those of 6.1 have no number in their names.
flavour=${kver#6.1-}
other=()
cross=aarch64-linux-gnu-
kernel=$build/kernels/$kver
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

# The packages of the target's kernel, its headers, a shell for the guest, and Kbuild's programs
# for this machine.
fetch() {
	local target version common kbuild

	[ ! -e "$kernel/vmlinuz" ] || return 0
	lock kernels
	other_apt
	quietly apt-get "${apt_options[@]}" "${other[@]}" update
	target=$(depends "linux-headers-$flavour" 'linux-headers-[^ ]*')
	[ -n "$target" ] || die "apt knows no linux-headers-$flavour"
	version=${target#*=} target=${target%%=*}
	common=$(depends "$target" 'linux-headers-[^ ]*-common')
	kbuild=$(depends "$target" 'linux-kbuild-[^ ]*')
	say "downloading Linux ${target#linux-headers-} ($version)"
	rm -rf "$kernel" "$kernel.tmp"
	mkdir -p "$kernel.tmp/debs"
	(cd "$kernel.tmp/debs" &&
		quietly apt-get "${apt_options[@]}" "${other[@]}" download "$target=$version" \
			"${common%=*}=$version" "linux-image-${target#linux-headers-}=$version" \
			busybox-static &&
		quietly apt-get "${apt_options[@]}" download "${kbuild%=*}=$version")
	unpack "${target#linux-headers-}"
}

# As in kernels.sh: made for /usr/src and /usr/lib, to work from here.
unpack() {
	local release=$1 deb

	for deb in "$kernel.tmp"/debs/*.deb; do
		dpkg-deb -x "$deb" "$kernel.tmp/root"
	done
	rm -r "$kernel.tmp/debs"
	# shellcheck disable=SC2016 # for make, not for us
	sed -i 's|^include /usr/src/|include $(dir $(lastword $(MAKEFILE_LIST)))../|' \
		"$kernel.tmp/root/usr/src/linux-headers-$release/Makefile"
	ln -s "root/usr/src/linux-headers-$release" "$kernel.tmp/kdir"
	ln -s "root/boot/vmlinuz-$release" "$kernel.tmp/vmlinuz"
	ln -s "root/lib/modules/$release" "$kernel.tmp/modules"
	echo "$release" >"$kernel.tmp/release"
	mv "$kernel.tmp" "$kernel"
}

# The machine that a file is for, as readelf says it.
is_arm64() {
	${cross}readelf -h "$1" | grep -q 'Machine:.*AArch64' || die "$1 is not for arm64"
}

# cross_make DIRECTORY ARGUMENTS...
cross_make() {
	quietly make -C "$top/$1" CC=${cross}gcc-12 AR=${cross}ar -j"$jobs" "${@:2}"
}

build_all() {
	local file

	FARM=$out/$kver "$top/tools/build-module.sh" "$kernel/kdir" ARCH=arm64 CROSS_COMPILE=$cross \
		CC=${cross}gcc-12 W=1
	say "building the libraries and the programs for arm64"
	cross_make libqmsg O="$out/libqmsg" all
	cross_make tools O="$out" tool= all
	for file in $kver/module/{qmsg.ko,fs/qmsgfs.ko} libqmsg/libqmsg{,-qnx,-resmgr}.so tools/qmsg-demo; do
		is_arm64 "$out/$file"
	done
	say "built: $out/$kver/module/qmsg.ko for Linux $(<"$kernel/release"), $out/libqmsg, $out/tools"
}

# Those that TESTS means; not programs/ and tool/, which need libraries in the guest, nor what is
# about the other architecture.
tests() {
	local name word

	for name in "$top"/selftests/*/*_test.c; do
		name=${name#"$top/selftests/"}
		case $name in
		programs/* | tool/* | inject/* | resmgr/* | managers/* | abi/x32_test.c) continue ;;
		esac
		for word in ${TESTS:-""}; do
			[[ ${name%.c} != *"$word"* ]] || { echo "${name%.c}"; break; }
		done
	done
}

build_tests() {
	local name

	TESTS=$(tests | tr '\n' ' ')
	export TESTS
	[ -n "$TESTS" ] || die "no test program matches TESTS"
	say "building the tests for arm64"
	"$top/tools/linux-source.sh" kselftest
	for name in kernels kselftest; do
		ln -sfn "../$name" "$out/$name"
	done
	cross_make selftests O="$out" sources_32= tests
}

"$top/tools/deps.sh" build
apt_lists
get_compiler
fetch
export PATH=$compiler/usr/bin:$PATH LD_LIBRARY_PATH=$compiler/usr/lib/x86_64-linux-gnu
build_all
[ "${1:-}" = check ] || exit 0
"$top/tools/deps.sh" qemu arm64
build_tests
O=$out STRIP=${cross}strip BUSYBOX=$kernel/root/bin/busybox \
	"$top/selftests/qemu/check.sh" "$kver"
