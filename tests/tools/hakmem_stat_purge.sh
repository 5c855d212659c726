#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-stat --purge: another process gives its free memory back, or why not.
. "$abs_top_srcdir/tests/tools/hakmem_stat.common.sh"
compile hakmem_stat_purge

# start SETTING [busy]: the program in the background, with memory that is free but
# stays; it makes a slow call for each line that goes to descriptor 3, or all the time.
start() {
	begin_reader hakmem_stat_purge "${2:-}" HAKMEM_PURGE_FLOOR=1048576 "$1"
}

finish() {
	exec 3>&-
	kill "$pid" 2>/dev/null || :
	wait "$pid" || :
}

# gave_back LEAST: so many MiB, and they are resident no more.
gave_back() {
	ends 0 "^process $pid: [0-9.]* MiB given back, resident memory from [0-9.]* to [0-9.]* MiB$"
	awk -v least="$1" '{ exit !($3 >= least && $10 - $12 >= least) }' case/out ||
		fail "less than $1 MiB came back: $(cat case/out)"
}

start HAKMEM_VERBOSE=0 busy
need_sight "$pid"
said case "$stat" --purge "$pid"
gave_back 30
said case "$stat" --purge --timeout 60 "$pid"
ends 0 ' [0-3]\.[0-9] MiB given back'
finish

# One that sleeps: the request stays, is joined by the next, and is served at last.
start HAKMEM_VERBOSE=0
said case "$stat" --purge --timeout 0.1 "$pid"
ends 3 "process $pid asked the allocator for nothing new in 0.1 seconds.*the request stays"
said case "$stat" --purge --timeout 0.2 "$pid"
ends 3 'for nothing new in 0.2 seconds'
(sleep 0.2 && echo >&3) &
said case "$stat" --purge --timeout 60 "$pid"
gave_back 30
said first "$stat" --purge --timeout 0.1 "$pid"
echo >&3
wait_until "a request that waits is not served" sh -c '
	"$1" --json "$2" | grep -q "\"purged\": [1-9]"' sh "$stat" "$pid"

# It ends meanwhile.
"$stat" --purge --timeout 60 "$pid" 2>told &
asker=$!
sleep 0.2
finish
status=0
wait "$asker" || status=$?
[ "$status" = 1 ] && grep -q "process $pid has ended" told ||
	fail "it ended, and hakmem-stat says with $status: $(cat told)"

start HAKMEM_HARDENED=1 busy
said case "$stat" --purge --timeout 60 "$pid"
ends 0 ' MiB given back'
finish
start HAKMEM_DISABLE=1 busy
said case "$stat" --purge --timeout 60 "$pid"
ends 1 "process $pid has the allocator of libc: HAKMEM_DISABLE is set"
finish

# What cannot be.
said case "$stat" --purge "$pid"
ends 1 "process $pid does not exist"
said case "$stat" --purge $$
ends 1 "process $$ does not use the shared libhakmem"
sed 's/hakmem statistics/another statistic/' "$hak_library" >"$work/libhakmem.so.0"
begin "$work/libhakmem.so.0"
said case "$stat" --purge "$pid"
ends 1 "process $pid uses a libhakmem of another version"
for options in --all '--watch 1 1' '--json 1' '--openmetrics 1'; do
	said case "$stat" --purge $options
	ends 2 'purge is for one process'
done
said case "$stat" --timeout 1 1
ends 2 'timeout is for --purge'
said case "$stat" --purge --timeout 0 1
ends 2 'timeout takes seconds from 0.1'
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	begin "$hak_library" another
	chmod 755 "$work"
	cp "$stat" "$work/stat"
	said case setpriv --reuid 65534 --clear-groups "$work/stat" --purge "$pid"
	ends 1 "process $pid may not be looked at.*; run hakmem-stat as root"
fi
