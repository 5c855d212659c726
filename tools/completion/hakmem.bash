# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Completion of the hakmem tools for bash.  Options and commands are what `--help` of
# the program says, variables what `hakmem-run --help-env` says.

# _hakmem_options PROGRAM: the options at the start of a line of its help.
_hakmem_options() {
	"$1" --help 2>/dev/null | awk '
		/^ +-/ {
			for (i = 1; i <= NF && $i ~ /^-/; i++) {
				sub(/[,=[].*/, "", $i)
				if ($i != "-?")
					print $i
			}
		}'
}

# _hakmem_words PROGRAM: commands and the like, which begin a line of its help too.
_hakmem_words() {
	"$1" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)\( .*\)*$/\1/p'
}

# _hakmem_variables: NAME= of each variable.
_hakmem_variables() {
	hakmem-run --help-env 2>/dev/null | sed -n 's/^\(HAKMEM_[A-Z0-9_]*=\).*/\1/p'
}

# _hakmem_values NAME: what may stand behind NAME=, where that is one of several words.
_hakmem_values() {
	hakmem-run --help-env 2>/dev/null |
		sed -n "s/^$1=\([^ ]*|[^ ]*\).*/\1/p" | tr '|' '\n'
}

# _hakmem_processes: the ids of processes that use the library.
_hakmem_processes() {
	hakmem-stat --all --json 2>/dev/null | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p'
}

# _hakmem_kinds: the kinds of values of a profile.
_hakmem_kinds() {
	hakmem-heap --help 2>/dev/null | sed -n 's/^ *--value KIND *//p' | tr -d ,
}

# _hakmem_offer WORD CHOICE...: those that WORD may become; no blank behind "NAME=".
_hakmem_offer() {
	local word=$1
	shift
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$word")
	[[ ${COMPREPLY[0]:-} != *= ]] || compopt -o nospace 2>/dev/null || :
}

# _hakmem_program: the place of the program in the words of hakmem-run, or nothing where it
# does not come before the cursor.
_hakmem_program() {
	local i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--) ((i + 1 > COMP_CWORD)) || echo $((i + 1)); return ;;
		-l | --library | -o | --output | --suppress | --leak-status | --profiles) ((i++)) ;;
		-*) ;;
		*)
			[[ ${COMP_WORDS[i + 1]:-} == = ]] || { echo "$i"; return; }
			((i += 2))
			;;
		esac
	done
}

_hakmem_run() {
	local word=$1 previous=$2 program
	program=$(_hakmem_program)
	if [[ -n $program && $program -lt $COMP_CWORD ]] && declare -F _command_offset >/dev/null; then
		_command_offset "$program"
	elif [[ -n $program && $program -lt $COMP_CWORD ||
		$previous == @(-l|--library|-o|--output|--suppress|--profiles) ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	elif [[ $word == = ]]; then
		_hakmem_offer "" "$(_hakmem_values "$previous")"
	elif [[ $previous == = ]]; then
		_hakmem_offer "$word" "$(_hakmem_values "${COMP_WORDS[COMP_CWORD - 2]}")"
	elif [[ $word == -* ]]; then
		_hakmem_offer "$word" "$(_hakmem_options hakmem-run)"
	elif [[ $word == HAKMEM_* && -z $program ]]; then
		_hakmem_offer "$word" "$(_hakmem_variables)"
	else
		mapfile -t COMPREPLY < <(compgen -c -- "$word")
	fi
}

_hakmem() {
	local program=${1##*/} word=$2 previous=$3
	COMPREPLY=()
	if [[ $previous == --leak-status ]]; then
		:
	elif [[ $program == hakmem-run ]]; then
		_hakmem_run "$word" "$previous"
	elif [[ $word == -* ]]; then
		_hakmem_offer "$word" "$(_hakmem_options "$1")"
	elif [[ $previous == --root ]]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
	elif [[ $program == hakmem-stat ]]; then
		[[ $previous == @(-w|--watch|--count|--timeout|--seconds|-o|--output) ]] ||
			_hakmem_offer "$word" "$(_hakmem_processes)"
	elif [[ $program == hakmem-heap && $previous == --value ]]; then
		_hakmem_offer "$word" "$(_hakmem_kinds)"
	elif [[ $program == hakmem-heap && $COMP_CWORD -gt 1 ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	elif [[ $previous != -o && $previous != --output ]]; then
		_hakmem_offer "$word" "$(_hakmem_words "$1")"
	fi
}

complete -o default -F _hakmem hakmem-bench hakmem-heap hakmem-preload hakmem-run hakmem-stat
