#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-files.sh ROOT DIR SRC: what the guest needs to run the programs in DIR, which were linked
# with the libraries installed below ROOT, as lines GUEST/PATH=FILE. Names of programs on stdin.
set -eu

root=$1 dir=$2 src=$3

libraries() {
	LD_LIBRARY_PATH="$root/usr/local/lib" ldd "$1" |
		sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p'
}

while read -r name; do
	echo "programs/$name=$dir/$name"
	libraries "$dir/$name" >&3
done 3>"$dir/libraries"
sort -u "$dir/libraries" | while read -r file; do
	path=${file#"$root"}
	echo "${path#/}=$file"
done
for file in "$src"/*/run; do
	echo "programs/${file#"$src"/}=$file"
done
