#!/bin/sh
# SPDX-License-Identifier: MIT
# The interface of the library against that of the last release, which stands
# in libhakmem.abi beside this script: if it has changed, -version-info in
# lib/lib.am must have been raised as is written there.
#
# After a release:
#   tests/packages/abi.sh --write LIBRARY >tests/packages/libhakmem.abi
# for a library of the default configuration with debug information.

folder=$(cd "$(dirname "$0")" && pwd)
top=$folder/../..

# version_info FILE: CURRENT:REVISION:AGE, as FILE has it.
version_info() {
	sed -n 's/.*version-info \([0-9]*:[0-9]*:[0-9]*\).*/\1/p' "$1"
}

# Nothing that depends on where it was built.  abidiff knows the format by the
# first line.
write_baseline() {
	abidw --headers-dir "$top/include" --exported-interfaces-only \
		--drop-private-types --no-corpus-path --no-comp-dir-path "$1" |
		awk -v version="$(version_info "$top/lib/lib.am")" '{ print }
			NR == 1 {
				print "<!-- SPDX-License-Identifier: MIT -->"
				print "<!-- version-info " version " -->"
			}'
}

if [ "${1:-}" = --write ]; then
	write_baseline "${2:?LIBRARY is missing}"
	exit
fi

. "${abs_top_srcdir:?}/tests/common.sh"
need abidiff readelf
baseline=$folder/libhakmem.abi

[ "${hak_cxx_operators:?}" = yes ] ||
	skip "the baseline has the C++ operators, this library has not"
readelf -h "$hak_library" | grep -q 'Machine: .*X86-64' ||
	skip "the baseline is for x86-64"
readelf -SW "$hak_library" | grep -qF .debug_info ||
	skip "the library has no debug information"

built=$(version_info "$top/lib/lib.am")
released=$(version_info "$baseline")

# The rules of lib/lib.am, on two triples.
IFS=:
# shellcheck disable=SC2086
set -- $built $released
unset IFS
current=$1 revision=$2 age=$3
raised=$((current - $4))

is_new_soname() {
	[ "$raised" -gt 0 ] && [ "$revision" -eq 0 ] && [ "$age" -eq 0 ]
}

is_extended() {
	[ "$raised" -gt 0 ] && [ "$revision" -eq 0 ] && [ "$age" -eq $(($6 + raised)) ]
}

is_same() {
	[ "$raised" -eq 0 ] && [ "$revision" -ge "$5" ] && [ "$age" -eq "$6" ]
}

# What libc has in its FILE, which malloc_info() takes, is its own affair.
printf '[suppress_type]\nname_regexp = ^(_IO_FILE|siginfo_t|sigaction)$\n' >suppressions
status=0
abidiff --suppressions suppressions --headers-dir2 "$top/include" \
	--drop-private-types "$baseline" "$hak_library" >said 2>&1 || status=$?
if [ $((status & 3)) -ne 0 ]; then
	fail "abidiff does not work: $(cat said)"
elif [ $((status & 8)) -ne 0 ]; then
	is_new_soname || fail "$(cat said)
Something was removed or changed: in lib/lib.am, CURRENT + 1, REVISION = AGE = 0."
elif [ "$status" -ne 0 ]; then
	is_extended "$@" || is_new_soname || fail "$(cat said)
Something was added or changed.  In lib/lib.am, if programs that were linked
before still work: CURRENT + 1, AGE + 1, REVISION = 0; if not: CURRENT + 1,
REVISION = AGE = 0.  Before the first release: write the baseline anew."
else
	is_same "$@" || is_extended "$@" || is_new_soname ||
		fail "-version-info $built does not follow $released: see lib/lib.am"
fi
