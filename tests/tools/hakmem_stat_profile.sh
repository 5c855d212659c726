#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-stat --profile: what a process allocates that was started without a word of
# profiles, as pprof shows it; or why there is none.
. "$abs_top_srcdir/tests/tools/hakmem_stat.common.sh"
[ "${hak_profiler:?}" = yes ] || skip "hakmem-stat was built without zlib"
need go
export HOME="$work"
compile hakmem_stat_profile -g -fno-optimize-sibling-calls

# start SETTING [ARGUMENT]: the program in the background; it ends with descriptor 3.
start() {
	begin_reader hakmem_stat_profile "${2:-}" "$1"
}

finish() {
	exec 3>&-
	wait "$pid" || fail "the program ends with $?: $(cat err)"
}

# holds KIND FUNCTION LEAST MOST: so many bytes in case/p.gz.
holds() {
	go tool pprof -sample_index="$1" -unit=B -top -nodefraction=0 \
		"$work/hakmem_stat_profile" case/p.gz 2>pprof.err >shown ||
		fail "pprof cannot read the profile: $(cat pprof.err)"
	awk -v name="$2" -v least="$3" -v most="$4" '
		$6 == name { n = $1 + 0 }
		END { exit !(n >= least && n <= most) }' shown
}

# between KIND FUNCTION LEAST MOST
between() {
	holds "$@" || fail "$1 of $2 is not from $3 to $4: $(cat shown)"
}

# profiled SECONDS...: the first number that is enough for all blocks to be replaced.
profiled() {
	for seconds; do
		said case "$stat" --profile --seconds "$seconds" --timeout 60 -o p.gz "$pid"
		ends 0 "^process $pid: profile in p\\.gz$"
		! holds alloc_space in_kept 400000000 1e15 || break
	done
}

start HAKMEM_VERBOSE=0
need_sight "$pid"
for turn in 1 2; do
	profiled 1 5 20 60
	# All blocks were replaced; 524288 bytes are one sample, so of 250 each 16 are chance.
	between inuse_space in_kept 90000000 172000000
	between inuse_space in_churn 0 1100000
	between inuse_space in_large 0 1200000
	between alloc_space in_churn 60000000 1e15
	between alloc_space in_large 6000000 1e15
done
go tool pprof -raw case/p.gz >raw 2>/dev/null || fail "no -raw"
id=$(readelf -n "$work/hakmem_stat_profile" | awk '/Build ID/ { print $3 }')
[ -z "$id" ] || grep -q "hakmem_stat_profile $id" raw || fail "no build id $id: $(tail raw)"
said case "$stat" --profile --seconds 0.1 --timeout 60 "$pid"
ends 0 "profile in hakmem\.$pid\.pb\.gz$"
[ -s "case/hakmem.$pid.pb.gz" ] || fail "it is not there: $(ls case)"
said case "$stat" --profile --seconds 0.1 --timeout 60 -o no/p.gz "$pid"
ends 1 '^hakmem-stat: cannot write no/p\.gz: No such file or directory$'
# As on a full disk, and where nothing may be written: one sentence, and no file.
mkdir none
told=$(cd none && trap '' XFSZ && ulimit -f 0 &&
	"$stat" --profile --seconds 0.1 --timeout 60 -o p.gz "$pid" 2>&1) && fail "a full disk is none"
[ "$told" = "hakmem-stat: cannot write p.gz: File too large" ] || fail "a full disk: $told"
if [ "$(id -u)" != 0 ]; then
	chmod 500 none
	said case "$stat" --profile --seconds 0.1 --timeout 60 -o "$work/none/p.gz" "$pid"
	ends 1 "^hakmem-stat: cannot write $work/none/p\\.gz: Permission denied$"
	chmod 700 none
fi
[ -z "$(ls none)" ] || fail "half a profile is left: $(ls none)"
finish
said case "$stat" --profile "$pid"
ends 1 "process $pid does not exist"

# The process ends while it is sampled.
start HAKMEM_VERBOSE=0
: >told
"$stat" --profile --seconds 3600 --timeout 60 -o none/p.gz "$pid" >told 2>&1 3>&- &
watcher=$!
children="$children $watcher"
wait_until "no profile begins: $(cat told)" sh -c '
	"$1" --json "$2" | grep -q "\"profile_mean\": 524288"' sh "$stat" "$pid"
finish
status=0
wait "$watcher" || status=$?
[ "$status" = 1 ] && [ "$(cat told)" = "hakmem-stat: process $pid has ended" ] ||
	fail "the process ends, which gives $status: $(cat told)"
[ -z "$(ls none)" ] || fail "a profile of a process that has ended: $(ls none)"

# One that is on already stays on.
start HAKMEM_PROFILE=524288
said case "$stat" --profile -o p.gz "$pid"
ends 0 "profile in p\.gz$"
between inuse_space in_kept 90000000 172000000
said case "$stat" --profile -o p.gz "$pid"
ends 0 "profile in p\.gz$"
between inuse_space in_kept 90000000 172000000
finish

start HAKMEM_VERBOSE=0 sleep
said case "$stat" --profile --timeout 0.1 "$pid"
ends 3 "process $pid asked the allocator for nothing new in 0.1 seconds"
finish

for setting in HAKMEM_HARDENED=1 HAKMEM_DISABLE=1; do
	start "$setting"
	said case "$stat" --profile --timeout 30 "$pid"
	ends 1 "process $pid has no profile: hardened mode or the malloc of libc serves it"
	finish
done

said case "$stat" --profile --all
ends 2 '^hakmem-stat: --profile is for one process'
said case "$stat" --seconds 1 "$pid"
ends 2 '^hakmem-stat: --seconds and --output are for --profile'
