#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Remove from an installation what another one consists of.
#
#   uninstall.sh MODEL DESTDIR    files and links of MODEL, below DESTDIR; then those of MODEL's
#                                 directories that are empty and not everybody's

set -euo pipefail

model=$1 destdir=$2

(cd "$model" && find . ! -type d -printf '%P\n') | while read -r file; do
	rm -f "$destdir/$file"
	# What Python has made of it when it was used.
	[[ $file != *.py ]] || rm -rf "$destdir/${file%/*}/__pycache__"
done
# Deepest first. What is below the prefix for everybody, such as lib and share/man, stays.
(cd "$model" && find . -depth -type d -path '*qmsg*' -printf '%P\n') |
	while read -r dir; do
		[ ! -d "$destdir/$dir" ] || rmdir --ignore-fail-on-non-empty "$destdir/$dir"
	done
