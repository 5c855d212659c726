#!/bin/sh
# SPDX-License-Identifier: MIT
# The library exports what tests/meta/exports.txt lists, no more and no less:
# hak_* with a version, the malloc family and the C++ operators without.
. "${abs_top_srcdir:?}/tests/meta/common.sh"
need_library

# The golden list without the sections that this build was told to leave out.
expected=$(awk -v interposition="$hak_interposition" \
	-v cxx_operators="$hak_cxx_operators" '
	BEGIN {
		built["[api]"] = "yes"
		built["[interposition]"] = interposition
		built["[cxx_operators]"] = cxx_operators
	}
	/^\[/ { section = $1 }
	/^[a-zA-Z_]/ && built[section] == "yes" {
		say($0, "")
		if (/\*/) {
			say($0, "0_")
			say($0, "1_")
		}
	}
	function say(name, part) {
		sub(/\*/, part, name)
		print name
	}
	' tests/meta/exports.txt | sort)
# The node itself shows as an absolute symbol of its own name.
exported=$(nm -D --defined-only "$hak_library" |
	awk '$2 != "A" { print $3 }' | sort)

offences=$(printf '%s\n' "$expected" "$expected" "$exported" | sort | uniq -c |
	awk '$1 == 1 { print $2 " is exported and not in the list" }
	$1 == 2 { print $2 " is in the list and not exported" }')
verdict "the exported symbols are those of tests/meta/exports.txt" "$offences"
