#!/bin/sh
# SPDX-License-Identifier: MIT
# Every workload runs a few thousand operations on every allocator there is, says
# which file malloc came from, and gives numbers.
. "${abs_top_srcdir:?}/tests/bench/common.sh"
find_allocators

# Numbers that make a run short.
short() {
	case $1 in
	startup) echo 5 ;;
	program) echo 3 sh -c : ;;
	first-touch) echo 20 ;;
	thread-churn) echo 200 ;;
	larson) echo 2 2 1 100 ;;
	producer-consumer) echo 2 2 4000 64 ;;
	pool-tls | mid-large-mt) echo 2 4000 64 1 ;;
	realloc-grow) echo 2000 65536 ;;
	calloc-large) echo 20 1048576 ;;
	large) echo 5 1 ;;
	burst) echo 4 ;;
	calloc-sparse) echo 20 1048576 65536 ;;
	large-rounds) echo 2 5 20 10 ;;
	fragmentation | thinned) echo 2 8 10 ;;
	growing-sizes) echo 2000 0 10 ;;
	size-waste) echo 8192 65536 2 1 ;;
	ended-threads) echo 20 ;;
	address-space) echo 8 ;;
	watch) echo 20 sleep 1 ;;
	*) echo 200000 ;;
	esac
}

# 1 where how long single calls take is meant to be known.
percentiles_of() {
	case $1 in
	fragmentation | program | calloc-sparse | large-rounds | thinned | growing-sizes | \
		size-waste | ended-threads | address-space | watch) echo 0 ;;
	*) echo 1 ;;
	esac
}

workloads=$("$bench" --help | sed -n '/^Workloads/,$s/^  \([a-z-]*\) [A-Z].*/\1/p')
[ "$(echo "$workloads" | wc -l)" -ge 15 ] || fail "--help lists only: $workloads"
many=$(echo "$allocators" | tr ',' '\n' | wc -l)
for workload in $workloads; do
	[ "$workload" != mixed-trace ] || continue # record.sh does that
	# shellcheck disable=SC2046 # several numbers
	status 0 "$bench" --with "$allocators" --csv "$workload" $(short "$workload")
	[ "$(grep -c "^\"$workload\",\".*\",1,[1-9][0-9]*,[0-9.e-]*[1-9]" "$work/out")" = \
		"$many" ] || fail "$workload gave no numbers: $(cat "$work/out")"
	[ "$(awk -F , -v meant="$(percentiles_of "$workload")" '
		NR > 1 && $11 > 0 && ($12 > 0 || /^"(program|watch)"/) && ($17 > 0) == meant &&
			(!meant || $13 != "" && $13 <= $17)' "$work/out" | wc -l)" = \
		"$many" ] || fail "$workload: memory or percentiles are wrong: $(cat "$work/out")"
done

# What a person reads names the owner of malloc.
status 0 "$bench" pair 1000000 64 --with "$allocators"
for name in $(echo "$allocators" | tr ',' '\n'); do
	case $name in
	system) name=libc ;;
	*=*) name=libhakmem ;;
	esac
	grep -q "malloc_owner .*/lib[a-z]*$name[^/]*\.so\|malloc_owner .*/$name\.so" "$work/out" ||
		fail "no proof of $name: $(cat "$work/out")"
done
