# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The few things done with apt.  To be sourced after common.sh.

export DEBIAN_FRONTEND=noninteractive
# Another apt may be running; downloads go to a directory of ours, which the
# sandbox user _apt could not write to.
apt_options=(-q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3
	     -o APT::Sandbox::User=root)

command -v apt-get >/dev/null ||
	die "this needs Debian's apt-get (kernels and tools come as Debian packages)"

# One at a time: others may be fetching something else for the same make.
apt_update() {
	[ "$(id -u)" = 0 ] || die "package lists are out of date; as root, run: apt-get update"
	(
		lock apt-lists
		say "updating apt's package lists"
		quietly apt-get "${apt_options[@]}" update
	)
}

# Fresh images come without lists; old lists name files that are gone.
apt_lists() {
	local lists=/var/lib/apt/lists

	if [ -z "$(find $lists -maxdepth 1 -name '*_Packages*' -print -quit)" ]; then
		apt_update
	elif [ "$(id -u)" = 0 ] &&
	     [ -z "$(find $lists /var/cache/apt/pkgcache.bin -maxdepth 1 -mtime -1 -print -quit 2>/dev/null)" ]; then
		apt_update
	fi
}

# apt_download DIR PACKAGE[=VERSION]...: the .deb files only, nothing installed.
apt_download() {
	local dir=$1
	shift
	mkdir -p "$dir"
	(cd "$dir" && quietly apt-get "${apt_options[@]}" download "$@") ||
		{ apt_update && (cd "$dir" && quietly apt-get "${apt_options[@]}" download "$@"); }
}

# apt_field PACKAGE[=VERSION] FIELD: of the version apt would install.
apt_field() {
	apt-cache show --no-all-versions "$1" 2>/dev/null |
		sed -n "s/^$2: //p" | head -n 1
}
