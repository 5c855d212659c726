#!/bin/sh
# SPDX-License-Identifier: MIT
# fork(), vfork() and posix_spawn() in a program whose threads allocate all the
# time.
. "$abs_top_srcdir/tests/common.sh"

compile fork
same fork "$work/fork"
# Without caches the threads are nearly always under some lock of ours.
said slow preloaded HAKMEM_TINY_FAST_STATS=1 "$work/fork"
[ "$(cat slow/out)" = ok ] ||
	fail "without caches: $(cat slow/status slow/out slow/err)"
