#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does "make install" put things where they belong, for any PREFIX, and does "make uninstall"
# take away all of it and nothing else? Is a module installed where there is no depmod?

set -euo pipefail
. "$(dirname "$0")/common.sh"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# Of each part one file, links as links, and the way a page is found by a function's name.
wanted() {
	cat <<-LIST
	bin/qmsg
	bin/qmsg-demo
	include/linux/qmsg.h
	include/qmsg-qnx/sys/neutrino.h
	lib/libqmsg.so.0
	lib/libqmsg-qnx.a
	lib/modules-load.d/qmsg.conf
	lib/pkgconfig/qmsg-qnx.pc
	lib/sysusers.d/qmsg.conf
	lib/udev/rules.d/60-qmsg.rules
	share/qmsg/bpftrace/qmsg-latency.bt
	share/man/man3/MsgSend.3
	share/man/man3/MsgReplyv.3
	share/man/man7/qmsg_unblock.7
	LIST
}

for prefix in /usr/local /opt/some/place; do
	rm -rf "$root/d"
	mkdir -p "$root/d$prefix"/{bin,sbin,include,lib/python3,share/man}
	touch "$root/d$prefix/lib/somebody-elses"
	find "$root/d" | sort >"$root/before"
	quietly make -C "$top" O="$build" PREFIX=$prefix DESTDIR="$root/d" install
	for file in $(wanted); do
		[ -e "$root/d$prefix/$file" ] || die "not installed: $prefix/$file"
	done
	[ -z "$(find "$root/d" -path "$root/d$prefix" -prune -o ! -type d -print)" ] ||
		die "installed outside of $prefix"
	! grep -rIl "$root" "$root/d" || die "an installed file names DESTDIR"
	grep -qx "prefix=$prefix" "$root/d$prefix/lib/pkgconfig/qmsg-qnx.pc" ||
		die "pkg-config is told another prefix than $prefix"
	python=$(find "$root/d$prefix/lib" -path '*-packages/qmsg' -type d)
	python3 -m compileall -q "$python" || die "Python does not read its module"
	quietly make -C "$top" O="$build" PREFIX=$prefix DESTDIR="$root/d" uninstall
	find "$root/d" -path '*/python3*' -prune -o -print | sort |
		diff <(grep -v python3 "$root/before") - || die "not what was there before"
	[ -z "$(find "$root/d" -path '*/python3*' ! -type d)" ] || die "something of Python's is left"
done

# Headers as Debian's 6.1 has them.
mkdir -p "$root"/kdir/include/{config,generated} "$root/o/9.9-1-x/module/fs"
echo 9.9.5 >"$root/kdir/include/config/kernel.release"
echo '#define UTS_RELEASE "9.9-1-x"' >"$root/kdir/include/generated/utsrelease.h"
touch "$root"/o/9.9-1-x/module/{qmsg.ko,fs/qmsgfs.ko}
said=$(PATH=/usr/bin:/bin O=$root/o INSTALL_MOD_PATH=$root/m tools/install-module.sh "$root/kdir")
for module in qmsg qmsgfs; do
	[ -e "$root/m/lib/modules/9.9-1-x/updates/$module.ko" ] || die "$module is not installed"
done
[ -e /usr/bin/depmod ] || grep -q 'there is no depmod' <<<"$said" || die "it is not said: $said"
