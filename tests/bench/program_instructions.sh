#!/bin/sh
# SPDX-License-Identifier: MIT
# bench/program_instructions.sh tells what an allocator itself executed in a program,
# and takes no result from a program that ran on another one or failed.
. "${abs_top_srcdir:?}/tests/bench/common.sh"
need valgrind jq
[ -e "$hak_library" ] && [ "$hak_interposition" = yes ] ||
	skip "there is no library that could be preloaded"

# Of debug symbols that this valgrind cannot read it needs none.
strip -g -o "$work/library.so" "$hak_library" || fail "strip fails"
counted() {
	"$abs_top_srcdir/bench/program_instructions.sh" --part 150 --only jq "$@"
}

status 0 counted --functions 99 "$work/library.so"
awk '$1 == "jq" && $2 > $3 && $3 > 0 && $4 ~ /library.so$/ { own = $3 }
	NF == 2 && $1 > 0 { sum += $1 }
	END { exit !(own > 0 && sum > own / 2 && sum < own * 1.2) }' "$work/out" ||
	fail "jq on the library gives: $(cat "$work/out")"

echo 'int nothing;' >"$work/nothing.c"
${CC:-cc} -shared -fPIC -o "$work/nothing.so" "$work/nothing.c" ||
	fail "an empty library does not compile"
status 1 counted "$work/nothing.so"
grep -q 'jq did not run on .*nothing.so' "$work/err" ||
	fail "an empty library gives: $(cat "$work/err")"

broken CRASH -DGOOD_CALLS=1000
status 1 counted "$work/CRASH.so"
grep -q '^jq  *FAILED .*CRASH.so' "$work/out" ||
	fail "a crash gives: $(cat "$work/out" "$work/err")"
status 2 counted
status 2 counted --part 0 "$work/library.so"
