#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the Debian packages from the files of the tree as they are, in a copy of it.
#
#   deb.sh [ARCHITECTURE]     -> build/deb/*.deb

set -euo pipefail
. "$(dirname "$0")/common.sh"

arch=${1:-$(dpkg --print-architecture)}
out=$build/deb
tree=$out/qmsg-$(<"$top/VERSION")

"$top/tools/deps.sh" build deb
lock deb
rm -rf "$out"
mkdir -p "$tree"
# Of git's files those that are there.
(cd "$top" && git ls-files -z --cached --others --exclude-standard |
	xargs -0 -I{} find {} -maxdepth 0 -print0 2>/dev/null |
	tar -c --null --no-recursion -T - -f -) | tar -x -C "$tree"

say "building the packages for $arch (log: $out/build.log)"
(cd "$tree" && env -u O -u PREFIX -u DESTDIR DEB_BUILD_OPTIONS="parallel=$jobs" \
	dpkg-buildpackage -b -us -uc -a "$arch" ${CROSS:+-Pcross,nocheck -d}) \
	</dev/null >"$out/build.log" 2>&1 9>&- ||
	{ tail -n 20 "$out/build.log" >&2; die "the packages do not build"; }
rm -rf "$tree"

# The project has no mail address that could be written there.
if [ "$arch" = "$(dpkg --print-architecture)" ]; then
	quietly lintian --allow-root --fail-on error,warning --suppress-tags \
		bogus-mail-host,bogus-mail-host-in-debian-changelog "$out"/*.changes ||
		die "lintian finds fault with the packages"
fi
(cd "$out" && ls ./*.deb)
