#!/bin/sh
# SPDX-License-Identifier: MIT
# program_instructions: what real programs execute on each allocator, counted by
# callgrind, which no other load on the machine changes.
#
# Counted is the process that does the work, all of it: its own code, the
# allocator, libc.  So the difference of two allocators is theirs, as long as the
# program does the same on both.  redis-server is the one that waits for a client:
# its counts differ by about a thousandth from run to run.
set -u
. "$(dirname "$0")/common.sh"

help() {
	cat <<END
usage: $me [--only "NAME..."] [--cache] LIB...
Prints for each program the millions of instructions on each LIB (a shared
library that replaces malloc, or the word "system" for libc's).
  --only LIST  of $(cd "$bench/programs" && echo *.sh | sed 's/\.sh//g')
               (default: lua python3 sqlite3 redis ghostscript)
  --cache      prints misses of the first data cache and of the last cache too,
               in millions, for caches of 32 KiB and 8 MiB; takes twice as long
Needs valgrind, which has no vDSO: the library keeps less idle memory there than it
does elsewhere (HAKMEM_PURGE_HYSTERESIS).
END
}

only='lua python3 sqlite3 redis ghostscript'
cache=
while :; do
	case ${1-} in
	--help) help; exit 0 ;;
	--only) only=${2-}; shift ;;
	--cache) cache='--cache-sim=yes --D1=32768,8,64 --LL=8388608,16,64' ;;
	-*) refuse "there is no option $1" ;;
	*) break ;;
	esac
	shift
done
[ $# -gt 0 ] || refuse "no LIB given"
command -v valgrind >/dev/null || die "valgrind is not installed"

# count NAME LIB: the events of the process that does the program's work.
count() {
	rm -f "$scratch"/out.*
	[ "$2" = system ] && preload= || preload=$2
	# shellcheck disable=SC2086 # options
	timeout 1500 env ${preload:+LD_PRELOAD="$preload"} valgrind \
		--tool=callgrind -q --trace-children=yes $cache \
		--soname-synonyms=somalloc=nouserintercepts \
		--callgrind-out-file="$scratch/out.%p" "$scratch/$1" \
		</dev/null >/dev/null || die "$1 fails on $2 under valgrind"
	for out in "$scratch"/out.*; do
		grep -q "^cmd: *\([^ ]*/\)\?$(cat "$scratch/$1.who")\( \|$\)" "$out" ||
			continue
		[ "$2" = system ] || grep -q "ob=.*$2" "$out" ||
			die "$1 did not run on $2"
		awk '/^events:/ { for (i = 2; i <= NF; i++) at[$i] = i }
			/^(summary|totals):/ { all = $0 }
			END {
				split(all, n)
				printf "%.1f", n[at["Ir"]] / 1e6
				if (!("D1mr" in at))
					exit
				first = n[at["D1mr"]] + n[at["D1mw"]]
				last = n[at["DLmr"]] + n[at["DLmw"]]
				printf " %.2f %.2f", first / 1e6, last / 1e6
			}' "$out"
		return
	done
	die "no process of $1 was counted on $2"
}

for name in $only; do
	[ -e "$bench/programs/$name.sh" ] || refuse "there is no program $name"
	prepare_program "$name" || continue
	for library; do
		[ "$library" = system ] || library=$(library_path "$library") || exit 1
		events=$(count "$name" "$library") || exit 1
		printf '%-12s %s  %s\n' "$name" "$events" "$library"
	done
done
