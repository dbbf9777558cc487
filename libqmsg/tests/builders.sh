#!/bin/sh
# SPDX-License-Identifier: MIT
#
# builders.sh ROOT LIBDIR OUT PAGE: the files for CMake and meson that PAGE shows build a program
# against what was installed below ROOT, for the QNX calls and for the native ones.
set -eu

root=$1 libdir=$2 out=$3 page=$4
here=$(cd "$(dirname "$0")" && pwd)
export PKG_CONFIG_LIBDIR="$root$libdir/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"

# The block after the line that names the file, without its indentation.
shown() {
	awk -v name="*$1*::" '
		index($0, name) { on = 1; next }
		on && /^[^ ]/ { exit }
		on { sub(/^    /, ""); print }' "$page"
}

# try FILE PACKAGE LIBRARY SOURCE: FILE builds SOURCE with PACKAGE, by the function of its name.
try() {
	dir=$out/$1-$2
	rm -rf "$dir"
	mkdir -p "$dir"
	shown "$1" | sed "s/qmsg-qnx/$2/" >"$dir/$1"
	grep -q calc_server "$dir/$1" || { echo "$page shows no $1" >&2; exit 1; }
	cp "$here/$4" "$here/expect.h" "$dir"
	mv "$dir/$4" "$dir/calc_server.c"
	case $1 in
	CMakeLists.txt) cmake -S "$dir" -B "$dir/b" && cmake --build "$dir/b" ;;
	meson.build) meson setup "$dir/b" "$dir" && ninja -C "$dir/b" ;;
	esac >"$dir/log" 2>&1 || { cat "$dir/log" >&2; echo "$1 of $page does not build" >&2; exit 1; }
	LD_LIBRARY_PATH="$root$libdir" ldd "$dir/b/calc_server" | grep -q "$3 => $root" ||
		{ echo "$1: not linked with $3" >&2; exit 1; }
}

for tool in cmake:CMakeLists.txt meson:meson.build; do
	if ! command -v "${tool%%:*}" >/dev/null; then
		echo "  SKIP    ${tool%%:*}: it is not installed"
		continue
	fi
	try "${tool#*:}" qmsg-qnx libqmsg-qnx.so.0 echo.c
	try "${tool#*:}" libqmsg libqmsg.so.0 native_calls.c
done
