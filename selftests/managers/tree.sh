# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2010,SC2012,SC2030,SC2031
top=/qnx/tree
# What there is at first.
[ -d $top ]
[ -d $top/sub ]
[ -f $top/hello ]
[ -c $top/sub/device ]
[ "$(cat $top/hello)" = "hello, world" ]
[ "$(cat $top/sub/device)" = x ]
[ "$(ls $top)" = "$(printf 'hello\nsub')" ]
[ "$(cd $top/sub && cat deep && cat ../hello)" = "$(printf 'deep\nhello, world')" ]
[ "$(cd $top/sub && pwd -P)" = $top/sub ]
[ "$(find $top | sort | tr '\n' ' ')" = "$top $top/hello $top/sub $top/sub/deep $top/sub/device " ]
[ "$(stat -c '%s %a %F' $top/hello)" = "13 644 regular file" ]
[ "$(stat -c '%F' $top/sub/device)" = "character special file" ]
# What there is not, and what is something else.
[ -e $top/none ] && exit 1
cat $top/none 2>/tmp/err && exit 1
grep -q "No such file" /tmp/err
cat $top/hello/below 2>/tmp/err && exit 1
grep -q "Not a directory" /tmp/err
cat $top/sub 2>/tmp/err && exit 1
grep -q "Is a directory" /tmp/err
# Made, written, read, as files are.
echo new > $top/made
[ "$(cat $top/made)" = new ]
echo more >> $top/made
[ "$(cat $top/made | tr '\n' ' ')" = "new more " ]
[ "$(stat -c %s $top/made)" = 9 ]
echo shorter >| $top/made
[ "$(stat -c %s $top/made)" = 8 ]
(set -C; echo x > $top/made) 2>/tmp/err && exit 1
grep -q "cannot overwrite" /tmp/err
(umask 077; echo mine > $top/sub/private)
[ "$(stat -c %a $top/sub/private)" = 600 ]
echo x 2>/dev/null > $top/none/made && exit 1
echo x 2>/dev/null > $top/sub && exit 1
dd if=/dev/urandom of=/tmp/in bs=1234567 count=1 2>/dev/null
head -c 1000000 /tmp/in > $top/big
head -c 1000000 /tmp/in | cmp - $top/big
cp $top/big /tmp/out
cmp /tmp/out $top/big
cp -r $top /tmp/copy
head -c 1000000 /tmp/in | cmp - /tmp/copy/big
[ "$(cat /tmp/copy/sub/deep)" = deep ]
dd if=$top/big of=/tmp/out bs=4097 2>/dev/null
cmp /tmp/out $top/big
[ "$(tail -c 3 $top/made)" = er ]
# Attributes.
chmod 640 $top/made
[ "$(stat -c %a $top/made)" = 640 ]
chown 1000:2000 $top/made
[ "$(stat -c %u:%g $top/made)" = 1000:2000 ]
chown 3000 $top/made
[ "$(stat -c %u:%g $top/made)" = 3000:2000 ]
touch -d @1000000000 $top/made
[ "$(stat -c '%X %Y' $top/made)" = "1000000000 1000000000" ]
touch -m -d @1100000000 $top/made
[ "$(stat -c '%X %Y' $top/made)" = "1000000000 1100000000" ]
touch $top/made
[ "$(stat -c %Y $top/made)" -gt 1100000000 ]
truncate -s 3 $top/made
[ "$(stat -c %s $top/made)" = 3 ]
[ "$(cat $top/made)" = sho ]
truncate -s 5 $top/made
[ "$(od -An -tx1 $top/made)" = " 73 68 6f 00 00" ]
: > $top/made
[ "$(stat -c %s $top/made)" = 0 ]
touch $top/touched
[ -f $top/touched ]
chmod 700 $top/sub
[ "$(stat -c %a $top/sub)" = 700 ]
# More than one message can tell.
for i in $(seq 100); do
	echo "$i" > $top/sub/a_file_with_a_long_name_"$i"
done
ls $top/sub/a_file* | wc -l | grep -qx 100
ls -U $top/sub | sort | uniq | wc -l | grep -qx 103
ls -l $top/sub | grep -c a_file | grep -qx 100
[ "$(stat -c %i $top/sub/a_file_with_a_long_name_7)" = \
	"$(ls -i $top/sub | sed -n 's/^ *\([0-9]*\) a_file_with_a_long_name_7$/\1/p')" ]
# Something else in its place.
mount -o bind /etc/passwd $top/hello
cmp /etc/passwd $top/hello
cmp /etc/passwd $top/hello
umount $top/hello
[ "$(cat $top/hello)" = "hello, world" ]
