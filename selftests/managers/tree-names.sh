# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2030,SC2031
# Names are made, removed and moved, as ever.
top=/qnx/tree
mkdir $top/dir
[ "$(stat -c '%F %a' $top/dir)" = "directory 755" ]
mkdir $top/dir 2>/tmp/err && exit 1
grep -q "File exists" /tmp/err
mkdir -p $top/dir/a/b/c
mkdir -m 700 $top/dir/private
[ "$(stat -c %a $top/dir/private)" = 700 ]
mkfifo $top/dir/fifo
[ "$(stat -c %F $top/dir/fifo)" = fifo ]
rmdir $top/dir/a 2>/tmp/err && exit 1
grep -q "not empty" /tmp/err
rmdir -p --ignore-fail-on-non-empty $top/dir/a/b/c
[ ! -e $top/dir/a ]
echo one > $top/dir/one
mv $top/dir/one $top/dir/two
[ "$(cat $top/dir/two)" = one ]
[ ! -e $top/dir/one ]
echo other > $top/dir/one
mv $top/dir/one $top/dir/two
[ "$(cat $top/dir/two)" = other ]
mv $top/dir/two $top/sub
[ "$(cat $top/sub/two)" = other ]
echo kept > $top/dir/two
mv -n $top/dir/two $top/sub/two || true
[ "$(cat $top/sub/two)" = other ]
mv $top/dir $top/sub/moved
[ "$(cat $top/sub/moved/two)" = kept ]
[ ! -e $top/dir ]
mv $top/sub $top/sub/moved/below 2>/tmp/err && exit 1
grep -q "subdirectory of itself" /tmp/err
# To where it is a copy, and back.
mv $top/sub/moved /tmp/moved
[ "$(cat /tmp/moved/two)" = kept ]
[ ! -e $top/sub/moved ]
mv /tmp/moved $top/back
[ "$(cat $top/back/two)" = kept ]
# Still open.
exec 3< $top/back/two
rm $top/back/two
cat $top/back/two 2>/dev/null && exit 1
[ "$(cat <&3)" = kept ]
exec 3<&-
sed -i s/other/changed/ $top/sub/two
[ "$(cat $top/sub/two)" = changed ]
ln -s hello $top/link 2>/dev/null && exit 1
rm -r $top/back $top/sub
[ "$(ls $top)" = hello ]
rm $top/none 2>/tmp/err && exit 1
grep -q "No such file" /tmp/err
rm $top 2>/dev/null && exit 1
rmdir $top 2>/dev/null && exit 1
for i in $(seq 10); do
	mkdir -p $top/many/"$i"/below
	echo "$i" > $top/many/"$i"/file
done
rm -rf $top/many
[ ! -e $top/many ]
[ "$(cat $top/hello)" = "hello, world" ]
