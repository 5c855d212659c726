#!/bin/sh
# SPDX-License-Identifier: MIT
# A battery of errors that programs make with memory (misuse.c), in hardened mode
# and in the usual one.  misuse.txt says for each case in which of the two it is
# caught; one that is caught beyond that is told and is no failure.
. "$abs_top_srcdir/tests/common.sh"

compile misuse -w -ldl
ulimit -c 0
expected=$helpers/misuse.txt

# battery MODE COLUMN: runs all cases with HAKMEM_HARDENED=MODE; prints every case
# whose result is not that of the column, counts, and fails if one slipped through.
battery() {
	preloaded HAKMEM_HARDENED="$1" "$work/misuse" >"$work/results"
	awk -v column="$2" -v mode="$1" '
	/^#/ || NF == 0 { next }
	FILENAME == ARGV[1] { expected[$1] = $column; cases++; next }
	!($1 in expected) { print $1 " is not in misuse.txt"; bad = 1; next }
	{ seen++ }
	$2 == "caught" { caught++ }
	$2 == "missed" && expected[$1] == "caught" { print "MISSED: " $0; bad = 1 }
	$2 == "caught" && expected[$1] == "missed" { print "better: " $0 }
	END {
		print "HAKMEM_HARDENED=" mode ": " caught " of " seen " cases caught"
		if (seen != cases)
			print "misuse.txt has " cases " cases"
		exit bad || seen != cases
	}' "$expected" "$work/results"
}

failed=
battery 1 2 || failed="$failed hardened"
battery 0 3 || failed="$failed usual"
[ -z "$failed" ] || fail "errors that shall be caught were not:$failed"

# zeroed MODE CASE: HAKMEM_ZERO_ON_FREE=1 leaves nothing to be read.
zeroed() {
	for size in tiny small mid pool large huge; do
		! preloaded HAKMEM_HARDENED="$1" HAKMEM_ZERO_ON_FREE=1 \
			"$work/misuse" "$2:$size" 2>/dev/null ||
			fail "$2:$size with HAKMEM_ZERO_ON_FREE=1, HAKMEM_HARDENED=$1"
	done
}
zeroed 0 read_after_free
zeroed 0 read_uninitialised
zeroed 1 write_after_free_inside

# HAKMEM_BAD_FREE rules wrong sizes too: a line for `warn`, none for `ignore`.
for policy in warn:1 ignore:0; do
	said case preloaded HAKMEM_HARDENED=1 HAKMEM_BAD_FREE="${policy%:*}" \
		"$work/misuse" free_sized_small:tiny
	[ "$(grep -c ': wrong size or alignment for ' case/err)" = "${policy#*:}" ] ||
		fail "a wrong size with HAKMEM_BAD_FREE=${policy%:*}: $(cat case/*)"
done

# One line names what was wrong, where, and of what size.
says() {
	said case preloaded HAKMEM_HARDENED=1 "$work/misuse" "$1"
	grep -Eq "^misuse\[[0-9]+\]: hakmem: $2\$" case/err || fail "$1 says: $(cat case/err)"
}
address='0x[0-9a-f]*[0-9a-f]0'
says double_free_at_once:small "free\(\): double free of $address, 200-byte block"
says overflow_1:small "free\(\): written beyond the end of $address, 200-byte block"
says underflow_1:huge "free\(\): written before the start of $address, 3000000-byte block"
says write_after_free:small "malloc\(\): written after it was freed: $address, 200-byte block, first at byte 0"
says realloc_freed:huge "realloc\(\): pointer to a freed block, $address, 3000000-byte block"
says free_sized_small:tiny "sized free: wrong size or alignment for $address, 24-byte block, freed as 12 \(HAKMEM_CHECK_SIZE=0 lets it pass\)"
