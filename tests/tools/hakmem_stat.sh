#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-stat: it shows from outside what the process says of itself, or why not.
. "$abs_top_srcdir/tests/common.sh"

stat=$abs_top_builddir/tools/hakmem-stat
[ -x "$stat" ] || skip "hakmem-stat is not built"
helpers=$abs_top_srcdir/tests/tools
compile hakmem_stat -ldl

children=
stop() {
	[ -z "$children" ] || kill $children 2>/dev/null || :
	wait
	rm -rf "$work"
}
trap stop EXIT

# begin LIBRARY: the program in the background, its id in $pid, ready to be read.
begin() {
	: >own
	LD_PRELOAD=$1 "$work/hakmem_stat" >own &
	pid=$!
	children="$children $pid"
	for turn in 1 2 3 4 5 6 7 8 9 10; do
		! grep -q '}$' own || return 0
		sleep 0.$turn
	done
	fail "the program does not get ready"
}

# refused STATUS PATTERN ARGUMENT...
refused() {
	status=$1
	pattern=$2
	shift 2
	said case "$stat" "$@"
	[ "$(cat case/status)" = "$status" ] && grep -q "^hakmem-stat: $pattern" case/err ||
		fail "hakmem-stat $* ends with $(cat case/status): $(cat case/err)"
}

begin "$hak_library"
said case "$stat" "$pid"
! grep -q 'permission denied' case/err || skip "this system lets nobody look at processes"
grep -q '^  allocated  *[1-9]' case/out || fail "hakmem-stat shows: $(cat case/*)"
said case "$stat" --json "$pid"
[ "$(cat case/out)" = "{\"pid\": $pid, \"command\": \"hakmem_stat\", \"statistics\": $(cat own)}" ] ||
	fail "from outside: $(cat case/out), from inside: $(cat own)"
"$stat" --all 2>/dev/null | grep -q "^ *$pid hakmem_stat " ||
	fail "--all does not show process $pid"
# Watching ends with the process.
(sleep 1 && kill "$pid") &
said case "$stat" --json --watch 1 "$pid"
[ "$(grep -c . case/out)" -ge 1 ] || fail "--watch shows: $(cat case/*)"
grep -q "process $pid does not" case/err || fail "--watch ends with: $(cat case/err)"

# What cannot be.
wait "$pid" 2>wait.err || : # until it is no zombie
refused 1 "process $pid does not exist" "$pid"
refused 1 "process $$ does not use" $$
for bad in 0 -1 x 1x '' 99999999999999999999; do
	refused 2 . -- "$bad"
done
refused 2 'give the id'
refused 2 'give the id' --all 1
refused 2 'give the id' 1 2
refused 2 '--watch takes' --watch 0 1
refused 2 '--watch takes' --watch 1e9 1
sed 's/hakmem statistics/another statistic/' "$hak_library" >"$work/libhakmem.so.0"
begin "$work/libhakmem.so.0"
refused 1 "process $pid uses a libhakmem of another version" "$pid"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$work"
	cp "$stat" "$work/stat"
	said case setpriv --reuid 65534 --clear-groups "$work/stat" "$pid"
	grep -q "process $pid may not be looked at" case/err ||
		fail "another user's process: $(cat case/*)"
fi
