# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2030,SC2031
dev=/dev/sensor
head -n 1 $dev | grep -q '^value [0-9]*$'
# Twenty values: each read waits for the next one, however many have gone by since the last.
head -n 20 $dev | awk '{ if ($2 <= last) exit 1; last = $2 } END { exit NR != 20 }'
# Many clients at once.
for i in $(seq 40); do
	head -n 1 $dev > /tmp/value."$i" &
done
wait
cat /tmp/value.* | grep -c '^value' | grep -qx 40
# One reads on and on until it is interrupted.
set -m
cat $dev > /tmp/tail &
until [ "$(wc -l < /tmp/tail)" -gt 5 ]; do
	kill -0 $!
	sleep 0.05
done
kill -INT $!
wait $! || [ $? = 130 ]
