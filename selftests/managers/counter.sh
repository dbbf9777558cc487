# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2030,SC2031
dev=/dev/local/counter
[ "$(cat $dev)" = 0 ]
[ "$(cat $dev)" = 1 ]
echo 41 > $dev
[ "$(cat $dev)" = 41 ]
[ "$(head -c 1 $dev)" = 4 ]
[ "$(cat $dev)" = 43 ]
./counter_client
# Mode 0644: others may read, not write. The manager says so.
su nobody -c "cat $dev" | grep -qx 0
su nobody -c "echo 7 > $dev" 2>/dev/null && exit 1
[ "$(cat $dev)" = 1 ]
