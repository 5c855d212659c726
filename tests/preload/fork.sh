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

# exit() while another thread is within fork(), which is so in one of some twenty runs.
compile fork_exit -pthread
time=0
while [ $time -lt 150 ]; do
	time=$((time + 1))
	status=0
	preloaded timeout 60 "$work/fork_exit" $((time * 37 % 1500 + 1500)) || status=$?
	[ $status = 7 ] || fail "exit beside fork ends with $status"
done
