#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Remove from an installation what another one consists of.
#
#   uninstall.sh MODEL DESTDIR    files and links of MODEL, below DESTDIR; then those of MODEL's
#                                 directories that are empty and not everybody's
#
# PREFIX is what both were made with.

set -euo pipefail
shopt -s extglob

model=$1 destdir=$2 prefix=${PREFIX:-/usr/local}

# Debian makes these below /usr/local itself, and other systems do.
is_everybodys() {
	case $1 in
	"${prefix#/}"/@(bin|sbin|lib|include|share|share/man)) return 0 ;;
	"${prefix#/}"/lib/python3*([.0-9])?(/*-packages)) return 0 ;;
	"${prefix#/}"/*) return 1 ;;
	*) return 0 ;;
	esac
}

(cd "$model" && find . ! -type d -printf '%P\n') | while read -r file; do
	rm -f "$destdir/$file"
	# What Python has made of it when it was used.
	[[ $file != *.py ]] || rm -rf "$destdir/${file%/*}/__pycache__"
done
# Deepest first.
(cd "$model" && find . -depth -mindepth 1 -type d -printf '%P\n') |
	while read -r dir; do
		is_everybodys "$dir" || [ ! -d "$destdir/$dir" ] ||
			rmdir --ignore-fail-on-non-empty "$destdir/$dir"
	done
