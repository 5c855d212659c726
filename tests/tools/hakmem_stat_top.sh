#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-stat --top: which classes and which sites grow, as JSON, as text and on the
# screen; the profile that it begins ends with it.
. "$abs_top_srcdir/tests/tools/hakmem_stat.common.sh"
compile hakmem_stat_top -g -fno-optimize-sibling-calls

lines=0
# does WORD: the program does it, and has done it.
does() {
	lines=$((lines + 1))
	echo "$1" >&3
	wait_until "the program does not do $1" grep -qx "done $lines" own
}

# watch ARGUMENT...: hakmem-stat in the background, its id in $watcher, into ./looks.
watch() {
	: >looks
	"$stat" "$@" >looks 2>told 3>&- &
	watcher=$!
	children="$children $watcher"
}

# seen PATTERN: the last whole look has it.
seen() {
	tail -n 1 looks | grep -q "$1"
}

# start SETTING: the program, with nothing done yet.
start() {
	begin_reader hakmem_stat_top "" "$1"
	lines=0
}

finish() {
	exec 3>&-
	wait "$pid" || fail "the program ends with $?: $(cat err)"
}

# stopped: hakmem-stat ends on an interrupt, and with success.
stopped() {
	kill -INT "$watcher"
	wait "$watcher" || fail "hakmem-stat --top ends with $?: $(cat told)"
}

start HAKMEM_VERBOSE=0
need_sight "$pid"

# ---- classes ----
watch --top --json -w 0.1 "$pid"
wait_until "no first look" grep -q '}$' looks
head -n 1 looks | grep -q '"growth": 0, "last": 0, "profile_mean": 0, "classes": \[{' ||
	fail "the first look: $(cat looks)"
does small
wait_until "small blocks do not show: $(cat told)" \
	seen '"classes": \[{"class": "C7", "block": 1024, "live": 1[0-9]*, "growth": 10[0-9]\{6\},'
does huge
wait_until "a huge block does not show" seen '"classes": \[{"class": "Huge", "block": 0, "live": 20[0-9]*, "growth": 20[0-9]\{6\},'
wait_until "the last growth stays" seen '"Huge", "block": 0, "live": 20[0-9]*, "growth": 20[0-9]*, "last": 0}'
seen '"sites": \[\]}$' || fail "there are sites without a profile: $(tail -n 1 looks)"
stopped

# As text, a number of times.
said case "$stat" --top -w 0.1 --count 2 "$pid"
[ "$(cat case/status)" = 0 ] && [ ! -s case/err ] || fail "as text: $(cat case/*)"
[ "$(grep -c "^process $pid, hakmem_stat_top, [0-9]* KiB resident, [0-9.]* seconds since" case/out)" = 2 ] &&
	[ "$(grep -c '^      LIVE      GROWN       LAST$' case/out)" = 2 ] &&
	[ "$(grep -c '^  [0-9.]* MiB        0 B        0 B  all blocks$' case/out)" = 2 ] &&
	grep -q '  C7, blocks of 1024 bytes$' case/out &&
	[ "$(grep -c '^no profile is on: --top --profile shows sites, too$' case/out)" = 2 ] ||
	fail "as text: $(cat case/out)"
finish

# ---- sites ----
if [ "${hak_profiler:?}" = yes ]; then
	start HAKMEM_VERBOSE=0
	does small
	watch --top --profile --json -w 0.1 --timeout 60 "$pid"
	# Only what is allocated from now on counts; the request wants a slow path.
	wait_until "no profile begins: $(cat told)" sh -c '
		echo freed >&3
		tail -n 1 looks | grep -q "\"profile_mean\": 524288"'
	: >own
	lines=$(wc -l <own)
	echo huge >&3
	wait_until "the program does no more" grep -q done own
	# Where names are known, the innermost function is in front.
	named='"in_huge", "[a-z]*"'
	[ -x "$abs_top_builddir/tools/hakmem-heap/hakmem-heap" ] || named='"[^"]*0x[0-9a-f]*"'
	wait_until "the site does not show: $(tail -n 1 looks)" \
		seen "\"sites\": \\[{\"live\": 20000000, \"growth\": 20000000, \"last\": [0-9]*, \"stack\": \\[$named"
	said case "$stat" --top --count 1 "$pid"
	grep -q '^sites, by samples of one in 524288 bytes$' case/out || fail "no sites: $(cat case/out)"
	grep -q '^  19\.1 MiB        0 B        0 B  .* < ' case/out || fail "no site: $(cat case/out)"
	said case "$stat" --openmetrics "$pid"
	grep -q '^hakmem_profile_mean_bytes{.*} 524288$' case/out &&
		grep -q '^hakmem_profile_bytes{.*} 2[0-9]\{7\}$' case/out &&
		grep -q '^hakmem_profile_lost_total{.*} 0$' case/out &&
		grep -q '^hakmem_profile_samples_total{.*} [1-9]' case/out ||
		fail "the metrics of the profile: $(grep profile case/out)"
	kill -INT "$watcher"
	# Its request to end is served at a slow path.
	wait_until "the profile does not end" sh -c '
		echo freed >&3
		"$1" --json "$2" | grep -q "\"profile_mean\": 0"' sh "$stat" "$pid"
	wait "$watcher" || fail "hakmem-stat --top --profile ends with $?: $(cat told)"

	# ---- the end of the process ----
	watch --top -w 0.1 "$pid"
	wait_until "no look" grep -q 'sites of a profile that has ended' looks
	finish
	wait "$watcher" || fail "at the end of the process: $?"
	[ "$(cat told)" = "hakmem-stat: process $pid has ended" ] || fail "the end: $(cat told)"
fi
said case "$stat" --top --count 1 "$pid"
ends 1 "process $pid does not exist"

# ---- a full disk ----
if [ -c /dev/full ]; then
	start HAKMEM_VERBOSE=0
	status=0
	"$stat" --top -w 0.1 --count 2 "$pid" >/dev/full 2>told || status=$?
	[ "$status" = 1 ] && [ "$(cat told)" = "hakmem-stat: stdout: No space left on device" ] ||
		fail "a full disk gives status $status: $(cat told)"
	finish
fi

# ---- arguments ----
said case "$stat" --top --all
ends 2 '^hakmem-stat: --top is for one process, as text or with --json'
said case "$stat" --top --count 0 1
ends 2 '^hakmem-stat: --count takes a number from 1 to 1000000000, not 0'
said case "$stat" --count 1 1
ends 2 '^hakmem-stat: --count is for --top'
said case "$stat" --top --seconds 1 1
ends 2 '^hakmem-stat: --top writes no profile'
said case "$stat" --top --timeout 1 1
ends 2 '^hakmem-stat: --timeout is for --profile here'
