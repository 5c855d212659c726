#!/bin/sh
# SPDX-License-Identifier: MIT
# Every HAKMEM_* variable named in the documents is a row of options.def.
# Macros of hakmem.h and the version node share the prefix.  ChangeLog may name
# what once was.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

rows=$(sed -n 's/^OPTION(\([A-Z0-9_]*\),.*/HAKMEM_\1/p' lib/options/options.def)
documents=$(written_files | grep -E '\.md$|^\./man/')
named=$(grep -ohE 'HAKMEM_[A-Z0-9_]*[A-Z0-9]' $documents lib/options/options.def |
	grep -vE '^HAKMEM_(VERSION|1$)' | sort -u)

[ -n "$rows" ] || verdict "options.def has rows" "no row was found"
offences=$(for name in $named; do
	printf '%s\n' "$rows" | grep -qx "$name" ||
		grep -Hn "$name" $documents lib/options/options.def
done)
verdict "documents name only variables that lib/options/options.def has" "$offences"
