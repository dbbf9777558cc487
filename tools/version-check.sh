#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Is it the version of VERSION everywhere? What is built asks VERSION itself; these cannot.

set -u
cd "$(dirname "$0")/.." || exit 1

version=$(<VERSION)
api=${version%.*}
bad=0

same() {
	[ "$2" = "$3" ] && return
	printf '%s has version "%s", not %s\n' "$1" "$2" "$3" >&2
	bad=1
}

same dkms.conf "$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf)" "$version"
same debian/changelog "$(sed -n '1s/^qmsg (\(.*\)) .*/\1/p' debian/changelog)" "$version"
for page in Documentation/man/*.rst; do
	same "$page" "$(sed -n 's/^:Version: qmsg //p' "$page")" "$api"
done
[ $bad = 0 ]
