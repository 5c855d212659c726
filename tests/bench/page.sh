#!/bin/sh
# SPDX-License-Identifier: MIT
# The page of hakmem-bench has every option, command and workload of --help.
. "${abs_top_srcdir:?}/tests/bench/common.sh"

page=$abs_top_srcdir/tools/hakmem-bench/hakmem-bench.1
sed 's/\\-/-/g; s/\\f.//g' "$page" >"$work/page"
"$bench" --help >"$work/help"
grep -o -e '--[a-z][a-z-]*' "$work/help" | sort -u >"$work/words"
sed -n '/^Commands:/,$s/^  \([a-zA-Z-]*\) .*/\1/p' "$work/help" >>"$work/words"
[ "$(wc -l <"$work/words")" -gt 40 ] || fail "--help lists little"
while read -r word; do
	grep -q -e "$word" "$work/page" ||
		fail "hakmem-bench.1 lacks $word; run make bench-page"
done <"$work/words"
