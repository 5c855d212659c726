#!/bin/sh
# SPDX-License-Identifier: MIT
# compare: the speed of one or more libraries beside the peers of this machine.
#
# Runs every cell (a workload on an allocator) once per round, all cells in
# turn, so that whatever disturbs the machine disturbs all.  An unmeasured
# first round finds how many ops of each cell take the wanted time.
set -u
. "$(dirname "$0")/common.sh"

help() {
	cat <<END
usage: $me [--rounds N] [--quick] [--programs DIR] LIB...
Compares each LIB (a shared library that replaces malloc) with libc's malloc
and with jemalloc, tcmalloc and mimalloc where installed.
  --rounds N      measured rounds (default 7)
  --quick         3 rounds of shorter runs: a first look, not a result
  --programs DIR  where the programs of bench/ are built
Prints the median million ops a second of each cell; for each LIB the ratio of
its time to that of the best peer of the row (libc is no peer), which is the
median of the ratios of each round; and the geometric mean of these ratios.
Exit status 1 when a run FAILED.
END
}

# Workload, ops of the first round, program and its arguments.
rows() {
	cat <<'END'
random-mixed-256   2000000 random_mixed OPS 256 1
random-mixed-1024  2000000 random_mixed OPS 1024 1
fixed-size-256     2000000 fixed_size OPS 256 1
pool-tls-1          200000 pool_tls 1 OPS 256 1
pool-tls-4           50000 pool_tls 4 OPS 256 1
mid-large-mt-1      400000 mid_large_mt 1 OPS 256 1
mid-large-mt-2      200000 mid_large_mt 2 OPS 256 1
mid-large-mt-8       50000 mid_large_mt 8 OPS 256 1
larson-2                20 larson 2 OPS 1
END
}

# run_cell LIB OPS PROGRAM ARGUMENT...: prints the result line.
run_cell() {
	library=$1 ops=$2 program=$3
	shift 3
	for word; do
		shift
		[ "$word" = OPS ] && word=$ops
		set -- "$@" "$word"
	done
	preloaded "$library" "$programs/$program" "$@" 2>>"$scratch/errors"
}

# calibrate ROW LABEL LIB OPS COMMAND...: writes how many ops to measure.
calibrate() {
	row=$1 label=$2 library=$3 ops=$4
	shift 4
	if line=$(run_cell "$library" "$ops" "$@"); then
		check_owner "$library" "$line"
		ops=$(printf '%s\n' "$line" | field seconds |
			awk -v ops="$ops" -v wanted="$cell_seconds" \
				'{ n = ops * wanted / ($1 + 1e-9); printf "%d\n", n < 1 ? 1 : n }')
	fi
	echo "$ops" >"$scratch/ops.$row.$label"
}

# measure ROW LABEL LIB OPS COMMAND...: adds "ROW ROUND LABEL MOPS" to results.
measure() {
	row=$1 label=$2 library=$3
	shift 4
	if line=$(run_cell "$library" "$(cat "$scratch/ops.$row.$label")" "$@"); then
		check_owner "$library" "$line"
		mops=$(printf '%s\n' "$line" | field mops)
	else
		echo "$me: $row on $library FAILED (exit status $?)" >&2
		mops=FAILED
	fi
	echo "$row $round $label $mops" >>"$scratch/results"
}

# one_round ACTION LABEL=LIB...: every cell once.
one_round() {
	action=$1
	shift
	while read -r row ops command; do
		for cell; do
			# shellcheck disable=SC2086 # the command's words
			$action "$row" "${cell%%=*}" "${cell#*=}" "$ops" $command
		done
	done <"$scratch/rows"
}

print_table() {
	awk -v labels="$1" -f "$bench/compare.awk" "$scratch/rows" \
		"$scratch/results"
}

read_options '--rounds --quick' "$@"
shift "$taken"
if [ "$quick" ]; then
	cell_seconds=0.05 rounds=${rounds:-3}
else
	cell_seconds=0.3 rounds=${rounds:-7}
fi
find_programs
rows >"$scratch/rows"

number=0
for library; do
	shift
	path=$(library_path "$library") || exit 1
	number=$((number + 1))
	set -- "$@" "lib$number=$path"
done
for peer in mimalloc=libmimalloc.so.2 tcmalloc=libtcmalloc_minimal.so.4 \
	jemalloc=libjemalloc.so.2; do
	if path=$(peer_path "${peer#*=}"); then
		set -- "${peer%%=*}=$path" "$@"
	else
		echo "$me: ${peer#*=} is not installed; compared without ${peer%%=*}" >&2
	fi
done
set -- libc=system "$@"

labels=
for cell; do
	probe "${cell#*=}"
	labels="$labels ${cell%%=*}"
	printf '%-9s %s\n' "${cell%%=*}" "$owner"
done

one_round calibrate "$@"
round=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	one_round measure "$@"
	first=$1 # the order turns, so no cell always follows the same one
	shift
	set -- "$@" "$first"
done
print_table "$labels" || {
	sort -u "$scratch/errors" | head -n 20 >&2
	exit 1
}
