#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-stat beside a redis-server under load: it follows the heap as it grows,
# and the server does not notice.
. "$abs_top_srcdir/tests/common.sh"

need redis-server redis-cli redis-benchmark
stat=$abs_top_builddir/tools/hakmem-stat
[ -x "$stat" ] || skip "hakmem-stat is not built"

server=
load=
cleanup() {
	[ -z "$load" ] || kill "$load" 2>/dev/null || :
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	wait
	rm -rf "$work"
}
trap cleanup EXIT

cli() {
	redis-cli -s "$work/socket" "$@"
}

# allocated: the bytes that hakmem-stat sees in blocks of the server.
allocated() {
	"$stat" --json "$server" >seen 2>said || fail "hakmem-stat: $(cat said)"
	sed -n 's/.*"allocated": \([0-9]*\).*/\1/p' seen
}

LD_PRELOAD=$hak_library redis-server --port 0 --unixsocket "$work/socket" --save '' \
	--dir "$work" >log 2>&1 &
server=$!
tries=0
until [ "$(cli ping 2>/dev/null)" = PONG ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || fail "redis does not start: $(cat log)"
	sleep 0.1
done
"$stat" "$server" >/dev/null 2>said ||
	! grep -q 'permission denied' said || skip "this system lets nobody look at processes"

# A list that grows by 2 KiB a push, until we have seen enough.
redis-benchmark -s "$work/socket" -q -l -n 1000 -d 2000 -t lpush >bench 2>&1 &
load=$!
looks=0
first=$(allocated)
until [ "$(allocated)" -gt $((first + 5000000)) ]; do
	looks=$((looks + 1))
	[ "$looks" -lt 3000 ] || fail "no growth is seen: first $first, then $(cat seen)"
	kill -0 "$load" 2>/dev/null || fail "redis-benchmark ends: $(cat bench)"
done
"$stat" "$server" | grep -q '^  allocated  *[0-9.]* [MG]iB' ||
	fail "as text: $("$stat" "$server")"
"$stat" --all 2>/dev/null | grep -q "^ *$server redis-server  *[1-9]" ||
	fail "--all does not show the server"
kill "$load"
wait "$load" 2>/dev/null || :
load=

# What hakmem-stat sees is what redis knows that it uses, and its allocator's rounding.
used=$(cli info memory | sed -n 's/^used_memory:\([0-9]*\).*/\1/p')
seen=$(allocated)
[ "$seen" -gt $((used / 10 * 9)) ] && [ "$seen" -lt $((used / 2 * 3)) ] ||
	fail "redis uses $used bytes, hakmem-stat sees $seen"
[ "$(cli ping)" = PONG ] || fail "the server does not answer any more"
cli shutdown nosave >/dev/null 2>&1 || :
wait "$server" || fail "redis ends with status $?"
server=
