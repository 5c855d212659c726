#!/bin/sh
# SPDX-License-Identifier: MIT
# instructions: how many instructions an allocator executes for one op.
#
# Each workload runs under callgrind at two lengths; the difference leaves out
# start and end.  The same for the workload without an allocator (--dry), whose
# stand-ins for malloc and free are not counted, is the harness: the loop, the
# random numbers, the call instructions.  What remains is executed in malloc
# and free, from their first instruction to their return.  README.md has more.
set -u
. "$(dirname "$0")/common.sh"

help() {
	cat <<END
usage: $me [--programs DIR] LIB...
Prints for each LIB (a shared library that replaces malloc, or the word
"system" for libc's) the instructions per op of three workloads:
  pair 64    malloc(64) and free, one op is both
  mixed 256  random_mixed up to 256 bytes, one op is a malloc or a free
  mid 32K    mid_large_mt with one thread and 256 slots, the same
Needs valgrind.
END
}

# count LIB PROGRAM ARGUMENT...: instructions of one run, stand-ins left out.
count() {
	library=$1 program=$2
	shift 2
	# Some builds of valgrind replace malloc; the library's own must run.
	line=$(preloaded "$library" valgrind --tool=callgrind -q \
		--soname-synonyms=somalloc=nouserintercepts \
		--callgrind-out-file="$scratch/callgrind" \
		"$programs/$program" "$@") ||
		die "$program $* failed on $library under valgrind"
	[ "$1" = --dry ] || check_owner "$library" "$line"
	awk -v dry="$1" -f "$bench/callgrind.awk" "$scratch/callgrind" ||
		die "no stand-in for malloc seen in $program: was it stripped?"
}

# per_op LIB WORKLOAD [--dry]: instructions of one op.
per_op() {
	case $2 in
	pair) short=10000 long=110000 program=pair arguments=64 ;;
	mixed) short=200000 long=1200000 program=random_mixed arguments='256 1' ;;
	mid) short=50000 long=550000 program=mid_large_mt arguments='256 1' ;;
	esac
	[ "$2" = mid ] && threads=1 || threads=
	# shellcheck disable=SC2086 # words
	few=$(count "$1" $program ${3-} $threads $short $arguments) || exit 1
	# shellcheck disable=SC2086
	many=$(count "$1" $program ${3-} $threads $long $arguments) || exit 1
	echo "$few $many $((long - short))" | awk '{ print ($2 - $1) / $3 }'
}

# difference A B: A - B with one decimal.
difference() {
	echo "$1 $2" | awk '{ printf "%.1f\n", $1 - $2 }'
}

read_options '' "$@"
shift "$taken"
command -v valgrind >/dev/null || die "valgrind is not installed"
find_programs

dry_pair=$(per_op system pair --dry) || exit 1
dry_mixed=$(per_op system mixed --dry) || exit 1
dry_mid=$(per_op system mid --dry) || exit 1
printf 'instructions per op; the harness (subtracted): pair %.1f, mixed %.1f, mid %.1f\n' \
	"$dry_pair" "$dry_mixed" "$dry_mid"
printf '%9s %9s %9s  %s\n' 'pair 64' 'mixed 256' 'mid 32K' library
for library; do
	[ "$library" = system ] || library=$(library_path "$library") || exit 1
	probe "$library"
	pair=$(per_op "$library" pair) || exit 1
	mixed=$(per_op "$library" mixed) || exit 1
	mid=$(per_op "$library" mid) || exit 1
	printf '%9s %9s %9s  %s\n' "$(difference "$pair" "$dry_pair")" \
		"$(difference "$mixed" "$dry_mixed")" \
		"$(difference "$mid" "$dry_mid")" "$library"
done
