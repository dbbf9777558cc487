#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the module from nothing with the compiler's extra warnings and with
# sparse, which checks __user, __rcu and the balance of locks.  Any warning
# is an error.  What is only built when asked for is looked at, too.
#
#   sparse.sh KVER...

set -euo pipefail
. "$(dirname "$0")/common.sh"

bad=0
for kver; do
	say "checking the module with W=1 C=2 on Linux $kver"
	export FARM=$build/sparse/$kver QUIET=1
	log=$build/sparse/$kver.log
	rm -rf "$FARM"
	mkdir -p "$FARM"
	if ! "$top/tools/build-module.sh" "$kver" W=1 C=2 >"$log" 2>&1 ||
	   grep -qE '(warning|error):' "$log"; then
		sed "s|$FARM/||" "$log"
		bad=1
	fi
done
[ $bad = 0 ] || die "the module is not free of warnings"
say "no warning"
