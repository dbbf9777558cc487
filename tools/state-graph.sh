#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Draw the table of module/state.c: what can happen to a request, as DOT on standard output.
#
# An edge for each pair of states, with the events that lead from one to the other. What leaves
# a state as it is, and what comes after the end, is left out.

set -euo pipefail
cd "$(dirname "$0")/.."

# "FROM TO EVENT", from lines such as
#	[QMSG_EV_SIGNAL]	= GO(ASKED, REASON | PULSE),
transitions() {
	awk '
		/^static const struct transition table/ { on = 1 }
		on && /^};/ { exit }
		!on { next }
		match($0, /^\t\[QMSG_[A-Z]+\] = \{/) {
			from = $0; gsub(/^\t\[QMSG_|\].*/, "", from); next
		}
		match($0, /\[QMSG_EV_[A-Z_]+\]/) {
			event = substr($0, RSTART + 9, RLENGTH - 10); to = ""
			if (match($0, /GO\([A-Z]+/)) to = substr($0, RSTART + 3, RLENGTH - 3)
			else if (/LEAVE\(|ANSWERED|\{ QMSG_DONE/) to = "DONE"
			if (to != "" && from != "DONE") print from, to, event
		}' module/state.c
}

cat <<'HEAD'
digraph request {
	rankdir=LR
	node [shape=box, style=rounded, fontname="sans-serif"]
	edge [fontname="sans-serif", fontsize=10]
	SEND [label="SEND\nin the queue"]
	REPLY [label="REPLY\nreceived"]
	HELD [label="HELD\nreceived, UNBLOCK channel"]
	ASKED [label="ASKED\nserver has its pulse"]
	DYING [label="DYING\nkilled, in grace"]
	ORPHAN [label="ORPHAN\nclient is gone"]
	DONE [label="DONE", shape=doublecircle]
HEAD
transitions | awk '
	{ key = $1 " -> " $2; if (!(key in label)) order[++n] = key
	  label[key] = label[key] (label[key] == "" ? "" : "\\n") tolower($3) }
	END {
		for (i = 1; i <= n; i++) {
			gsub(/_/, " ", label[order[i]])
			printf "\t%s [label=\"%s\"]\n", order[i], label[order[i]]
		}
	}'
echo '}'
