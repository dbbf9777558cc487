#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What has to be told of new files after "make install" into the running system.

set -euo pipefail
. "$(dirname "$0")/common.sh"

ldconfig
! command -v systemd-sysusers >/dev/null || systemd-sysusers qmsg.conf
! command -v udevadm >/dev/null || udevadm control --reload 2>/dev/null || true
say "installed below ${PREFIX:-/usr/local}; the module comes with: make modules_install"
