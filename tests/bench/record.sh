#!/bin/sh
# SPDX-License-Identifier: MIT
# A program's calls are recorded and replayed on every allocator; a trace that is
# cut short or spoilt is refused.
. "${abs_top_srcdir:?}/tests/bench/common.sh"
need awk
[ -e "${bench%/*}/.libs/hakmem-recorder.so" ] || skip "the recorder is not built"
find_allocators

status 0 "$bench" record -o "$work/trace" \
	awk 'BEGIN { for (i = 0; i < 3000; i++) a[i] = a[i - 1] "x"; print length(a[2999]) }'
[ "$(cat "$work/out")" = 3000 ] || fail "recorded, awk prints $(cat "$work/out")"
[ "$(grep -c '^m [0-9]* [0-9a-f]*$' "$work/trace")" -ge 1000 ] ||
	fail "the trace has few calls: $(head -n 5 "$work/trace")"
status 0 "$bench" mixed-trace 2 "$work/trace" --with "$allocators" --csv
calls=$(($(wc -l <"$work/trace") - 2))
[ "$(grep -c ",1,$((2 * calls))," "$work/out")" = \
	"$(echo "$allocators" | tr ',' '\n' | wc -l)" ] ||
	fail "not all $calls calls were replayed twice: $(cat "$work/out")"
status 0 "$bench" mixed-trace "$work/trace" --with system --csv
grep -q ",1,$calls," "$work/out" || fail "not replayed once: $(cat "$work/out")"
status 0 "$bench" compare "mixed-trace:$work/trace" --quick --with system --csv

# spoilt SENTENCE: the trace $work/bad is refused so.
spoilt() {
	status 1 "$bench" mixed-trace 1 "$work/bad"
	grep -q "FAILED: .*$1" "$work/out" || fail "no \"$1\": $(cat "$work/out")"
}
head -c 5000 "$work/trace" >"$work/bad"
spoilt 'is cut short'
echo nothing >"$work/bad"
spoilt 'is not a trace'
printf 'hakmem-trace 1\nend 1\n' >"$work/bad"
spoilt 'has no calls'
printf 'hakmem-trace 1\nm 10 ab\nq 7\nend 3\n' >"$work/bad"
spoilt 'line 3 of .* is no call'
printf 'hakmem-trace 1\nm 99999999999999999999 ab\nend 2\n' >"$work/bad"
spoilt 'line 2 of .* is no call'
rm "$work/bad"
spoilt 'cannot read'

status 1 "$bench" record -o "$work/none" "$work/nosuch"
status 1 "$bench" record -o "$work/none" sh -c 'kill -9 $$'
[ ! -e "$work/none" ] || fail "half a trace is left"
status 2 "$bench" record sh
