#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Install the Debian packages that are missing, and say what each is for.
#
#   deps.sh [GROUP...]    groups: build qemu bench report kernel sparse model lint man deb packages
#                         bpftrace arm64 doc; default: all

set -euo pipefail
. "$(dirname "$0")/common.sh"

# group, package, what it is for
needs() {
	cat <<-'LIST'
	build  gcc                compiling
	build  gcc-12             the compiler that Debian 12's kernels were built with
	build  make               building
	build  g++                test programs in C++
	build  pkg-config         how QNX programs find the library
	build  libnl-genl-3-dev   the tool qmsg (netlink)
	build  libjson-c-dev      the tool qmsg (JSON)
	build  libtracefs-dev     the tool qmsg (recording)
	build  libtraceevent-dev  the tool qmsg (recording)
	build  libc6-dev          building the library and the tests
	build  gcc-multilib       32-bit test programs
	build  dpkg-dev           unpacking kernel packages
	build  xz-utils           unpacking kernel packages
	build  liburing-dev       a test program
	build  kmod               modpost and modinfo
	build  libelf1            objtool, which checks the module's object files
	qemu   qemu-system-x86    the machine that the tests run in
	qemu   busybox-static     a shell for the guest
	qemu   python3-minimal    Python for the guest
	qemu   cpio               packing the guest's files
	qemu   zstd               packing the guest's files
	bench  python3            make bench (the report), make profile
	bench  gnuplot-nox        make bench (the picture)
	bench  libfuse3-dev       make bench (file systems to compare with)
	report python3            make coverage, make fuzz (the report)
	kernel libelf-dev         building a debug kernel (objtool)
	kernel bc                 building a debug kernel
	kernel bison              building a debug kernel (Kconfig)
	kernel flex               building a debug kernel (Kconfig)
	kernel zstd               building a debug kernel (compression)
	sparse sparse             make sparse
	model  spin               make model
	lint   git                make lint (which files are ours)
	lint   reuse              make lint (licences)
	lint   shellcheck         make lint (scripts)
	lint   g++                make lint (headers in C++)
	lint   pkg-config         make lint (the installed library)
	lint   cmake              make lint (building with the installed library)
	lint   meson              make lint (building with the installed library)
	lint   python3            make lint (the report of make bench)
	lint   python3-yaml       make lint (the description of the netlink family)
	lint   python3-docutils   make lint (manual pages)
	man    python3-docutils   make install (manual pages)
	deb    debhelper          make deb (packages)
	deb    dh-dkms            make deb (the module's package)
	deb    dh-python          make deb (the package for Python)
	deb    linux-kbuild-6.1   make deb (html: the interface, from its header)
	deb    python3-sphinx     make deb (html)
	deb    graphviz           make deb (html)
	deb    fakeroot           make deb (who owns the files in a package)
	deb    python3-docutils   make deb (manual pages)
	deb    lintian            make deb (what Debian thinks of them)
	packages mmdebstrap       make check-packages (a Debian of its own)
	packages e2fsprogs        make check-packages (its disk)
	bpftrace bpftrace         make check-bpftrace (in the guest)
	arm64  qemu-system-arm    make check-arm64 (the machine)
	doc    python3-sphinx     make doc
	doc    graphviz           make doc (the states, drawn)
	doc    perl               make doc (kernel-doc)
	LIST
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

[ $# -gt 0 ] || set -- build qemu bench report kernel sparse model lint man deb packages bpftrace arm64 doc
command -v dpkg-query >/dev/null || die "this needs Debian's package tools"
missing=()
while read -r group package why; do
	[[ " $* " == *" $group "* ]] || continue
	[[ " ${missing[*]-} " == *" $package "* ]] && continue
	installed "$package" && continue
	[ ${#missing[@]} -gt 0 ] || say "missing Debian packages:"
	printf '        %-18s %s\n' "$package" "$why"
	missing+=("$package")
done < <(needs)
[ ${#missing[@]} -gt 0 ] || exit 0

command="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "$(id -u)" != 0 ]; then
	printf 'qmsg: not root; please run:\n        sudo %s\n' "$command" >&2
	exit 1
fi
. "$top/tools/apt.sh"
lock apt
apt_lists
say "installing them: $command"
quietly apt-get "${apt_options[@]}" install --no-install-recommends "${missing[@]}" ||
	{ apt_update &&
	  quietly apt-get "${apt_options[@]}" install --no-install-recommends "${missing[@]}"; }
