#!/bin/sh
# SPDX-License-Identifier: MIT
# HAKMEM_BG_PURGE: an idle program gives its memory back, by a thread that hurts
# nobody; without it there is no thread.  The bound that works without a thread is
# out of reach here.
. "$abs_top_srcdir/tests/common.sh"

compile bg_purge

# run SECONDS CASE
run() {
	said case env LD_PRELOAD="$hak_library" HAKMEM_PURGE_FLOOR=1048576 \
		HAKMEM_BG_PURGE="$1" timeout -s KILL 20 "$work/bg_purge" "$2"
	[ "$(cat case/status) $(cat case/out)" = "0 ok" ] ||
		fail "HAKMEM_BG_PURGE=$1, $2: status $(cat case/status), $(cat case/err)"
}

for name in idles late signals fork clone; do
	run 1 "$name"
done
run 0 keeps
# The look after the last thread is an hour away: it is woken.
run 3600 ends
