#!/bin/sh
# SPDX-License-Identifier: MIT
#
# install.sh ROOT LIBDIR OUT: build a QNX program and a native one against what was installed
# below ROOT, with nothing but pkg-config, flags before the source as people write it.
set -eu

root=$1 libdir=$2 out=$3
here=$(dirname "$0")
export PKG_CONFIG_LIBDIR="$root$libdir/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"

# shellcheck disable=SC2046,SC2086 # flags are words
build() {
	$CC $CFLAGS $LDFLAGS $($PKG_CONFIG --cflags --libs "$1") "$here/$2" -o "$out/$3"
}

# The program must have taken the libraries from ROOT and need nothing else of ours.
needs() {
	for lib; do
		LD_LIBRARY_PATH="$root$libdir" ldd "$out/$prog" | grep -q "$lib => $root" ||
			{ echo "$prog: not linked with $lib" >&2; exit 1; }
	done
}

prog="echo"
build qmsg-qnx echo.c $prog
needs libqmsg-qnx.so.0 libqmsg.so.0

# What people write, with nothing added for Linux: they build, and they run.
runs() {
	needs libqmsg-qnx.so.0
	LD_LIBRARY_PATH="$root$libdir" "$out/$prog" >/dev/null
}

prog=sloppy
build qmsg-qnx sloppy.c $prog 2>"$out/sloppy.log" || { cat "$out/sloppy.log" >&2; exit 1; }
runs
prog=classes
CC=$CXX build qmsg-qnx classes.cc $prog
runs
build qmsg-qnx-defs echo.c defs

LDFLAGS="$LDFLAGS -Wl,--no-as-needed"
prog=native
build libqmsg native_calls.c $prog
needs libqmsg.so.0

for name in libqmsg qmsg-qnx qmsg-qnx-defs; do
	$PKG_CONFIG --modversion "$name" | grep -qx "$(cat "$here/../../VERSION")"
done
