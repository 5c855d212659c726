#!/bin/sh
# SPDX-License-Identifier: MIT
# compare, ab, sweep-threads and syscalls give whole results, and an allocator
# that is broken is a failure, never a fast row.
. "${abs_top_srcdir:?}/tests/bench/common.sh"

count() {
	grep -c "$1" "$work/out" || :
}

status 0 "$bench" compare pair random-mixed:maxsize=64 --quick --rounds=4 \
	--with system --csv
[ "$(count '^"pair","system",[1-4],[0-9]*,0\.')" = 4 ] &&
	[ "$(count '^"random-mixed:maxsize=64","system",[1-4],')" = 4 ] ||
	fail "compare --csv is not 4 rounds of each: $(cat "$work/out")"

status 0 "$bench" compare pair --quick --with system --json
for field in '"machine"' '"cpu"' '"kernel"' '"ratio_low"' '"median_mops"' \
	'"OPS"' '"malloc_owner"'; do
	grep -q "$field" "$work/out" || fail "compare --json has no $field"
done

# Single calls and system calls; a table of several rows ends with their means.
for field in '"p50_ns"' '"p999_ns"' '"max_ns"' '"timed"' '"memory_calls"' \
	'"single_thread": true' '"single_thread_rows": 1'; do
	grep -q "$field" "$work/out" || fail "compare --json has no $field"
done
status 0 "$bench" compare pair pool-tls:threads=2 --quick --rounds=1 --with system
grep -q '^  system  *1.000 (  2)  *1.000 (  1)  *1.000 (  2)$' "$work/out" ||
	fail "no means: $(cat "$work/out")"

# Two environments of one library.
status 0 "$bench" ab pair --quick --with system --a X=1 --b 'X=2 Y=3' --json
[ "$(count '"X=2 Y=3"')" -ge 2 ] || fail "ab does not name its sides"
[ "$(count '"Y=3"')" = 1 ] || fail "ab does not tell the environment"

# Threads: 1, 2, ... to twice the cores.
status 0 "$bench" sweep-threads pool-tls --ops=2000 --rounds=1 --with system --csv
[ "$(count '^"pool-tls:threads=')" -ge 2 ] || fail "no two numbers of threads"
status 2 "$bench" sweep-threads pair --with system
# What each thread is worth: of the first row as much as itself.
status 0 "$bench" sweep-threads random-mixed producer-consumer --ops=2000 --rounds=1 \
	--with system
for first in 1 2; do
	grep -A1 -E "^  (random-mixed|producer-consumer) +$first( |\$)" "$work/out" |
		grep -qE '^  system +1\.00' || fail "no efficiency from $first threads on: $(cat "$work/out")"
done

# Broken in three ways; each is a failure with its reason, beside a good row.
for how in OVERLAP CRASH EXIT; do
	broken $how
done
status 1 "$bench" compare random-mixed:ops=6000000 pair:ops=100000 --rounds=2 \
	--with "system,$work/CRASH.so" --csv
grep -q '^"random-mixed.*","CRASH.so",.*"was killed by signal' "$work/out" ||
	fail "a crash gives: $(cat "$work/out")"
[ "$(count '^"random-mixed.*,"system",[12],')" = 2 ] &&
	[ "$(count '^"pair.*,"CRASH.so",[12],')" = 2 ] ||
	fail "a crash costs other cells their results: $(cat "$work/out")"
status 1 "$bench" pair 2000000 --with "$work/EXIT.so"
grep -q 'FAILED: printed no result' "$work/out" ||
	fail "an exit gives: $(cat "$work/out")"
status 1 "$bench" pair --with "$work/OVERLAP.so"
grep -q 'wrong result' "$work/err" || fail "overlap gives: $(cat "$work/err")"
