#!/bin/sh
# SPDX-License-Identifier: MIT
# A program brings its own malloc, but not all that goes with it.
. "${abs_top_srcdir:?}/tests/common.sh"

compile own_malloc -ldl
for hardened in 0 1; do
	export HAKMEM_HARDENED=$hardened
	said without "$work/own_malloc"
	said with preloaded "$work/own_malloc"
	grep -qx 'whose? mine' with/out && ! grep -q 'not freed' with/out ||
		fail "the library took a block of the program's: $(cat with/*)"
	diff -r without with || fail "own_malloc differs with the library"
done
