# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # of run.sh
#
# What the guests are at: one line that changes, or on something that is no terminal a line
# every now and then. To be sourced.

progress_next=0

# The last that a guest has said, in words.
progress_of() {
	local kver setting number rest last

	read -r kver setting number rest <<<"$1"
	last=$(tail -n 1 "$boots/$kver/$setting/$number/lines" 2>/dev/null) || true
	case $last in
	'') last=booting ;;
	'bench progress '*) last=${last#bench progress } ;;
	'bench done'*) last='shutting down' ;;
	*) last=$(sed -E 's/^bench //; s/ (place|hogs|sched|iters|checks|bytes|per_s|ns|release|total_per_s)=.*//
		s/[a-z]+=//g; s/^rt //' <<<"$last") ;;
	esac
	printf '%s %s %s: %s' "$kver" "$setting" "$number" "${last//_/ }"
}

# progress_show "HOW FAR" PLAN-LINE...
progress_show() {
	local text one

	printf -v text '%d:%02d  %s' $((SECONDS / 60)) $((SECONDS % 60)) "$1"
	shift
	if [ -t 1 ]; then
		for one; do
			text+=" | $(progress_of "$one")"
		done
		printf '\r\033[K%s' "${text:0:$(($(tput cols 2>/dev/null || echo 80) - 1))}"
	elif [ $SECONDS -ge $progress_next ]; then
		progress_next=$((SECONDS + 20))
		for one; do
			text+=" | $(progress_of "$one")"
		done
		printf '    %s\n' "$text"
	fi
}

progress_clear() {
	[ ! -t 1 ] || printf '\r\033[K'
}
