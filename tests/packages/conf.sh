#!/bin/sh
# SPDX-License-Identifier: MIT
# The file that packages put into /etc: nothing is set in it, and with all its
# examples switched on the library has nothing to complain of.
. "${abs_top_srcdir:?}/tests/common.sh"

conf=$abs_top_srcdir/tools/hakmem.conf
! grep -v '^#' "$conf" | grep . || fail "$conf sets something"

# complaints: of the library, which reads the file `conf`.
complaints() {
	HAKMEM_CONF=$work/conf preloaded true 2>&1
}

sed 's/^#\([^ ]\)/\1/' "$conf" >conf
! cmp -s "$conf" conf || fail "$conf has no examples"
[ -z "$(complaints)" ] || fail "an example is wrong: $(complaints)"

# The file was read to its end, section after section.
echo '[true]' >>conf
echo HAKMEM_NONSENSE=1 >>conf
complaints | grep -q "line $(($(wc -l <conf)))" ||
	fail "the file is not read to its end: $(complaints)"
