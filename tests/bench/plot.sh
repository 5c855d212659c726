#!/bin/sh
# SPDX-License-Identifier: MIT
# A picture of each kind of result, in both formats; none where gnuplot fails.
. "${abs_top_srcdir:?}/tests/bench/common.sh"
need gnuplot jq

# drawn RESULT WORD: as SVG with a word that must be in it, and as PNG.
drawn() {
	status 0 "$bench" plot "$work/$1.json" -o "$work/$1.svg"
	grep -q '</svg>' "$work/$1.svg" || fail "$1.svg is no whole SVG"
	grep -q "$2" "$work/$1.svg" || fail "$1.svg does not say $2"
	[ ! -s "$work/err" ] || fail "gnuplot says: $(cat "$work/err")"
	status 0 "$bench" plot "$work/$1.json" -o "$work/$1.png"
	[ "$(head -c 4 "$work/$1.png" | tail -c 3)" = PNG ] || fail "$1.png is no PNG"
}

two=system,'a "b" \\ c'=$hak_library
[ -e "$hak_library" ] && [ "$hak_interposition" = yes ] || two=system
status 0 "$bench" compare pair thread-churn --quick --with "$two" \
	--json -o "$work/compare.json"
drawn compare system
status 0 "$bench" sweep-threads pool-tls --ops=2000 --rounds=1 --with "$two" \
	--json -o "$work/threads.json"
drawn threads system
status 0 "$bench" fragmentation 2 8 10 --with "$two" --json -o "$work/memory.json"
drawn memory system
status 0 "$bench" memory fragmentation:mib=2,idle=10 large-rounds:mib=2,small=20,idle=1 pair \
	--rounds=1 --with "$two" --json -o "$work/memories.json"
drawn memories large-rounds:mib=2,small=20,idle=1
grep -q 'fragmentation:mib=2' "$work/memories.svg" || fail "a panel is missing"
if grep -q '>pair<' "$work/memories.svg"; then
	fail "a workload without memory over time has a panel"
fi
status 0 "$bench" sweep pair:ops=100000 --rounds=1 --with system \
	--json -o "$work/sweep.json"
jq -r '.rows[].cells[] | select(.frontier).variant' "$work/sweep.json" >"$work/frontier"
[ -s "$work/frontier" ] || fail "no variant of the sweep is on its frontier"
drawn sweep "$(head -n 1 "$work/frontier")"
while read -r name; do
	grep -q "$name" "$work/sweep.svg" || fail "sweep.svg does not name $name"
done <"$work/frontier"

# What failed leaves a gap, not a broken picture.
broken CRASH
status 1 "$bench" compare random-mixed:ops=6000000 pair:ops=100000 --rounds=1 \
	--with "system,$work/CRASH.so" --json -o "$work/gap.json"
drawn gap CRASH
status 1 "$bench" sweep-threads pool-tls --ops=1500000 --rounds=1 \
	--with "system,$work/CRASH.so" --json -o "$work/gap.json"
drawn gap system
status 1 "$bench" fragmentation 700 8 10 --with "system,$work/CRASH.so" \
	--json -o "$work/gap.json"
drawn gap system
status 1 "$bench" fragmentation 700 8 10 --with "$work/CRASH.so" \
	--json -o "$work/gap.json"
status 1 "$bench" plot "$work/gap.json" -o "$work/none.svg"
grep -q 'hakmem-bench: .*failed' "$work/err" ||
	fail "a result that failed gives: $(cat "$work/err")"

# Without gnuplot one sentence says what to install.
mkdir "$work/empty"
status 1 env PATH="$work/empty" "$bench" plot "$work/compare.json" -o "$work/none.svg"
[ "$(wc -l <"$work/err")" = 1 ] && grep -q 'package gnuplot-nox' "$work/err" ||
	fail "without gnuplot: $(cat "$work/err")"

# Axes begin at 0 and hold every whisker.
mkdir "$work/bin"
printf '#!/bin/sh\ncat >"%s/script"\n' "$work" >"$work/bin/gnuplot"
chmod +x "$work/bin/gnuplot"
jq '.rows[].cells[].ratio_low = 0.125' "$work/compare.json" >"$work/wide.json"
PATH="$work/bin:$PATH" "$bench" plot "$work/wide.json" -o "$work/none.svg" 2>"$work/err" || :
grep -q '^set yrange \[0:8\.4\]$' "$work/script" && grep -q 'whiskers: ' "$work/script" ||
	fail "a wide interval is drawn so: $(cat "$work/script")"
PATH="$work/bin:$PATH" "$bench" plot "$work/sweep.json" -o "$work/none.svg" 2>"$work/err" || :
grep -q '^set xrange \[0:\*\]$' "$work/script" && grep -q '^set yrange \[0:\*\]$' "$work/script" &&
	grep -q 'whiskers: ' "$work/script" || fail "a sweep is drawn so: $(cat "$work/script")"

# A gnuplot that fails leaves nothing behind.
rm -f "$work/none.svg"
printf '#!/bin/sh\nexit 3\n' >"$work/bin/gnuplot"
chmod +x "$work/bin/gnuplot"
status 1 env PATH="$work/bin:$PATH" "$bench" plot "$work/compare.json" \
	-o "$work/none.svg"
[ ! -e "$work/none.svg" ] && ! ls "$work" | grep -q 'none.svg\.' ||
	fail "a failed picture is left: $(ls "$work")"
