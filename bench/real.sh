#!/bin/sh
# SPDX-License-Identifier: MIT
# real.sh: what real programs cost on each allocator, in CPU time and memory.
#
# Each file of programs/ names what it needs, the process that does the work
# (who), and makes its input and the command (run).  Before anything is measured,
# each program runs once on each allocator under the loader's eyes: the malloc of
# that process has to be the allocator's, and the output that of libc.  Then
# hakmem-bench measures, in interleaved rounds.
set -u
. "$(dirname "$0")/common.sh"

help() {
	cat <<END
usage: $me [--bench FILE] [--only "NAME..."] [--peers "NAME..."] LIB [NAME=LIB]...
       [-- OPTION...]
Runs real programs on libc's malloc, on LIB (libhakmem.so.0), on the peers that
are installed and on others that are named, and prints user and system CPU time and
the peak of resident memory: the ratio of times to the best, its interval, and
geometric means.
  --bench FILE    the program hakmem-bench (else that of ./ or build/)
  --only LIST     of $(cd "$bench/programs" && echo *.sh | sed 's/\.sh//g')
  --peers LIST    of jemalloc mimalloc tcmalloc tbbmalloc (default: all)
OPTIONs go to hakmem-bench, such as --rounds=5, --json -o FILE.
END
}

built=tools/hakmem-bench/hakmem-bench
[ -x "$built" ] && measure=./$built || measure=$bench/../build/$built
only=
peers='jemalloc mimalloc tcmalloc tbbmalloc'
while :; do
	case ${1-} in
	--help) help; exit 0 ;;
	--bench) measure=${2-} ;;
	--only) only=${2-} ;;
	--peers) peers=${2-} ;;
	-*) refuse "there is no option $1" ;;
	*) break ;;
	esac
	shift 2 || refuse "$1 needs a value"
done
[ $# -gt 0 ] || refuse "no LIB given"
library=$(library_path "$1") || exit 1
shift
[ -x "$measure" ] || die "there is no $measure; run make, or name it with --bench"
measure=$(readlink -f "$measure")
[ -n "$only" ] || only=$(cd "$bench/programs" && echo *.sh | sed 's/\.sh//g')
list_allocators "$library" >"$scratch/allocators"
while [ "${1---}" != -- ]; do
	list_other "$1" >>"$scratch/allocators" || exit
	shift
done
[ $# -eq 0 ] || shift

rows=
for name in $only; do
	[ -e "$bench/programs/$name.sh" ] || refuse "there is no program $name"
	prepare_program "$name" || continue
	while IFS='=' read -r label path; do
		prove "$name" "$label" "$path" || exit 1
	done <"$scratch/allocators"
	echo "$name: its malloc was that asked for, its output the same" >&2
	rows="$rows program:$name"
done
[ -n "$rows" ] || die "none of the programs is installed"
# shellcheck disable=SC2086 # several rows
PATH=$scratch:$PATH "$measure" compare $rows \
	--with "$(sed 's/^system=.*/system/' "$scratch/allocators" | paste -sd, -)" "$@"
