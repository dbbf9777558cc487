# SPDX-License-Identifier: GPL-2.0-only
# bash completion for qmsg(8); what there is to complete the tool itself says.

_qmsg_pids() {
	qmsg --json channels 2>/dev/null | sed -n 's/^ *"pid": *\([0-9]*\),*$/\1/p' | sort -un
}

_qmsg() {
	local cur=${COMP_WORDS[COMP_CWORD]} i command='' words

	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] && continue
		command=${COMP_WORDS[i]}
		break
	done
	case $command in
	'')
		words="--json --color --help --version"
		words+=" $(qmsg --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]\+\).*/\1/p')"
		;;
	top)
		words='--once --count'
		;;
	blocked | send | pulse)
		words=$(_qmsg_pids)
		;;
	graph)
		words=--svg
		;;
	record)
		# Its options, then a command with arguments of its own.
		if [[ $cur == -* ]]; then
			words="--output --buffer --"
		else
			mapfile -t COMPREPLY < <(compgen -c -f -- "$cur")
			return
		fi
		;;
	report)
		if [[ ${COMP_WORDS[COMP_CWORD - 1]} == @(-p|--pid) ]]; then
			words=$(_qmsg_pids)
		elif [[ $cur == -* ]]; then
			words="--svg --perfetto --output --from --to --pid --limit"
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
		fi
		;;
	*)
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _qmsg qmsg
