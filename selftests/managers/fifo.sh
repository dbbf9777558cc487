# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2030,SC2031
dev=/dev/fifo
# One after the other, and across.
echo hello > $dev
[ "$(head -n 1 $dev)" = hello ]
head -c 6 $dev > /tmp/got &
reader=$!
echo world > $dev
wait $reader
[ "$(cat /tmp/got)" = world ]
# Nobody has written: a signal ends the wait, and the next reader gets what comes.
timeout -s INT 0.3 cat $dev && exit 1
[ $? = 124 ]
# Likewise of one that is killed; until it is gone, what comes may be given to it.
cat $dev &
reader=$!
until grep -q "^State:.S" /proc/$reader/status; do :; done
kill -KILL $reader
wait $reader && exit 1
echo again > $dev
[ "$(head -n 1 $dev)" = again ]
# Not in the mood to wait.
dd if=$dev iflag=nonblock bs=16 count=1 2>/tmp/err && exit 1
grep -q "temporarily unavailable" /tmp/err
# Many at once, each with its line; whatever the order, nothing is lost or doubled.
for i in $(seq 20); do
	head -c 8 $dev > /tmp/part."$i" &
done
for i in $(seq 20); do
	printf '%07d\n' "$i" > $dev
done
wait
sort /tmp/part.* | uniq | wc -l | grep -qx 20
# As much as it holds, in one write.
dd if=/dev/urandom of=/tmp/in bs=60001 count=1 2>/dev/null
cat /tmp/in > $dev &
head -c 60001 $dev | cmp - /tmp/in
wait
