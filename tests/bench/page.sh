#!/bin/sh
# SPDX-License-Identifier: MIT
# The page of hakmem-bench is what `make bench-page` makes of --help; without
# help2man: it has every option, command and workload.
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

# Its first example works, and each member of a result is described.
sed -n '/^\.SH EXAMPLES/,/^\.fi/s/\\-/-/gp' "$page" |
	sed 's/\\e$/\\/; /^hakmem-bench/!{ /^ /!d; }' >"$work/example"
mkdir "$work/bin"
ln -s "$bench" "$work/bin/hakmem-bench"
[ -e "$hak_library" ] && [ "$hak_interposition" = yes ] && command -v gnuplot >/dev/null ||
	sed -i 's/system,hakmem/system/; /^hakmem-bench plot/d' "$work/example"
cd "$work"
[ "$(grep -c '^hakmem-bench compare' example)" = 1 ] || fail "the example: $(cat example)"
PATH="$work/bin:$PATH" sh -eu example 2>err || fail "the example fails: $(cat err)"
grep -q '</svg>' result.svg || ! grep -q plot example || fail "there is no picture"
sed -n 's/^ *"\([a-z][a-z0-9_]*\)": .*/\1/p' result.json | sed 's/^median_//' |
	sort -u >members
[ "$(wc -l <members)" -gt 50 ] || fail "the result has few members: $(cat result.json)"
sed -n '/^\.SH.*JSON/,/^\.SH "*EXIT/p' "$page" >described
while read -r member; do
	grep -q "\\\\fB$member\\\\fR" described || fail "hakmem-bench.1 lacks the member $member"
done <members

command -v help2man >/dev/null || exit 0
"$abs_top_srcdir/tools/hakmem-bench/page.sh" "$bench" >"$work/made" ||
	fail "page.sh failed"
# The day, and the version of help2man, are not ours.
for file in "$work/made" "$page"; do
	sed -e '/^\.TH/d' -e '/^\.\\" DO NOT MODIFY/d' "$file" >"$work/${file##*/}.body"
done
cmp -s "$work/made.body" "$work/hakmem-bench.1.body" ||
	fail "hakmem-bench.1 is not what --help and page.h2m say; run make bench-page:
$(diff "$work/hakmem-bench.1.body" "$work/made.body" | head -n 20)"
