#!/bin/sh
# SPDX-License-Identifier: MIT
# Rows of options.def, their prose and their pages are the same set; a default
# that disagrees stops the generator; every exported function has a page.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
table=lib/options/options.def

# generate TABLE PROSE: the page of one variable, and what awk says.
generate() {
	awk -v date=2000-01-01 -v version=0 -v results="${3-bench/results}" \
		-f man/roff.awk -f man/table.awk -f man/results.awk \
		-f man/variable.awk configure.ac "$1" "$2" 2>&1
}

# refused TABLE PROSE SENTENCE: prints an offence unless the generator stops so.
refused() {
	if generate "$1" "$2" >"$work/said"; then
		echo "a page is made although it should say: $3"
	else
		grep -qF "$3" "$work/said" || echo "not \"$3\", but $(cat "$work/said")"
	fi
}

# only_in WHAT LIST OTHER-LIST
only_in() {
	printf '%s\n' "$3" "$3" "$2" | sort | uniq -u | sed "s|^|$1: |"
}

rows=$(sed -n 's/^OPTION(\([A-Z0-9_]*\),.*/HAKMEM_\1/p' $table)
prose=$(cd man/env && ls -- *.txt | sed 's/\.txt$//')
listed=$(sed -n 's|^	man/env/\(.*\)\.7.*|\1|p' man/man.am)
# hak_stats_page is data, for hakmem-stat alone.
functions=$(sed -n 's/^\(hak_.*\)@@.*/\1/p' tests/meta/exports.txt |
	grep -vx hak_stats_page)

described=$(for file in man/*.3 "$abs_top_builddir"/man/*.3; do
	[ ! -e "$file" ] || sed -n '/^\.SH NAME/{n;s/ \\-.*//;s/,//gp;}' "$file"
done | tr ' ' '\n' | sort -u)

sed 's/^default 512$/default 513/' man/env/HAKMEM_PURGE_FLOOR.txt \
	>"$work/HAKMEM_PURGE_FLOOR.txt"
sed 's/^default adaptive$/default eager/' man/env/HAKMEM_PREWARM.txt \
	>"$work/HAKMEM_PREWARM.txt"
sed 's/^see HAKMEM_/see HAKMEM_OLD_/' man/env/HAKMEM_CONF.txt >"$work/HAKMEM_CONF.txt"
sed '/^EXAMPLES$/,$d' man/env/HAKMEM_STATS.txt >"$work/HAKMEM_STATS.txt"
sed 's/^EXAMPLES$/EXAMPLE/' man/env/HAKMEM_STATS_FILE.txt \
	>"$work/HAKMEM_STATS_FILE.txt"
sed '/^OPTION(PREWARM,/d' $table >"$work/table"
sed 's/^results .*/results none.json/' man/env/HAKMEM_TINY_P0_NO_DRAIN.txt \
	>"$work/HAKMEM_TINY_P0_NO_DRAIN.txt"
sed '/^MEASURED$/,/^EXAMPLES$/{/^EXAMPLES$/!d;}' man/env/HAKMEM_PURGE_TARGET.txt \
	>"$work/HAKMEM_PURGE_TARGET.txt"
mkdir "$work/results"
sed 's/"ratio": [0-9.]*/"ratio": 123.456/' bench/results/p0-no-drain.json \
	>"$work/results/p0-no-drain.json"

offences=$(
	only_in "a row without prose" "$rows" "$prose"
	only_in "prose without a row" "$prose" "$rows"
	only_in "prose that man/man.am does not list" "$prose" "$listed"
	only_in "listed in man/man.am without prose" "$listed" "$prose"
	only_in "a function without a page" "$functions" "$described"
	for page in $prose; do
		generate $table "man/env/$page.txt" >"$work/page" ||
			cat "$work/page"
	done
	refused $table "$work/HAKMEM_PURGE_FLOOR.txt" 'the default is "513"'
	refused $table "$work/HAKMEM_PREWARM.txt" 'the default is "eager"'
	refused $table "$work/HAKMEM_CONF.txt" 'which has no row'
	refused $table "$work/HAKMEM_STATS.txt" 'lacks one of'
	refused $table "$work/HAKMEM_STATS_FILE.txt" 'EXAMPLE is no heading'
	refused $table "$work/HAKMEM_TINY_P0_NO_DRAIN.txt" 'which has no results'
	refused $table "$work/HAKMEM_PURGE_TARGET.txt" 'nothing that was measured'
	generate $table man/env/HAKMEM_TINY_P0_NO_DRAIN.txt "$work/results" |
		grep -q '=1  *123\.46 (' || echo "a page does not show what its results say"
	refused "$work/table" man/env/HAKMEM_PREWARM.txt 'has no row'
)
[ -n "$rows" ] && [ -n "$functions" ] || offences="no row or no function was found"
verdict "variables, functions and pages are the same set" "$offences"
