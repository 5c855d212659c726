#!/bin/sh
# SPDX-License-Identifier: MIT
# agree.sh: does hakmem-bench say of allocators what other programs say?
#
# The programs of agree/ have nothing in common with it: plain calls of malloc and
# free, loops, random numbers, a queue and a clock of their own.  For each pair of
# allocators and each load, both tell how much CPU time one takes beside the other.
# Where both see a difference of more than a tenth, they must see it the same way.
set -u
. "$(dirname "$0")/common.sh"

help() {
	cat <<END
usage: $me [--rounds N] [--bench FILE] LIB
Prints, for libc's malloc, LIB (libhakmem.so.0) and a peer, ratios of CPU time as
hakmem-bench and as independent programs measure them.  Exit status 1 when they
contradict each other.
  --rounds N    measured rounds of both (default 7)
  --bench FILE  the program hakmem-bench (else that of ./ or build/)
END
}

loads='random_mixed pool_tls producer_consumer'

built=tools/hakmem-bench/hakmem-bench
[ -x "$built" ] && measure=./$built || measure=$bench/../build/$built
rounds=7
while :; do
	case ${1-} in
	--help) help; exit 0 ;;
	--bench) measure=${2-} ;;
	--rounds)
		is_number "${2-}" ||
			refuse "--rounds needs a number above 0, not \"${2-}\""
		rounds=$2
		;;
	-*) refuse "there is no option $1" ;;
	*) break ;;
	esac
	shift 2 || refuse "$1 needs a value"
done
[ $# -eq 1 ] || refuse "give one LIB"
library=$(library_path "$1") || exit 1
[ -x "$measure" ] || die "there is no $measure; run make, or name it with --bench"

peer=
for peer in mimalloc=libmimalloc.so.2 tcmalloc=libtcmalloc_minimal.so.4 \
	jemalloc=libjemalloc.so.2; do
	path=$(peer_path "${peer#*=}") && break
done
[ -n "$path" ] || die "no peer is installed: mimalloc, tcmalloc or jemalloc"
set -- system=system "hakmem=$library" "${peer%%=*}=$path"

for load in $loads; do
	${CC:-cc} -O2 -fno-builtin -pthread -o "$scratch/$load" "$bench/agree/$load.c" ||
		die "agree/$load.c does not compile"
done

# The programs: "LOAD ROUND LABEL SECONDS", the order turning each round.
round=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	for load in $loads; do
		for cell; do
			seconds=$(preloaded "${cell#*=}" "$scratch/$load") ||
				die "agree/$load.c fails on ${cell%%=*}"
			echo "$load $round ${cell%%=*} $seconds"
		done
	done
	first=$1
	shift
	set -- "$@" "$first"
done >"$scratch/programs"

# hakmem-bench: the same from its CSV, whose 8th column is CPU time.
"$measure" compare random-mixed pool-tls:threads=1 \
	producer-consumer:producers=1,consumers=1 --rounds="$rounds" --csv \
	--with "system,hakmem=$library,${peer%%=*}" >"$scratch/csv" ||
	die "hakmem-bench fails: $(cat "$scratch/csv")"
sed -n 's/^"\([a-z-]*\)[^"]*","\([a-z]*\)",\([0-9]*\),[^,]*,[^,]*,[^,]*,[^,]*,\([^,]*\),.*/\1 \3 \2 \4/p' \
	"$scratch/csv" | tr - _ >"$scratch/bench"

awk -v peer="${peer%%=*}" -f "$bench/agree.awk" \
	"$scratch/programs" "$scratch/bench"
