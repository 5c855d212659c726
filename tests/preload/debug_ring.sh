#!/bin/sh
# SPDX-License-Identifier: MIT
# HAKMEM_DEBUG_RING: the events before an abort are on stderr, at the end the fault
# itself; a signal handler can ask for them; nobody else hears of them.
. "$abs_top_srcdir/tests/common.sh"

ulimit -c 0
compile debug_ring -w -ldl

said case preloaded HAKMEM_DEBUG_RING=50 "$work/debug_ring"
[ "$(cat case/status)" -gt 128 ] || fail "the program is not aborted: $(cat case/*)"
grep -q "$ours event [0-9]*, thread 0x[0-9a-f]*: map 0x" case/err ||
	fail "no events: $(cat case/err)"
grep "$ours event" case/err | tail -n 1 | grep -q ': bad free 0x' ||
	fail "the fault is not the last event: $(cat case/err)"
said case preloaded "$work/debug_ring"
! grep -q event case/err || fail "events although it is off: $(cat case/err)"
said case preloaded HAKMEM_DEBUG_RING=50 "$work/debug_ring" handler
[ "$(cat case/status)" = 0 ] && grep -q "$ours event .*: map 0x" case/err ||
	fail "from a signal handler: $(cat case/*)"
