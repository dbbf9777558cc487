# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2030,SC2031
# Somebody follows a file that grows, and is cut off.
file=/qnx/tree/log
until_followed() {
	until grep -qx "$1" /tmp/followed."$2"; do
		sleep 0.02
	done
}
echo one > $file
tail -f -s 0.05 $file > /tmp/followed.tail 2>/tmp/err &
tail=$!
busybox tail -f -s 1 $file > /tmp/followed.busybox &
busybox=$!
for i in $(seq 20); do
	echo line "$i" >> $file
done
until_followed 'line 20' tail
until_followed 'line 20' busybox
[ "$(wc -l < /tmp/followed.tail)" = 21 ]
: > $file
until grep -q 'file truncated' /tmp/err; do sleep 0.02; done
echo anew >> $file
until_followed anew tail
kill -INT $tail $busybox 2>/dev/null || true
kill $tail $busybox
wait $tail || [ $? -gt 128 ]
wait $busybox || [ $? -gt 128 ]
[ "$(cat $file)" = anew ]
