#!/bin/sh
# SPDX-License-Identifier: MIT
# Every page fits a terminal of 80 columns, and its examples and tables, which are not
# filled, fit a sheet of paper: a line of man(7) there has 72 characters of the constant
# font, and each .RS 4 takes four of them.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

man --version 2>/dev/null | grep -q '^man ' || skip "man-db is not installed"
command -v groff >/dev/null || skip "groff is not installed"

# too_wide PAGE: what leaves a terminal.  In ASCII a byte is a column.
too_wide() {
	MANWIDTH=80 man -E ascii -l "$1" 2>/dev/null | col -bx |
		awk 'length($0) > 80 { print "the terminal: " $0 }
			/[("]-$/ { print "a hyphen before a word: " $0 }'
}

# off_paper PAGE: what leaves the paper.
off_paper() {
	awk '
		/^\.RS/ { depth += 4 }
		/^\.RE/ { depth -= 4 }
		/^\.EE/ { shown = 0 }
		shown {
			gsub(/\\f.|\\&|\\%|\\c/, "")
			gsub(/\\\(..|\\[-e]/, "x")
			if (length($0) > 72 - depth)
				print "the paper: " $0
		}
		/^\.EX/ { shown = 1 }' "$1"
	groff -t -man -Tps -ww "$1" 2>&1 >/dev/null || :
}

pages=$(find man "$abs_top_builddir/man" -name '*.[1-8]' | sort -u)
[ -n "$pages" ] || verdict "there are pages" "none in $abs_top_builddir/man"
# A page that is too wide for both is seen.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '.TH wide 7\n.SH NAME\nwide \\- x\n.SH X\n.EX\n%090d\n.EE\n' 0 >"$work/wide.7"
offences=$([ -n "$(too_wide "$work/wide.7")" ] && [ -n "$(off_paper "$work/wide.7")" ] ||
	echo "a page that is too wide is not seen"
for page in $pages; do
	{ too_wide "$page"; off_paper "$page"; } | sed "s|^|$page: |"
done)
verdict "pages fit 80 columns and the paper" "$offences"
