#!/bin/sh
# SPDX-License-Identifier: MIT
#
# where.sh PREFIX: the directory below PREFIX in which the system's Python looks for modules; if
# there is none, one that PYTHONPATH has to name.
set -eu

prefix=$1

/usr/bin/python3 - "$prefix" 2>/dev/null <<-'END' || echo "$prefix/lib/python3/site-packages"
	import site, sys
	print(next(d for d in site.getsitepackages() if d.startswith(sys.argv[1] + "/lib")))
	END
