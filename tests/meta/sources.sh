#!/bin/sh
# SPDX-License-Identifier: MIT
# Every source, test and document is in the lists of the Makefile: a file that
# no list names would be missing from the library, from make check or from the
# tarball without a sound.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

listed=$(cat Makefile.am ./*/*.am configure.ac |
	tr -s '\\[] \t' '\n')

# A program of one file is listed without its suffix, a template without .in,
# the prose of a page by the page.
names() {
	case $1 in
	tests/*.c | bench/*.c) printf '%s\n' "$1" "${1%.c}" ;;
	man/env/*.txt) printf '%s\n' "${1%.txt}.7" ;;
	*.in) printf '%s\n' "${1%.in}" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

offences=$(written_files | sed 's|^\./||' |
	grep -E '^(lib|tests|bench|examples|include|man|tools)/' | while read -r file; do
	printf '%s\n' "$listed" | grep -qxF "$(names "$file")" ||
		echo "$file is in no Makefile fragment"
done)
verdict "every file is built, run or shipped" "$offences"
