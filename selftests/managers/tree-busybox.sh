# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2030,SC2031
# The programs of busybox, which make their calls in ways of their own.
top=/qnx/tree
bb=/bin/busybox
dd if=/dev/urandom of=/tmp/in bs=300007 count=1 2>/dev/null
[ "$($bb cat $top/hello)" = "hello, world" ]
[ "$($bb ls $top | tr '\n' ' ')" = "hello sub " ]
[ "$($bb find $top -type f | sort | tr '\n' ' ')" = "$top/hello $top/sub/deep " ]
[ "$($bb head -c 5 $top/hello)" = hello ]
[ "$($bb tail -c 5 $top/hello)" = orld ]
[ "$($bb wc -c < $top/hello)" = 13 ]
[ "$($bb stat -c '%s %a %F' $top/hello)" = "13 644 regular file" ]
$bb cp /tmp/in $top/copy
$bb cmp /tmp/in $top/copy
for bs in 1 511 4099 65521; do
	$bb dd if=$top/copy of=/tmp/out bs=$bs count=3 2>/dev/null
	head -c $((3 * bs)) /tmp/in | $bb cmp - /tmp/out
	$bb dd if=/tmp/in of=$top/out bs=$bs count=3 2>/dev/null
	head -c $((3 * bs)) /tmp/in | cmp - $top/out
done
# In the middle, which leaves the rest as it is.
printf XYZ | $bb dd of=$top/copy bs=1 seek=1000 conv=notrunc 2>/dev/null
[ "$($bb dd if=$top/copy bs=1 skip=999 count=5 2>/dev/null | tail -c 4 | head -c 3)" = XYZ ]
[ "$($bb stat -c %s $top/copy)" = 300007 ]
$bb truncate -s 10 $top/copy
[ "$($bb wc -c < $top/copy)" = 10 ]
$bb touch -d @1000000000 $top/copy
[ "$($bb stat -c %Y $top/copy)" = 1000000000 ]
$bb chmod 600 $top/copy
$bb chown 5:6 $top/copy
[ "$($bb stat -c '%a %u %g' $top/copy)" = "600 5 6" ]
$bb md5sum < /tmp/in > /tmp/sum
$bb cat /tmp/in > $top/summed
$bb md5sum < $top/summed | cmp - /tmp/sum
printf 'b\na\nc\n' > $top/lines
[ "$($bb sort $top/lines | tr -d '\n')" = abc ]
[ "$($bb grep -n c $top/lines)" = 3:c ]
[ "$($bb awk 'END { print NR }' $top/lines)" = 3 ]
$bb tar -C $top -cf /tmp/tree.tar sub
[ "$($bb tar -tf /tmp/tree.tar sub/deep)" = sub/deep ]
[ "$($bb tar -xOf /tmp/tree.tar sub/deep)" = deep ]
$bb gzip -c $top/summed | $bb zcat | cmp - /tmp/in
# Its shell.
$bb ash -c "read -r line < $top/hello; echo \"\$line\" >> $top/lines; wc -l < $top/lines" |
	grep -qx 4
# Names.
$bb mkdir -p $top/dir/a/b
$bb cp $top/hello $top/dir/a/b
$bb mv $top/dir/a/b/hello $top/dir/c
$bb cmp $top/hello $top/dir/c
$bb mv $top/dir $top/dir2
$bb cmp $top/hello $top/dir2/c
$bb mkfifo $top/dir2/fifo
[ -p $top/dir2/fifo ]
$bb rmdir $top/dir2/a/b
for i in $(seq 20); do $bb mkdir $top/dir2/"$i"; done
$bb rm -r $top/dir2
[ ! -e $top/dir2 ]
$bb tar -C $top -xf /tmp/tree.tar
$bb sed -i s/a/b/ $top/lines
$bb grep -qx b $top/lines
