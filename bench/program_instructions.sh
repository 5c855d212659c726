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

only=$(cd "$bench/programs" && echo *.sh | sed 's/\.sh//g')
help() {
	cat <<END
usage: $me [OPTION]... LIB...
Prints for each program the millions of instructions on each LIB (a shared
library that replaces malloc, or the word "system" for libc's), and how many of
them the allocator's own functions executed (of libc with its debug symbols
alone; else 0).  A LIB that executed nothing in the program is an error; a program
that fails on a LIB is a row, and exit status 1.
  --only LIST     of $only
  --part N        the N-th part of the usual inputs (default 1: all of them)
  --functions N   prints the N functions of the allocator that executed most, too
  --cache         prints misses of the first data cache and of the last cache too,
                  in millions, for caches of 32 KiB and 8 MiB; takes twice as long
Needs valgrind, which has no vDSO: the library keeps less idle memory there than it
does elsewhere (HAKMEM_PURGE_HYSTERESIS).
END
}

cache=
failed=0
functions=0
part=1
while :; do
	case ${1-} in
	--help) help; exit 0 ;;
	--only) only=${2-}; shift ;;
	--part | --functions)
		is_number "${2-}" || refuse "$1 needs a number above 0, not \"${2-}\""
		[ "$1" = --part ] && part=$2 || functions=$2
		shift
		;;
	--cache) cache='--cache-sim=yes --D1=32768,8,64 --LL=8388608,16,64' ;;
	-*) refuse "there is no option $1" ;;
	*) break ;;
	esac
	shift
done
[ $# -gt 0 ] || refuse "no LIB given"
command -v valgrind >/dev/null || die "valgrind is not installed"

# run NAME LIB: sets $out to the events of the process that does the program's work: of
# those of that name, the one that executed most.  False when the program fails.
run() {
	rm -f "$scratch"/out.*
	[ "$2" = system ] && preload= || preload=$2
	# shellcheck disable=SC2086 # options
	timeout 1500 env ${preload:+LD_PRELOAD="$preload"} valgrind \
		--tool=callgrind -q --trace-children=yes $cache \
		--soname-synonyms=somalloc=nouserintercepts \
		--callgrind-out-file="$scratch/out.%p" "$scratch/$1" \
		</dev/null >/dev/null 2>"$scratch/err" || return 1
	out= most=0
	for file in "$scratch"/out.*; do
		grep -q "^cmd: *\([^ ]*/\)\?$(cat "$scratch/$1.who")\( \|$\)" "$file" || continue
		count=$(sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' "$file" | sed -n '$p')
		[ "$count" -gt "$most" ] && most=$count out=$file
	done
	[ -n "$out" ] || die "no process of $1 was counted on $2"
}

# events FILE: millions of instructions, and of misses with --cache.
events() {
	awk '/^events:/ { for (i = 2; i <= NF; i++) at[$i] = i }
		/^(summary|totals):/ { all = $0 }
		END {
			split(all, n)
			printf "%8.1f", n[at["Ir"]] / 1e6
			if (!("D1mr" in at))
				exit
			first = n[at["D1mr"]] + n[at["D1mw"]]
			last = n[at["DLmr"]] + n[at["DLmw"]]
			printf " %8.2f %8.2f", first / 1e6, last / 1e6
		}' "$1"
}

# row NAME LIB
row() {
	if ! run "$1" "$2"; then
		printf '%-12s %8s%s %7s  %s\n' "$1" FAILED "${cache:+ $(printf '%8s %8s' - -)}" - "${2##*/}"
		cat "$scratch/err" >&2
		failed=1
		return
	fi
	awk -v library="$2" -v functions="$functions" -f "$bench/own_share.awk" "$out" \
		>"$scratch/own"
	read -r own <"$scratch/own"
	[ "$2" = system ] || [ "$own" != 0.0 ] || die "$1 did not run on $2"
	printf '%-12s %s %7s  %s\n' "$1" "$(events "$out")" "$own" "${2##*/}"
	sed 1d "$scratch/own"
}

printf '# SPDX-License-Identifier: MIT\n# %s, %s; the %sth part of the inputs; millions\n' "$(date +%Y-%m-%d)" \
	"$(valgrind --version)" "$part"
printf '%-12s %8s%s %7s  %s\n' '# program' all "${cache:+ $(printf '%8s %8s' D1 last)}" \
	own library
for name in $only; do
	[ -e "$bench/programs/$name.sh" ] || refuse "there is no program $name"
	prepare_program "$name" || continue
	for library; do
		[ "$library" = system ] || library=$(library_path "$library") || exit 1
		row "$name" "$library"
	done
done
exit $failed
