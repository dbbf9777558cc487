#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Which function has which manual page?
#
#   man-names.sh names   "FUNCTION NAME.SECTION" for each function in a synopsis
#   man-names.sh links   only those for which a page of that name may be installed: what a library
#                        exports under that name, and not the page's own name. The C library has
#                        pages of its own for the others, such as timer_create().
#   man-names.sh check   is every function that a library exports in some synopsis?

set -euo pipefail
cd "$(dirname "$0")/.."

names() {
	local page

	for page in Documentation/man/*.rst; do
		awk '/^SYNOPSIS$/ { on = 1; next } /^[A-Z ]+$/ && $0 != "SYNOPSIS" { on = 0 } on' "$page" |
			{ grep -oE '\<[A-Za-z_][A-Za-z0-9_]*\(' || true; } |
			sed "s|($| $(basename "$page" .rst)|"
	done | sort -u
}

exported() {
	sed -n 's/^\t\t\([A-Za-z_][A-Za-z0-9_]*\);$/\1/p' libqmsg/*.map | sort -u
}

links() {
	join <(names) <(exported) | awk '$1 ".3" != $2'
}

# Some of QNX's names are the C library's; the linker knows those functions by another.
# The forms that return an error number are with the others in one page.
check() {
	local missing

	missing=$(exported | sed 's/^qmsg_qnx_//; s/_r$//' | sort -u |
		join -v 1 - <(names | cut -d ' ' -f 1 | sed 's/^qmsg_qnx_//' | sort -u))
	[ -z "$missing" ] && return
	printf 'no manual page has in its synopsis: %s\n' "$(xargs <<<"$missing")" >&2
	return 1
}

export LC_ALL=C
case ${1:-} in
names | links | check) "$1" ;;
*) echo "usage: man-names.sh names|links|check" >&2; exit 2 ;;
esac
