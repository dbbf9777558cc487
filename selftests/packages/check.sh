#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The packages on a Debian 12 of their own: a root made from Debian's packages, in which they are
# installed, a kernel comes after them, the machine is booted with each kernel, and they are
# purged again. Nothing is installed on the machine that this runs on.
#
#   check.sh                 needs root, for the chroot
#
# The last line is "N passed, N failed, N skipped".
#
# shellcheck disable=SC2317 # functions that ok() calls

set -euo pipefail
. "$(dirname "$0")/../../tools/common.sh"
. "$top/selftests/qemu/machine.sh"

dir=$build/packages
root=$dir/root
log=$dir/log
packages=(qmsg-dkms libqmsg0 libqmsg-dev qmsg-tools python3-qmsg qmsg-doc)
first=6.1 second=6.12
# What the root has before them, besides a kernel; another list makes another root.
has=systemd-sysv,udev,kmod,dkms,gcc,libc6-dev,make,pkg-config,python3,initramfs-tools,zstd
has+=,libnl-genl-3-200,libjson-c5,libtracefs1,libtraceevent1,libjs-sphinxdoc
base=$dir/base-$(cksum <<<"$has" | cut -d ' ' -f 1)
passed=0 failed=0
export LC_ALL=C

# ---- a root ----

# The first kernel is there before the packages; the second is fetched, for later.
make_base() {
	local arch
	arch=$(dpkg --print-architecture)

	[ ! -e "$base" ] || return 0
	rm -rf "$dir"/base*
	say "making a Debian 12 root from packages (about 300 MB, once; log: $log/base)"
	mmdebstrap --mode=root --format=directory --variant=minbase --skip=check/qemu --skip=cleanup/apt/cache \
		--include="$has" \
		--include="linux-image-$arch,linux-headers-$arch" \
		--customize-hook="chroot \"\$1\" apt-get clean" \
		--customize-hook="chroot \"\$1\" apt-get install -y --download-only \
			--no-install-recommends linux-image-$second-$arch linux-headers-$second-$arch" \
		bookworm "$base.tmp" >"$log/base" 2>&1 ||
		{ tail -n 20 "$log/base" >&2; die "no root"; }
	mv "$base.tmp" "$base"
}

inside() {
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@" </dev/null >>"$log/inside" 2>&1
}

leave() {
	! mountpoint -q "$root/proc" || umount "$root/proc"
}

enter() {
	leave
	rm -rf "$root"
	cp -a "$base" "$root"
	mount -t proc proc "$root/proc"
	trap leave EXIT
}

# Everything that a package could leave: names of files that no installed package owns, groups;
# not what apt, depmod and the making of an initrd write.
traces() {
	(cd "$root" && find . -xdev \( -path ./proc -o -path ./tmp -o -path ./var/lib/dpkg \
		-o -path ./var/cache -o -path ./var/log -o -path ./var/lib/apt \
		-o -path './usr/lib/modules/*/modules.*' -o -path './boot/initrd.img-*' \) \
		-prune -o -print | sed 's/^\.//' | sort -u |
		comm -23 - <(cat var/lib/dpkg/info/*.list | sed -E 's#^/(s?bin|lib)/#/usr&#' |
			sort -u))
	cat "$root/etc/group"
}

# ---- tests ----

ok() {
	local what=$1 from

	shift
	from=$(stat -c %s "$log/inside")
	if "$@"; then
		passed=$((passed + 1))
		printf '  ok      %s\n' "$what"
	else
		failed=$((failed + 1))
		printf '  FAILED: %s\n' "$what"
		tail -c +$((from + 1)) "$log/inside" | tail -n 15 | sed 's/^/      /'
	fi
}

release_of() {
	find "$root/boot" -name "vmlinuz-$1.*" -printf '%f\n' | sed 's/^vmlinuz-//' | head -n 1
}

has_module() {
	local release file

	release=$(release_of "$1")
	file=$(find "$root/lib/modules/$release/updates/dkms" -name "$2.ko*" 2>/dev/null)
	[ -n "$file" ] && inside modinfo -k "$release" -F version "$2" &&
		[ "$(tail -n 1 "$log/inside")" = "$(<"$top/VERSION")" ]
}

# As the README says it, as somebody who has nothing but the packages.
build_program() {
	# shellcheck disable=SC2016 # for the shell inside
	inside sh -ec 'cd /usr/share/doc/qmsg-doc/examples
		cc -o /usr/local/bin/'"$1"' '"$1"'.c $(pkg-config --cflags --libs qmsg-qnx)'
}

pages_are_there() {
	local page

	for page in man3/MsgSend.3 man3/MsgReplyv_r.3 man3/libqmsg.3 man3/qmsg_open.3; do
		[ -e "$root/usr/share/man/$page.gz" ] || { echo "no $page.gz" >>"$log/inside"; return 1; }
	done
}

# ---- the machine ----

prepare_boot() {
	install -m 755 "$top/selftests/packages/guest.sh" "$root/usr/local/sbin/qmsg-guest"
	install -m 755 "$top/selftests/packages/python_test.py" "$root/usr/local/sbin/qmsg-python"
	install -D -m 644 "$top/selftests/packages/guest.service" \
		"$root/etc/systemd/system/qmsg-guest.service"
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
	ln -sf ../qmsg-guest.service "$root/etc/systemd/system/multi-user.target.wants/"
	rm -f "$dir/disk"
	leave
	quietly mke2fs -q -t ext4 -d "$root" "$dir/disk" 6G
	mount -t proc proc "$root/proc"
}

# What the guest says: lines of TAP, and at the end how many.
boot() {
	local release said line verdict=

	release=$(release_of "$1")
	say "booting it with Linux $release"
	said=$log/boot-$1
	(machine 1800 "$(accelerator "$root/boot/vmlinuz-$release")" "$root/boot/vmlinuz-$release" \
		"$root/boot/initrd.img-$release" "root=/dev/vda rw quiet qmsg.guest=$release" \
		-serial "file:$said.console" -serial "file:$said" \
		-drive "file=$dir/disk,format=raw,if=virtio,snapshot=on") || true
	while read -r line; do
		case $line in
		"ok "*) ok "$1: ${line#ok * }" true ;;
		"not ok "*) ok "$1: ${line#not ok * }" false ;;
		"1.."*) verdict=${line#1..} ;;
		"#"*) printf '      %s\n' "$line" ;;
		esac
	done < <(tr -d '\r' <"$said")
	[ -n "$verdict" ] || tail -n 20 "$said.console" | sed 's/^/      /'
	ok "$1: the guest has done all of its ${verdict:-tests}" \
		test "$(grep -cE '^(not )?ok ' "$said")" = "$verdict"
}

conclude() {
	leave
	rm -rf "$root" "$dir/disk"
	printf '%d passed, %d failed, 0 skipped\n' $passed $failed
	[ $failed = 0 ]
	exit
}

# ---- in order ----

[ "$(id -u)" = 0 ] || die "this needs root, for a chroot"
"$top/tools/deps.sh" build qemu packages
"$top/tools/deb.sh" >/dev/null
quietly make -C "$top/selftests" O="$build" qemu
lock packages
mkdir -p "$log"
: >"$log/inside"
make_base
enter
traces >"$dir/before"

say "installing the packages (log: $log/inside)"
mkdir "$root/tmp/debs"
cp "$build"/deb/*.deb "$root/tmp/debs"
rm -f "$root"/tmp/debs/*-dbgsym_*
ok "they install, with what the root has already" \
	inside sh -c 'apt-get install -y /tmp/debs/*.deb'
[ $failed = 0 ] || conclude
ok "$first: DKMS has built the module" has_module $first qmsg
ok "$first: and the file system" has_module $first qmsgfs
ok "manual pages of functions are found by their names" pages_are_there
ok "a server builds against the package" build_program server
ok "a client builds against the package" build_program client

say "a newer kernel comes"
ok "it installs" inside sh -c 'dpkg -i /var/cache/apt/archives/*.deb'
ok "$second: DKMS has built the module" has_module $second qmsg
ok "$second: and the file system" has_module $second qmsgfs
ok "$first: its module is still there" has_module $first qmsg

prepare_boot
boot $first
boot $second

say "purging the packages"
ok "they purge" inside apt-get purge -y "${packages[@]}"
rm -f "$root"/usr/local/bin/{server,client} "$root"/usr/local/sbin/qmsg-{guest,python} \
	"$root"/etc/systemd/system/qmsg-guest.service \
	"$root"/etc/systemd/system/multi-user.target.wants/qmsg-guest.service
# The second kernel stays; it is not ours.
traces | grep -v "$(release_of $second)" >"$dir/after"
ok "they leave nothing" diff "$dir/before" "$dir/after"

conclude
