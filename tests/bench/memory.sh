#!/bin/sh
# SPDX-License-Identifier: MIT
# bench/memory.sh measures rows of memory.rows on the library, beside libc: its result
# is whole and can be made a table and a picture of.  The table of bench/README.md is
# that of the result stored.
. "${abs_top_srcdir:?}/tests/bench/common.sh"
need jq
[ -e "$hak_library" ] && [ "$hak_interposition" = yes ] ||
	skip "there is no library that could be preloaded"

memory() {
	"$abs_top_srcdir/bench/memory.sh" --bench "$bench" "$@"
}

status 0 memory --rows '4 9 11' --rounds 2 --seconds 1 --peers '' -o "$work/result.json" \
	"$hak_library"
jq -e '.tool == "hakmem-bench" and .kind == "memory" and .rounds == 2 and
	(.machine.time | length) > 10 and
	([.variants[].label] == ["system", "hakmem"]) and
	all(.variants[]; .version | length > 0) and
	([.rows[].row] | unique == [4, 9, 11]) and
	all(.rows[].cells[]; (.runs | length) == 2 and (has("failed") | not)) and
	all(.rows[].cells[].runs[0]; (.rss_series_kb | length) > 1 and
		(.rss_series_kb | length) == (.time_series_ms | length)) and
	(any(.rows[]; .label == "watch:sleep" and all(.cells[].runs[]; .processes == 30)))' \
	"$work/result.json" >/dev/null || fail "the result is not whole: $(cat "$work/result.json")"
if grep -n '": "/' "$work/result.json"; then
	fail "the result names folders of this machine"
fi

status 0 memory --table "$work/result.json"
for number in 4 9 11; do
	grep -q "^| $number | .* | \(yes\|no\) |\$" "$work/out" ||
		fail "the table has no row $number: $(cat "$work/out")"
done

# What does not replace malloc is not measured.
echo 'int nothing;' >"$work/nothing.c"
${CC:-cc} -shared -fPIC -o "$work/nothing.so" "$work/nothing.c" ||
	fail "an empty library does not compile"
status 1 memory --rows 4 --rounds 1 --peers '' "$work/nothing.so"
grep -q 'was to run on hakmem, but its malloc was that of .*libc' "$work/err" ||
	fail "an empty library gives: $(cat "$work/err")"
status 2 memory --rows 13 "$hak_library"
status 2 memory --rounds none "$hak_library"
status 2 memory

status 0 memory --table "$abs_top_srcdir/bench/results/memory.json"
sed -n '/^| | what |/,/^$/p' "$abs_top_srcdir/bench/README.md" | sed '/^$/d' >"$work/shown"
cmp -s "$work/shown" "$work/out" || fail "the table of bench/README.md is another than
memory.sh --table bench/results/memory.json gives: $(diff "$work/shown" "$work/out")"
