#!/bin/sh
# SPDX-License-Identifier: MIT
# A warning when more programs want to run than there are processors, and none
# when they are idle.
. "${abs_top_srcdir:?}/tests/bench/common.sh"

# with_load NUMBER COMMAND...: it finds this load average in /proc.
with_load() {
	echo "$1 0.00 0.00 1/100 1" >"$work/loadavg"
	shift
	unshare -rm sh -c 'mount --bind "$1" /proc/loadavg && shift && exec "$@"' sh \
		"$work/loadavg" "$@"
}
with_load 1 true 2>"$work/err" || skip "no other load average can be shown: $(cat "$work/err")"

status 0 with_load 71.23 "$bench" pair 1000000
grep -q '^hakmem-bench: warning: the load average is 71\.2 on [1-9][0-9]* CPUs' "$work/err" ||
	fail "a high load says: $(cat "$work/err")"
status 0 with_load 0.50 "$bench" pair 1000000
[ ! -s "$work/err" ] || fail "a low load says: $(cat "$work/err")"
