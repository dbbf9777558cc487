#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-files.sh ROOT DIR SRC: what the guest needs to run the managers in DIR, which were linked
# with the libraries installed below ROOT, and their clients: scripts in SRC, the programs of
# coreutils and a Python that can do little more than begin, as lines GUEST/PATH=FILE. Names of
# managers on stdin.
set -eu

root=$1 dir=$2 src=$3

libraries() {
	LD_LIBRARY_PATH="$root/usr/local/lib" ldd "$1" |
		sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p'
}

{
	while read -r name; do
		echo "managers/$name=$dir/$name"
		libraries "$dir/$name" >&3
	done
	# pthread_exit() looks for it when it runs.
	cc -print-file-name=libgcc_s.so.1 | xargs realpath >&3
	for name in bash cat chmod chown cmp cp dd find grep head ls mkdir mv od rm sed seq sort stat \
		sync tail tee timeout touch tr truncate uniq wc; do
		echo "coreutils/$name=$(command -v $name)"
		libraries "$(command -v $name)" >&3
	done
	# Debian's, whatever else there is of the name.
	echo "coreutils/python3=/usr/bin/python3"
	libraries /usr/bin/python3 >&3
} 3>"$dir/libraries"
python=$(/usr/bin/python3 -c 'import os; print(os.path.dirname(os.__file__))')
for name in os encodings/__init__ encodings/aliases encodings/utf_8 encodings/ascii \
	encodings/latin_1; do
	echo "${python#/}/$name.py=$python/$name.py"
done
sort -u "$dir/libraries" | while read -r file; do
	path=$(echo "${file#"$root"}" | sed 's|^/usr/lib/|/lib/|')
	echo "${path#/}=$file"
done
for file in "$src"/*.sh; do
	[ "$(basename "$file")" = guest-files.sh ] || echo "managers/$(basename "$file")=$file"
done
