#!/bin/sh
# SPDX-License-Identifier: MIT
# HAKMEM_DISABLE=1 hands a program to libc, by the environment and for one program
# by the file; programs that are not named stay.
. "$abs_top_srcdir/tests/common.sh"

compile disable -w
cp "$work/disable" "$work/other"

# expect SENTENCE COMMAND...: what the program says of who serves it.
expect() {
	sentence=$1
	shift
	said case "$@"
	[ "$(cat case/status) $(cat case/out)" = "0 $sentence" ] ||
		fail "$*: $(cat case/out case/err)"
	[ ! -s case/err ] || fail "$* says: $(cat case/err)"
}

expect 'ok library uncounted' preloaded "$work/disable"
expect 'ok libc counted' preloaded HAKMEM_DISABLE=1 "$work/disable"
printf '[disable]\nHAKMEM_DISABLE=1\n' >conf
expect 'ok libc counted' preloaded HAKMEM_CONF="$work/conf" "$work/disable"
expect 'ok library uncounted' preloaded HAKMEM_CONF="$work/conf" "$work/other"

# A pointer that is no block is libc's to judge, and the heap is empty at exit.
preloaded HAKMEM_DISABLE=1 HAKMEM_STATS=json HAKMEM_STATS_FILE="$work/stats" "$work/disable" >out
grep -q '"disabled": 1, "heaps": 0,.*"mmap": 0,' "$work/stats" || fail "the heap is in use: $(cat "$work/stats")"

# Real programs.
if command -v python3 >/dev/null; then
	[ "$(preloaded HAKMEM_DISABLE=1 python3 -c 'print(len([str(i) for i in range(300000)]))')" = 300000 ] ||
		fail "python3 does not run on libc's allocator"
fi
if command -v perl >/dev/null; then
	printf '[perl*]\nHAKMEM_DISABLE=1\n' >conf
	[ "$(preloaded HAKMEM_CONF="$work/conf" HAKMEM_STATS=json HAKMEM_STATS_FILE="$work/perl" perl -e '
		my %h; $h{$_ x 3} = $_ for 1 .. 50000; print scalar(keys %h)')" = 50000 ] ||
		fail "perl does not run on libc's allocator"
	grep -q '"disabled": 1, "heaps": 0,' perl || fail "perl uses the heap: $(cat perl)"
fi
