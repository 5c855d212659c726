#!/bin/sh
# SPDX-License-Identifier: MIT
# Every page of section 3 has the sections that such a page has; its example, as it stands on
# the page, compiles without a warning and runs; a function that does not say what it
# returns, or what signal handlers may do, stops the generator.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# example PAGE: its program.
example() {
	sed -n '/^\.SH EXAMPLES/,/^\.SH SEE/p' "$1" | sed -n '/^\.EX/,/^\.EE/p' |
		sed -e '/^\.E[XE]/d' -e 's/^\\&//' -e 's/\\-/-/g' -e 's/\\e/\\/g'
}

# compiles NAME: $work/NAME.c becomes a program that runs.
compiles() {
	$CC -std=c11 -Wall -Wextra -Werror -Iinclude -o "$work/$1" "$work/$1.c" \
		"$hak_library" 2>&1 || return 0
	(cd "$work" && LD_LIBRARY_PATH=${hak_library%/*} "./$1") >"$work/said" 2>&1 ||
		echo "$1: the example fails: $(cat "$work/said")"
	[ -s "$work/said" ] || echo "$1: the example says nothing"
}

# refused EDIT SENTENCE: the header, so edited, makes no page.
refused() {
	sed "$1" include/hakmem.h >"$work/hakmem.h"
	! cmp -s include/hakmem.h "$work/hakmem.h" || echo "the edit $1 changes nothing"
	if awk -v date=2000-01-01 -v version=0 -v page=hak_malloc -f man/roff.awk \
		-f man/api.awk "$work/hakmem.h" man/examples/hak_malloc.c >"$work/page" 2>"$work/said"
	then
		echo "a page is made although it should say: $2"
	else
		grep -qF "$2" "$work/said" || echo "not \"$2\", but $(cat "$work/said")"
	fi
}

pages=$(find man "$abs_top_builddir/man" -name '*.3' | sort -u)
[ -n "$pages" ] || verdict "there are pages of functions" "none in $abs_top_builddir/man"
offences=$(for page in $pages; do
	for section in NAME SYNOPSIS DESCRIPTION 'RETURN VALUE' ERRORS ATTRIBUTES EXAMPLES \
		'SEE ALSO'; do
		grep -qx "\.SH $section" "$page" || echo "$page has no section $section"
	done
	name=$(basename "$page" .3)
	example "$page" >"$work/$name.c"
	# One of them frees a block of malloc() by hak_free().
	[ ! -e "$hak_library" ] || { [ "$name" = libhakmem ] && [ "$hak_interposition" != yes ]; } ||
		compiles "$name"
done
grep -A 3 '^\.EX' "$abs_top_builddir/man/hak_stats.3" man/hak_stats.3 2>/dev/null |
	grep -q 'struct hak_stats_v1' || echo "hak_stats_t is not in a constant font"
refused '/Returns: the block, or NULL\.$/d' 'does not say what it returns'
refused 's/Signals: Limited/Signals: Perhaps/' 'does not say what signal handlers may do')
verdict "pages of functions are complete, and their examples run" "$offences"
