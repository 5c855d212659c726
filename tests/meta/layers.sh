#!/bin/sh
# SPDX-License-Identifier: MIT
# A file includes only boxes of its own line in lib/floors and of lines above; in a
# box whose files have an order there, only headers of files before it and its own.
# The public header is for the API and what stands on it.
. "${abs_top_srcdir:?}/tests/meta/common.sh"

offences=$(awk '
	function box_of(path) {
		sub(/^lib\//, "", path)
		sub(/\/.*/, "", path)
		return path
	}
	function stem_of(path) {
		sub(/^lib\//, "", path)
		sub(/\.[ch]$/, "", path)
		return path
	}
	FILENAME == "lib/floors" {
		if ($1 ~ /^[0-9]+$/) {
			line[$2] = ++lines
			floor[$2] = $1
		} else if ($1 == "order") {
			sub(/:$/, "", $2)
			ordered[$2]
			for (i = 3; i <= NF; i++)
				place[$2 "/" $i] = ++places
		}
		next
	}
	FNR == 1 {
		box = box_of(FILENAME)
		if (!(box in line))
			print FILENAME ": lib/floors does not know the box " box
		stem = stem_of(FILENAME)
		if (box in ordered && FILENAME ~ /\.[ch]$/ && !(stem in place))
			print FILENAME ": lib/floors has no place for it in the order of " box
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split($0, part, "\"")
		header = part[2]
		other = box_of(header)
		seen++
		if (header == "hakmem.h") {
			if (floor[box] < 8)
				print FILENAME ":" FNR ": " header " below floor 8"
		} else if (header !~ /\//)
			print FILENAME ":" FNR ": " header " has no box; write \"BOX/" header "\""
		else if (!(other in line))
			print FILENAME ":" FNR ": lib/floors does not know the box " other
		else if (line[other] > line[box])
			print FILENAME ":" FNR ": " box " stands below " other " and may not include " header
		else if (other == box && stem_of(header) in place && place[stem_of(header)] > place[stem])
			print FILENAME ":" FNR ": " header " stands behind it in the order of " box
	}
	END {
		if (!seen)
			print "no include was found in lib/"
	}' lib/floors $(library_files))

verdict "a file uses only boxes below its own (lib/floors)" "$offences"
