# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # used by run.sh
#
# Follow a guest's report: failures in full, one line per test program, and
# the counts.  To be sourced.

passed=0 failed=0 skipped=0
verdict=''
# Of the program that is running: its name, its time, the counts before it.
program='' took='' before='0 0 0'
# What has been printed since the last result explains the next one.
block=()

end_program() {
	local p f s text

	[ -n "$program" ] || return 0
	read -r p f s <<<"$before"
	text="$((passed - p)) ok"
	[ "$f" = "$failed" ] || text+=", $((failed - f)) FAILED"
	[ "$s" = "$skipped" ] || text+=", $((skipped - s)) skipped"
	[ -z "$took" ] || printf -v text '%-30s %s' "$text" "$took"
	printf '  %-36s %s\n' "$program" "$text"
}

begin_program() {
	[ "$1" != "$program" ] || return 0
	end_program
	program=$1
	took=
	before="$passed $failed $skipped"
}

one_failed() {
	failed=$((failed + 1))
	printf '  FAILED: %s\n' "$1"
	[ ${#block[@]} = 0 ] || printf '      %s\n' "${block[@]}"
	block=()
}

one_passed() {
	case $1 in
	*'# SKIP'* | *'# skip'*) skipped=$((skipped + 1)) ;;
	*) passed=$((passed + 1)) ;;
	esac
	block=()
}

# A result of init's own is "ok 7 program: what was looked at".
own_result() {
	local text=${1#*ok }

	text=${text#* }
	begin_program "${text%%: *}"
	case $1 in
	not*) one_failed "$text" ;;
	*) one_passed "$text" ;;
	esac
}

report_line() {
	case $1 in
	'# Subtest: '*) begin_program "${1#\# Subtest: }" ;;
	'# soak: '*) printf '  %s\n' "${1#\# soak: }" ;;
	'# took '*) took="${1#\# took }" ;;
	'    not ok '*) one_failed "$program: ${1#    not ok * }" ;;
	'    ok '*) one_passed "$1" ;;
	'    1..0 '*'# SKIP'*) skipped=$((skipped + 1)) ;;
	'not ok '* | 'ok '*) own_result "$1" ;;
	'qmsg-verdict: '*) verdict=${1#qmsg-verdict: } ;;
	*)
		block+=("$1")
		[ ${#block[@]} -lt 400 ] || block=("(...)" "${block[@]:200}")
		;;
	esac
}
