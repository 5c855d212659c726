#!/bin/sh
# SPDX-License-Identifier: MIT
# hakmem-stat: it shows from outside what the process says of itself, or why not.
. "$abs_top_srcdir/tests/tools/hakmem_stat.common.sh"

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
need_sight "$pid"
one=$pid
said case "$stat" "$pid"
grep -q '^  allocated  *[1-9]' case/out || fail "hakmem-stat shows: $(cat case/*)"
grep -q "^process $pid, hakmem_stat, [1-9][0-9]* KiB resident$" case/out ||
	fail "hakmem-stat shows: $(cat case/*)"
said case "$stat" --json "$pid"
[ "$(sed 's/"resident": [1-9][0-9]*/"resident": N/' case/out)" = "{\"pid\": $pid, \"command\": \"hakmem_stat\", \"resident\": N, \"statistics\": $(cat own)}" ] ||
	fail "from outside: $(cat case/out), from inside: $(cat own)"

# --all: a name of any bytes is one column, and the rows are in order.
begin "$hak_library" 'b "\
c'
"$stat" --all --sort pid >all 2>/dev/null
grep -q "^ *$one hakmem_stat  *[1-9]" all || fail "--all does not show process $one"
grep -q "^ *$pid b ..?c  *[1-9]" all || fail "an odd name is shown so: $(cat all)"
awk 'NR > 1 { print $1 }' all >ids
[ "$(wc -l <ids)" -ge 2 ] && sort -n ids | cmp -s - ids || fail "not sorted: $(cat all)"
for key in resident:24 live:34 retained:44; do
	"$stat" --all --sort "${key%:*}" 2>/dev/null |
		awk -v begin="${key#*:}" 'NR > 1 { print substr($0, begin, 10) }' >sizes
	sort -rn sizes | cmp -s - sizes || fail "--sort ${key%:*} gives: $(cat sizes)"
done
"$stat" --all >sizes 2>/dev/null
awk 'NR > 1 { print substr($0, 24, 10) }' sizes >resident
sort -rn resident | cmp -s - resident || fail "--all is not by resident size: $(cat sizes)"

# --brief: a line each time, with half seconds, until the process ends.
said case sh -c '"$1" --brief --watch 0.2 "$2" | sed "3q"' sh "$stat" "$pid"
[ "$(grep -c "^[0-9][0-9]:[0-9][0-9]:[0-9][0-9]  *$pid b " case/out)" = 2 ] &&
	grep -q '^TIME  *PID COMMAND  *RES KiB' case/out || fail "--brief: $(cat case/*)"
said case "$stat" --brief --all
grep -q "^[0-9:]*  *[1-9][0-9]* processes  *[1-9]" case/out ||
	fail "--brief --all: $(cat case/*)"
mkfifo seen
"$stat" --json --watch 0.1 "$one" >seen 2>told &
watch=$!
exec 3<seen
read -r line <&3
kill "$one"
status=0
wait "$watch" || status=$?
[ "$status" = 0 ] && [ "$(cat told)" = "hakmem-stat: process $one has ended" ] ||
	fail "a watch ends with $status: $(cat told), after $line"
exec 3<&-

# What cannot be.
wait "$one" 2>wait.err || : # until it is no zombie
refused 1 "process $one does not exist" "$one"
refused 1 "process $$ does not use" $$
# Its child ends when nobody waits for it any more: a shell might.
sh -c 'sh -c "until grep -q \"(sleep)\" /proc/\$PPID/stat; do sleep 0.01; done" &
	echo $! && exec sleep 1000' >zombie &
children="$children $!"
wait_until "there is no zombie" sh -c 'grep ") Z" "/proc/$(cat zombie)/stat"'
refused 1 "process $(cat zombie) is a zombie" "$(cat zombie)"
refused 1 "process $(cat zombie) is a zombie" --watch 1 "$(cat zombie)"
refused 1 "process $(cat zombie) is a zombie" --purge "$(cat zombie)"
[ "${hak_profiler:?}" != yes ] ||
	refused 1 "process $(cat zombie) is a zombie" --profile "$(cat zombie)"
for bad in 0 -1 x 1x '' 99999999999999999999; do
	refused 2 . -- "$bad"
done
refused 2 'give the id'
refused 2 'give the id' --all 1
refused 2 'give the id' 1 2
for bad in 0 0.01 1e3 0x1 inf . '' 1.2.3 -1 86401; do
	refused 2 '--watch takes' --watch "$bad" 1
done
refused 2 '--sort knows no nosuch' --all --sort nosuch
refused 2 '--sort orders' --sort live 1
refused 2 'give one of' --json --brief 1
refused 2 '--openmetrics cannot' --openmetrics --watch 1 1
said case "$stat" -h
"$stat" --help | cmp -s - case/out || fail "-h is not --help: $(cat case/*)"
sed -n '/^Its columns/,/^\.SS/p' "$abs_top_srcdir/man/hakmem-stat.1.in" >page
for key in $(sed -n '/--sort/{n;p;}' case/out); do
	grep -qw "$key" page || fail "the page does not describe the column $key"
done
said case "$stat" -V
"$stat" --version | cmp -s - case/out || fail "-V is not --version: $(cat case/*)"
sed 's/hakmem statistics/another statistic/' "$hak_library" >"$work/libhakmem.so.0"
begin "$work/libhakmem.so.0" other
refused 1 "process $pid uses a libhakmem of another version" "$pid"

# Only who is not root is told to become root.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$work"
	cp "$stat" "$work/stat"
	mkdir copy
	cp "$hak_library" copy/libhakmem.so.0
	said case setpriv --reuid 65534 --clear-groups "$work/stat" "$pid"
	grep -q "process $pid may not be looked at.*; run hakmem-stat as root" case/err ||
		fail "another user's process: $(cat case/*)"
	setpriv --reuid 65534 --clear-groups env LD_PRELOAD="$work/copy/libhakmem.so.0" \
		sleep 1000 &
	other=$!
	children="$children $other"
	wait_until "sleep does not get ready" grep 'copy/libhakmem' "/proc/$other/maps"
	said case setpriv --bounding-set=-sys_ptrace --inh-caps=-all "$work/stat" "$other"
	grep -q "process $other may not be looked at, not even by root" case/err ||
		fail "root without its powers: $(cat case/*)"
fi
