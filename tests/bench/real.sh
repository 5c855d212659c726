#!/bin/sh
# SPDX-License-Identifier: MIT
# bench/real.sh measures a real program on the library, and nothing when malloc was
# another one than asked for or the program prints something else.
. "${abs_top_srcdir:?}/tests/bench/common.sh"
need jq
[ -e "$hak_library" ] && [ "$hak_interposition" = yes ] ||
	skip "there is no library that could be preloaded"

real() {
	"$abs_top_srcdir/bench/real.sh" --bench "$bench" --only jq --peers '' "$@"
}

status 0 real "$hak_library" second="$hak_library" -- --rounds=1 --json
grep -q '"label": "program:jq"' "$work/out" &&
	grep -q '"wall_seconds"' "$work/out" &&
	[ "$(grep -c '"median_cpu_seconds": [0-9]*[.0]*[1-9]' "$work/out")" = 3 ] ||
	fail "jq gives: $(cat "$work/out")"

echo 'int nothing;' >"$work/nothing.c"
${CC:-cc} -shared -fPIC -o "$work/nothing.so" "$work/nothing.c" ||
	fail "an empty library does not compile"
status 1 real "$work/nothing.so"
grep -q 'jq was to run on hakmem, but its malloc was that of .*libc' "$work/err" ||
	fail "an empty library gives: $(cat "$work/err")"

broken CRASH -DGOOD_CALLS=100000
status 1 real "$work/CRASH.so"
grep -q 'jq fails on hakmem' "$work/err" || fail "a crash gives: $(cat "$work/err")"
status 2 real
status 2 real "$hak_library" second
status 2 "$abs_top_srcdir/bench/real.sh" --bench "$bench" --only nosuch "$hak_library"
