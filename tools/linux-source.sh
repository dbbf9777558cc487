#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetch Debian's linux-source package.
#
#   linux-source.sh kselftest   the test harness headers -> build/kselftest/
#   linux-source.sh tree        the whole tree           -> build/linux-source/
#
# Nothing of the kernel's source is kept in this repository, so tests always
# use the harness of the kernel they are made for.

set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$top/tools/apt.sh"

series=6.12
package=linux-source-$series
what=${1:-kselftest}

case $what in
kselftest) dest=$build/kselftest ;;
tree) dest=$build/linux-source ;;
*) die "usage: linux-source.sh kselftest|tree" ;;
esac

[ -e "$dest/.complete" ] && exit 0
lock linux-source
[ -e "$dest/.complete" ] && exit 0

# The package stays, for the other of the two uses.
fetch() {
	mkdir -p "$build/download"
	deb=$(find "$build/download" -name "${package}_*.deb" | sort -V | tail -n 1)
	[ -n "$deb" ] && return
	"$top/tools/deps.sh" build
	apt_lists
	say "downloading $package (about 150 MB)"
	apt_download "$build/download" "$package"
	deb=$(find "$build/download" -name "${package}_*.deb" | sort -V | tail -n 1)
}

# One pass over the archive within the archive.
unpack() {
	dpkg-deb --fsys-tarfile "$deb" |
		tar -xO "./usr/src/$package.tar.xz" |
		tar -xJ -C "$1" --strip-components=1 "${@:2}"
}

fetch
version=$(dpkg-deb -f "$deb" Version)
rm -rf "$dest" "$dest.tmp"
mkdir -p "$dest.tmp"
case $what in
kselftest)
	say "unpacking the kselftest harness of Linux $version"
	unpack "$dest.tmp" --wildcards \
		"*/tools/testing/selftests/kselftest.h" \
		"*/tools/testing/selftests/kselftest_harness.h"
	mv "$dest.tmp"/tools/testing/selftests/*.h "$dest.tmp"
	rm -r "$dest.tmp/tools"
	;;
tree)
	say "unpacking the source of Linux $version (about 1.7 GB)"
	unpack "$dest.tmp"
	;;
esac
echo "$version" >"$dest.tmp/.complete"
mv "$dest.tmp" "$dest"
