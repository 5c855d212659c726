#!/bin/sh
# SPDX-License-Identifier: MIT
# The library opened late, by a program that has its own malloc and threads.
. "$abs_top_srcdir/tests/common.sh"

compile dlopen -ldl
[ "$("$work/dlopen" "$hak_library")" = ok ] ||
	fail "the library cannot be used beside libc's malloc"
# Preloaded and opened again: the same library, where all blocks are its own.
said again preloaded "$work/dlopen" "$hak_library"
grep -q 'telling the blocks apart' again/err ||
	fail "opened again, the library is not the one that is preloaded"
