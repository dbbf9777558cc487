# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2030,SC2031
dev=/dev/sensor
head -n 1 $dev | grep -q '^value [0-9]*$'
# Twenty values, each one more than the last.
head -n 20 $dev | awk '{ if (NR > 1 && $2 != last + 1) exit 1; last = $2 }'
# 200 clients at once.
for i in $(seq 200); do
	head -n 1 $dev > /tmp/value."$i" &
done
wait
cat /tmp/value.* | grep -c '^value' | grep -qx 200
timeout -s INT 1 cat $dev > /tmp/tail || true
[ "$(wc -l < /tmp/tail)" -gt 5 ]
