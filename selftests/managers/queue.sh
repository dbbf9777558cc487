# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2030,SC2031
dev=/dev/mq/sample
for i in 1 2 3 4; do
	echo message $i > $dev
done
echo too many 2>/dev/null > $dev && exit 1
for i in 1 2 3 4; do
	[ "$(dd if=$dev bs=256 count=1 2>/dev/null)" = "message $i" ]
done
head -c 300 /dev/zero | dd of=$dev bs=300 count=1 2>/tmp/err && exit 1
grep -q "Message too long" /tmp/err
timeout -s INT 0.3 cat $dev && exit 1
./queue_client
