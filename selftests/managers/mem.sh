# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2030,SC2031
dev=/dev/mem_file
dd if=/dev/urandom of=/tmp/in bs=1234567 count=1 2>/dev/null
cat /tmp/in > $dev
cat $dev | cmp - /tmp/in
cp $dev /tmp/out
cmp /tmp/out /tmp/in
# Odd sizes, read and written, each call one message.
for bs in 1009 4095 4097 65537 999999; do
	dd if=/tmp/in of=$dev bs=$bs 2>/dev/null
	dd if=$dev of=/tmp/out bs=$bs 2>/dev/null
	cmp /tmp/out /tmp/in
done
# Offsets: lseek, a file that is opened once by two programs, O_APPEND, O_TRUNC.
printf 0123456789 > $dev
[ "$(dd if=$dev bs=1 skip=3 count=4 2>/dev/null)" = 3456 ]
(head -c 4 >/dev/null; cat) < $dev > /tmp/out || true
printf abc >> $dev
[ "$(cat $dev)" = 0123456789abc ]
(printf 'one '; printf two) > $dev
[ "$(cat $dev)" = 'one two' ]
exec 5<> $dev
printf X >&5
[ "$(cat <&5)" = 'ne two' ]
exec 5>&-
[ "$(cat $dev)" = 'Xne two' ]
true 2>/dev/null > $dev/below && exit 1
tail -c 3 $dev | grep -qx two
od -c $dev | grep -q 'X   n   e'
