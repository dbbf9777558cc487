#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What has to be told after "make install" into the running system, or after "make uninstall".
#
#   after-install.sh installed|removed

set -euo pipefail
. "$(dirname "$0")/common.sh"

reload() {
	ldconfig
	! command -v udevadm >/dev/null || udevadm control --reload 2>/dev/null || true
}

case ${1:-} in
installed)
	! command -v systemd-sysusers >/dev/null || systemd-sysusers qmsg.conf
	reload
	say "installed below ${PREFIX:-/usr/local}; the module comes with: make modules_install"
	;;
removed)
	reload
	! getent group qmsg >/dev/null ||
		say "removed; the group stays, as long as there may be a device of it: groupdel qmsg"
	;;
*)
	die "usage: after-install.sh installed|removed"
	;;
esac
