#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs see their own signal handlers, flags and masks, not the library's
# frames; handlers do what they would do without them.
. "$abs_top_srcdir/tests/common.sh"

compile signal_calls -w -ldl
same signal_calls "$work/signal_calls"
said alone env HAKMEM_SIGNALS=0 LD_PRELOAD="$hak_library" "$work/signal_calls"
[ "$(tail -n 1 alone/out)" = done ] ||
	fail "with HAKMEM_SIGNALS=0: $(cat alone/out alone/err)"
