#!/bin/sh
# SPDX-License-Identifier: MIT
# A run that takes too long is ended with everything it started, and so is what
# runs when hakmem-bench itself is ended.
. "${abs_top_srcdir:?}/tests/bench/common.sh"
command -v pgrep >/dev/null || skip "pgrep is not installed"

# How long the runs here would sleep: long, and found again by its digits.
long=9$$
printf '#!/bin/sh\nsleep %s &\nsleep %s\n' "$long" "$long" >"$work/sleeper"
printf '#!/bin/sh\nsleep %s >/dev/null 2>&1 &\n' "$long" >"$work/leaver"
chmod +x "$work/sleeper" "$work/leaver"

# gone WHEN: nothing sleeps any more, at most a moment later.
gone() {
	for try in 1 2 3 4 5 6 7 8 9 10; do
		pgrep -f "^sleep $long" >/dev/null || return 0
		sleep 0.3
	done
	pgrep -f "^sleep $long" | xargs kill
	fail "something runs on after $1"
}

status 1 "$bench" --limit=1 --csv startup 3 "$work/sleeper"
grep -q '"did not end within 1 seconds"' "$work/out" ||
	fail "too long a run gives: $(cat "$work/out")"
gone "a run that took too long"

status 0 "$bench" startup 3 "$work/leaver"
gone "a run that left something behind"

for signal in INT TERM HUP; do
	# A shell's background job ignores SIGINT; env gives it back.
	env --default-signal=INT "$bench" startup 3 "$work/sleeper" >/dev/null &
	pid=$!
	for try in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(pgrep -c -f "^sleep $long")" -lt 2 ] || break
		sleep 0.3
	done
	kill -s "$signal" "$pid"
	got=0
	wait "$pid" || got=$?
	[ "$got" -gt 128 ] || fail "SIG$signal ended hakmem-bench with $got"
	gone "SIG$signal"
done

if command -v strace >/dev/null && strace -o "$work/probe" true 2>/dev/null; then
	status 1 "$bench" --limit=1 syscalls "startup:$work/sleeper" --with system
	grep -q 'FAILED: did not end within 1 seconds' "$work/out" ||
		fail "too long a run under strace gives: $(cat "$work/out")"
	gone "a run under strace that took too long"
fi
