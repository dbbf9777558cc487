#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What can be checked without a kernel: licences, scripts, the programs that README.md
# shows, the uapi header in every language, the report of the benchmark, the library, the
# documents.

set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$top"

# check WHAT COMMAND...
check() {
	quietly "${@:2}" || die "not so: $1"
	say "$1"
}

# Of git's files; reuse looks at no others either.
scripts() {
	git ls-files -z --cached --others --exclude-standard |
		xargs -0 grep -lE '^#!.*sh$|^# shellcheck shell='
}

report_check() {
	make -C tools O="$build" tool && tools/qmsg/report_test.py "$build/tools/qmsg"
}

export QUIETLY_LINES=200
git rev-parse --git-dir >/dev/null || die "this needs a git checkout"
mapfile -t scripts < <(scripts)

check "every file names its licence" reuse lint
check "the scripts have no known mistakes" shellcheck "${scripts[@]}"
check "every hazard has its test or its reason" tools/hazards-check.sh
check "the model is made of the module's table, and knows all of it" model/check.sh --lint
check "every rule of QNX has its test" tools/rules-check.sh
check "every QNX call and flag has its row and its test" tools/compat-check.sh
check "the version is the same everywhere" tools/version-check.sh
check "every function of the libraries has its manual page" tools/man-names.sh check
check "installation puts everything below its prefix, and takes it away again" \
	tools/install-check.sh
check "README.md shows programs as they are in the tree" tools/readme-check.sh
check "the uapi header compiles alone, C and C++, 32 and 64 bits" selftests/abi/header.sh
check "the netlink header is as it is described" tools/netlink-check.py
check "the fuzzers' descriptions are those of the uapi header" tools/syzkaller-check.py
check "qmsg report shows what recordings say, broken ones too" \
	report_check
check "the scripts for bpftrace use tracepoints as they are" tools/bpftrace-check.sh
check "bench report: its medians, its table and its gate are right" bench/report_test.py
check "the library exports what its headers say, and programs link with it" \
	make -C libqmsg O="$build/libqmsg" check
check "the documents build without a warning" tools/doc.sh
