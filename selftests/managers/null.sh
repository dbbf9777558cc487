# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2002,SC2030,SC2031
dev=/dev/sample_null
[ -c $dev ]
[ "$(cat $dev | wc -c)" = 0 ]
echo something > $dev
for bs in 1 7 512 4095 4096 4097 65536 1000003; do
	dd if=/dev/zero of=$dev bs=$bs count=3 2>/tmp/err
	grep -q "^3+0 records out" /tmp/err
done
[ "$(wc -c < $dev)" = 0 ]
cat /etc/passwd | tee $dev | cmp - /etc/passwd
cp /bin/busybox $dev
dd if=/dev/zero of=$dev bs=1 count=1 oflag=nosuchflag 2>/dev/null && exit 1
sync -d $dev 2>/dev/null || sync
# The same node in a mount.
mkdir -p /tmp/qnx
mount -t qmsgfs none /tmp/qnx
[ "$(ls /tmp/qnx)" = dev ]
[ "$(ls /tmp/qnx/dev)" = sample_null ]
echo x > /tmp/qnx/dev/sample_null
[ "$(wc -c < /tmp/qnx/dev/sample_null)" = 0 ]
[ -e /tmp/qnx/dev/other ] && exit 1
exec 5< /tmp/qnx/dev/sample_null
umount /tmp/qnx 2>/dev/null && exit 1
exec 5<&-
umount /tmp/qnx
