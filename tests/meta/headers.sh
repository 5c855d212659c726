#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem.h is strict C99 and C11 and C++11 by itself; each header of the
# library can be included first.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

# compiles HEADER COMPILER FLAGS...: prints what the compiler says.
compiles() {
	printf '#include "%s"\n' "$1" >"$unit"
	shift
	"$@" -Iinclude -Ilib -Werror -fsyntax-only "$unit" 2>&1 ||
		echo "the above is from: $*"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unit=$work/unit.c
# CC may carry options.
offences=$(
	for standard in c99 c11; do
		compiles hakmem.h $CC -std=$standard -pedantic -Wall
	done
	find lib -name '*.h' | sed 's|^lib/||' | while read -r header; do
		compiles "$header" $CC -std=gnu11 -Wall \
			-include "$abs_top_builddir/config.h"
	done
	unit=$work/unit.cc
	! command -v "${CXX:-none}" >/dev/null ||
		compiles hakmem.h $CXX -std=c++11 -pedantic -Wall
)
verdict "every header stands alone" "$offences"
