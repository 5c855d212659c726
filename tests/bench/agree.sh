#!/bin/sh
# SPDX-License-Identifier: MIT
# The judgement of bench/agree.sh on known data; its programs compile and run.
. "${abs_top_srcdir:?}/tests/bench/common.sh"
need awk

# times FILE HAKMEM SYSTEM PEER: of three rounds, the last one disturbed.
times() {
	for round in 1 2 3; do
		echo "load $round hakmem $2"
		echo "load $round system $((round == 3 ? 100 : $3))"
		echo "load $round peer $4"
	done >"$work/$1"
}

judge() {
	awk -v peer=peer -f "$abs_top_srcdir/bench/agree.awk" "$work/programs" "$work/bench"
}

times programs 10 20 12
times bench 100 150 10
status 1 judge
grep -q 'hakmem / system  *0.50  *0.67  *agree' "$work/out" &&
	grep -q 'peer / system  *0.60  *0.07  *agree' "$work/out" ||
	fail "known data give: $(cat "$work/out")"
grep -q 'hakmem / peer  *0.83  *10.00  *CONTRADICT' "$work/out" ||
	fail "a contradiction gives: $(cat "$work/out")"
times bench 100 150 95
status 0 judge
grep -q 'hakmem / peer  *0.83  *1.05  *too close to tell' "$work/out" ||
	fail "a small difference gives: $(cat "$work/out")"

for load in "$abs_top_srcdir"/bench/agree/*.c; do
	${CC:-cc} -O2 -fno-builtin -pthread -o "$work/load" "$load" ||
		fail "$load does not compile"
	status 0 "$work/load"
	grep -q '^[0-9]*\.[0-9]*$' "$work/out" || fail "$load prints $(cat "$work/out")"
done
