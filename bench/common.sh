# SPDX-License-Identifier: MIT
# bench: what the scripts here share; sourced, never run.
#
# The script defines help (prints its --help).  It gets $bench (the folder of the
# scripts), $scratch (a folder removed at the end), and the functions below.

me=${0##*/}
bench=$(cd "$(dirname "$0")" && pwd)
programs=
rounds=
quick=
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

die() {
	printf '%s: %s\n' "$me" "$*" >&2
	exit 1
}

refuse() {
	printf '%s: %s; see %s --help\n' "$me" "$*" "$me" >&2
	exit 2
}

# is_number WORD: a whole number above 0?
is_number() {
	case $1 in
	'' | *[!0-9]* | 0*) return 1 ;;
	esac
}

# read_options ACCEPTED WORD...: takes the options before the first LIB; sets
# $programs, $rounds, $quick, and $taken: how many words the caller shall shift.
# shellcheck disable=SC2034 # the script reads them
read_options() {
	accepted=" --help --programs $1 "
	shift
	taken=$#
	while :; do
		case "${1-} $accepted" in
		-*" ${1-} "*) ;;
		-*) refuse "there is no option $1" ;;
		*) break ;;
		esac
		case $1 in
		--help) help; exit 0 ;;
		--quick) quick=yes ;;
		--rounds)
			is_number "${2-}" ||
				refuse "--rounds needs a number above 0, not \"${2-}\""
			rounds=$2
			shift
			;;
		--programs)
			[ -d "${2-}" ] ||
				refuse "--programs needs a folder, not \"${2-}\""
			programs=$2
			shift
			;;
		esac
		shift
	done
	[ $# -gt 0 ] || refuse "no LIB given"
	taken=$((taken - $#))
}

# find_programs: settles $programs, unless an option did.
find_programs() {
	for folder in "$programs" ./bench "$bench" "$bench/../build/bench"; do
		if [ -n "$folder" ] && [ -x "$folder/random_mixed" ]; then
			programs=$(cd "$folder" && pwd)
			return
		fi
		[ -z "$programs" ] ||
			die "no program random_mixed in $programs"
	done
	die "the programs are not built: run make, or name their folder with --programs"
}

# library_path LIB: the absolute path of a library the user named.
library_path() {
	[ -f "$1" ] || die "there is no library $1"
	readlink -f "$1"
}

# peer_path SONAME: prints where an installed library lies; fails if nowhere.
peer_path() {
	for file in $(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null |
		awk -v soname="$1" '$1 == soname { print $NF; exit }') \
		/usr/lib/*/"$1" /usr/lib64/"$1" /usr/lib/"$1" /usr/local/lib/"$1"; do
		[ -f "$file" ] && readlink -f "$file" && return
	done
	return 1
}

# preloaded LIB COMMAND...: runs the command on LIB; "system": on libc.
# Only the command itself is preloaded, not env or timeout before it.
preloaded() {
	library=$1
	shift
	if [ "$library" = system ]; then
		timeout 120 "$@" </dev/null
	else
		timeout 120 env LD_PRELOAD="$library" "$@" </dev/null
	fi
}

# field NAME: the value of NAME= (any but the first) in the line on stdin.
field() {
	sed -n "s/.* $1=\\([^ ]*\\).*/\\1/p"
}

# check_owner LIB LINE: refuses a result whose malloc was not LIB's; sets $owner.
check_owner() {
	owner=$(printf '%s\n' "$2" | sed -n 's/.*malloc_owner=//p')
	case $1 in
	system) expected=libc.so.6 owner=${owner##*/} ;;
	*) expected=$1 owner=$(readlink -f "$owner") ;;
	esac
	[ "$owner" = "$expected" ] ||
		die "asked for malloc of $1 but measured that of $owner: is it a library that replaces malloc, for this machine?"
}

# probe LIB: can anything be measured on LIB at all?  Sets $owner.
probe() {
	line=$(preloaded "$1" "$programs/pair" 1 64) ||
		die "a single malloc and free fail on $1 (exit status $?)"
	check_owner "$1" "$line"
}

# prepare_program NAME [FOLDER]: its input, a $part of the usual (1: all of it), and the
# script $scratch/NAME that runs it; fails when something it needs is not installed.
prepare_program() (
	part=${part:-1}
	. "$bench/${2-programs}/$1.sh"
	for program in $needs; do
		command -v "$program" >/dev/null || {
			echo "$me: $program is not installed; measured without $1" >&2
			exit 1
		}
	done
	folder=$scratch/$1.d
	mkdir "$folder" && cd "$folder" && prepare >&2 ||
		die "the input of $1 could not be made"
	# The name is found in $scratch first, but what it runs is not.
	printf '#!/bin/sh\nPATH="%s"\ncd "%s" || exit\n%s\n' "$PATH" "$folder" \
		"$run" >"$scratch/$1"
	chmod +x "$scratch/$1"
	echo "$who" >"$scratch/$1.who"
)

# bound_to WHO: the files to which the loader bound malloc, in those processes that
# run WHO.  Not WHO itself: in a program that is not position-independent, others are
# bound to its PLT, and its PLT to the malloc.
bound_to() {
	for trace in "$scratch"/bindings.*; do
		grep -q "binding file [^ ]*/$1 \[\|binding file $1 \[" "$trace" &&
			sed -n "s|.* to \([^ ]*\) \[0\]: normal symbol .malloc'.*|\1|p" "$trace"
	done | sort -u | grep -v "^$1$\|/$1$"
}

# prove NAME LABEL LIB: runs the program once and sees whose malloc it took.
prove() {
	rm -f "$scratch"/bindings.*
	[ "$3" = system ] && preload= || preload=$3
	env ${preload:+LD_PRELOAD="$preload"} LD_DEBUG=bindings \
		LD_DEBUG_OUTPUT="$scratch/bindings" "$scratch/$1" \
		</dev/null >"$scratch/$1.$2" || die "$1 fails on $2"
	owner=$(bound_to "$(cat "$scratch/$1.who")")
	case $2,${owner##*/} in
	system,libc.so.6 | system,libc-*) ;;
	*) [ "$(readlink -f "${owner:-nothing}")" = "$3" ] ||
		die "$1 was to run on $2, but its malloc was that of ${owner:-nobody}" ;;
	esac
	cmp -s "$scratch/$1.system" "$scratch/$1.$2" ||
		die "$1 prints something else on $2 than on libc"
}

# list_other NAME=LIB: the same line for a library of the user's.
list_other() {
	case $1 in
	?*=?*) ;;
	*) refuse "\"$1\" is not NAME=LIB" ;;
	esac
	other=$(library_path "${1#*=}") || exit 1
	echo "${1%%=*}=$other"
}

# list_allocators LIB: "LABEL=PATH" for each, libc first.
list_allocators() {
	echo system=system
	echo "hakmem=$1"
	for peer in jemalloc=libjemalloc.so.2 mimalloc=libmimalloc.so.2 \
		tcmalloc=libtcmalloc_minimal.so.4 \
		tbbmalloc=libtbbmalloc_proxy.so.2; do
		case " $peers " in
		*" ${peer%%=*} "*) ;;
		*) continue ;;
		esac
		if path=$(peer_path "${peer#*=}"); then
			echo "${peer%%=*}=$path"
		else
			echo "$me: ${peer#*=} is not installed; compared without ${peer%%=*}" >&2
		fi
	done
}
