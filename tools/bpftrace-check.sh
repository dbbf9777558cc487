#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Do the scripts for bpftrace know the module's states and events, and its tracepoints' fields, as
# they are?

set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$top"

# enum FILE NAME: its members in order, one a line
enum() {
	sed -n "/^enum $2 {/,/^}/s/^\t\(QMSG_[A-Z_]*\),.*/\1/p" "$1" | grep -v '^QMSG_NR_'
}

# fields TRACEPOINT: those of the event, or of the class that it is an event of
fields() {
	local event=$1

	case $event in
	qmsg_pulse_*) event=qmsg_pulse ;;
	esac
	sed -n "/^\(TRACE_EVENT\|DECLARE_EVENT_CLASS\)($event,/,/^)/s/^\t\t__field(.*, \(.*\))/\1/p" \
		module/trace.h
}

# uses SCRIPT: "TRACEPOINT FIELD" of each field of a tracepoint that it uses
uses() {
	awk '/^tracepoint:/ { sub(/^tracepoint:qmsg:/, ""); sub(/[^a-z_].*/, ""); event = $0; print event; next }
	     /^(BEGIN|END)/ { event = "" }
	     { while (match($0, /args->[a-z_]+/)) {
		       print event, substr($0, RSTART + 6, RLENGTH - 6)
		       $0 = substr($0, RSTART + RLENGTH) } }' "$1" | sort -u
}

for script in tools/bpftrace/*.bt; do
	while read -r name; do
		diff <(enum module/state.h "$name") <(enum "$script" "$name") ||
			die "$script: its $name is not that of module/state.h"
	done < <(sed -n 's/^enum \([a-z_]*\) {/\1/p' "$script")
	[ -n "$(uses "$script")" ] || die "$script: uses no tracepoint"
	while read -r event field; do
		known=$(fields "$event")
		[ -n "$known" ] || die "$script: there is no tracepoint $event"
		[ -z "$field" ] || grep -qx "$field" <<<"$known" ||
			die "$script: $event has no field $field"
	done < <(uses "$script")
done
